//! `diachiso geocode`: a file of addresses, each with the place that it means.

use std::{
    fs::{self, File, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use clap::Args as ClapArgs;
use diachiso_geocode::{Answer, Audience, Index, Query, QueryError};
use diachiso_model::{SourceKind, UnitId};
use diachiso_pipeline::Progress as _;
use diachiso_runs::Named;
use diachiso_source::{AddressColumns, AddressPart, CsvTable, RowBlock};
use diachiso_spatial::address_code::AddressCode;
use diachiso_text::{code::clean_code, date, number::format_vi};

use crate::{ui::Bars, user};

/// Rows that are read, answered on all cores and written together; what is written is kept when the program is stopped.
const ROWS: usize = 8_192;

/// Columns that are appended.
const COLUMNS: [&str; 16] = [
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
];

#[derive(ClapArgs, Debug)]
pub(crate) struct Geocode {
    /// Tệp địa chỉ: csv, xlsx, JSON…; một cột địa chỉ, hoặc số nhà, kiệt, đường, thôn, xã, huyện · File of addresses in one
    /// column, or in columns of house number, alley, street, village, commune and district.
    pub(crate) file: PathBuf,
    /// Tệp kết quả (csv), thêm các cột `geo_…`; chạy lại thì làm tiếp chỗ dở · Where the rows go with columns appended;
    /// what was stopped goes on when it is run again.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) out: PathBuf,
    /// Kho để học số nhà, thôn; không nêu thì chỉ biết đơn vị hành chính · Store whose houses, streets and villages are
    /// known; units alone without it.
    #[arg(long, env = "DIACHISO_STORE", value_name = "FILE.gpkg|URL", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// Chỉ trả lời điều ai cũng được xem: không dùng nhà của hộ dân · Answer only what anybody may see: no houses learnt from
    /// households.
    #[arg(long)]
    pub(crate) public: bool,
}

/// The command.
pub(crate) async fn command(args: &Geocode) -> anyhow::Result<()> {
    let file = Named::new(&args.file, SourceKind::Submissions)?;
    let index = index(args.store.as_deref()).await?;
    let audience = if args.public { Audience::Public } else { Audience::Entitled };
    let stats = index.stats();
    let mut out = Resumable::open(&args.out, &stamp(&file, &stats, args.public))?;
    let mut rows = file.rows()?;
    let mut block = RowBlock::new();
    let mut columns: Option<AddressColumns> = None;
    let mut counts = [0_u64; 4];
    let bars = Bars::new();
    bars.stage("geocode", None);
    while rows.next_block(&mut block, ROWS).map_err(user)? > 0 {
        if columns.is_none() {
            let found = AddressColumns::find(&block).ok_or_else(|| {
                user(anyhow!("F02 {}: không thấy cột địa chỉ / no column of an address", file.name))
            })?;
            out.heading(&found.heading)?;
            columns = Some(found);
        }
        let Some(columns) = &columns else { break };
        let last = block.rows().last().map_or(0, |row| row.number);
        if last > out.done {
            out.block(&index, columns, &block, audience, &mut counts)?;
        }
        bars.advance(block.len() as u64);
    }
    bars.finish();
    out.finish()?;
    let [a, b, c, none] = counts.map(format_vi);
    eprintln!("{}: A {a}, B {b}, C {c}, không thấy / not found {none}", args.out.display());
    Ok(())
}

async fn index(store: Option<&str>) -> anyhow::Result<Index> {
    let today = diachiso_runs::today();
    let store = if let Some(store) = store {
        diachiso_store::open_store(store, false).await.map_err(user)?
    } else {
        // A store that is never written to knows units alone.
        let nowhere = std::env::temp_dir().join("diachiso-khong-co-kho.gpkg");
        diachiso_store::open_store(&nowhere.to_string_lossy(), true).await.map_err(user)?
    };
    Ok(diachiso_server::geocoder(store.as_ref(), today).await?.index)
}

/// What an output is the result of: another input, index or audience begins anew.
fn stamp(file: &Named, stats: &diachiso_geocode::Stats, public: bool) -> String {
    format!("{} {stats:?} {public} {}", file.hash, diachiso_runs::today())
}

/// A csv file that is written in pieces and goes on where it was stopped: `FILE.part` with `FILE.part.done` beside it.
struct Resumable {
    path: PathBuf,
    part: PathBuf,
    note: PathBuf,
    stamp: String,
    file: File,
    /// The last row that is written.
    done: u32,
    bytes: u64,
    table: Option<CsvTable>,
    width: usize,
}

impl Resumable {
    fn open(path: &Path, stamp: &str) -> anyhow::Result<Self> {
        let beside = |ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
        let (part, note) = (beside(".part"), beside(".part.done"));
        let kept = fs::read_to_string(&note).ok().and_then(|text| {
            let mut lines = text.lines();
            let same = lines.next()? == stamp;
            let done = lines.next()?.parse::<u32>().ok()?;
            let bytes = lines.next()?.parse::<u64>().ok()?;
            same.then_some((done, bytes))
        });
        let named = || format!("{}", part.display());
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&part)
            .with_context(named)
            .map_err(user)?;
        let length = file.metadata()?.len();
        let (done, bytes) = kept.filter(|(_, bytes)| *bytes <= length).unwrap_or((0, 0));
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        if done > 0 {
            eprintln!("Làm tiếp từ sau dòng {done} / going on behind row {done}");
        }
        let (path, stamp) = (path.to_owned(), stamp.to_owned());
        Ok(Self { path, part, note, stamp, file, done, bytes, table: None, width: 0 })
    }

    /// Begins the table; its heading is written unless it was before.
    fn heading(&mut self, heading: &[String]) -> anyhow::Result<()> {
        self.width = heading.len();
        let all: Vec<&str> = heading.iter().map(String::as_str).chain(COLUMNS).collect();
        let mut table = CsvTable::new(&all)?;
        if self.bytes > 0 {
            table.take()?;
        }
        self.table = Some(table);
        Ok(())
    }

    /// Answers the rows of a block that are not written yet, and keeps them.
    fn block(
        &mut self,
        index: &Index,
        columns: &AddressColumns,
        block: &RowBlock,
        audience: Audience,
        counts: &mut [u64; 4],
    ) -> anyhow::Result<()> {
        let Some(table) = &mut self.table else { return Ok(()) };
        let behind = self.done.max(columns.header_row);
        let rows: Vec<_> = block.rows().filter(|row| row.number > behind).collect();
        let queries: Vec<Query<'_>> = rows
            .iter()
            .map(|row| {
                let get = |part| columns.get(*row, part);
                Query {
                    text: get(AddressPart::Line),
                    number: get(AddressPart::Number),
                    alley: get(AddressPart::Alley),
                    street: get(AddressPart::Street),
                    village: get(AddressPart::Village),
                    commune: get(AddressPart::Commune),
                    district: get(AddressPart::District),
                    postal: postal(get(AddressPart::Code)),
                    within: None,
                    on: day(get(AddressPart::Day)),
                    audience,
                }
            })
            .collect();
        for (row, answer) in rows.iter().zip(index.geocode_all(&queries)) {
            let grade = answer.as_ref().ok().and_then(|answer| answer.grade);
            counts[grade.map_or(3, |grade| grade as usize)] += 1;
            let mut cells: Vec<String> = row.cells().map(str::to_owned).collect();
            cells.resize(self.width, String::new());
            cells.extend(appended(index, row.number, &answer));
            table.row(&cells)?;
        }
        let bytes = table.take()?;
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        self.bytes += bytes.len() as u64;
        self.done = rows.last().map_or(self.done, |row| row.number);
        let note = format!("{}\n{}\n{}\n", self.stamp, self.done, self.bytes);
        let new = PathBuf::from(format!("{}.new", self.note.display()));
        fs::write(&new, note)?;
        Ok(fs::rename(new, &self.note)?)
    }

    fn finish(self) -> anyhow::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.part, &self.path)
            .with_context(|| format!("{}", self.path.display()))
            .map_err(user)?;
        match fs::remove_file(&self.note) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
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
