//! From households to counts per unit and period.

use std::collections::BTreeMap;

use diachiso_model::{
    Household, HouseholdState, Level, PrecisionClass, RegisterInfo, ResidenceStatus, Submission,
    Tally, UnitCode, UnitId, UnitTally, Units, Verdict,
};

use crate::{boundaries::Boundaries, link::Match, place::Villages};

/// Gives every household of one register its state, the submission behind it and its point.
pub(crate) fn states(
    households: &mut [Household],
    offset: u32,
    submissions: &[Submission],
    matches: &[Match],
) {
    for (at, (s, found)) in submissions.iter().zip(matches).enumerate() {
        match found {
            Match::One(link) => consider(
                &mut households[(link.household - offset) as usize],
                s,
                at as u32,
                submissions,
            ),
            Match::Several(several) if s.verdict == Verdict::Held => {
                for h in several {
                    consider(&mut households[(h - offset) as usize], s, at as u32, submissions);
                }
            }
            _ => {}
        }
    }
    for household in households {
        household.state = match (household.status, household.state) {
            (ResidenceStatus::Moved, _) => HouseholdState::Moved,
            (ResidenceStatus::Gone, _) => HouseholdState::Gone,
            (ResidenceStatus::Away, HouseholdState::None) => HouseholdState::Away,
            (_, state) => state,
        };
    }
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
fn consider(household: &mut Household, s: &Submission, at: u32, submissions: &[Submission]) {
    let Some(state) = state_of(s) else { return };
    if household.submission.is_none() || state < household.state {
        household.state = state;
        household.submission = Some(at);
        household.point =
            (state == HouseholdState::Covered).then_some(submissions[at as usize].point).flatten();
    }
}

/// Tallies of one register for every period from its closing date on.
pub(crate) fn tallies(
    units: &Units,
    boundaries: &Boundaries,
    villages: &Villages,
    register: (u32, &RegisterInfo),
    households: &[Household],
    submissions: &[Submission],
    matches: &[Match],
) -> Vec<UnitTally> {
    let (register, info) = register;
    let mut per_village: Vec<Tally> = vec![Tally::default(); villages.list.len()];
    for h in households {
        let class = h.submission.and_then(|at| submissions[at as usize].precision);
        per_village[h.village as usize].count(h.state, h.members, h.poverty, class);
    }
    for (s, found) in submissions.iter().zip(matches) {
        if let (Match::Outside, Verdict::Accepted, Some(village)) = (found, s.verdict, s.village) {
            per_village[village as usize].outside_list += 1;
        }
    }
    let first = units.period_of(info.closed_on);
    let mut out = Vec::new();
    for period in units.reforms().iter().copied().filter(|p| *p >= first) {
        let day = period.max(info.closed_on);
        let mut above: BTreeMap<UnitId, Tally> = BTreeMap::new();
        for (village, tally) in
            villages.list.iter().zip(&per_village).filter(|(_, t)| **t != Tally::default())
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
    village: &diachiso_model::Village,
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
