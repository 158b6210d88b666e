//! Rows that come many at a time as one text (JSON), since SQLite's driver hands over cell by cell.

use diachiso_model::LonLat;

use super::GeoPackage;
use crate::{
    GapPage, StoreError, VillageHousehold,
    answers::{Answers as _, GapCells, HouseholdCells, ManyAnswers as _},
    geometry::Wkb,
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

impl GeoPackage {
    /// A page of at most `limit` rows, of which one more was read where there are more.
    pub(super) fn packed_gaps(&self, text: &str, limit: u32) -> Result<GapPage, StoreError> {
        let all: Vec<Gap<'_>> = serde_json::from_str(text).map_err(|e| self.corrupt("gaps", e))?;
        let cells = all.iter().map(|row| {
            Ok(GapCells {
                household: &row.0.0,
                source: &row.1.0,
                head: &row.2.0,
                address: &row.3.0,
                village: &row.4.0,
                village_name: &row.5.0,
                commune: &row.6.0,
                commune_name: &row.7.0,
                members: row.8,
                poverty: &row.9.0,
                rank: row.10,
                state: &row.11.0,
                submission: row.12.as_ref().map(|id| &*id.0),
                reasons: &row.13.0,
                suggested: self.packed_point(&row.14.0)?,
            })
        });
        self.gap_page(cells, limit)
    }

    /// The households of a village.
    pub(super) fn packed_households(
        &self,
        text: &str,
    ) -> Result<Vec<VillageHousehold>, StoreError> {
        let all: Vec<Household<'_>> =
            serde_json::from_str(text).map_err(|e| self.corrupt("households", e))?;
        let degrees =
            |text: &Option<Text<'_>>| text.as_ref().and_then(|text| text.0.parse::<f64>().ok());
        let one = |row: &Household<'_>| {
            let place = degrees(&row.4).zip(degrees(&row.5));
            self.village_household(&HouseholdCells {
                id: &row.0.0,
                head: &row.1.0,
                address: &row.2.0,
                state: &row.3.0,
                place: place.and_then(|(lon, lat)| LonLat::new(lon, lat).ok()),
                submitted: row.6.as_ref().map_or(Ok(None), |hex| self.packed_point(&hex.0))?,
                suggested: row.7.as_ref().map(|text| &*text.0),
            })
        };
        all.iter().map(one).collect()
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
