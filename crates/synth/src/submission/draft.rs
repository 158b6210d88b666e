//! A row while it is written: cells, position and how it is put, what befell it.

use std::sync::Arc;

use diachiso_model::{Date, Field, LonLat, RuleCode, SubmissionField as F, Verdict};
use diachiso_text::legacy::{LegacyEncoding, encode};
use geo_types::Coord;
use jiff::ToSpan;

use crate::{
    config::REPEAT_DAYS_MAX,
    dirt::Dirt,
    people::{Name, Sex},
    project,
    random::Rng,
    row::{Batch, Cells, SUBMISSION_COLUMNS, SubmissionRow, Truth, day_text},
    village::{Fate, House, Village},
    words,
};

/// Distance of a fix from the door, metres.
const NOISE_M: (f64, f64) = (2.0, 8.0);
/// Day 0 of Excel's calendar for dates after February 1900.
pub(super) const EXCEL_EPOCH: Date = jiff::civil::date(1899, 12, 30);
const SHARED_HOUSE: &str = "Hai hộ ở chung nhà";
/// Degrees of VN-2000 read as WGS 84 lie this many metres west and north of the place (design, §4).
const VN2000_WEST_M: f64 = 194.9;
const VN2000_NORTH_M: f64 = 112.5;
const LEGAL_BASIS: &str = "Đồng ý của chủ hộ";

/// How a position is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
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
pub(super) struct Draft<'a> {
    pub(super) village: &'a Village<'a>,
    pub(super) house: &'a House,
    pub(super) batch: Batch,
    pub(super) cells: [String; SUBMISSION_COLUMNS],
    pub(super) at: Coord<f64>,
    pub(super) form: Form,
    pub(super) kinds: Vec<Dirt>,
    pub(super) encoding: Option<LegacyEncoding>,
    /// Whether numbers are written with decimal commas throughout.
    pub(super) commas: bool,
    /// Whether a later row borrows this household's code or identity number.
    pub(super) lends: bool,
}

impl<'a> Draft<'a> {
    /// The clean row of a visit.
    pub(super) fn new(
        village: &'a Village<'a>,
        house: &'a House,
        batch: Batch,
        rng: &mut Rng,
    ) -> Self {
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
        draft.kinds.extend(&house.planned);
        if house.planned.contains(&Dirt::SharedHouse) {
            draft.set(F::Note, SHARED_HOUSE.into());
        }
        draft
    }

    /// Number, alley and street; one in ten writes "22/31" for house 31 of alley 22.
    pub(super) fn fill_address(&mut self, rng: &mut Rng) {
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

    pub(super) fn set(&mut self, field: F, text: String) {
        self.cells[field.index()] = text;
    }

    pub(super) fn get(&self, field: F) -> &str {
        &self.cells[field.index()]
    }

    pub(super) fn set_day(&mut self, from: Date, days_later: u64) {
        let day = from.saturating_add((days_later as i32).days());
        self.set(F::CollectedOn, day_text(day));
    }

    /// The same row again; a sheet is handed in again as a sheet.
    pub(super) fn again(&self) -> Self {
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
    pub(super) fn date_after(&mut self, first: &Self, rng: &mut Rng) {
        let text = first.get(F::CollectedOn);
        let day = Date::strptime("%d/%m/%Y", text).unwrap_or_else(|_| {
            let serial = text.parse::<i64>().unwrap_or(0);
            EXCEL_EPOCH.saturating_add(serial.days())
        });
        self.set_day(day, rng.between(3, REPEAT_DAYS_MAX));
        self.set(F::Collector, collector(self.village, 2));
        self.set(F::Form, format!("{}B", first.get(F::Form)));
    }

    /// The fix of a device set to VN-2000, in the hands of the one collector who works through the commune with it.
    pub(super) fn shift_to_vn2000(&mut self) {
        let ground = &self.village.plan.communes[self.village.quota.commune].ground;
        let spot = ground.spot(self.at);
        let shifted = spot.toward(std::f64::consts::PI, VN2000_WEST_M);
        self.at = ground.degrees(shifted.toward(std::f64::consts::FRAC_PI_2, VN2000_NORTH_M));
        let seed = self.village.plan.config.seed;
        let mut rng = Rng::new(&[seed, 66, self.village.quota.commune as u64]);
        self.set(F::Collector, Name::draw(Sex::Female, &mut rng).text());
    }

    /// Nothing that tells the two lines of an ambiguous pair apart.
    pub(super) fn leave_nothing_that_decides(&mut self) {
        for field in [F::Code, F::Identity, F::Phone] {
            self.set(field, String::new());
        }
        self.kinds.push(Dirt::Ambiguous);
    }

    pub(super) fn finish(mut self, title: &Arc<str>) -> (SubmissionRow, Truth) {
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

    pub(super) fn write_position(&mut self) {
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

    pub(super) fn has_commas(&self) -> bool {
        let plain = !matches!(self.form, Form::Dms | Form::Missing | Form::Zero);
        plain && (self.commas || self.form == Form::Comma)
    }

    pub(super) fn truth(&self) -> Truth {
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

    pub(super) fn verdict(&self) -> Option<Verdict> {
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
