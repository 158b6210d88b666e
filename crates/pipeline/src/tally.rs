//! From households to counts per unit and period.

use std::collections::BTreeMap;

use diachiso_model::{
    FieldState, Household, HouseholdState, Level, PrecisionClass, RegisterInfo, ResidenceStatus,
    Submission, Tally, UnitCode, UnitId, UnitTally, Units, Verdict, Village,
};

use rustc_hash::FxHashSet;

use crate::{
    boundaries::Boundaries,
    link::Match,
    results::{Results, with_results},
};

/// Gives every household of one register its state, the submission behind it and its point.
pub(crate) fn states(
    households: &mut [Household],
    offset: u32,
    submissions: &[Submission],
    matches: &[Match],
    results: &Results,
) {
    let mut seen: FxHashSet<u32> = FxHashSet::default();
    for (at, (s, found)) in (0..).zip(submissions.iter().zip(matches)) {
        for h in spoken_of(s, found) {
            consider(&mut households[(h - offset) as usize], s, at);
            if is_seen_later(s, results.of(*h)) {
                seen.insert(*h);
            }
        }
    }
    for (at, household) in (offset..).zip(households) {
        household.state = with_results(with_status(household), results.of(at), seen.contains(&at));
    }
}

/// Whether a submission covers a household after the day on which it is said to have left.
fn is_seen_later(s: &Submission, found: FieldState) -> bool {
    found.left_on().is_some_and(|left_on| {
        state_of(s) == Some(HouseholdState::Covered)
            && s.collected_on.is_some_and(|on| on > left_on)
    })
}

/// The households whose state a submission may decide: the one that it was matched to, or while it is held all those
/// that fit.
pub(crate) fn spoken_of<'m>(s: &Submission, found: &'m Match) -> &'m [u32] {
    match found {
        Match::One(link) => std::slice::from_ref(&link.household),
        Match::Several(several) if s.verdict == Verdict::Held => several,
        _ => &[],
    }
}

/// The state of a household whose submissions were considered, with what the register says of its stay.
fn with_status(household: &Household) -> HouseholdState {
    match (household.status, household.state) {
        (ResidenceStatus::Moved, _) => HouseholdState::Moved,
        (ResidenceStatus::Gone, _) => HouseholdState::Gone,
        (ResidenceStatus::Away, HouseholdState::None) => HouseholdState::Away,
        (_, state) => state,
    }
}

/// Gives one household its state anew from the submissions that speak of it, which come by id with their indices, and from
/// what was found there.
pub(crate) fn state_anew<'s>(
    household: &mut Household,
    speaking: impl Iterator<Item = (u32, &'s Submission)>,
    found: FieldState,
) {
    (household.state, household.submission, household.point) = (HouseholdState::None, None, None);
    let mut seen = false;
    for (at, s) in speaking {
        consider(household, s, at);
        seen |= is_seen_later(s, found);
    }
    household.state = with_results(with_status(household), found, seen);
}

/// What a submission makes of a household: covered, pending or rejected, in that order of strength.
fn state_of(s: &Submission) -> Option<HouseholdState> {
    match s.verdict {
        Verdict::Accepted if s.precision.is_some_and(PrecisionClass::counts) => {
            Some(HouseholdState::Covered)
        }
        Verdict::Accepted | Verdict::Held => Some(HouseholdState::Pending),
        Verdict::Rejected => Some(HouseholdState::Rejected),
        Verdict::Duplicate => None,
    }
}

/// Lets a submission decide the state of a household when it is the strongest so far; of equals
/// the one with the smaller id stands (submissions come sorted by id).
fn consider(household: &mut Household, s: &Submission, at: u32) {
    let Some(state) = state_of(s) else { return };
    if household.submission.is_none() || state < household.state {
        household.state = state;
        household.submission = Some(at);
        household.point = (state == HouseholdState::Covered).then_some(s.point).flatten();
    }
}

/// Whether a household is shown at the centre of its village: nobody covered it yet, or where it is was erased.
pub(crate) fn lies_in_village(h: &Household) -> bool {
    h.state.is_gap() || h.state == HouseholdState::Covered && h.point.is_none()
}

/// Counts of one register by village.
pub(crate) fn by_village(
    villages: usize,
    households: &[Household],
    submissions: &[Submission],
    matches: &[Match],
) -> Vec<Tally> {
    let mut tallies: Vec<Tally> = vec![Tally::default(); villages];
    for h in households {
        count(&mut tallies[h.village as usize], h, submissions);
    }
    for (s, found) in submissions.iter().zip(matches) {
        if let Some(village) = outside_list(s, found) {
            tallies[village as usize].outside_list += 1;
        }
    }
    tallies
}

/// Counts a household with the precision of the submission that decides its state.
fn count(tally: &mut Tally, h: &Household, submissions: &[Submission]) {
    count_of(tally, h, h.submission.and_then(|at| submissions[at as usize].precision));
}

/// The same where the precision is known.
pub(crate) fn count_of(tally: &mut Tally, h: &Household, class: Option<PrecisionClass>) {
    tally.count(h.state, h.members, h.poverty, class);
}

/// The village in which an accepted submission counts as outside the list.
pub(crate) fn outside_list(s: &Submission, found: &Match) -> Option<u32> {
    s.village.filter(|_| *found == Match::Outside && s.verdict == Verdict::Accepted)
}

/// Tallies of one register for every period from its closing date on, from those of its villages.
pub(crate) fn roll_up(
    units: &Units,
    boundaries: &Boundaries,
    villages: &[Village],
    register: (u32, &RegisterInfo),
    per_village: &[Tally],
) -> Vec<UnitTally> {
    let (register, info) = register;
    let first = units.period_of(info.closed_on);
    let mut out = Vec::new();
    for period in units.reforms().iter().copied().filter(|p| *p >= first) {
        let day = period.max(info.closed_on);
        let mut above: BTreeMap<UnitId, Tally> = BTreeMap::new();
        for (village, tally) in
            villages.iter().zip(per_village).filter(|(_, t)| **t != Tally::default())
        {
            let commune = commune_on(units, boundaries, village, day);
            for level in [Level::Commune, Level::District, Level::Province] {
                if let Some(unit) = commune.and_then(|c| units.ancestor(c, level, day)) {
                    *above.entry(unit).or_default() += tally;
                }
            }
            let parent: Option<UnitCode> = commune.map(|c| units.get(c).code.clone());
            let (code, name) = (village.code.clone(), village.name.as_ref().into());
            out.push(UnitTally { code, name, parent, period, register, tally: *tally });
        }
        out.extend(above.into_iter().map(|(id, tally)| {
            let unit = units.get(id);
            UnitTally {
                code: unit.code.clone(),
                name: unit.full_name().into(),
                parent: unit.parent.clone(),
                period,
                register,
                tally,
            }
        }));
    }
    out.sort_by(|a, b| {
        (a.register, a.period, a.code.level(), &a.code).cmp(&(
            b.register,
            b.period,
            b.code.level(),
            &b.code,
        ))
    });
    out
}

/// The commune that holds a village on a day; where its commune was split, the one that holds its centre.
fn commune_on(
    units: &Units,
    boundaries: &Boundaries,
    village: &Village,
    day: diachiso_model::Date,
) -> Option<UnitId> {
    let candidates = units.at(village.commune, day);
    let located = || {
        village.centre.and_then(|p| boundaries.locate(p, day)).filter(|id| candidates.contains(id))
    };
    match candidates.as_slice() {
        [one] => Some(*one),
        several => located().or_else(|| several.first().copied()),
    }
}
