//! What people decided about one submission: that it is accepted or rejected, which unit it belongs to, where it lies.
//!
//! Carried out after what was decided of proposals and before rows are compared with each other, on a copy of the row as it
//! was judged alone, so that taking a decision back leaves no trace. What was there before stands in a finding beside it
//! (V01 to V04).

use diachiso_model::{
    Choice, Decision, DecisionKind, Finding, Level, LonLat, PrecisionClass, RuleCode, SubmissionId,
    UnitCode, UnitId,
};
use diachiso_spatial::address_code::AddressCode;
use rustc_hash::FxHashMap;

use crate::{
    forensics::Case,
    judge::Judge,
    place::VillageMatch,
    position,
    submissions::{self, Draft},
};

/// A position that a person points at is on the premises: it is not measured at the door.
const CHOSEN_CLASS: PrecisionClass = PrecisionClass::B;

/// What rules hold against a point, said of the one that was; repairs of its cells stay, they keep what was written.
const AGAINST_A_POINT: &[RuleCode] = {
    use RuleCode::{G05, G06, G07, G14};
    &[G05, G06, G07, G14]
};
/// What is said of a point and a commune together.
const OF_PLACE: &[RuleCode] = {
    use RuleCode::{G08, G09, G11, M03, M04};
    &[G08, G09, G11, M03, M04]
};
/// What is said of the unit that a row states.
const OF_COMMUNE: &[RuleCode] = &[RuleCode::A01, RuleCode::A02, RuleCode::A03];
const OF_VILLAGE: &[RuleCode] = &[RuleCode::A04, RuleCode::A05];

/// What is decided of one submission, with the reasons.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct RowRuling {
    /// Whether it is accepted, else rejected.
    accepted: Option<(bool, Box<str>)>,
    unit: Option<UnitCode>,
    point: Option<LonLat>,
}

/// What is decided of single submissions, by id.
#[derive(Clone, Default, Debug)]
pub(crate) struct RowRulings(FxHashMap<SubmissionId, RowRuling>);

impl RowRulings {
    /// Those of a record.
    pub(crate) fn new(record: &[Decision]) -> Self {
        let mut rulings: FxHashMap<SubmissionId, RowRuling> = FxHashMap::default();
        let standing = |kind| Decision::standing(record, kind).into_iter();
        let about = |subject: &str| subject.parse::<SubmissionId>().ok();
        for (subject, decision) in standing(DecisionKind::Verdict) {
            let Some(id) = about(subject) else { continue };
            let accepted = decision.choice() == Choice::Apply;
            rulings.entry(id).or_default().accepted = Some((accepted, decision.why().into()));
        }
        let chosen = |kind| {
            standing(kind)
                .filter(|(_, d)| d.choice() == Choice::Apply)
                .filter_map(|(id, d)| Some((about(id)?, d.target().split_once(' ')?.1)))
        };
        for (id, code) in chosen(DecisionKind::Unit) {
            if let Ok(code) = code.parse() {
                rulings.entry(id).or_default().unit = Some(code);
            }
        }
        for (id, point) in chosen(DecisionKind::Point) {
            if let Some(point) = position_of(point) {
                rulings.entry(id).or_default().point = Some(point);
            }
        }
        // What was erased goes on counting as it did.
        for (id, _) in standing(DecisionKind::Erase) {
            if let Some(id) = about(id) {
                rulings.remove(&id);
            }
        }
        Self(rulings)
    }

    /// What is decided of a submission.
    pub(crate) fn of(&self, id: SubmissionId) -> Option<&RowRuling> {
        self.0.get(&id)
    }

    /// Submissions of which something else is decided here than there.
    pub(crate) fn turned<'r>(
        &'r self,
        before: &'r Self,
    ) -> impl Iterator<Item = SubmissionId> + 'r {
        let now = self.0.iter().filter(|(id, ruling)| before.of(**id) != Some(ruling));
        let gone = before.0.keys().filter(|id| self.of(**id).is_none());
        now.map(|(id, _)| *id).chain(gone.copied())
    }

    /// Carries all of it out on drafts sorted by id.
    pub(crate) fn apply(&self, drafts: &mut [Draft], case: &Case<'_>, judge: Judge) {
        for (id, ruling) in &self.0 {
            if let Ok(at) = drafts.binary_search_by_key(id, |draft| draft.submission.id) {
                ruling.apply(&mut drafts[at], case, judge);
            }
        }
    }
}

/// Latitude and longitude of a target.
fn position_of(text: &str) -> Option<LonLat> {
    let (lat, lon) = text.split_once(' ')?;
    LonLat::new(lon.parse().ok()?, lat.parse().ok()?).ok()
}

/// Whether a person chose where a row lies: what its device did is of no account any more.
pub(crate) fn is_chosen(draft: &Draft) -> bool {
    draft.submission.findings.iter().any(|f| f.code == RuleCode::V04)
}

impl RowRuling {
    /// Carries it out on a row that was judged alone.
    pub(crate) fn apply(&self, draft: &mut Draft, case: &Case<'_>, judge: Judge) {
        if let Some(point) = self.point {
            lay(draft, point);
            settle_village(draft, case);
        }
        if let Some(unit) = self.unit.as_ref().and_then(|code| Unit::of(code, draft, case)) {
            unit.settle(draft, case);
        }
        if self.point.is_some() || self.unit.is_some() {
            judge_place(draft, case);
        }
        let s = &mut draft.submission;
        if let Some((accepted, why)) = &self.accepted {
            let code = if *accepted { RuleCode::V01 } else { RuleCode::V02 };
            s.findings.push(Finding::new(code, None, "").with(why.clone()));
        }
        s.verdict = judge.settle(&mut s.findings);
    }
}

/// Gives a row its point.
fn lay(draft: &mut Draft, point: LonLat) {
    let s = &mut draft.submission;
    let unread = s.findings.iter().find(|f| AGAINST_A_POINT.contains(&f.code));
    let mut original = s.point.map_or_else(
        || unread.map(|f| f.original.to_string()).unwrap_or_default(),
        |point| point.to_string(),
    );
    if let Some(accuracy_m) = s.accuracy_m.take() {
        original = format!("{original} ±{accuracy_m} m");
    }
    s.findings.retain(|f| !AGAINST_A_POINT.contains(&f.code));
    s.findings.push(
        Finding::new(RuleCode::V04, Some("latitude"), original.trim()).with(point.to_string()),
    );
    (s.point, s.precision) = (Some(point), Some(CHOSEN_CLASS));
}

/// Finds the village of a row whose commune became clear by its point alone.
fn settle_village(draft: &mut Draft, case: &Case<'_>) {
    let s = &draft.submission;
    let (None, Some(commune)) = (draft.keys.commune, s.commune) else { return };
    let at_closing = case.reference.at_closing(commune, s.point, case.closed_on);
    if let Some(in_register) = at_closing {
        find_village(draft, in_register, case);
    }
}

/// Looks for the village stated in a commune of the register.
fn find_village(draft: &mut Draft, in_register: UnitId, case: &Case<'_>) {
    draft.keys.commune = Some(in_register);
    let s = &mut draft.submission;
    s.village = None;
    s.findings.retain(|f| !OF_VILLAGE.contains(&f.code));
    if !case.villages.knows(in_register) {
        return;
    }
    let note = |code| Finding::new(code, Some("village"), &s.village_text);
    match case.villages.find(in_register, &s.village_text) {
        VillageMatch::Exact(at) => s.village = Some(at),
        VillageMatch::Respelt(at) => {
            let finding = note(RuleCode::A05).with(&*case.villages.list[at as usize].name);
            s.village = Some(at);
            s.findings.push(finding);
        }
        VillageMatch::Missing => {
            let finding = note(RuleCode::A04);
            s.findings.push(finding);
        }
    }
}

/// A unit that was chosen, as it is known on the days that matter.
struct Unit {
    /// Of the registers.
    village: Option<u32>,
    /// On the register's closing date.
    in_register: Option<UnitId>,
    /// On the day of collection.
    commune: UnitId,
    name: String,
}

impl Unit {
    /// `None` where no unit has this code.
    fn of(code: &UnitCode, draft: &Draft, case: &Case<'_>) -> Option<Self> {
        let (units, s) = (&case.reference.units, &draft.submission);
        let on = day_of(draft, case);
        if code.level() == Level::Village {
            let list = &case.villages.list;
            let at = list.binary_search_by(|village| village.code.cmp(code)).ok()?;
            let in_register = list[at].commune;
            let then = units.at(in_register, on);
            let located = s.point.and_then(|p| case.reference.boundaries.locate(p, on));
            let commune = located.filter(|id| then.contains(id)).or(then.first().copied())?;
            let name = format!("{}, {}", list[at].name, units.get(commune).full_name());
            let (village, in_register) = (Some(at as u32), Some(in_register));
            return Some(Self { village, in_register, commune, name });
        }
        let commune = units.by_code(code, on).filter(|_| code.level() == Level::Commune)?;
        let in_register = case.reference.at_closing(commune, s.point, case.closed_on);
        let name = units.get(commune).full_name();
        Some(Self { village: None, in_register, commune, name })
    }

    fn settle(self, draft: &mut Draft, case: &Case<'_>) {
        let s = &mut draft.submission;
        let told = s.findings.iter().find(|f| OF_COMMUNE.contains(&f.code));
        let stated = match told {
            Some(finding) => finding.original.to_string(),
            None => s.commune.map(|c| case.reference.units.get(c).full_name()).unwrap_or_default(),
        };
        let stated: Vec<&str> =
            [&*s.village_text, &*stated].into_iter().filter(|text| !text.is_empty()).collect();
        let field = if self.village.is_some() { "village" } else { "commune" };
        let finding = Finding::new(RuleCode::V03, Some(field), &stated.join(", ")).with(self.name);
        s.findings.retain(|f| !OF_COMMUNE.contains(&f.code) && !OF_VILLAGE.contains(&f.code));
        s.findings.push(finding);
        s.commune = Some(self.commune);
        s.village = self.village;
        draft.keys.commune = self.in_register;
        if let (None, Some(in_register)) = (self.village, self.in_register) {
            find_village(draft, in_register, case);
        }
    }
}

/// The day whose units a row speaks of.
fn day_of(draft: &Draft, case: &Case<'_>) -> diachiso_model::Date {
    let collected_on = draft.submission.collected_on;
    submissions::believable(collected_on, case.today).unwrap_or(case.closed_on)
}

/// Says anew what is said of point, commune and code together.
fn judge_place(draft: &mut Draft, case: &Case<'_>) {
    let on = day_of(draft, case);
    let s = &mut draft.submission;
    s.findings.retain(|f| !OF_PLACE.contains(&f.code));
    let reference = case.reference;
    let located = s.point.and_then(|point| reference.boundaries.locate(point, on));
    if let Some(point) = s.point {
        let at = (point, located);
        position::compare(&reference.boundaries, at, s.commune, on, &mut s.findings);
        let known = s.findings.iter().any(|f| f.code == RuleCode::G14);
        if !known && reference.is_masked(point) {
            let text = point.to_string();
            s.findings.push(Finding::new(RuleCode::G14, Some("latitude"), &text));
        }
    }
    let code = AddressCode::parse(&s.code);
    let (code, at) = ((&*s.code, code.as_ref()), (s.point, located));
    submissions::check_code(reference, code, s.commune, at, on, &mut s.findings);
}
