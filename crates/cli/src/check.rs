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
use diachiso_pipeline::{Checker, Input, Options, Progress as _, Reference};
use diachiso_source::{MappingFile, RepairedCopy};

use crate::{args, columns, files::Named, key, run, ui::Bars, user};

use repaired::{Copied, Copy};
use scratch::FileScratch;

/// Bytes by which the delimiter of a file is told.
const HEAD_BYTES: u64 = 64 << 10;

/// The command.
pub(crate) fn command(args: &args::Check) -> anyhow::Result<()> {
    if let Some(threads) = args.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    }
    let file = Named::new(&args.file, SourceKind::Submissions)?;
    let mapping = columns::mapping_text(args.mapping.as_deref())?;
    let today = args.today.unwrap_or_else(run::today);
    let options = Options {
        today,
        sealer: key::sealer(args.identity.key.as_deref())?,
        profile: args.profile,
        decisions: Vec::new(),
    };
    let legal_basis = run::basis(args.legal_basis.as_deref())?.is_some();
    let input = || -> anyhow::Result<Input<'static>> {
        Ok(Input {
            name: file.name.clone(),
            kind: SourceKind::Submissions,
            legal_basis,
            mapping: mapping.as_deref().unwrap_or_default().parse::<MappingFile>()?,
            rows: file.rows()?,
            sink: None,
        })
    };
    let columns =
        columns::submissions(&args.file, &mapping.as_deref().unwrap_or_default().parse()?)?;
    if !args.json {
        eprint!("{columns}");
    }
    let reference = Reference::load([]).context("reference data")?;
    let checker = Checker::new(Arc::new(reference), options);
    let bars = Bars::new();
    bars.stage("check", None);
    let mut scratch = FileScratch::new()?;
    let found = checker.check(input()?, &mut scratch, &bars);
    bars.finish();
    let found = found.map_err(user)?;
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&diachiso_server::FileCheckBody::from(&found))?
        );
    } else {
        std::io::stdout().write_all(text::summary(&found).as_bytes())?;
    }
    if let Some(fix) = &args.fix {
        let out = fix.clone().unwrap_or_else(|| beside(&args.file, delimiter(&args.file)));
        refuse_itself(&args.file, &out)?;
        bars.stage("fix", Some(found.rows_read));
        let copied = repair(&checker, &found, input()?, &args.file, &out, &bars);
        bars.finish();
        let Copied { cells, rows } = copied?;
        eprintln!(
            "{}: đã sửa {cells} ô trên {rows} dòng / {cells} cells in {rows} rows repaired",
            out.display()
        );
    }
    if let Some(html) = &args.html {
        let named = || format!("{}", html.display());
        let page = page::page(&found, today).into_string();
        fs::write(html, page).with_context(named).map_err(user)?;
        eprintln!("{}: báo cáo để in / report to print", html.display());
    }
    Ok(())
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

fn repair(
    checker: &Checker,
    found: &diachiso_pipeline::FileCheck,
    input: Input<'_>,
    file: &Path,
    out: &Path,
    bars: &Bars,
) -> anyhow::Result<Copied> {
    let named = || format!("{}", out.display());
    let to = BufWriter::new(private(out).with_context(named).map_err(user)?);
    let workbook = out.extension().is_some_and(|e| e.eq_ignore_ascii_case("xlsx"));
    let width = found.columns.len();
    let writer = if workbook {
        RepairedCopy::xlsx(to, width)
    } else {
        RepairedCopy::csv(to, delimiter(file).unwrap_or(b','), width)
    };
    let mut copy = Copy::new(writer?);
    checker.repair(input, found, &mut copy, bars).map_err(user)?;
    copy.finish().with_context(named)
}

/// A new file that nobody else may read: it holds what the user's own file holds.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
