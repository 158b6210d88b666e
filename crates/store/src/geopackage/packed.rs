//! Rows that come many at a time as one text (JSON), since SQLite's driver hands over cell by cell.

use diachiso_model::{HouseholdState, LonLat, PovertyClass, RuleCode};

use super::GeoPackage;
use crate::{
    GapCursor, GapPage, GapRow, StoreError, VillageHousehold, answers::Answers as _, geometry::Wkb,
};

/// The columns of `gaps.sql`.
type Gap<'t> = (
    Text<'t>,
    Text<'t>,
    Text<'t>,
    Text<'t>,
    Text<'t>,
    Text<'t>,
    Text<'t>,
    Text<'t>,
    u16,
    Text<'t>,
    u8,
    Text<'t>,
    Option<Text<'t>>,
    Text<'t>,
    Text<'t>,
);

/// The columns of `village_households.sql`.
type Household<'t> = (
    Text<'t>,
    Text<'t>,
    Text<'t>,
    Text<'t>,
    Option<Text<'t>>,
    Option<Text<'t>>,
    Option<Text<'t>>,
    Option<Text<'t>>,
);

/// A text, borrowed from the whole where nothing in it is escaped.
#[derive(serde::Deserialize)]
struct Text<'t>(#[serde(borrow)] std::borrow::Cow<'t, str>);

impl Text<'_> {
    fn boxed(self) -> Box<str> {
        self.0.into()
    }
}

impl GeoPackage {
    /// A page of at most `limit` rows, of which one more was read where there are more.
    pub(super) fn packed_gaps(&self, text: &str, limit: u32) -> Result<GapPage, StoreError> {
        let mut all: Vec<Gap<'_>> =
            serde_json::from_str(text).map_err(|e| self.corrupt("gaps", e))?;
        let more = all.len() > limit as usize;
        all.truncate(limit as usize);
        let last_rank = all.last().map(|row| row.10).filter(|_| more);
        let rows = all.into_iter().map(|row| self.gap(row)).collect::<Result<Vec<_>, _>>()?;
        let next = rows.last().zip(last_rank).map(|(gap, rank)| GapCursor {
            village: gap.village.clone(),
            rank,
            household: gap.household.clone(),
        });
        Ok(GapPage { rows, next })
    }

    fn gap(&self, row: Gap<'_>) -> Result<GapRow, StoreError> {
        let poverty = [PovertyClass::None, PovertyClass::NearPoor, PovertyClass::Poor];
        let poverty = poverty.into_iter().find(|p| p.as_str() == row.9.0);
        let state = HouseholdState::from_key(&row.11.0);
        let reasons = row.13.0.split_ascii_whitespace().map(str::parse::<RuleCode>);
        Ok(GapRow {
            household: row.0.boxed(),
            source: row.1.boxed(),
            head: row.2.boxed(),
            address: row.3.boxed(),
            village: row.4.0.parse().map_err(|e| self.corrupt("village", e))?,
            village_name: row.5.boxed(),
            commune: row.6.0.parse().map_err(|e| self.corrupt("commune", e))?,
            commune_name: row.7.boxed(),
            members: row.8,
            poverty: poverty.ok_or_else(|| self.corrupt("poverty", "it is unknown"))?,
            state: state.ok_or_else(|| self.corrupt("state", "it is unknown"))?,
            submission: row
                .12
                .map(|id| id.0.parse().map_err(|e| self.corrupt("submission", e)))
                .transpose()?,
            reasons: reasons.collect::<Result<_, _>>().map_err(|e| self.corrupt("reasons", e))?,
            suggested: self.packed_point(&row.14.0)?,
        })
    }

    /// The households of a village.
    pub(super) fn packed_households(
        &self,
        text: &str,
    ) -> Result<Vec<VillageHousehold>, StoreError> {
        let all: Vec<Household<'_>> =
            serde_json::from_str(text).map_err(|e| self.corrupt("households", e))?;
        let degrees = |text: Option<Text<'_>>| text.and_then(|text| text.0.parse::<f64>().ok());
        let one = |row: Household<'_>| {
            let state = HouseholdState::from_key(&row.3.0)
                .ok_or_else(|| self.corrupt("state", "it is unknown"))?;
            let point = degrees(row.4).zip(degrees(row.5));
            let point = point.and_then(|(lon, lat)| LonLat::new(lon, lat).ok());
            let submitted = row.6.map_or(Ok(None), |hex| self.packed_point(&hex.0))?;
            Ok(VillageHousehold {
                id: row.0.boxed(),
                head: row.1.boxed(),
                address: row.2.boxed(),
                state,
                // Of the others it is the village's centre.
                point: point.filter(|_| state == HouseholdState::Covered),
                submitted,
                suggested: row.7.and_then(|text| text.0.parse().ok()),
            })
        };
        all.into_iter().map(one).collect()
    }

    /// The point of a hexadecimal blob; `None` where it is empty.
    fn packed_point(&self, hex: &str) -> Result<Option<LonLat>, StoreError> {
        if hex.is_empty() {
            return Ok(None);
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
        let blob: Vec<u8> = hex
            .as_bytes()
            .chunks(2)
            .map(|two| two.iter().fold(0, |n, d| n << 4 | digit(*d)))
            .collect();
        Wkb::body(&blob).and_then(Wkb::point).map(Some).map_err(|e| self.corrupt("point", e))
    }
}
