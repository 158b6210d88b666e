//! `diachiso reverse`: what lies at a point, at a code, or at every point of a file.

mod addresses;
pub(crate) mod args;

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, anyhow, bail};
use diachiso_model::{Date, Field as _, LonLat, SourceKind, SubmissionField, UnitId};
use diachiso_pipeline::{LocatedVillage, Locator, Place, Reference, parse_point};
use diachiso_runs::Named;
use diachiso_server::{CodeBody, PlaceBody, nearest_address};
use diachiso_source::{CsvTable, Row, RowBlock};
use diachiso_store::Store;
use diachiso_text::{date, fold, number};
use rayon::prelude::*;

use crate::user;
use addresses::Addresses;

/// Rows worked on at a time.
const BLOCK_ROWS: usize = 16_384;

/// Headings under which files carry latitude and longitude, without marks.
const LATITUDES: [&str; 5] = ["lat", "latitude", "vi do", "y", "point_y"];
const LONGITUDES: [&str; 6] = ["lon", "lng", "longitude", "kinh do", "x", "point_x"];

/// Columns that are appended to a file.
const APPENDED: [&str; 15] = [
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
    "Toạ độ không dùng được",
];

/// The command.
pub(crate) async fn command(args: &args::Reverse) -> anyhow::Result<()> {
    let store = match &args.store {
        Some(store) => Some(diachiso_store::open_store(store, false).await.map_err(user)?),
        None => None,
    };
    let locator = locator(store.as_deref()).await?;
    let today = diachiso_runs::today();
    let on = args.on.unwrap_or(today);
    if let Some(point) = parse_point(&args.place) {
        return one(args, &locator, store.as_deref(), point, on, today).await;
    }
    let path = Path::new(&args.place);
    if path.exists() {
        let addresses = match &store {
            Some(store) => Addresses::of(store.as_ref()).await.map_err(user)?,
            None => Addresses::default(),
        };
        return file(args, path, &Asked { locator: &locator, addresses, on, today });
    }
    let Some(code) = CodeBody::of(&locator, &args.place, on) else {
        return Err(user(anyhow!(
            "`{}`: không phải toạ độ, mã hay tệp / neither latitude and longitude (16.47,107.59), nor a code, nor a file",
            args.place
        )));
    };
    let point = code.point();
    if args.json || point.is_none() {
        println!("{}", serde_json::to_string_pretty(&code)?);
    }
    match point {
        Some(point) if !args.json => one(args, &locator, store.as_deref(), point, on, today).await,
        _ => Ok(()),
    }
}

/// Boundaries and villages as the store has them.
async fn locator(store: Option<&dyn Store>) -> anyhow::Result<Locator> {
    let Some(store) = store else {
        return Ok(Locator::new(Arc::new(Reference::load([])?), []));
    };
    let imported = store.boundaries().await.map_err(user)?;
    let reference = diachiso_runs::reference_of(imported)?;
    let villages = store.village_shapes().await.map_err(user)?;
    let villages = villages.into_iter().filter_map(|v| {
        let village = LocatedVillage { code: v.code, name: v.name, confidence: v.confidence };
        Some((village, v.shape?))
    });
    Ok(Locator::new(Arc::new(reference), villages))
}

async fn one(
    args: &args::Reverse,
    locator: &Locator,
    store: Option<&dyn Store>,
    point: LonLat,
    on: Date,
    today: Date,
) -> anyhow::Result<()> {
    let place = locator.place(point, on);
    let mut body = PlaceBody::of(locator, point, on, today, &place);
    if let Some(store) = store {
        body = body.with_address(nearest_address(store, point).await.map_err(user)?);
    }
    let value = serde_json::to_value(&body)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&value)?);
    } else {
        print!("{}", words(locator, &place, &value, on));
    }
    Ok(())
}

/// The answer for people.
fn words(locator: &Locator, place: &Place, body: &serde_json::Value, on: Date) -> String {
    let reference = locator.reference();
    let name = |id: UnitId| reference.units.get(id).full_name();
    let mut out = String::new();
    let metres = place.border_m.unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = match (place.commune, place.nearest) {
        (Some(id), _) => writeln!(
            out,
            "{} ({}), ngày {on}; cách ranh giới {metres:.0} m / to the border",
            name(id),
            reference.units.get(id).code
        ),
        (None, Some(id)) => writeln!(
            out,
            "Ngoài mọi xã/phường; gần nhất là {}, cách {metres:.0} m / in no commune, the nearest is {metres:.0} m away",
            name(id)
        ),
        (None, None) => {
            writeln!(out, "Ngoài tỉnh, cách xa trên 100 km / further than 100 km from the province")
        }
    };
    if let Some(found) = place.village {
        let village = &locator.villages()[found.village];
        let at = if found.inside {
            "trong ranh / inside, cách ranh"
        } else {
            "gần nhất / nearest, cách"
        };
        let _ = writeln!(
            out,
            "{} ({}): {at} {:.0} m, độ tin cậy / confidence {:.2}",
            village.name, village.code, found.border_m, village.confidence
        );
    }
    let codes = &place.codes;
    let _ = writeln!(out, "Plus Code {}", codes.olc);
    if let (Some(postal), Some(code)) = (codes.postal, &codes.vpostcode12) {
        let _ = writeln!(out, "Mã bưu chính / postal code {postal:05}; vpostcode12 {code}");
    }
    let address = &body["address"];
    if let (Some(line), Some(metres)) =
        (address["address"].as_str(), address["distance_m"].as_f64())
    {
        let wind = address["direction_vi"].as_str().unwrap_or_default();
        let _ = writeln!(
            out,
            "Địa chỉ gần nhất / nearest address: {line}, {metres:.0} m về phía {wind}"
        );
    }
    out
}

/// What the points of a file are asked for.
struct Asked<'a> {
    locator: &'a Locator,
    addresses: Addresses,
    /// The day of rows that state none.
    on: Date,
    today: Date,
}

/// Appends columns to every row of a file.
fn file(args: &args::Reverse, path: &Path, asked: &Asked<'_>) -> anyhow::Result<()> {
    let named = Named::new(path, SourceKind::Submissions)?;
    let mut out: Box<dyn Write> = match &args.out {
        Some(path) => {
            let made = File::create(path).with_context(|| path.display().to_string());
            Box::new(BufWriter::new(made.map_err(user)?))
        }
        None => Box::new(BufWriter::new(io::stdout().lock())),
    };
    let mut rows = named.rows()?;
    let mut block = RowBlock::new();
    let mut table: Option<(CsvTable, Columns)> = None;
    let (mut read, mut unusable) = (0_u64, 0_u64);
    loop {
        if rows.next_block(&mut block, BLOCK_ROWS).map_err(user)? == 0 {
            break;
        }
        let first = usize::from(table.is_none());
        let (table, columns) = match &mut table {
            Some(table) => table,
            none => none.insert(begin(&named.name, block.row(0), args)?),
        };
        let appended: Vec<Appended> = (first..block.len())
            .into_par_iter()
            .map(|at| columns.append(block.row(at), asked))
            .collect();
        for (at, appended) in (first..block.len()).zip(&appended) {
            let row = block.row(at);
            let own = (0..columns.width).map(|column| row.get(column));
            let cells: Vec<&str> = own.chain(appended.iter().map(String::as_str)).collect();
            table.row(&cells)?;
            read += 1;
            unusable += u64::from(!appended[APPENDED.len() - 1].is_empty());
        }
        out.write_all(&table.take()?)?;
    }
    out.flush()?;
    eprintln!(
        "{read} dòng / rows, {unusable} không có toạ độ dùng được / without a usable position"
    );
    Ok(())
}

type Appended = [String; APPENDED.len()];

/// Which columns of a file hold the point, and how many there are.
struct Columns {
    lat: usize,
    lon: usize,
    /// The column of days, where there is one.
    day: Option<usize>,
    width: usize,
}

/// Reads the heading: the table that is written, and the columns of the point.
fn begin(
    name: &str,
    heading: Row<'_>,
    args: &args::Reverse,
) -> anyhow::Result<(CsvTable, Columns)> {
    let titles: Vec<&str> = heading.cells().collect();
    let find = |named: Option<&str>, usual: &[&str], option: &str| {
        let found = match named {
            Some(named) => titles.iter().position(|title| title.trim() == named.trim()),
            None => {
                titles.iter().position(|title| usual.contains(&fold::unaccent_key(title).trim()))
            }
        };
        found.ok_or_else(|| {
            user(anyhow!(
                "F02 {name}: không thấy cột toạ độ, hãy nêu {option} / no such column, name it by {option}; there are: {}",
                titles.join(" | ")
            ))
        })
    };
    let collected = SubmissionField::CollectedOn;
    let is_day = |title: &&str| {
        let key = fold::unaccent_key(title);
        fold::unaccent_key(collected.title()) == key || collected.synonyms().contains(&&*key)
    };
    let day = match args.date.as_deref() {
        Some(named) => Some(find(Some(named), &[], "--date")?),
        None => titles.iter().position(is_day),
    };
    let columns = Columns {
        day,
        lat: find(args.lat.as_deref(), &LATITUDES, "--lat")?,
        lon: find(args.lon.as_deref(), &LONGITUDES, "--lon")?,
        width: titles.len(),
    };
    if columns.lat == columns.lon {
        bail!(user(anyhow!("{name}: --lat và --lon là một cột / are one column")));
    }
    let heading: Vec<&str> = titles.into_iter().chain(APPENDED).collect();
    Ok((CsvTable::new(&heading)?, columns))
}

impl Columns {
    fn append(&self, row: Row<'_>, asked: &Asked<'_>) -> Appended {
        const UNUSABLE: usize = APPENDED.len() - 1;
        let Asked { locator, addresses, today, .. } = asked;
        let mut cells = Appended::default();
        let (lat, lon) = (row.get(self.lat), row.get(self.lon));
        let degrees = |text: &str| number::parse_decimal(text.trim()).map(|n| n.value);
        let Some((lat, lon)) = degrees(lat).zip(degrees(lon)) else {
            cells[UNUSABLE].push_str("không đọc được");
            return cells;
        };
        let point = match LonLat::new(lon, lat) {
            Ok(point) => point,
            Err(error) => {
                cells[UNUSABLE] = error.to_string();
                return cells;
            }
        };
        let stated = self.day.and_then(|column| match date::parse(row.get(column)) {
            date::DateOutcome::Valid { date, .. } => Some(date),
            _ => None,
        });
        let on = stated.unwrap_or(asked.on);
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
}
