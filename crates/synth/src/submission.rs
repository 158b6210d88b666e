//! From a house to the rows handed in about it, dirt and truth included.

use std::sync::Arc;

use diachiso_model::{Date, Field, LonLat, RuleCode, SubmissionField as F, Verdict};
use diachiso_text::legacy::{LegacyEncoding, encode};
use geo_types::Coord;
use jiff::ToSpan;

use crate::{
    config::REPEAT_DAYS_MAX,
    dirt::{Dirt, Place, Touch},
    people::{Name, Sex},
    places, project,
    random::Rng,
    row::{Batch, Cells, SUBMISSION_COLUMNS, SubmissionRow, Truth, day_text},
    village::{Fate, House, Village},
    words,
};

/// Distance of a fix from the door, metres.
const NOISE_M: (f64, f64) = (2.0, 8.0);
/// Day 0 of Excel's calendar for dates after February 1900.
const EXCEL_EPOCH: Date = jiff::civil::date(1899, 12, 30);
/// Villages of the sheet batch are among the first of the whole: a sheet of 25 columns is slow to write.
const SHEET_VILLAGES: u64 = 150;

const LEGAL_BASIS: &str = "Đồng ý của chủ hộ";
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

/// How a position is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Degrees,
    Comma,
    Dms,
    Swapped,
    Vn2000,
    Utm,
    ThreeDecimals,
    Missing,
    Zero,
}

/// A row being written.
struct Draft<'a> {
    village: &'a Village<'a>,
    house: &'a House,
    batch: Batch,
    cells: [String; SUBMISSION_COLUMNS],
    at: Coord<f64>,
    form: Form,
    kinds: Vec<Dirt>,
    encoding: Option<LegacyEncoding>,
    /// Whether numbers are written with decimal commas throughout.
    commas: bool,
    /// Whether a later row borrows this household's code or identity number.
    lends: bool,
}

/// Everything handed in about a village's houses, in walking order, repeats after their masters.
pub(crate) fn submissions(village: &Village<'_>) -> Vec<(SubmissionRow, Truth)> {
    let title: Arc<str> = village.title.as_str().into();
    let mut out = Vec::with_capacity(village.houses.len() + village.houses.len() / 16);
    let stack = village.stack();
    for (i, house) in village.houses.iter().enumerate() {
        let visits = match house.fate {
            Fate::Covered | Fate::Rejected | Fate::Held(_) => of_register(village, house, stack),
            Fate::Outside => of_outside(village, house, i),
            Fate::Unvisited | Fate::Twin | Fate::Away | Fate::Moved | Fate::Gone => continue,
        };
        out.extend(visits.into_iter().map(|draft| draft.finish(&title)));
    }
    out
}

fn main_batch(overall: u64) -> Batch {
    match overall % 10 {
        5 | 6 => Batch::Semicolon,
        7 | 8 if overall < SHEET_VILLAGES => Batch::Sheet,
        9 => Batch::Later,
        _ => Batch::Plain,
    }
}

fn of_register<'a>(
    village: &'a Village<'a>,
    house: &'a House,
    stack: Option<Coord<f64>>,
) -> Vec<Draft<'a>> {
    let mut rng = Rng::new(&[house.key, 61]);
    let config = village.plan.config;
    let mut draft = Draft::new(village, house, main_batch(village.quota.overall), &mut rng);
    match house.fate {
        Fate::Held(Dirt::Stacked) => {
            draft.at = stack.unwrap_or(draft.at);
            draft.kinds.push(Dirt::Stacked);
        }
        Fate::Held(Dirt::Ambiguous) => {
            draft.leave_nothing_that_decides();
            return vec![draft];
        }
        Fate::Held(Dirt::AwayVisited) => {
            draft.form = Form::Missing;
            draft.kinds.push(Dirt::AwayVisited);
        }
        // A kind that finds no hold on this house gives way to one that always does.
        Fate::Held(kind) if !draft.apply(kind, &mut rng) => {
            draft.apply(Dirt::NoPosition, &mut rng);
        }
        Fate::Rejected => {
            draft.apply(Dirt::ImpossibleDay, &mut rng);
        }
        _ => {}
    }
    draft.soil(&mut rng);
    let moved = draft.kinds.contains(&Dirt::JustOutside);
    let repeated = house.fate == Fate::Covered && !moved && rng.chance(config.duplicates_share);
    let shares = [config.dirt.share(Dirt::ExactRepeat), config.dirt.share(Dirt::LaterRepeat)];
    match rng.weighted(shares.into_iter()) {
        Some(0) if repeated => {
            let again = draft.again();
            vec![draft, again]
        }
        Some(_) if repeated => {
            let later = later_repeat(&draft, &mut rng);
            vec![draft, later]
        }
        _ => vec![draft],
    }
}

fn of_outside<'a>(village: &'a Village<'a>, house: &'a House, i: usize) -> Vec<Draft<'a>> {
    let mut rng = Rng::new(&[house.key, 62]);
    let dirt = &village.plan.config.dirt;
    let mut draft = Draft::new(village, house, main_batch(village.quota.overall), &mut rng);
    draft.kinds.push(Dirt::OutsideList);
    let is_outside = |h: &&House| h.fate == Fate::Outside;
    let lender = village.houses[..i].iter().rev().find(is_outside);
    let next = village.houses[i + 1..].iter().find(is_outside);
    draft.lends = next.is_some_and(|n| borrowed(village, n).is_some());
    match (lender, borrowed(village, house)) {
        (Some(lender), Some(Dirt::SharedCode)) if lender.code.is_some() => {
            draft.set(F::Code, lender.code.clone().unwrap_or_default());
            draft.kinds.push(Dirt::SharedCode);
        }
        (Some(lender), Some(Dirt::SharedIdentity)) => {
            draft.set(F::Identity, format!("{:012}", lender.identity));
            draft.kinds.push(Dirt::SharedIdentity);
        }
        _ => {}
    }
    if rng.chance(dirt.share(Dirt::Imprecise)) {
        draft.form = Form::ThreeDecimals;
        draft.set(F::Accuracy, "60".into());
        draft.kinds.push(Dirt::Imprecise);
        draft.soil(&mut rng);
        return vec![draft];
    }
    let far = rng.chance(dirt.share(Dirt::FarRepeat)).then(|| far_spot(village, house, &mut rng));
    let Some(Some(far)) = far else {
        draft.soil(&mut rng);
        return vec![draft];
    };
    draft.kinds.push(Dirt::FarRepeat);
    let mut repeat = Draft::new(village, house, Batch::Later, &mut rng);
    for field in [F::Code, F::Identity] {
        repeat.set(field, draft.get(field).to_owned());
    }
    repeat.date_after(&draft, &mut rng);
    repeat.at = far;
    repeat.kinds.clone_from(&draft.kinds);
    vec![draft, repeat]
}

/// What a household outside the register takes from the one before it.
fn borrowed(village: &Village<'_>, house: &House) -> Option<Dirt> {
    let dirt = &village.plan.config.dirt;
    let mut rng = Rng::new(&[house.key, 64]);
    [Dirt::SharedCode, Dirt::SharedIdentity].into_iter().find(|&k| rng.chance(dirt.share(k)))
}

/// A place 120 to 400 m away, still well inside the commune.
fn far_spot(village: &Village<'_>, house: &House, rng: &mut Rng) -> Option<Coord<f64>> {
    let ground = &village.plan.communes[village.quota.commune].ground;
    (0..12)
        .map(|_| house.spot.toward(rng.uniform(0.0, 6.3), rng.uniform(120.0, 400.0)))
        .find(|s| ground.clear_m(*s) >= 20.0)
        .map(|s| ground.degrees(s))
}

fn later_repeat<'a>(master: &Draft<'a>, rng: &mut Rng) -> Draft<'a> {
    let mut repeat = Draft::new(master.village, master.house, Batch::Later, rng);
    repeat.kinds.push(Dirt::LaterRepeat);
    repeat.date_after(master, rng);
    repeat.soil(rng);
    repeat
}

impl<'a> Draft<'a> {
    /// The clean row of a visit.
    fn new(village: &'a Village<'a>, house: &'a House, batch: Batch, rng: &mut Rng) -> Self {
        let input = village.plan.communes[village.quota.commune].input;
        let ground = &village.plan.communes[village.quota.commune].ground;
        let noise_m = rng.uniform(NOISE_M.0, NOISE_M.1);
        let fix = house.spot.toward(rng.uniform(0.0, 6.3), noise_m);
        let mut draft = Self {
            village,
            house,
            batch,
            cells: std::array::from_fn(|_| String::new()),
            at: ground.degrees(fix),
            form: Form::Degrees,
            kinds: Vec::new(),
            encoding: None,
            commas: batch == Batch::Semicolon,
            lends: false,
        };
        draft.set(F::Form, format!("P{}", &house.id[1..]));
        draft.set(F::Code, house.code.clone().unwrap_or_default());
        draft.set(F::Head, house.head.clone());
        if rng.chance(0.88) {
            draft.set(F::Identity, format!("{:012}", house.identity));
        }
        draft.set(F::Phone, house.phone.text());
        draft.fill_address(rng);
        draft.set(F::Village, village.title.clone());
        draft.set(F::Commune, input.name.clone());
        draft.set(F::District, input.district_name.clone());
        draft.set(F::Members, house.members.to_string());
        draft.set(F::Poverty, house.poverty.title().to_owned());
        draft.set(F::Object, "Nhà ở hộ gia đình".into());
        draft.set(F::System, "WGS84".into());
        draft.set(F::Accuracy, format!("{:.1}", rng.uniform(4.0, 12.0)));
        draft.set(F::Collector, collector(village, rng.below(2)));
        draft.set(F::Team, format!("Tổ CNSCĐ {}", village.title));
        let config = village.plan.config;
        let span = (config.collected_to - config.collected_from).get_days();
        draft.set_day(config.collected_from, rng.below(span as u64 + 1));
        draft.set(F::Channel, (*rng.pick(&["Ứng dụng", "Phiếu giấy"])).into());
        draft.set(F::LegalBasis, LEGAL_BASIS.into());
        if house.shares_phone {
            draft.kinds.push(Dirt::SharedPhone);
        }
        if house.namesake {
            draft.kinds.push(Dirt::Namesake);
        }
        draft
    }

    /// Number, alley and street; one in ten writes "22/31" for house 31 of alley 22.
    fn fill_address(&mut self, rng: &mut Rng) {
        let address = self.house.address;
        self.set(F::Street, address.street.text());
        match (address.number, address.alley) {
            (0, _) => {}
            (number, 0) => self.set(F::HouseNumber, number.to_string()),
            (number, alley) if rng.chance(0.1) => {
                self.set(F::HouseNumber, format!("{alley}/{number}"));
            }
            (number, alley) => {
                self.set(F::HouseNumber, number.to_string());
                self.set(F::Alley, format!("Kiệt {alley}"));
            }
        }
    }

    fn set(&mut self, field: F, text: String) {
        self.cells[field.index()] = text;
    }

    fn get(&self, field: F) -> &str {
        &self.cells[field.index()]
    }

    fn set_day(&mut self, from: Date, days_later: u64) {
        let day = from.saturating_add((days_later as i32).days());
        self.set(F::CollectedOn, day_text(day));
    }

    /// The same row again; a sheet is handed in again as a sheet.
    fn again(&self) -> Self {
        let mut kinds = self.kinds.clone();
        kinds.push(Dirt::ExactRepeat);
        Self {
            village: self.village,
            house: self.house,
            batch: if self.batch == Batch::Sheet { Batch::Sheet } else { Batch::Later },
            cells: self.cells.clone(),
            at: self.at,
            form: self.form,
            kinds,
            encoding: self.encoding,
            commas: self.commas,
            lends: self.lends,
        }
    }

    /// Another collector, some days after the first visit.
    fn date_after(&mut self, first: &Self, rng: &mut Rng) {
        let text = first.get(F::CollectedOn);
        let day = Date::strptime("%d/%m/%Y", text).unwrap_or_else(|_| {
            let serial = text.parse::<i64>().unwrap_or(0);
            EXCEL_EPOCH.saturating_add(serial.days())
        });
        self.set_day(day, rng.between(3, REPEAT_DAYS_MAX));
        self.set(F::Collector, collector(self.village, 2));
        self.set(F::Form, format!("{}B", first.get(F::Form)));
    }

    /// Nothing that tells the two lines of an ambiguous pair apart.
    fn leave_nothing_that_decides(&mut self) {
        for field in [F::Code, F::Identity, F::Phone] {
            self.set(field, String::new());
        }
        self.kinds.push(Dirt::Ambiguous);
    }

    /// Draws at most one acceptable kind for everything that is still untouched.
    fn soil(&mut self, rng: &mut Rng) {
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
    fn apply(&mut self, kind: Dirt, rng: &mut Rng) -> bool {
        let done = match kind.row().touches {
            Touch::Words => self.apply_words(kind, rng),
            Touch::Code => self.apply_code(kind, rng),
            Touch::Position => self.apply_position(kind, rng),
            Touch::Phone => self.apply_phone(kind, rng),
            Touch::Identity => self.apply_identity(kind),
            Touch::Members => self.apply_members(kind, rng),
            Touch::Day => self.apply_day(kind, rng),
            Touch::House => self.apply_house(),
            Touch::Nothing => false,
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

    fn encode_as(&mut self, encoding: LegacyEncoding) -> bool {
        self.encoding = Some(encoding);
        encode(self.get(F::Head), encoding) != self.get(F::Head)
    }

    fn apply_code(&mut self, kind: Dirt, rng: &mut Rng) -> bool {
        let Some(code) = self.house.code.clone() else { return false };
        let text = match kind {
            Dirt::NoCode => String::new(),
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
            Dirt::NoPosition => self.form = Form::Missing,
            Dirt::ZeroPosition => self.form = Form::Zero,
            Dirt::Coarse => self.set(F::Accuracy, format!("{:.1}", rng.uniform(31.0, 48.0))),
            Dirt::OutOfProvince => {
                let there = rng.pick(&ELSEWHERE);
                let (dx, dy) = (rng.uniform(-0.01, 0.01), rng.uniform(-0.01, 0.01));
                self.at = Coord { x: there.x + dx, y: there.y + dy };
            }
            Dirt::JustOutside | Dirt::OtherCommune => {
                let there = match kind {
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

    fn finish(mut self, title: &Arc<str>) -> (SubmissionRow, Truth) {
        self.write_position();
        if let Some(encoding) = self.encoding.filter(|_| self.kinds.iter().any(|k| k.is_encoding()))
        {
            for field in [F::Head, F::Street, F::Village, F::Commune, F::District] {
                let encoded = encode(self.get(field), encoding);
                self.set(field, encoded);
            }
        }
        let truth = self.truth();
        let cells = Cells::pack(&self.cells);
        (SubmissionRow { cells, batch: self.batch, village: Arc::clone(title) }, truth)
    }

    fn write_position(&mut self) {
        let Coord { x, y } = self.at;
        let degrees = |d: f64| format!("{d:.6}");
        let metres = |at: Coord<f64>| (format!("{:.3}", at.y), format!("{:.3}", at.x));
        let (mut latitude, mut longitude) = match self.form {
            Form::Degrees | Form::Comma => (degrees(y), degrees(x)),
            Form::Dms => (words::dms(y, 'N'), words::dms(x, 'E')),
            Form::Swapped => (degrees(x), degrees(y)),
            Form::Vn2000 => metres(project::vn2000(self.at)),
            Form::Utm => metres(project::utm48(self.at)),
            Form::ThreeDecimals => (format!("{y:.3}"), format!("{x:.3}")),
            Form::Missing => (String::new(), String::new()),
            Form::Zero => ("0".into(), "0".into()),
        };
        if self.has_commas() {
            for text in [&mut latitude, &mut longitude] {
                *text = text.replace('.', ",");
            }
        }
        if self.commas {
            let comma = self.get(F::Accuracy).replace('.', ",");
            self.set(F::Accuracy, comma);
        }
        self.set(F::Latitude, latitude);
        self.set(F::Longitude, longitude);
    }

    fn has_commas(&self) -> bool {
        let plain = !matches!(self.form, Form::Dms | Form::Missing | Form::Zero);
        plain && (self.commas || self.form == Form::Comma)
    }

    fn truth(&self) -> Truth {
        let mut codes: Vec<RuleCode> =
            self.kinds.iter().flat_map(|k| k.row().codes).copied().collect();
        if self.has_commas() && matches!(self.form, Form::Degrees | Form::Comma | Form::Swapped) {
            codes.push(RuleCode::G01);
        }
        codes.sort_unstable();
        codes.dedup();
        let outside = self.house.fate == Fate::Outside;
        Truth {
            household: (!outside).then(|| self.house.id.clone()),
            entity: self.house.id.clone(),
            at: LonLat::new(self.house.at.x, self.house.at.y).expect("a commune is on the globe"),
            verdict: self.verdict(),
            codes,
            kinds: self.kinds.clone(),
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        let has = |kind: Dirt| self.kinds.contains(&kind);
        if has(Dirt::ExactRepeat) || has(Dirt::LaterRepeat) {
            return Some(Verdict::Duplicate);
        }
        if self.house.fate != Fate::Outside {
            let verdicts = self.kinds.iter().filter_map(|k| k.row().place.verdict());
            return Some(
                verdicts
                    .max_by_key(|v| match v {
                        Verdict::Accepted => 0,
                        Verdict::Duplicate => 1,
                        Verdict::Held => 2,
                        Verdict::Rejected => 3,
                    })
                    .unwrap_or(Verdict::Accepted),
            );
        }
        // Whether the other of a pair is held depends on which one the reviewer is shown.
        let open = has(Dirt::FarRepeat) || has(Dirt::SharedCode) || has(Dirt::SharedIdentity);
        (!open && !self.lends).then_some(Verdict::Accepted)
    }
}

/// Name of the village's `nth` collector.
fn collector(village: &Village<'_>, nth: u64) -> String {
    let mut rng = Rng::new(&[village.plan.config.seed, 63, village.quota.overall, nth]);
    let sex = if rng.chance(0.5) { Sex::Male } else { Sex::Female };
    Name::draw(sex, &mut rng).text()
}

impl Dirt {
    /// Whether a kind forbids further dirt elsewhere in the row.
    fn blocks(self, touch: Touch) -> bool {
        match self {
            // Coordinates are taken away with the commune; a repeat stays within GPS noise of its master.
            Self::UnknownUnit | Self::LaterRepeat => touch == Touch::Position,
            _ => false,
        }
    }

    fn is_encoding(self) -> bool {
        matches!(self, Self::Tcvn3 | Self::Vni | Self::Viqr | Self::Mojibake)
    }
}
