//! The units and boundaries that come with the program.

use std::collections::BTreeMap;

use diachiso_model::{
    Change, Date, Kind, Level, LineageStep, LonLat, PostalCode, Unit, UnitCode, UnitId, Units,
    UnitsError,
};
use diachiso_source::{RowBlock, areas};
use diachiso_spatial::point_index::AreaIndex;
use geo_types::MultiPolygon;

use crate::{Boundaries, Boundary, gazetteer::Gazetteer};

const UNITS: &str = include_str!("../../../fixtures/units/units.csv");
const LINEAGE: &str = include_str!("../../../fixtures/units/lineage.csv");
const POSTAL: &str = include_str!("../../../fixtures/units/postal.csv");
const SCHEMATIC: &[u8] = include_bytes!("../../../fixtures/boundaries/schematic.geojson");

/// Why reference data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// A cell does not read as what it ought to be.
    #[error("{file} row {row}: `{value}` is no {what}")]
    Cell {
        /// Which table.
        file: &'static str,
        /// Row, from 1.
        row: u32,
        /// The cell.
        value: String,
        /// What was expected.
        what: &'static str,
    },
    /// The table cannot be read at all.
    #[error(transparent)]
    Table(#[from] diachiso_source::SourceError),
    /// The units contradict each other.
    #[error(transparent)]
    Units(#[from] UnitsError),
    /// A boundary belongs to no unit known.
    #[error("boundary of {code} from {valid_from}: no such unit version")]
    Boundary {
        /// Its code.
        code: String,
        /// Its first day.
        valid_from: String,
    },
}

/// Units, names and boundaries: everything that is known before the first file is read.
pub struct Reference {
    /// All unit versions.
    pub units: Units,
    /// Boundaries of communes.
    pub boundaries: Boundaries,
    pub(crate) gazetteer: Gazetteer,
    masks: AreaIndex,
    /// Official shapes of villages, by the village's code.
    villages: BTreeMap<UnitCode, MultiPolygon<f64>>,
}

impl Reference {
    /// The commune of a register that closed on a day, for a commune of another day: the only one that it became, else
    /// the one of them around the point.
    pub(crate) fn at_closing(
        &self,
        commune: UnitId,
        point: Option<LonLat>,
        closed_on: Date,
    ) -> Option<UnitId> {
        let candidates = self.units.at(commune, closed_on);
        match candidates.as_slice() {
            [one] => Some(*one),
            _ => point
                .and_then(|p| self.boundaries.locate(p, closed_on))
                .filter(|id| candidates.contains(id)),
        }
    }

    /// The units of the province with the boundaries `imported` where there are any and
    /// schematic ones elsewhere; those with the code of a village are its official shape.
    ///
    /// # Errors
    /// When the tables are damaged; those that come with the program are covered by tests.
    pub fn load(
        imported: impl IntoIterator<Item = (UnitCode, Date, Boundary)>,
    ) -> Result<Self, ReferenceError> {
        let units = embedded_units()?;
        let mut shapes = schematic(&units)?;
        let mut villages: BTreeMap<UnitCode, (Date, MultiPolygon<f64>)> = BTreeMap::new();
        for (code, from, boundary) in imported {
            if code.level() == Level::Village {
                // The newest shape of a village holds.
                if villages.get(&code).is_none_or(|(known, _)| *known <= from) {
                    villages.insert(code, (from, boundary.shape));
                }
            } else if let Some(id) = version(&units, &code, from) {
                shapes.insert(id, boundary);
            }
        }
        let villages = villages.into_iter().map(|(code, (_, shape))| (code, shape)).collect();
        let boundaries = Boundaries::new(&units, shapes);
        let masks = AreaIndex::new(Vec::new());
        Ok(Self { gazetteer: Gazetteer::new(&units), units, boundaries, masks, villages })
    }

    /// The official shape of a village, where one was imported.
    #[must_use]
    pub fn official_village(&self, code: &UnitCode) -> Option<&MultiPolygon<f64>> {
        self.villages.get(code)
    }

    /// The same with areas in which no point may be shown (rule G14).
    #[must_use]
    pub fn with_masks(mut self, masks: Vec<MultiPolygon<f64>>) -> Self {
        self.masks = AreaIndex::new((0..).zip(masks).collect());
        self
    }

    /// Whether a point lies in a mask.
    #[must_use]
    pub fn is_masked(&self, point: LonLat) -> bool {
        self.masks.locate(point).is_some()
    }
}

fn version(units: &Units, code: &UnitCode, from: Date) -> Option<UnitId> {
    units.by_code(code, from).filter(|id| units.get(*id).valid_from == from)
}

fn schematic(units: &Units) -> Result<BTreeMap<UnitId, Boundary>, ReferenceError> {
    areas::read_geojson("schematic.geojson", SCHEMATIC)?
        .into_iter()
        .map(|area| {
            let code = area.attribute("code").unwrap_or_default();
            let from = area.attribute("valid_from").unwrap_or_default();
            let id = code
                .parse()
                .ok()
                .zip(from.parse().ok())
                .and_then(|(code, from)| version(units, &code, from));
            let id = id.ok_or_else(|| ReferenceError::Boundary {
                code: code.into(),
                valid_from: from.into(),
            })?;
            Ok((id, Boundary { shape: area.shape, schematic: true }))
        })
        .collect()
}

fn embedded_units() -> Result<Units, ReferenceError> {
    let units = table("units.csv", UNITS, |cell| {
        let code: UnitCode = cell.parse(0, "unit code")?;
        let (kind, parent) = (cell.text(2), cell.text(4));
        Ok(Unit {
            level: code.level(),
            kind: Kind::from_key(kind).ok_or_else(|| cell.error(2, "kind of unit"))?,
            name: cell.text(3).into(),
            parent: if parent.is_empty() { None } else { Some(cell.parse(4, "unit code")?) },
            valid_from: cell.parse(5, "date")?,
            valid_to: if cell.text(6).is_empty() { None } else { Some(cell.parse(6, "date")?) },
            code,
        })
    })?;
    let lineage = table("lineage.csv", LINEAGE, |cell| {
        Ok(LineageStep {
            on: cell.parse(0, "date")?,
            from: cell.parse(1, "unit code")?,
            to: cell.parse(2, "unit code")?,
            change: Change::from_key(cell.text(3)).ok_or_else(|| cell.error(3, "change"))?,
        })
    })?;
    let postal = table("postal.csv", POSTAL, |cell| {
        Ok(PostalCode {
            code: cell.parse(0, "unit code")?,
            on: cell.parse(1, "date")?,
            postal: cell.parse(2, "postal code")?,
        })
    })?;
    Ok(Units::new(units, &lineage, &postal)?)
}

struct Cells<'a> {
    file: &'static str,
    row: diachiso_source::Row<'a>,
}

impl Cells<'_> {
    fn text(&self, column: usize) -> &str {
        self.row.get(column)
    }

    fn error(&self, column: usize, what: &'static str) -> ReferenceError {
        ReferenceError::Cell {
            file: self.file,
            row: self.row.number,
            value: self.text(column).into(),
            what,
        }
    }

    fn parse<T: std::str::FromStr>(
        &self,
        column: usize,
        what: &'static str,
    ) -> Result<T, ReferenceError> {
        self.text(column).parse().map_err(|_| self.error(column, what))
    }
}

/// Reads a csv table with one heading row.
fn table<T>(
    file: &'static str,
    text: &'static str,
    read: impl Fn(Cells<'_>) -> Result<T, ReferenceError>,
) -> Result<Vec<T>, ReferenceError> {
    let mut rows = diachiso_source::open(file, text.as_bytes())?;
    let (mut block, mut out) = (RowBlock::new(), Vec::new());
    while rows.next_block(&mut block, 4096)? > 0 {
        for row in block.rows().filter(|r| r.number > 1) {
            out.push(read(Cells { file, row })?);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_units_have_the_published_numbers_of_communes() {
        let reference = Reference::load([]).expect("reference data");
        for (day, communes) in [
            ("2015-01-01", 152),
            ("2020-06-01", 145),
            ("2022-01-01", 141),
            ("2025-03-01", 133),
            ("2026-01-01", 40),
        ] {
            let day: Date = day.parse().expect("a date");
            assert_eq!(reference.units.on(Level::Commune, day).count(), communes, "{day}");
            for (id, unit) in reference.units.on(Level::Commune, day) {
                assert!(reference.boundaries.get(id).is_some(), "{} on {day}", unit.full_name());
            }
        }
    }
}
