//! `diachiso geocode`: a file of addresses, each with the place that it means.

mod evidence;
mod resumable;

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args as ClapArgs;
use diachiso_geocode::{Answer, Audience, Index, Query, QueryError};
use diachiso_model::{AddressField, SourceKind, UnitId};
use diachiso_pipeline::{Progress as _, label};
use diachiso_runs::{Named, Table, Tables, today};
use diachiso_server::Geocoder;
use diachiso_source::{AddressColumns, CsvTable, MappingFile, Row, RowBlock, RowSource};
use diachiso_spatial::address_code::AddressCode;
use diachiso_text::{code::clean_code, date, number::format_vi};

use crate::{columns, ui::Bars, union::Union, unread, user};
use evidence::OwnPoint;
use resumable::{Done, Resumable};

/// Rows that are read, answered on all cores and written together; what is written is kept when the program is stopped.
const ROWS: usize = 8_192;

/// Columns that are appended.
const COLUMNS: [&str; 19] = [
    "geo_row",
    "geo_grade",
    "geo_level",
    "geo_lat",
    "geo_lon",
    "geo_radius_m",
    "geo_precision",
    "geo_number",
    "geo_alley",
    "geo_street",
    "geo_village",
    "geo_then_code",
    "geo_then",
    "geo_now_code",
    "geo_now",
    "geo_note",
    "geo_sheet",
    "geo_point",
    "geo_point_m",
];

#[derive(ClapArgs, Debug)]
pub(crate) struct Geocode {
    /// Tệp địa chỉ: csv, xlsx, JSON…; một cột địa chỉ, hoặc số nhà, kiệt, đường, thôn, xã, huyện; có toạ độ thì so với điểm
    /// tìm được · File of addresses in one column, or in columns of house number, alley, street, village, commune and
    /// district; coordinates that it has are compared with what is found.
    pub(crate) file: PathBuf,
    /// Tệp kết quả (csv), thêm các cột `geo_…`; chạy lại thì làm tiếp chỗ dở · Where the rows go with columns appended;
    /// what was stopped goes on when it is run again.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) out: PathBuf,
    /// Kho để học số nhà, thôn; không nêu thì chỉ biết đơn vị hành chính · Store whose houses, streets and villages are
    /// known; units alone without it.
    #[arg(long, env = "DIACHISO_STORE", value_name = "FILE.gpkg|URL", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// Chỉ đọc trang tính này (ghi nhiều lần được), kể cả trang ẩn; không nêu thì đọc mọi trang có cột địa chỉ · Read this
    /// sheet of a workbook, hidden or not (may be given several times); all with a column of addresses when left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Vec<String>,
    /// Tệp chỉ rõ cột nào là gì, như của `run`; `address` là cả địa chỉ trong một cột · Mapping file (TOML) that says which
    /// column is which, as that of `run`; `address` is the whole address in one column.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) mapping: Option<PathBuf>,
    /// Chỉ trả lời điều ai cũng được xem: không dùng nhà của hộ dân · Answer only what anybody may see: no houses learnt from
    /// households.
    #[arg(long)]
    pub(crate) public: bool,
}

/// The command.
pub(crate) async fn command(args: &Geocode) -> anyhow::Result<()> {
    let file = Named::new(&args.file, SourceKind::Submissions)?;
    let text = columns::mapping_text(args.mapping.as_deref())?.unwrap_or_default();
    let mapping: MappingFile = text.parse().map_err(user)?;
    let Tables { read, unread } = Tables::open_addresses(&file, &args.sheet, &mapping)?;
    let mapping = mapping.of_submissions_for::<AddressField>();
    for sheet in &unread {
        eprintln!("{}", unread::text(sheet));
    }
    let tables = read.into_iter().map(|table| Begun::new(&file, table, &mapping));
    let tables = tables.collect::<anyhow::Result<Vec<_>>>()?;
    let geocoder = geocoder(args.store.as_deref()).await?;
    let audience = if args.public { Audience::Public } else { Audience::Entitled };
    let chosen = format!("{:?} {}", args.sheet, blake3::hash(text.as_bytes()).to_hex());
    let stats = geocoder.index().stats();
    let stamp = format!("{} {stats:?} {} {} {chosen}", file.hash, args.public, today());
    let bars = Bars::new();
    bars.stage("geocode", None);
    let out = Resumable::open(&args.out, &stamp)?;
    let mut work = Work::new(&geocoder, audience, &tables, out)?;
    for (nth, table) in tables.into_iter().enumerate() {
        work.table(nth, table, &bars)?;
    }
    bars.finish();
    work.out.finish()?;
    let [a, b, c, none] = work.counts.map(format_vi);
    eprintln!("{}: A {a}, B {b}, C {c}, không thấy / not found {none}", args.out.display());
    Ok(())
}

async fn geocoder(store: Option<&str>) -> anyhow::Result<Geocoder> {
    let store = if let Some(store) = store {
        diachiso_store::open_store(store, false).await.map_err(user)?
    } else {
        // A store that is never written to knows units alone.
        let nowhere = std::env::temp_dir().join("diachiso-khong-co-kho.gpkg");
        diachiso_store::open_store(&nowhere.to_string_lossy(), true).await.map_err(user)?
    };
    Ok(diachiso_server::geocoder(store.as_ref(), today()).await?)
}

/// A table of which the first rows are read, so that its columns are known.
struct Begun {
    sheet: Box<str>,
    columns: AddressColumns,
    first: RowBlock,
    rows: Box<dyn RowSource>,
}

impl Begun {
    fn new(file: &Named, table: Table, mapping: &MappingFile) -> anyhow::Result<Self> {
        let Table { sheet, title, mut rows } = table;
        let mut first = RowBlock::new();
        rows.next_block(&mut first, ROWS).map_err(user)?;
        let name = label(&file.name, sheet.as_deref());
        let missing =
            || user(anyhow!("F02 {name}: không thấy cột địa chỉ / no column of an address"));
        let columns = match AddressColumns::find(&name, &first, mapping) {
            Ok(columns) if columns.tell_addresses() => columns,
            Err(error) if !mapping.is_empty() => return Err(user(error)),
            Ok(_) | Err(_) => return Err(missing()),
        };
        Ok(Self { sheet: title.unwrap_or_default(), columns, first, rows })
    }
}

/// Answers on their way into a file.
struct Work<'g> {
    geocoder: &'g Geocoder,
    audience: Audience,
    out: Resumable,
    csv: CsvTable,
    /// Columns of the tables, and of all together.
    places: Vec<Vec<usize>>,
    width: usize,
    counts: [u64; 4],
}

impl<'g> Work<'g> {
    fn new(
        geocoder: &'g Geocoder,
        audience: Audience,
        tables: &[Begun],
        out: Resumable,
    ) -> anyhow::Result<Self> {
        let mut union = Union::default();
        let places = tables.iter().map(|table| union.add(table.columns.heading())).collect();
        let own = union.headings();
        let mut csv = CsvTable::new(&own.chain(COLUMNS).collect::<Vec<_>>())?;
        if !out.is_new() {
            csv.take()?;
        }
        let width = union.width();
        Ok(Self { geocoder, audience, out, csv, places, width, counts: [0; 4] })
    }

    /// Answers the rows of a table that are not written yet.
    fn table(&mut self, nth: usize, table: Begun, bars: &Bars) -> anyhow::Result<()> {
        let Begun { sheet, columns, first: mut block, mut rows } = table;
        while !block.is_empty() {
            let last = block.rows().last().map_or(0, |row| row.number);
            if (Done { table: nth, row: last }) > self.out.done() {
                self.block(nth, &sheet, &columns, &block)?;
            }
            bars.advance(block.len() as u64);
            rows.next_block(&mut block, ROWS).map_err(user)?;
        }
        Ok(())
    }

    fn block(
        &mut self,
        nth: usize,
        sheet: &str,
        columns: &AddressColumns,
        block: &RowBlock,
    ) -> anyhow::Result<()> {
        let behind = |row: &Row<'_>| {
            row.number > columns.header_row()
                && Done { table: nth, row: row.number } > self.out.done()
        };
        let rows: Vec<Row<'_>> = block.rows().filter(behind).collect();
        let own: Vec<OwnPoint> =
            rows.iter().map(|row| OwnPoint::read(self.geocoder, columns, *row)).collect();
        let queries: Vec<Query<'_>> = rows
            .iter()
            .zip(&own)
            .map(|(row, own)| Query {
                within: own.hint(),
                audience: self.audience,
                ..query(columns, *row)
            })
            .collect();
        let index = self.geocoder.index();
        let answers = self.geocoder.geocode_all(&queries);
        for ((row, own), answer) in rows.iter().zip(&own).zip(answers) {
            let grade = answer.as_ref().ok().and_then(|answer| answer.grade);
            self.counts[grade.map_or(3, |grade| grade as usize)] += 1;
            let mut cells: Vec<String> = vec![String::new(); self.width];
            for (cell, at) in row.cells().zip(&self.places[nth]) {
                cell.clone_into(&mut cells[*at]);
            }
            let mut said = appended(index, row.number, &answer);
            sheet.clone_into(&mut said[16]);
            if let Ok(answer) = &answer {
                [said[17], said[18]] = own.compared(self.geocoder, answer);
            }
            cells.extend(said);
            self.csv.row(&cells)?;
        }
        let bytes = self.csv.take()?;
        let row = block.rows().last().map_or(0, |row| row.number);
        self.out.keep(&bytes, Done { table: nth, row })
    }
}

fn query<'a>(columns: &AddressColumns, row: Row<'a>) -> Query<'a> {
    let get = |field| columns.get(row, field);
    Query {
        text: get(AddressField::Line),
        number: get(AddressField::HouseNumber),
        alley: get(AddressField::Alley),
        street: get(AddressField::Street),
        village: get(AddressField::Village),
        commune: get(AddressField::Commune),
        district: get(AddressField::District),
        postal: postal(get(AddressField::Code)),
        on: day(get(AddressField::CollectedOn)),
        ..Query::default()
    }
}

fn postal(code: &str) -> Option<u32> {
    let code = clean_code(code);
    let alone = code.parse().ok().filter(|_| code.len() == 5);
    alone.or_else(|| AddressCode::parse(&code)?.postal())
}

fn day(text: &str) -> Option<diachiso_model::Date> {
    match date::parse(text) {
        date::DateOutcome::Valid { date, .. } => Some(date),
        _ => None,
    }
}

/// The cells of [`COLUMNS`].
fn appended(
    index: &Index,
    row: u32,
    answer: &Result<Answer, QueryError>,
) -> [String; COLUMNS.len()] {
    let mut cells: [String; COLUMNS.len()] = std::array::from_fn(|_| String::new());
    cells[0] = row.to_string();
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            cells[15] = error.to_string();
            return cells;
        }
    };
    cells[7].clone_from(&answer.parts.number);
    cells[8].clone_from(&answer.parts.alley);
    let mut notes: Vec<String> = Vec::new();
    if !answer.parts.left_over.is_empty() {
        let left = answer.parts.left_over.join(" ");
        notes.push(format!("không hiểu / not understood: {left}"));
    }
    let Some(best) = answer.best() else {
        cells[15] = notes.join("; ");
        return cells;
    };
    let unit = |id: &UnitId| index.units().get(*id);
    let list = |ids: &[UnitId], of: &dyn Fn(&UnitId) -> String| {
        ids.iter().map(of).collect::<Vec<_>>().join("; ")
    };
    cells[1] = answer.grade.map_or_else(String::new, |grade| grade.as_str().to_owned());
    best.level.as_str().clone_into(&mut cells[2]);
    if let Some(position) = best.position {
        cells[3] = format!("{:.6}", position.point.lat());
        cells[4] = format!("{:.6}", position.point.lon());
        cells[5] = format!("{:.0}", position.radius_m.ceil());
        position.class.as_str().clone_into(&mut cells[6]);
    }
    let street = best.street.and_then(|id| index.street_name(id));
    street.unwrap_or_default().clone_into(&mut cells[9]);
    let village = best.village.and_then(|id| index.village(id));
    village.map_or("", |village| village.name).clone_into(&mut cells[10]);
    if let Some(then) = &best.then {
        cells[11] = unit(then).code.to_string();
        cells[12] = unit(then).full_name();
    }
    cells[13] = list(&best.now, &|id| unit(id).code.to_string());
    cells[14] = list(&best.now, &|id| unit(id).full_name());
    let others = answer.candidates.len() - 1;
    if others > 0 {
        notes.push(format!("{others} nơi khác cũng có thể / other places may be meant"));
    }
    cells[15] = notes.join("; ");
    cells
}
