//! The tables of a file whose rows have points, and the point of a row.

use anyhow::anyhow;
use diachiso_model::{AddressField, Date, LonLat};
use diachiso_pipeline::{label, read_point};
use diachiso_runs::{Named, Table, Tables};
use diachiso_source::{AddressColumns, MappingFile, Row, RowBlock, RowSource};
use diachiso_text::{
    date::{self, DateOutcome},
    fold, number,
};

use super::args::Reverse;
use crate::{columns, unread, user};

/// Rows worked on at a time.
pub(super) const BLOCK_ROWS: usize = 16_384;

/// Further headings under which programs for maps write latitude and longitude, without marks.
const OF_MAPS: [[&str; 2]; 3] = [["latitude", "longitude"], ["y", "x"], ["point_y", "point_x"]];

/// A table whose rows have points, of which the first rows are read.
pub(super) struct PointTable {
    /// The sheet that it stands on, empty where it stands on none.
    pub(super) sheet: Box<str>,
    pub(super) columns: AddressColumns,
    pub(super) first: RowBlock,
    pub(super) rows: Box<dyn RowSource>,
}

impl PointTable {
    /// Those of a file: of a workbook the sheets that were chosen, else all with columns of coordinates.
    pub(super) fn all(args: &Reverse, file: &Named) -> anyhow::Result<Vec<Self>> {
        let text = columns::mapping_text(args.mapping.as_deref())?.unwrap_or_default();
        let mapping: MappingFile = text.parse().map_err(user)?;
        let Tables { read, unread } = Tables::open_addresses(file, &args.sheet, &mapping)?;
        for sheet in &unread {
            eprintln!("{}", unread::text(sheet));
        }
        let mut mapping = mapping.of_submissions_for::<AddressField>();
        let named = [
            (AddressField::Latitude, &args.lat),
            (AddressField::Longitude, &args.lon),
            (AddressField::CollectedOn, &args.date),
        ];
        for (field, heading) in named {
            if let Some(heading) = heading {
                mapping.name_column(field, heading);
            }
        }
        let (mut tables, mut without) = (Vec::new(), Vec::new());
        for mut table in read {
            let mut first = RowBlock::new();
            table.rows.next_block(&mut first, BLOCK_ROWS).map_err(user)?;
            let name = label(&file.name, table.sheet.as_deref());
            match columns_of(&name, &first, &mapping) {
                Ok(columns) => {
                    let Table { title, rows, .. } = table;
                    tables.push(Self { sheet: title.unwrap_or_default(), columns, first, rows });
                }
                Err(error) => without.push(error),
            }
        }
        // A sheet without coordinates beside others is told of; one that was asked for by name is a mistake.
        if (tables.is_empty() || !args.sheet.is_empty()) && !without.is_empty() {
            return Err(user(without.swap_remove(0)));
        }
        for error in &without {
            eprintln!("{error}");
        }
        Ok(tables)
    }
}

/// The columns of a table, if they tell points.
fn columns_of(
    name: &str,
    first: &RowBlock,
    mapping: &MappingFile,
) -> anyhow::Result<AddressColumns> {
    let tells = |columns: &AddressColumns| {
        columns.has(AddressField::Position)
            || (columns.has(AddressField::Latitude) && columns.has(AddressField::Longitude))
    };
    let found = AddressColumns::find(name, first, mapping);
    if let Ok(columns) = found.as_ref()
        && tells(columns)
    {
        return Ok(columns.clone());
    }
    let cell = |row: &Row<'_>, key: &str| row.cells().any(|c| fold::unaccent_key(c).trim() == key);
    // Programs put their heading into the first row.
    let heading = first.rows().next();
    let of_maps = OF_MAPS
        .iter()
        .find(|pair| heading.is_some_and(|row| pair.iter().all(|key| cell(&row, key))));
    if let Some([lat, lon]) = of_maps {
        let mut mapping = mapping.clone();
        mapping.name_column(AddressField::Latitude, lat);
        mapping.name_column(AddressField::Longitude, lon);
        return Ok(AddressColumns::find(name, first, &mapping)?);
    }
    match found {
        Err(error) if !mapping.is_empty() => Err(error.into()),
        _ => Err(anyhow!(
            "F02 {name}: không thấy cột toạ độ, hãy nêu --lat, --lon hoặc --mapping / no columns of coordinates, name them by --lat, --lon or --mapping"
        )),
    }
}

/// The point of a row: decimal degrees as they stand, anywhere on the globe; else as a row of submissions is read, in
/// degrees, minutes and seconds, turned round, or in metres of a system that is stated.
pub(super) fn point(columns: &AddressColumns, row: Row<'_>) -> Result<LonLat, String> {
    let cells = columns.position(row);
    let degrees = |text: &str| number::parse_decimal(text.trim()).map(|number| number.value);
    let plain = degrees(cells.latitude).zip(degrees(cells.longitude));
    let as_stated = plain.map(|(lat, lon)| LonLat::new(lon, lat));
    if cells.system.is_empty()
        && let Some(Ok(point)) = as_stated
    {
        return Ok(point);
    }
    match (read_point(cells.latitude, cells.longitude, cells.system), as_stated) {
        (Some(point), _) => Ok(point),
        (None, Some(Err(error))) => Err(error.to_string()),
        (None, _) => Err("không đọc được".to_owned()),
    }
}

/// The day of a row, if it states one.
pub(super) fn day(columns: &AddressColumns, row: Row<'_>) -> Option<Date> {
    match date::parse(columns.get(row, AddressField::CollectedOn)) {
        DateOutcome::Valid { date, .. } => Some(date),
        _ => None,
    }
}
