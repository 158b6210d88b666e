//! Why a submission was matched to a household or was not, bit by bit, told of a published state.

use diachiso_model::{
    Finding, Household, HouseholdState, Published, RuleCode as R, Submission, Verdict,
};
use diachiso_text::fold;

use crate::{
    Reference,
    link::{Index, LOWER_BITS, MARGIN_BITS, Matcher, Spelt, UPPER_BITS, Weights},
    register::AddressKey,
    submissions::{LinkKeys, key},
    twin::{self, Evidence, Twin},
};

/// What speaks for one kind of evidence between a submission and a household.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Stable name for machines.
    pub name: &'static str,
    /// In Vietnamese.
    pub vi: &'static str,
    /// In English.
    pub en: &'static str,
    /// What it weighs: log2 of the likelihood ratio.
    pub bits: f32,
}

/// The score of a submission and a household.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Index into [`Published::households`].
    pub household: u32,
    /// Its parts; they add up to `bits`.
    pub bars: Vec<Bar>,
    /// log2 of the odds that the submission speaks of the household.
    pub bits: f32,
}

/// The bounds that decide over a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// From here on a household matches.
    pub upper_bits: f32,
    /// From here to `upper_bits` a person decides (R02); below, it is another household.
    pub lower_bits: f32,
    /// The best household must lead the next one by so much.
    pub margin_bits: f32,
}

/// The bounds of this version.
pub const BOUNDS: Bounds =
    Bounds { upper_bits: UPPER_BITS, lower_bits: LOWER_BITS, margin_bits: MARGIN_BITS };

type Weight = fn(&Weights) -> f32;

/// Every kind of evidence: its name, in Vietnamese, in English, its weight.
const KINDS: [(&str, &str, &str, Weight); 6] = [
    ("prior", "Trước khi so", "before anything is compared", |w| w.prior),
    ("name", "Họ và tên", "name", |w| w.name),
    ("place", "Thôn, xã", "village, commune", |w| w.place),
    ("address", "Số nhà, kiệt, đường", "house number, alley, street", |w| w.address),
    ("members", "Số nhân khẩu", "members", |w| w.members),
    ("poverty", "Diện hộ", "poverty class", |w| w.poverty),
];

/// Explains the matches with one register.
///
/// Scores are computed anew, by the code and from the values that decided: they are those of the run.
pub struct Explainer<'a> {
    state: &'a Published,
    reference: &'a Reference,
    index: Index,
    households: &'a [Household],
    /// Where the register's households begin.
    from: u32,
    register: u32,
}

impl<'a> Explainer<'a> {
    /// An explainer of one register of a state, by its index; `None` where there is no such register.
    #[must_use]
    pub fn new(state: &'a Published, reference: &'a Reference, register: u32) -> Option<Self> {
        state.registers.get(register as usize)?;
        let from = state.households.partition_point(|h| h.register < register);
        let to = state.households.partition_point(|h| h.register <= register);
        let households: &'a [Household] = &state.households[from..to];
        let addresses: Vec<AddressKey> =
            households.iter().map(|h| AddressKey::of_line(&h.address)).collect();
        let index = Index::new(households, &addresses);
        Some(Self { state, reference, index, households, from: from as u32, register })
    }

    /// The households that were looked at for a submission, best first.
    #[must_use]
    pub fn candidates(&self, submission: &Submission) -> Vec<Score> {
        let keys = keys(self.state, self.reference, submission);
        let best = self.matcher().best((submission, &keys));
        best.into_iter().map(|(_, at)| self.score_of(submission, &keys, at)).collect()
    }

    /// The score of a submission and a household of this register.
    #[must_use]
    pub fn score(&self, submission: &Submission, household: u32) -> Option<Score> {
        let at = household.checked_sub(self.from)?;
        let own = self.state.households.get(household as usize)?;
        (own.register == self.register)
            .then(|| self.score_of(submission, &keys(self.state, self.reference, submission), at))
    }

    fn matcher(&self) -> Matcher<'_> {
        self.index.of(self.households, self.from)
    }

    fn score_of(&self, submission: &Submission, keys: &LinkKeys, at: u32) -> Score {
        let spelt = Spelt::new(&submission.head);
        let weights = self.matcher().weights((submission, keys), &spelt, at);
        let bar = |(name, vi, en, of): (_, _, _, Weight)| Bar { name, vi, en, bits: of(&weights) };
        let bars = KINDS.into_iter().map(bar).collect();
        Score { household: self.from + at, bars, bits: weights.sum() }
    }
}

/// What linking compared of a submission.
fn keys(state: &Published, reference: &Reference, s: &Submission) -> LinkKeys {
    let illegible = |f: &Finding| matches!(f.code, R::N01 | R::F07) && f.field == Some("head");
    let known = !s.findings.iter().any(illegible);
    let name = if known { fold::strong_key(&s.head) } else { String::new() };
    // A number that a spreadsheet made a date of (A06) was not compared; it leads the line.
    let dated = s.findings.iter().find(|f| f.code == R::A06);
    let number = dated.map_or("", |f| f.original.trim());
    let line = s.address.strip_prefix(number).unwrap_or(&s.address);
    let address = AddressKey::of_line(line);
    // The register that comes first says on what day communes are compared.
    let closed_on = state.registers.first().map_or(state.today, |r| r.closed_on);
    let at_closing = |commune| reference.at_closing(commune, s.point, closed_on);
    LinkKeys {
        located: None,
        address: key(&address.key),
        house: if address.numbered { key(&address.key) } else { 0 },
        street: key(&address.street),
        commune: s.commune.and_then(at_closing),
        code: key(&s.code),
        shared_house: false,
        ..LinkKeys::of_name(&name)
    }
}

/// The bounds of two submissions in no register: from the upper on one repeats the other (D04), between the two a person
/// decides, below they are two households. No lead is asked for.
pub const REPEAT_BOUNDS: Bounds =
    Bounds { upper_bits: twin::UPPER_BITS, lower_bits: twin::LOWER_BITS, margin_bits: 0.0 };

/// How two submissions stand to each other.
#[derive(Clone, Debug, PartialEq)]
pub enum Relation {
    /// Both were matched to households of the first register: whether to the same one decides.
    Matched {
        /// Whether it is the same.
        same: bool,
    },
    /// They were weighed against each other; see [`REPEAT_BOUNDS`].
    Weighed {
        /// The parts of the score.
        bars: Vec<Bar>,
        /// log2 of the odds that they are one household.
        bits: f32,
    },
    /// Their names have other initials, they are in two communes, or one is matched and one is not: nothing compared them.
    NotCompared,
}

type EvidenceWeight = fn(&Evidence) -> f32;

/// Every kind of evidence between two submissions: its name, in Vietnamese, in English, its weight.
const REPEAT_KINDS: [(&str, &str, &str, EvidenceWeight); 6] =
    [
        ("prior", "Trước khi so", "before anything is compared", |e| e.prior),
        ("name", "Họ và tên", "name", |e| e.name),
        ("identity", "Số định danh", "identity number", |e| e.identity),
        ("phone", "Số điện thoại", "phone", |e| e.phone),
        ("place", "Mã, số nhà, thôn, vị trí", "code, house number, village, position", |e| e.place),
        ("members", "Số nhân khẩu", "members", |e| e.members),
    ];

/// How two submissions of a state stand to each other, computed anew by the code that decided.
#[must_use]
pub fn relation(
    state: &Published,
    reference: &Reference,
    a: &Submission,
    b: &Submission,
) -> Relation {
    match (a.link, b.link) {
        (Some(a), Some(b)) => return Relation::Matched { same: a.household == b.household },
        (None, None) => {}
        _ => return Relation::NotCompared,
    }
    let commune =
        |s: &Submission| s.village.map(|v| state.villages[v as usize].commune).or(s.commune);
    let [one, other] = [a, b].map(|s| keys(state, reference, s));
    if one.initials == 0 || one.initials != other.initials || commune(a) != commune(b) {
        return Relation::NotCompared;
    }
    let evidence = Evidence::of(&Twin::of(0, a, &one), &Twin::of(1, b, &other));
    let bar =
        |(name, vi, en, of): (_, _, _, EvidenceWeight)| Bar { name, vi, en, bits: of(&evidence) };
    Relation::Weighed { bars: REPEAT_KINDS.into_iter().map(bar).collect(), bits: evidence.bits() }
}

/// Why a household counts as it does: its state, and the submissions that were matched to it or might have been.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its state.
    pub state: HouseholdState,
    /// Submissions matched to it, by index, with what became of each; the one that decides the state comes first.
    pub matched: Vec<(u32, Verdict)>,
    /// Held submissions that may speak of it (R02), by index.
    pub undecided: Vec<u32>,
}

/// The account of a household, by index.
#[must_use]
pub fn account(state: &Published, household: u32) -> Option<Account> {
    let own = state.households.get(household as usize)?;
    let speaks_of_it = |s: &Submission| s.link.is_some_and(|link| link.household == household);
    let all = || (0_u32..).zip(&state.submissions);
    let mut matched: Vec<(u32, Verdict)> =
        all().filter(|(_, s)| speaks_of_it(s)).map(|(at, s)| (at, s.verdict)).collect();
    matched.sort_by_key(|(at, _)| (own.submission != Some(*at), *at));
    let may_be = |s: &Submission| {
        let several = s.findings.iter().filter(|f| f.code == R::R02);
        { several }
            .filter_map(|f| f.replacement.as_deref())
            .any(|ids| ids.split("; ").any(|id| *id == *own.id))
    };
    let undecided = all().filter(|(_, s)| may_be(s)).map(|(at, _)| at).collect();
    Some(Account { state: own.state, matched, undecided })
}
