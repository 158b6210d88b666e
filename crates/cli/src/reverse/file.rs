//! Columns for every row of a file.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use anyhow::Context as _;
use diachiso_model::{Date, SourceKind, UnitId};
use diachiso_pipeline::Locator;
use diachiso_runs::Named;
use diachiso_source::{AddressColumns, CsvTable, Row};
use rayon::prelude::*;

use super::{
    addresses::Addresses,
    args::Reverse,
    points::{self, BLOCK_ROWS, PointTable},
};
use crate::{union::Union, user};

/// Columns that are appended to a file.
const APPENDED: [&str; 16] = [
    "Mã xã tại điểm",
    "Xã/phường tại điểm",
    "Cách ranh giới (m)",
    "Xã/phường gần nhất",
    "Xã/phường nay",
    "Mã thôn tại điểm",
    "Thôn/TDP tại điểm",
    "Độ tin cậy thôn",
    "Plus Code",
    "Mã bưu chính",
    "Mã vpostcode12",
    "Ngày xét",
    "Địa chỉ gần nhất",
    "Cách địa chỉ gần nhất (m)",
    "Trang tính",
    "Toạ độ không dùng được",
];

/// What the points of a file are asked for.
pub(super) struct Asked<'a> {
    pub(super) locator: &'a Locator,
    pub(super) addresses: Addresses,
    /// The day of rows that state none.
    pub(super) on: Date,
    pub(super) today: Date,
}

/// Appends columns to every row of a file, table after table.
pub(super) fn file(args: &Reverse, path: &Path, asked: &Asked<'_>) -> anyhow::Result<()> {
    let named = Named::new(path, SourceKind::Submissions)?;
    let tables = PointTable::all(args, &named)?;
    let mut out: Box<dyn Write> = match &args.out {
        Some(path) => {
            let made = File::create(path).with_context(|| path.display().to_string());
            Box::new(BufWriter::new(made.map_err(user)?))
        }
        None => Box::new(BufWriter::new(io::stdout().lock())),
    };
    let mut union = Union::default();
    let places: Vec<Vec<usize>> =
        tables.iter().map(|table| union.add(table.columns.heading())).collect();
    let heading: Vec<&str> = union.headings().chain(APPENDED).collect();
    let mut csv = CsvTable::new(&heading)?;
    let (mut read, mut unusable) = (0_u64, 0_u64);
    for (table, places) in tables.into_iter().zip(&places) {
        let PointTable { sheet, columns, first: mut block, mut rows } = table;
        while !block.is_empty() {
            let behind: Vec<Row<'_>> =
                block.rows().filter(|row| row.number > columns.header_row()).collect();
            let appended: Vec<Appended> =
                behind.par_iter().map(|row| append(&columns, *row, &sheet, asked)).collect();
            for (row, appended) in behind.iter().zip(appended) {
                let mut cells = vec![""; union.width()];
                for (cell, at) in row.cells().zip(places) {
                    cells[*at] = cell;
                }
                read += 1;
                unusable += u64::from(!appended[UNUSABLE].is_empty());
                cells.extend(appended.iter().map(String::as_str));
                csv.row(&cells)?;
            }
            out.write_all(&csv.take()?)?;
            rows.next_block(&mut block, BLOCK_ROWS).map_err(user)?;
        }
    }
    out.write_all(&csv.take()?)?;
    out.flush()?;
    eprintln!(
        "{read} dòng / rows, {unusable} không có toạ độ dùng được / without a usable position"
    );
    Ok(())
}

type Appended = [String; APPENDED.len()];

/// The column that says why a row has no point.
const UNUSABLE: usize = APPENDED.len() - 1;

fn append(columns: &AddressColumns, row: Row<'_>, sheet: &str, asked: &Asked<'_>) -> Appended {
    let Asked { locator, addresses, today, .. } = asked;
    let mut cells = Appended::default();
    sheet.clone_into(&mut cells[14]);
    let point = match points::point(columns, row) {
        Ok(point) => point,
        Err(why) => {
            cells[UNUSABLE] = why;
            return cells;
        }
    };
    let on = points::day(columns, row).unwrap_or(asked.on);
    let place = locator.place(point, on);
    let reference = locator.reference();
    let name = |id: UnitId| reference.units.get(id).full_name();
    if let Some(id) = place.commune {
        cells[0] = reference.units.get(id).code.to_string();
        cells[1] = name(id);
    }
    cells[2] = place.border_m.map(|m| format!("{m:.1}")).unwrap_or_default();
    cells[3] = place.nearest.map(name).unwrap_or_default();
    cells[4] = reference.boundaries.locate(point, *today).map(name).unwrap_or_default();
    if let Some(found) = place.village {
        let village = &locator.villages()[found.village];
        cells[5] = village.code.to_string();
        cells[6] = village.name.to_string();
        cells[7] = format!("{:.2}", if found.inside { village.confidence } else { 0.0 });
    }
    cells[8] = place.codes.olc;
    cells[9] = place.codes.postal.map(|postal| format!("{postal:05}")).unwrap_or_default();
    cells[10] = place.codes.vpostcode12.unwrap_or_default();
    cells[11] = on.to_string();
    if let Some(near) = addresses.nearest(point) {
        near.address.clone_into(&mut cells[12]);
        cells[13] = format!("{:.1}", near.distance_m);
    }
    cells
}
