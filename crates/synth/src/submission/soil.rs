//! What each kind of dirt does to a row.

use diachiso_model::{Date, SubmissionField as F};
use diachiso_text::legacy::{LegacyEncoding, encode};
use geo_types::Coord;

use super::draft::{Draft, EXCEL_EPOCH, Form};
use crate::{
    dirt::{Dirt, Place, Touch},
    places, project,
    random::Rng,
    village::Fate,
    words,
};

const PLACEHOLDERS: &[&str] = &["", "không rõ", "A", "chưa rõ"];
const BAD_PHONES: &[&str] = &["không có", "0905", "chưa cung cấp"];
/// Months as English Excel abbreviates them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Quảng Trị, the sea north-east of the coast, Hà Nội, Đà Nẵng.
const ELSEWHERE: [Coord<f64>; 4] = [
    Coord { x: 107.10, y: 16.82 },
    Coord { x: 107.90, y: 16.68 },
    Coord { x: 105.84, y: 21.02 },
    Coord { x: 108.24, y: 16.05 },
];

impl Draft<'_> {
    /// Draws at most one acceptable kind for everything that is still untouched.
    pub(super) fn soil(&mut self, rng: &mut Rng) {
        const TOUCHES: [Touch; 7] = [
            Touch::Words,
            Touch::Code,
            Touch::Position,
            Touch::Phone,
            Touch::Identity,
            Touch::Members,
            Touch::Day,
        ];
        let dirt = &self.village.plan.config.dirt;
        let table = crate::DirtProfile::table();
        for touch in TOUCHES {
            if self.kinds.iter().any(|k| k.row().touches == touch || k.blocks(touch)) {
                continue;
            }
            let mut left = rng.unit();
            let drawn = table.iter().find(|row| {
                let fits =
                    row.place == Place::Covered && row.touches == touch && !row.kind.is_planned();
                left -= if fits { dirt.share(row.kind) } else { 0.0 };
                fits && left < 0.0
            });
            if let Some(row) = drawn {
                self.apply(row.kind, rng);
            }
        }
    }

    /// Applies a kind; false when this row offers no hold for it.
    pub(super) fn apply(&mut self, kind: Dirt, rng: &mut Rng) -> bool {
        let done = match kind.row().touches {
            Touch::Words => self.apply_words(kind, rng),
            Touch::Code => self.apply_code(kind, rng),
            Touch::Position => self.apply_position(kind, rng),
            Touch::Phone => self.apply_phone(kind, rng),
            Touch::Identity => self.apply_identity(kind),
            Touch::Members => self.apply_members(kind, rng),
            Touch::Day => self.apply_day(kind, rng),
            Touch::House => self.apply_house(),
            Touch::Nothing => self.apply_basis(kind),
        };
        if done {
            self.kinds.push(kind);
        }
        done
    }

    fn apply_words(&mut self, kind: Dirt, rng: &mut Rng) -> bool {
        let head = self.get(F::Head).to_owned();
        let village = self.village.title.as_str();
        let input = self.village.plan.communes[self.village.quota.commune].input;
        let (field, text) = match kind {
            Dirt::Tcvn3 => return self.encode_as(LegacyEncoding::Tcvn3),
            Dirt::Vni => return self.encode_as(LegacyEncoding::Vni),
            Dirt::Viqr => return self.encode_as(LegacyEncoding::Viqr),
            Dirt::Mojibake => return self.encode_as(LegacyEncoding::Utf8AsCp1252),
            Dirt::Decomposed => (F::Head, words::decomposed(&head)),
            Dirt::Nbsp => (F::Head, head.replace(' ', "\u{a0}")),
            Dirt::Spaces => (F::Head, words::spaced(&head, rng)),
            Dirt::UpperName => (F::Head, head.to_uppercase()),
            Dirt::LowerName => (F::Head, head.to_lowercase()),
            Dirt::Damaged => (F::Head, words::damaged(&head)),
            Dirt::NoHead => (F::Head, (*rng.pick(PLACEHOLDERS)).into()),
            Dirt::NameInitials | Dirt::NameOrder | Dirt::NameSlip if self.has_neighbour_alike() => {
                return false;
            }
            Dirt::NameInitials => (F::Head, words::initials(&head, rng)),
            Dirt::NameOrder => (F::Head, words::given_first(&head)),
            Dirt::NameSlip => (F::Head, words::slip(&head, rng)),
            Dirt::AmbiguousUnit => return self.name_several(),
            Dirt::OtherUnit if input.other_names.is_empty() => return false,
            Dirt::OtherUnit => (F::Commune, rng.pick(&input.other_names).clone()),
            Dirt::VillageTone => (F::Village, words::other_tones(village).unwrap_or_default()),
            Dirt::VillageShort => (F::Village, words::short_village(village)),
            Dirt::VillageLower => (F::Village, village.to_lowercase()),
            Dirt::UnknownVillage => {
                let kind = village.split(' ').next().unwrap_or("Thôn");
                (F::Village, format!("{kind} {}", places::nowhere(rng.next())))
            }
            Dirt::UnknownUnit => {
                self.form = Form::Missing;
                (F::Commune, format!("Xã {}", places::no_commune(rng.next())))
            }
            _ => return false,
        };
        let clean = self.get(field);
        let changed = clean != text && (kind != Dirt::VillageTone || !text.is_empty());
        if changed {
            self.set(field, text);
        }
        changed
    }

    /// Whether another head of the village has the same initials, so that a name in initials fits both.
    fn has_neighbour_alike(&self) -> bool {
        let own = words::sorted_initials(&self.house.head);
        let others = self.village.houses.iter().filter(|house| house.key != self.house.key);
        { others }.any(|house| words::sorted_initials(&house.head) == own)
    }

    /// Names the commune as several are named, and takes away what would decide.
    fn name_several(&mut self) -> bool {
        let commune = &self.village.plan.communes[self.village.quota.commune];
        let Some(name) = commune.ambiguous_name.clone() else { return false };
        self.set(F::Commune, name);
        for field in [F::Village, F::Code] {
            self.set(field, String::new());
        }
        self.form = Form::Missing;
        true
    }

    fn apply_basis(&mut self, kind: Dirt) -> bool {
        if kind != Dirt::NoBasis {
            return false;
        }
        self.set(F::LegalBasis, String::new());
        true
    }

    fn encode_as(&mut self, encoding: LegacyEncoding) -> bool {
        self.encoding = Some(encoding);
        encode(self.get(F::Head), encoding) != self.get(F::Head)
    }

    fn apply_code(&mut self, kind: Dirt, rng: &mut Rng) -> bool {
        let Some(code) = self.house.code.clone() else { return false };
        let text = match kind {
            Dirt::NoCode => String::new(),
            // Without coordinates the code would give some.
            Dirt::CodeElsewhere if matches!(self.form, Form::Missing | Form::Zero) => return false,
            Dirt::CodeElsewhere => {
                let there =
                    self.house.spot.toward(rng.uniform(0.0, 6.3), rng.uniform(200.0, 500.0));
                let ground = &self.village.plan.communes[self.village.quota.commune].ground;
                project::plus_code(ground.degrees(there))
            }
            Dirt::SpacedCode => words::spaced_code(&code, rng),
            Dirt::BadCode => match rng.below(3) {
                0 => code[..7].to_owned(),
                1 => format!("{code}{}", rng.between(1_000, 9_999)),
                _ => format!("MS-{}", &code[5..]),
            },
            // Prefixes that begin with 1 belong to the capital.
            Dirt::ForeignCode => format!("1{:04}{}", rng.between(0, 4_999), &code[5..]),
            _ => return false,
        };
        self.set(F::Code, text);
        true
    }

    fn apply_position(&mut self, kind: Dirt, rng: &mut Rng) -> bool {
        match kind {
            Dirt::DecimalComma if self.commas => return false,
            Dirt::DecimalComma => self.form = Form::Comma,
            Dirt::Dms => self.form = Form::Dms,
            Dirt::Swapped => self.form = Form::Swapped,
            Dirt::Vn2000 => self.form = Form::Vn2000,
            Dirt::OtherZone => self.form = Form::Utm,
            Dirt::CodePosition if self.kinds.iter().any(|k| k.row().touches == Touch::Code) => {
                return false;
            }
            Dirt::CodePosition => {
                self.form = Form::Missing;
                self.set(F::Code, project::plus_code(self.at));
            }
            // To the metre: a neighbour's house may be outside.
            Dirt::Masked => self.at = self.house.at,
            Dirt::NoPosition => self.form = Form::Missing,
            Dirt::ZeroPosition => self.form = Form::Zero,
            Dirt::Coarse => self.set(F::Accuracy, format!("{:.1}", rng.uniform(31.0, 48.0))),
            Dirt::OutOfProvince => {
                let there = rng.pick(&ELSEWHERE);
                let (dx, dy) = (rng.uniform(-0.01, 0.01), rng.uniform(-0.01, 0.01));
                self.at = Coord { x: there.x + dx, y: there.y + dy };
            }
            Dirt::JustOutside | Dirt::OtherCommune | Dirt::FarInCommune => {
                let there = match kind {
                    Dirt::FarInCommune => self.far_in_the_commune(rng),
                    Dirt::JustOutside => self.over_the_border(rng),
                    _ => self.in_another_commune(rng),
                };
                let Some(there) = there else { return false };
                self.at = there;
            }
            _ => return false,
        }
        match self.form {
            Form::Vn2000 if rng.chance(0.5) => self.set(F::System, String::new()),
            Form::Vn2000 => self.set(F::System, "VN-2000".into()),
            Form::Utm | Form::Missing => self.set(F::System, String::new()),
            _ => {}
        }
        true
    }

    /// A place up to 250 m beyond the nearest border, if that is in another commune.
    fn over_the_border(&self, rng: &mut Rng) -> Option<Coord<f64>> {
        const REACH_M: f64 = 250.0;
        let communes = &self.village.plan.communes;
        let own = &communes[self.village.quota.commune].ground;
        let home = self.house.spot;
        if own.clear_m(home) > REACH_M {
            return None;
        }
        let border = own.nearest_border(home);
        let away = rng.uniform(25.0, 140.0);
        let angle = (border.y - home.y).atan2(border.x - home.x);
        let there = border.toward(angle, away);
        let beyond_m = own.nearest_border(there).distance(there);
        if home.distance(border) > REACH_M || own.contains(there) || beyond_m < 20.0 {
            return None;
        }
        let at = own.degrees(there);
        let inside = |i: usize| {
            let other = &communes[i].ground;
            i != self.village.quota.commune && other.clear_m(other.spot(at)) > 0.0
        };
        (0..communes.len()).any(inside).then_some(at)
    }

    /// A place of one's own commune, 1.7 to 3 km from the middle of the village.
    fn far_in_the_commune(&self, rng: &mut Rng) -> Option<Coord<f64>> {
        let own = &self.village.plan.communes[self.village.quota.commune];
        let centre = own.centres[self.village.quota.village as usize];
        (0..12)
            .map(|_| centre.toward(rng.uniform(0.0, 6.3), rng.uniform(1_700.0, 3_000.0)))
            .find(|there| own.ground.clear_m(*there) >= 20.0)
            .map(|there| own.ground.degrees(there))
    }

    /// A place near a village of another commune, more than 400 m from one's own.
    fn in_another_commune(&self, rng: &mut Rng) -> Option<Coord<f64>> {
        const FAR_M: f64 = 400.0;
        let communes = &self.village.plan.communes;
        let own = &communes[self.village.quota.commune].ground;
        (0..6).find_map(|_| {
            let other = rng.below(communes.len() as u64) as usize;
            let plan = &communes[other];
            let centre = rng.pick(&plan.centres);
            let there = centre.toward(rng.uniform(0.0, 6.3), rng.uniform(10.0, 150.0));
            let at = plan.ground.degrees(there);
            let from_own = own.spot(at);
            let fits = other != self.village.quota.commune
                && plan.ground.clear_m(there) > 0.0
                && !own.contains(from_own)
                && own.nearest_border(from_own).distance(from_own) > FAR_M;
            fits.then_some(at)
        })
    }

    fn apply_phone(&mut self, kind: Dirt, rng: &mut Rng) -> bool {
        let clean = self.house.phone.text();
        let text = match kind {
            Dirt::NoPhone => String::new(),
            Dirt::BadPhone => (*rng.pick(BAD_PHONES)).into(),
            Dirt::OldPhone => match self.house.phone.old_text() {
                Some(old) => old,
                None => return false,
            },
            Dirt::ForeignPhone => match rng.below(3) {
                0 => format!("+84{}", &clean[1..]),
                1 => format!("84{}", &clean[1..]),
                _ => clean[1..].to_owned(),
            },
            _ => return false,
        };
        self.set(F::Phone, text);
        true
    }

    fn apply_identity(&mut self, kind: Dirt) -> bool {
        let clean = self.get(F::Identity).to_owned();
        if clean.is_empty() {
            return false;
        }
        let text = match kind {
            Dirt::ShortIdentity => clean[..11].to_owned(),
            Dirt::OldIdentity => format!("191{}", &clean[6..]),
            // Nobody knows when the heads outside the register were born.
            Dirt::OtherBirth if self.house.fate == Fate::Outside => return false,
            Dirt::OtherBirth => {
                let year: u64 = clean[4..6].parse().unwrap_or(0);
                format!("{}{:02}{}", &clean[..4], (year + 7) % 100, &clean[6..])
            }
            // The leading zero is gone: 46086001234 becomes 4.6086E+10.
            Dirt::RoundedIdentity => format!("{}.{}E+10", &clean[1..2], &clean[2..6]),
            _ => return false,
        };
        self.set(F::Identity, text);
        true
    }

    fn apply_members(&mut self, kind: Dirt, rng: &mut Rng) -> bool {
        let members = u64::from(self.house.members);
        let text = match kind {
            Dirt::OddMembers => *rng.pick(&[0, 25, 44]),
            Dirt::OtherMembers => members + rng.between(4, 6),
            Dirt::NearMembers if members > 1 && rng.chance(0.5) => members - 1,
            Dirt::NearMembers => members + 1,
            _ => return false,
        };
        self.set(F::Members, text.to_string());
        true
    }

    fn apply_day(&mut self, kind: Dirt, rng: &mut Rng) -> bool {
        let clean = self.get(F::CollectedOn).to_owned();
        let year = self.village.plan.config.collected_from.year();
        let text = match kind {
            Dirt::ImpossibleDay => format!("31/02/{year}"),
            Dirt::FutureDay => format!("{}2099", &clean[..6]),
            Dirt::AncientDay => format!("{:02}/05/{}", rng.between(1, 28), rng.between(2005, 2013)),
            Dirt::SerialDay => match Date::strptime("%d/%m/%Y", &clean) {
                Ok(day) => (day - EXCEL_EPOCH).get_days().to_string(),
                Err(_) => return false,
            },
            _ => return false,
        };
        // 29 February has no place in 2099.
        self.set(F::CollectedOn, text.replace("29/02/2099", "28/02/2099"));
        true
    }

    /// "12-Mar" where a house number was typed like "12/3".
    fn apply_house(&mut self) -> bool {
        let number = self.house.address.number;
        if number == 0 {
            return false;
        }
        let month = MONTHS[usize::from(number) % MONTHS.len()];
        self.set(F::HouseNumber, format!("{}-{month}", number % 28 + 1));
        self.set(F::Alley, String::new());
        true
    }
}

impl Dirt {
    /// Whether a kind forbids further dirt elsewhere in the row.
    fn blocks(self, touch: Touch) -> bool {
        match self {
            // Coordinates are taken away with the commune; a repeat stays within GPS noise of its master.
            Self::UnknownUnit | Self::LaterRepeat | Self::MovedAgain => touch == Touch::Position,
            // The code's postal prefix would decide too.
            Self::AmbiguousUnit => matches!(touch, Touch::Position | Touch::Code),
            // The code gives the position.
            Self::CodePosition => touch == Touch::Code,
            _ => false,
        }
    }

    pub(super) fn is_encoding(self) -> bool {
        matches!(self, Self::Tcvn3 | Self::Vni | Self::Viqr | Self::Mojibake)
    }
}
