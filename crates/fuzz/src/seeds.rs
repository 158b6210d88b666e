//! Fills folders with inputs to begin from: `seeds FIXTURES FOLDER`, one folder a target below
//! `FOLDER`.
//!
//! They come from the fixtures of the repository and from the generator of synthetic files, so
//! nothing of them needs to be kept: the same seed gives the same files.

// Everything is built with counters in it, which are kept there.
use libfuzzer_sys as _;

use diachiso_fuzz::{TARGETS, samples};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [fixtures, folder] = arguments.as_slice() else {
        return Err("usage: seeds FIXTURES FOLDER".into());
    };
    let (fixtures, folder) = (Path::new(fixtures), Path::new(folder));
    let sheets = samples::sheets()?;
    let lines = samples::lines(&fixtures.join("dirty/rows.csv"))?;
    let cells: BTreeSet<String> = sheets
        .iter()
        .flatten()
        .flatten()
        .cloned()
        .chain(lines.iter().cloned())
        .filter(|cell| !cell.is_empty())
        .collect();
    for (target, _) in TARGETS {
        let mut files = match *target {
            "delimited" => samples::delimited(&sheets),
            "json" => samples::json(&sheets),
            "workbook" => samples::workbooks(&sheets)?,
            "xlsx_sheet" => samples::xlsx_sheets(),
            "ods_sheet" => samples::ods_sheets(&sheets),
            "xls_stream" => samples::xls_streams(&sheets),
            "archive" => samples::archives(&sheets)?,
            "survey_archive" => samples::survey_archives(&sheets),
            "mapping_file" => samples::mapping_files(),
            "point" => samples::points(),
            "plus_code" => samples::codes(&cells),
            "coordinate" => samples::coordinates(&cells),
            "legacy" => samples::legacy(&cells),
            _ => cells.iter().map(|cell| cell.clone().into_bytes()).collect(),
        };
        files.extend(samples::fixture_files(&fixtures.join("dirty/files"), target)?);
        let home = folder.join(target);
        std::fs::create_dir_all(&home)?;
        for (number, bytes) in files.iter().enumerate() {
            std::fs::write(home.join(format!("seed-{number:04}")), bytes)?;
        }
        println!("{target:<14} {:>5} seeds", files.len());
    }
    Ok(())
}
