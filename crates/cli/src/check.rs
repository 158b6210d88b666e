//! `diachiso check`: what would come of a file, without a store.

mod page;
mod repaired;
mod scratch;
mod text;

use std::{
    fs::{self, File, OpenOptions},
    io::{BufWriter, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, anyhow};
use diachiso_model::SourceKind;
use diachiso_pipeline::{Checker, FileCheck, Input, Options, Progress as _, Reference, Witness};
use diachiso_runs::{Named, Tables, Unread};
use diachiso_source::{MappingFile, Opened, RepairedCopy, RowSource, SheetFate};
use diachiso_store::AcceptedPoint;

use crate::{args, columns, run, ui::Bars, user};

use repaired::{Copied, Copy};
use scratch::FileScratch;

/// Bytes by which the delimiter of a file is told.
const HEAD_BYTES: u64 = 64 << 10;

/// The command.
pub(crate) async fn command(args: &args::Check) -> anyhow::Result<()> {
    if let Some(threads) = args.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    }
    let file = Named::new(&args.file, SourceKind::Submissions)?;
    let mapping = columns::mapping_text(args.mapping.as_deref())?;
    let today = args.today.unwrap_or_else(diachiso_runs::today);
    let options = Options {
        today,
        sealer: diachiso_runs::sealer(args.identity.key.as_deref())?,
        profile: args.profile,
        decisions: Vec::new(),
    };
    let legal_basis = run::basis(args.legal_basis.as_deref())?.is_some();
    let mapping: MappingFile = mapping.as_deref().unwrap_or_default().parse()?;
    let input = |sheet: Option<Box<str>>, rows: Box<dyn RowSource>| Input {
        name: file.name.clone(),
        sheet,
        kind: SourceKind::Submissions,
        legal_basis,
        mapping: mapping.clone(),
        rows,
        sink: None,
    };
    let columns = columns::submissions(&file, &args.sheet, &mapping)?;
    if !args.json {
        eprint!("{columns}");
    }
    let checker = checker(args.store.as_deref(), options).await?;
    let bars = Bars::new();
    bars.stage("check", None);
    let mut scratch = FileScratch::new()?;
    let Tables { read, unread } = Tables::open(&file, &args.sheet, &mapping)?;
    let inputs = read.into_iter().map(|table| input(table.sheet, table.rows)).collect();
    let found = checker.check(inputs, &mut scratch, &bars);
    bars.finish();
    let found = found.map_err(user)?;
    if args.json {
        let left = |u: &Unread| (u.sheet.to_string(), u.rows, u.fate);
        let body = diachiso_server::FileCheckBody::new(&found, unread.iter().map(left));
        println!("{}", serde_json::to_string_pretty(&body)?);
    } else {
        std::io::stdout().write_all(text::summary(&found).as_bytes())?;
    }
    if let Some(fix) = &args.fix {
        let out = fix.clone().unwrap_or_else(|| beside(&args.file, delimiter(&args.file)));
        refuse_itself(&args.file, &out)?;
        bars.stage("fix", Some(found.rows_read));
        let copying = Copying { checker: &checker, found: &found, bars: &bars, file: &file };
        let copied = copying.repair(&out, (&args.sheet, &mapping), input);
        bars.finish();
        let Copied { cells, rows } = copied?;
        eprintln!(
            "{}: đã sửa {cells} ô trên {rows} dòng / {cells} cells in {rows} rows repaired",
            out.display()
        );
    }
    if let Some(html) = &args.html {
        let named = || format!("{}", html.display());
        let page = page::page(&found, &unread, today).into_string();
        fs::write(html, page).with_context(named).map_err(user)?;
        eprintln!("{}: báo cáo để in / report to print", html.display());
    }
    Ok(())
}

/// A checker by what a store knows, or by nothing but the units and boundaries that the program brings along.
async fn checker(store: Option<&str>, options: Options) -> anyhow::Result<Checker> {
    let today = options.today;
    let Some(store) = store else {
        let reference = Reference::load([]).context("reference data")?;
        let suggester = diachiso_server::suggester_of(None, today).await?;
        return Ok(Checker::new(Arc::new(reference), options).with_suggester(suggester));
    };
    let store = diachiso_store::open_store(store, false).await.map_err(user)?;
    let suggester = diachiso_server::suggester_of(Some(store.as_ref()), today).await?;
    let checker = diachiso_server::checker_of(store.as_ref(), options).await?;
    let checker = checker.with_suggester(suggester);
    let witness = |accepted: AcceptedPoint| {
        let AcceptedPoint { id, village, commune, collected_on, collector, team, point } = accepted;
        let who = if collector.is_empty() { team } else { collector };
        Witness { id, village, commune, collected_on, who: who.into(), point }
    };
    Ok(checker.with_witnesses(store.accepted_points().await?.into_iter().map(witness)))
}

/// The user's own delimiter; `None` for workbooks and JSON, and where it cannot be told.
fn delimiter(path: &Path) -> Option<u8> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    diachiso_source::delimiter(&path.to_string_lossy(), &head).ok().flatten()
}

/// `phieu.csv` → `phieu.da-sua.csv`; what is no text becomes a workbook.
fn beside(path: &Path, delimiter: Option<u8>) -> PathBuf {
    let end = match (delimiter, path.extension()) {
        (None, _) => "xlsx".into(),
        (Some(_), Some(own)) => own.to_string_lossy().into_owned(),
        (Some(_), None) => "csv".into(),
    };
    path.with_extension(format!("da-sua.{end}"))
}

fn refuse_itself(file: &Path, out: &Path) -> anyhow::Result<()> {
    let same =
        fs::canonicalize(out).ok().is_some_and(|out| fs::canonicalize(file).ok() == Some(out));
    if same {
        return Err(user(anyhow!(
            "{}: the copy would overwrite the file itself; choose another name for --fix",
            out.display()
        )));
    }
    Ok(())
}

/// What a copy is made from.
struct Copying<'a> {
    checker: &'a Checker,
    found: &'a FileCheck,
    bars: &'a Bars,
    file: &'a Named,
}

impl Copying<'_> {
    /// Writes the copy: rows of households with their repairs, and every other sheet of a workbook as it is.
    fn repair(
        &self,
        out: &Path,
        (sheets, mapping): (&[String], &MappingFile),
        input: impl Fn(Option<Box<str>>, Box<dyn RowSource>) -> Input<'static>,
    ) -> anyhow::Result<Copied> {
        let named = || format!("{}", out.display());
        let workbook = out.extension().is_some_and(|e| e.eq_ignore_ascii_case("xlsx"));
        if !workbook && self.found.parts.len() > 1 {
            return Err(user(anyhow!(
                "{}: tệp có {n} trang tính dữ liệu, bản sửa phải là .xlsx / {n} sheets were read, which only an .xlsx copy \
                 can hold; give --fix such a name",
                out.display(),
                n = self.found.parts.len()
            )));
        }
        let to = BufWriter::new(private(out).with_context(named).map_err(user)?);
        let writer = if workbook {
            RepairedCopy::xlsx(to)
        } else {
            let width = self.found.parts.first().map_or(0, |part| part.columns.len());
            RepairedCopy::csv(to, delimiter(&self.file.path).unwrap_or(b','), width)?
        };
        let mut copy = Copy::new(writer);
        let mut part = 0;
        let mut copy_part = |copy: &mut Copy, title: Option<&str>, rows| -> anyhow::Result<()> {
            let checked = &self.found.parts[part];
            copy.sheet(title, checked.columns.len())?;
            let input = input(checked.sheet.clone(), rows);
            let about = (self.found, part);
            self.checker.repair(input, about, copy, self.bars).map_err(user)?;
            part += 1;
            Ok(())
        };
        match self.file.open_sheets()? {
            Opened::Rows(rows) => copy_part(&mut copy, None, rows)?,
            Opened::Workbook(book) => {
                for sheet in diachiso_runs::choose(book, self.file, sheets, mapping)? {
                    let title = sheet.title().to_owned();
                    match sheet.fate() {
                        SheetFate::Read => {
                            let rows = sheet.into_rows(&self.file.name).map_err(user)?;
                            copy_part(&mut copy, Some(&title), rows)?;
                        }
                        _ if !workbook => {}
                        _ => copy.as_it_is(sheet)?,
                    }
                }
            }
        }
        copy.finish().with_context(named)
    }
}

/// A new file that nobody else may read: it holds what the user's own file holds.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
