//! Rows about persons that come many at a time, in whatever form a database hands them over at once.

use diachiso_model::{HouseholdState, LonLat, PovertyClass, RuleCode};

use super::Answers;
use crate::{GapCursor, GapPage, GapRow, StoreError, VillageHousehold};

/// The cells of a row of a gap list.
pub(crate) struct GapCells<'t> {
    pub(crate) household: &'t str,
    pub(crate) source: &'t str,
    pub(crate) head: &'t str,
    pub(crate) address: &'t str,
    pub(crate) village: &'t str,
    pub(crate) village_name: &'t str,
    pub(crate) commune: &'t str,
    pub(crate) commune_name: &'t str,
    pub(crate) members: u16,
    pub(crate) poverty: &'t str,
    /// Its class of poverty as the list is ordered by it.
    pub(crate) rank: u8,
    pub(crate) state: &'t str,
    pub(crate) submission: Option<&'t str>,
    /// Codes of rules, with blanks between them.
    pub(crate) reasons: &'t str,
    pub(crate) suggested: Option<LonLat>,
}

/// The cells of a household of a village.
pub(crate) struct HouseholdCells<'t> {
    pub(crate) id: &'t str,
    pub(crate) head: &'t str,
    pub(crate) address: &'t str,
    pub(crate) state: &'t str,
    /// Its own place; of one that is not covered the centre of the village.
    pub(crate) place: Option<LonLat>,
    pub(crate) submitted: Option<LonLat>,
    /// What the geocoder suggested: two numbers in words.
    pub(crate) suggested: Option<&'t str>,
}

/// See [`Answers`].
pub(crate) trait ManyAnswers: Answers {
    /// A page of at most `limit` rows, of which one more was read where there are more.
    fn gap_page<'t>(
        &self,
        cells: impl ExactSizeIterator<Item = Result<GapCells<'t>, StoreError>>,
        limit: u32,
    ) -> Result<GapPage, StoreError> {
        let more = cells.len() > limit as usize;
        let mut rows = Vec::with_capacity(cells.len().min(limit as usize));
        let mut rank = 0;
        for cells in cells.take(limit as usize) {
            let cells = cells?;
            rank = cells.rank;
            rows.push(self.gap(&cells)?);
        }
        let next = rows.last().filter(|_| more).map(|gap: &GapRow| GapCursor {
            village: gap.village.clone(),
            rank,
            household: gap.household.clone(),
        });
        Ok(GapPage { rows, next })
    }

    fn gap(&self, cells: &GapCells<'_>) -> Result<GapRow, StoreError> {
        let poverty = [PovertyClass::None, PovertyClass::NearPoor, PovertyClass::Poor];
        let poverty = poverty.into_iter().find(|p| p.as_str() == cells.poverty);
        let state = HouseholdState::from_key(cells.state);
        let reasons = cells.reasons.split_ascii_whitespace().map(str::parse::<RuleCode>);
        let submission = cells.submission.map(str::parse).transpose();
        Ok(GapRow {
            household: cells.household.into(),
            source: cells.source.into(),
            head: cells.head.into(),
            address: cells.address.into(),
            village: cells.village.parse().map_err(|e| self.corrupt("village", e))?,
            village_name: cells.village_name.into(),
            commune: cells.commune.parse().map_err(|e| self.corrupt("commune", e))?,
            commune_name: cells.commune_name.into(),
            members: cells.members,
            poverty: poverty.ok_or_else(|| self.corrupt("poverty", "it is unknown"))?,
            state: state.ok_or_else(|| self.corrupt("state", "it is unknown"))?,
            submission: submission.map_err(|e| self.corrupt("submission", e))?,
            reasons: reasons.collect::<Result<_, _>>().map_err(|e| self.corrupt("reasons", e))?,
            suggested: cells.suggested,
        })
    }

    fn village_household(
        &self,
        cells: &HouseholdCells<'_>,
    ) -> Result<VillageHousehold, StoreError> {
        let state = HouseholdState::from_key(cells.state)
            .ok_or_else(|| self.corrupt("state", "it is unknown"))?;
        Ok(VillageHousehold {
            id: cells.id.into(),
            head: cells.head.into(),
            address: cells.address.into(),
            state,
            point: cells.place.filter(|_| state == HouseholdState::Covered),
            submitted: cells.submitted,
            suggested: cells.suggested.and_then(|text| text.parse().ok()),
        })
    }
}

impl<T: Answers> ManyAnswers for T {}
