//! Where households without usable coordinates are likely to be: what rule G07 carries.

use std::cmp::Reverse;

use diachiso_model::{Date, Finding, RuleCode, Submission, SuggestedPosition, UnitId};
use diachiso_text::house;

use crate::{
    answer::{Answer, Grade},
    geocode::Scratch,
    index::Index,
    known::Land,
    place::PlaceLevel,
    query::{Audience, Query},
};

/// What is stated of a household whose coordinates are missing; what is not is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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

    /// Whether an address or a village is stated.
    pub(crate) fn says_something(&self) -> bool {
        !self.address.trim().is_empty() || !self.village.trim().is_empty()
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
        self.likely_place(land, missing, scratch).map(|(_, suggested)| suggested)
    }

    /// The suggestion, and how much it rests on: the level and the grade of the answer that it is of.
    pub(crate) fn likely_place(
        &self,
        land: &impl Land,
        missing: &Missing<'_>,
        scratch: &mut Scratch,
    ) -> Option<((PlaceLevel, Reverse<Grade>), SuggestedPosition)> {
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

/// The suggestion that an answer makes, with its level and grade.
fn suggestion(
    answer: &Answer,
    land: &impl Land,
) -> Option<((PlaceLevel, Reverse<Grade>), SuggestedPosition)> {
    let grade = answer.grade.filter(|grade| *grade < Grade::C && !answer.against_hint)?;
    let best = answer.best().filter(|best| best.level > PlaceLevel::District)?;
    let at = best.position.filter(|at| land.may_show(at.point))?;
    let suggested = SuggestedPosition::new(at.point, at.radius_m, at.class);
    Some(((best.level, Reverse(grade)), suggested))
}

/// Puts a suggestion into the finding that carries it.
pub fn carry(findings: &mut [Finding], suggested: Option<SuggestedPosition>) {
    let of_position = findings.iter_mut().filter(|f| f.code == RuleCode::G07);
    of_position.for_each(|f| f.replacement = suggested.map(|s| s.to_string().into()));
}
