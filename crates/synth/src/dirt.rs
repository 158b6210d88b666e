//! The dirt profile: what may be wrong with a submission, how often, and what must come of it.

use diachiso_model::{RuleCode, Verdict};

use Place::{Covered, Outside, Pending, Rejected};
use Touch::{Code, Day, House, Identity, Members, Nothing, Phone, Position, Words};

/// Which households a kind of dirt befalls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Households that end up covered, and their repeats: the row is repaired or flagged, and accepted.
    Covered,
    /// Uncovered households of the register: the row is held.
    Pending,
    /// Uncovered households of the register: the row is rejected.
    Rejected,
    /// Households outside the register, where an open verdict moves no coverage figure.
    Outside,
}

/// What a kind of dirt touches; a row carries at most one kind of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Touch {
    /// Names of people and places.
    Words,
    /// The address code.
    Code,
    /// The coordinates.
    Position,
    /// The telephone.
    Phone,
    /// The identity number.
    Identity,
    /// The number of members.
    Members,
    /// The day of collection.
    Day,
    /// The house number.
    House,
    /// The row as a whole.
    Nothing,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct DirtRow {
    /// The kind.
    pub kind: Dirt,
    /// Stable name, as truth files carry it.
    pub key: &'static str,
    /// Findings that are certain to follow.
    pub codes: &'static [RuleCode],
    /// Whom it befalls.
    pub place: Place,
    /// What it touches.
    pub touches: Touch,
    /// Default share: of the households of `Covered` and `Outside`; among its like for `Pending` and `Rejected`.
    pub share: f64,
    /// What it does.
    pub what: &'static str,
}

macro_rules! dirt {
    ($($kind:ident $key:literal [$($code:ident),*] $place:ident $touches:ident $share:literal $what:literal;)*) => {
        /// A kind of dirt; [`DirtProfile::table`] says what each does.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[expect(missing_docs, reason = "each kind is documented by its row of the table")]
        pub enum Dirt { $($kind,)* }

        const TABLE: &[DirtRow] = &[$(DirtRow {
            kind: Dirt::$kind, key: $key, codes: &[$(RuleCode::$code),*],
            place: $place, touches: $touches, share: $share, what: $what,
        }),*];
    };
}

dirt! {
    Tcvn3 "tcvn3" [F05] Covered Words 0.010 "words in the TCVN3 (ABC) encoding";
    Vni "vni" [F05] Covered Words 0.006 "words in the VNI encoding";
    Viqr "viqr" [F05] Covered Words 0.003 "words in VIQR: Nguye^~n";
    Mojibake "mojibake" [F05] Covered Words 0.006 "UTF-8 read as windows-1252";
    Decomposed "nfd" [F06] Covered Words 0.012 "head's name and village in decomposed form";
    Nbsp "nbsp" [F06] Covered Words 0.008 "no-break spaces in the head's name";
    Spaces "spaces" [F06] Covered Words 0.012 "double, leading and trailing spaces in the head's name";
    UpperName "upper-name" [N02] Covered Words 0.050 "head's name in capitals";
    LowerName "lower-name" [N02] Covered Words 0.010 "head's name without capitals";
    OtherUnit "other-unit" [A03] Covered Words 0.015 "commune named as before or after a reform";
    VillageTone "village-tone" [A05] Covered Words 0.030 "the other tone placement in the village's name (oà for òa)";
    VillageShort "village-short" [A05] Covered Words 0.020 "`T.` and `TDP.` before the village's name";
    VillageLower "village-lower" [A05] Covered Words 0.010 "village's name without capitals";
    NameInitials "name-initials" [] Covered Words 0.004 "head's name in initials (N. V. Hùng, Ng. V. Hùng); only where no neighbour has the same";
    NameOrder "name-order" [] Covered Words 0.003 "head's given name before the family name; only where no neighbour has the same words or initials";
    NameSlip "name-slip" [] Covered Words 0.004 "a slip in the head's name that leaves no Vietnamese syllable (Hnùg, Hùngg); only where no neighbour has the same initials";
    NoCode "no-code" [M01] Covered Code 0.020 "no address code";
    SpacedCode "spaced-code" [M05] Covered Code 0.020 "spaces, dots, dashes, the letter O in the code";
    DecimalComma "decimal-comma" [G01] Covered Position 0.020 "decimal commas in the coordinates";
    Dms "dms" [G02] Covered Position 0.010 "degrees, minutes, seconds";
    Swapped "swapped" [G03] Covered Position 0.010 "latitude and longitude swapped";
    Vn2000 "vn2000" [G04] Covered Position 0.010 "metres of VN-2000 TM-3 107°, X = north under Vĩ độ, Y = east under Kinh độ";
    Coarse "coarse" [G06] Covered Position 0.010 "an accuracy of 31 to 48 m";
    JustOutside "just-outside" [G08] Covered Position 0.030 "up to 250 m beyond the border; only where a neighbouring commune is that near";
    CodeElsewhere "code-elsewhere" [M04] Covered Code 0.004 "a Plus Code of a place 200 to 500 m away";
    CodePosition "code-position" [G15] Covered Position 0.004 "no coordinates, and a Plus Code of eleven digits that gives them";
    FarInCommune "far-in-commune" [G13] Covered Position 0.002 "a point of the commune 1.7 km or more from the village; only where the commune is that large";
    BadPhone "bad-phone" [P01] Covered Phone 0.010 "a phone number too short or in words";
    OldPhone "old-phone" [P02] Covered Phone 0.030 "an eleven-digit number of before 2018; only prefixes that had one";
    ForeignPhone "foreign-phone" [P03] Covered Phone 0.020 "+84, or the leading 0 lost";
    SharedPhone "shared-phone" [P04] Covered Phone 0.150 "share of villages where one phone stands for seven households";
    NoPhone "no-phone" [] Covered Phone 0.050 "no phone";
    ShortIdentity "short-identity" [I01] Covered Identity 0.005 "an identity number of 11 digits";
    OldIdentity "old-identity" [I02] Covered Identity 0.010 "a card of 9 digits";
    RoundedIdentity "rounded-identity" [I03] Covered Identity 0.005 "an identity number in scientific notation";
    OtherBirth "other-birth" [I04] Covered Identity 0.004 "an identity number of somebody born in another year";
    OddMembers "odd-members" [H01] Covered Members 0.003 "0 or more than 20 members";
    OtherMembers "other-members" [H02] Covered Members 0.005 "4 to 6 members more than the register has";
    NearMembers "near-members" [] Covered Members 0.020 "one member more or fewer";
    SerialDay "serial-day" [T03] Covered Day 0.020 "Excel's serial number for the date";
    Namesake "namesake" [] Covered Nothing 0.003 "the neighbour at another house number has the same name (D07)";
    SharedHouse "shared-house" [D05] Covered Nothing 0.004 "two households in one house, with a note that says so";
    Damaged "damaged" [F07] Pending Words 6.0 "question marks for letters: Nguy?n";
    NoHead "no-head" [N01] Pending Words 6.0 "no head's name or a placeholder";
    UnknownUnit "unknown-unit" [A01, G07] Pending Words 4.0 "a commune that never was, and no coordinates to decide";
    AmbiguousUnit "ambiguous-unit" [A02, G07, M01] Pending Words 4.0 "a commune's name that several bear, no village, code or coordinates; only where there is such a name";
    UnknownVillage "unknown-village" [A04] Pending Words 6.0 "a village that the commune does not have";
    BadCode "bad-code" [M02] Pending Code 8.0 "a code of no known form";
    ForeignCode "foreign-code" [M03] Pending Code 6.0 "the postal prefix of another province";
    ExcelHouse "excel-house" [A06] Pending House 5.0 "house number turned into a date";
    OtherZone "other-zone" [G05] Pending Position 4.0 "metres of UTM zone 48";
    NoPosition "no-position" [G07] Pending Position 14.0 "no coordinates";
    ZeroPosition "zero-position" [G07] Pending Position 6.0 "coordinates 0, 0";
    OtherCommune "other-commune" [G09] Pending Position 12.0 "a point more than 400 m outside, in another commune";
    OutOfProvince "out-of-province" [G11] Pending Position 5.0 "a point in another province or at sea";
    Masked "masked" [G14] Pending Position 3.0 "a house inside an area that is not shown";
    Shifted "shifted" [G12] Pending Position 0.300 "share of communes with many uncovered households that are all visited by one collector, whose device is set to VN-2000";
    NoBasis "no-basis" [C01] Pending Nothing 4.0 "no legal basis stated";
    MovedAgain "moved-again" [R04, D03] Pending Nothing 0.020 "share of the repeats that are taken 120 to 400 m from the covered household";
    FutureDay "future-day" [T02] Pending Day 3.0 "collected in 2099";
    AncientDay "ancient-day" [T02] Pending Day 3.0 "collected before 2015";
    Stacked "stacked" [G10] Pending Position 0.200 "share of villages where 5 to 8 households are put on one point";
    Ambiguous "ambiguous" [R02] Pending Nothing 0.250 "share of villages where two register lines agree in name, village and members, have no address, and one submission fits both";
    AwayVisited "away-visited" [G07, R05] Pending Position 0.200 "share of the away and moved lines with a submission, without coordinates";
    ImpossibleDay "impossible-day" [T01] Rejected Day 1.0 "31 February";
    ExactRepeat "exact-repeat" [D01] Covered Nothing 0.300 "share of the repeats that are the same row again";
    LaterRepeat "later-repeat" [] Covered Nothing 0.700 "share of the repeats that another collector took some days later, with new noise and dirt";
    OutsideList "outside-list" [R03] Outside Nothing 1.0 "a household in no register";
    SameNumber "same-number" [D06] Outside Nothing 0.300 "share of pairs of villages in which one name lives at one house number";
    FarRepeat "far-repeat" [] Outside Position 0.060 "handed in again from 120 to 400 m away (D03 on one of the two)";
    Imprecise "imprecise" [G06] Outside Position 0.060 "coordinates of three decimals, accuracy of 60 m";
    SharedCode "shared-code" [] Outside Code 0.040 "the code of another household (D02)";
    SharedIdentity "shared-identity" [] Outside Identity 0.040 "the identity number of another household (I05)";
}

/// The shares of all kinds.
#[derive(Clone, PartialEq, Debug)]
pub struct DirtProfile {
    shares: [f64; TABLE.len()],
}

impl Default for DirtProfile {
    /// The table's shares.
    fn default() -> Self {
        Self { shares: std::array::from_fn(|i| TABLE[i].share) }
    }
}

impl DirtProfile {
    /// The whole table: one row a kind, with its default share.
    #[must_use]
    pub fn table() -> &'static [DirtRow] {
        TABLE
    }

    /// No dirt at all; uncovered households then hand in nothing.
    #[must_use]
    pub fn clean() -> Self {
        let mut clean = Self { shares: [0.0; TABLE.len()] };
        clean.shares[Dirt::OutsideList as usize] = 1.0;
        clean
    }

    /// The same profile with another share of one kind.
    #[must_use]
    pub fn with(mut self, kind: Dirt, share: f64) -> Self {
        self.shares[kind as usize] = share.max(0.0);
        self
    }

    /// The share of a kind.
    #[must_use]
    pub fn share(&self, kind: Dirt) -> f64 {
        self.shares[kind as usize]
    }
}

impl Dirt {
    /// The row of the table.
    #[must_use]
    pub fn row(self) -> &'static DirtRow {
        &TABLE[self as usize]
    }

    /// The kind with a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        TABLE.iter().find(|r| r.key == key).map(|r| r.kind)
    }

    /// Whether the kind is laid out for a village or household beforehand rather than drawn for a row.
    #[must_use]
    pub fn is_planned(self) -> bool {
        matches!(
            self,
            Self::SharedPhone
                | Self::Namesake
                | Self::SharedHouse
                | Self::Shifted
                | Self::MovedAgain
                | Self::SameNumber
                | Self::Stacked
                | Self::Ambiguous
                | Self::AwayVisited
                | Self::ExactRepeat
                | Self::LaterRepeat
                | Self::OutsideList
        )
    }
}

impl Place {
    /// The verdict of a row whose worst dirt is of this place, where it is certain.
    #[must_use]
    pub fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Covered => Some(Verdict::Accepted),
            Self::Pending => Some(Verdict::Held),
            Self::Rejected => Some(Verdict::Rejected),
            Self::Outside => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diachiso_model::Severity;

    #[test]
    fn what_a_kind_triggers_agrees_with_whom_it_befalls() {
        for row in TABLE {
            assert_eq!(Dirt::from_key(row.key), Some(row.kind));
            let worst = row.codes.iter().map(|c| c.rule().severity).max();
            match row.place {
                Covered => assert!(worst < Some(Severity::Review), "{}", row.key),
                Pending => assert_eq!(worst, Some(Severity::Review), "{}", row.key),
                Rejected => assert_eq!(worst, Some(Severity::Error), "{}", row.key),
                Outside => assert!(worst <= Some(Severity::Warning), "{}", row.key),
            }
        }
    }

    #[test]
    fn drawn_kinds_of_one_touch_never_exceed_all_rows() {
        for place in [Covered, Outside] {
            for touch in [Words, Code, Position, Phone, Identity, Members, Day, House] {
                let of =
                    |r: &&DirtRow| r.place == place && r.touches == touch && !r.kind.is_planned();
                let sum: f64 = TABLE.iter().filter(of).map(|r| r.share).sum();
                assert!(sum <= 0.5, "{place:?} {touch:?} {sum}");
            }
        }
    }
}
