//! Where households without usable coordinates are likely to be: what rule G07 carries.

use diachiso_model::{
    Date, Finding, LonLat, PrecisionClass, Published, ReferencePlace, RuleCode, Submission,
    SuggestedPosition, UnitId, Units, Verdict,
};
use diachiso_text::house;
use rayon::prelude::*;

use crate::{
    answer::{Answer, Grade},
    builder::BuildError,
    geocode::Scratch,
    index::Index,
    known::{Known, KnownAddress, KnownVillage, Land},
    place::PlaceLevel,
    query::{Audience, Query},
};

/// What is stated of a household whose coordinates are missing; what is not is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Missing<'a> {
    /// House number, alley and street in one line.
    pub address: &'a str,
    /// Its village.
    pub village: &'a str,
    /// Its commune on the day.
    pub commune: Option<UnitId>,
    /// Day of collection.
    pub on: Option<Date>,
}

impl<'a> Missing<'a> {
    /// What a submission states; `village` is the name of the one that it was found to mean.
    #[must_use]
    pub fn of(submission: &'a Submission, village: Option<&'a str>) -> Self {
        Self {
            address: &submission.address,
            village: village.unwrap_or(&submission.village_text),
            commune: submission.commune,
            on: submission.collected_on,
        }
    }
}

impl Index {
    /// Where a household is likely to be, by the narrowest part of what is stated of it that one place alone fits: its
    /// house, else its village, else its commune. `None` where several places fit, where nothing is known of it, or
    /// where the point may not be shown.
    pub fn suggest_position(
        &self,
        land: &impl Land,
        missing: &Missing<'_>,
        scratch: &mut Scratch,
    ) -> Option<SuggestedPosition> {
        let Missing { address, village, commune, on } = *missing;
        let name = commune.map(|id| self.units().get(id).full_name()).unwrap_or_default();
        let house = house::parse_line(address);
        let of_commune = Query {
            commune: &name,
            within: commune,
            on: on.filter(|day| commune.is_none_or(|id| self.units().get(id).holds_on(*day))),
            audience: Audience::Entitled,
            ..Query::default()
        };
        let of_village = Query { village, ..of_commune };
        let of_house = Query {
            number: &house.number,
            alley: &house.alley,
            street: &house.street,
            ..of_village
        };
        let stated = [!address.trim().is_empty(), !village.trim().is_empty(), commune.is_some()];
        let queries = [of_house, of_village, of_commune].into_iter().zip(stated);
        let mut asked = queries.filter(|(_, stated)| *stated);
        asked.find_map(|(query, _)| suggestion(&self.geocode(&query, scratch).ok()?, land))
    }
}

/// The suggestion that an answer makes.
fn suggestion(answer: &Answer, land: &impl Land) -> Option<SuggestedPosition> {
    let clear = answer.grade.is_some_and(|grade| grade < Grade::C) && !answer.against_hint;
    let best = answer.best().filter(|best| clear && best.level > PlaceLevel::District)?;
    let at = best.position.filter(|at| land.may_show(at.point))?;
    Some(SuggestedPosition::new(at.point, at.radius_m, at.class))
}

/// Gives every submission without usable coordinates (G07) its suggestion, by the accepted submissions of the same state,
/// its villages and places of reference files.
///
/// What comes of it depends on the state, the units, the land and the places alone: submissions are in the order of their
/// ids, and the day of the names is the closing date. Where nothing lacks coordinates no index is built.
///
/// # Errors
/// When there is more than an index can count.
pub fn suggest_positions(
    state: &mut Published,
    units: &Units,
    land: &impl Land,
    places: &[ReferencePlace],
) -> Result<(), BuildError> {
    let lacks = |s: &Submission| s.findings.iter().any(|f| f.code == RuleCode::G07);
    let lacking: Vec<usize> =
        (0..state.submissions.len()).filter(|at| lacks(&state.submissions[*at])).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let index = index_of(state, units, land, places)?;
    let village = |s: &Submission| Some(&*state.villages.get(s.village? as usize)?.name);
    let suggested: Vec<Option<SuggestedPosition>> = lacking
        .par_iter()
        .map_init(Scratch::default, |scratch, at| {
            let submission = &state.submissions[*at];
            let missing = Missing::of(submission, village(submission));
            index.suggest_position(land, &missing, scratch)
        })
        .collect();
    for (at, suggested) in lacking.into_iter().zip(suggested) {
        carry(&mut state.submissions[at].findings, suggested);
    }
    Ok(())
}

/// Puts a suggestion into the finding that carries it.
pub fn carry(findings: &mut [Finding], suggested: Option<SuggestedPosition>) {
    let of_position = findings.iter_mut().filter(|f| f.code == RuleCode::G07);
    of_position.for_each(|f| f.replacement = suggested.map(|s| s.to_string().into()));
}

/// The index of a state.
fn index_of(
    state: &Published,
    units: &Units,
    land: &impl Land,
    places: &[ReferencePlace],
) -> Result<Index, BuildError> {
    let closed_on = state.registers.first().map_or(state.today, |register| register.closed_on);
    let villages: Vec<KnownVillage<'_>> = state
        .villages
        .iter()
        .map(|v| KnownVillage {
            code: &v.code,
            name: &v.name,
            commune: v.commune,
            shape: v.shape.as_ref(),
        })
        .collect();
    let addresses: Vec<KnownAddress<'_>> =
        state.submissions.iter().filter_map(|s| known_address(state, s)).collect();
    let known = Known { villages: &villages, addresses: &addresses, places };
    Index::of_known(units, closed_on, land, &known)
}

/// The address of an accepted submission that somebody stood at.
fn known_address<'s>(state: &'s Published, s: &'s Submission) -> Option<KnownAddress<'s>> {
    let stood_at = s.precision.is_some_and(PrecisionClass::counts);
    let point: LonLat = s.point.filter(|_| stood_at && s.verdict == Verdict::Accepted)?;
    let village = s.village.and_then(|at| state.villages.get(at as usize));
    Some(KnownAddress {
        address: &s.address,
        village: village.map(|v| &v.code),
        commune: s.commune,
        point,
        accuracy_m: s.accuracy_m.map(f64::from),
    })
}
