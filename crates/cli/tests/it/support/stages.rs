//! Runs the stages of the pipeline on values, without a store.

use std::{fs, path::PathBuf};

use diachiso_model::{
    Date, Decision, Profile, Published, RegisterField, SourceKind, SubmissionField,
};
use diachiso_pipeline::{Input, NoProgress, Options, Reference, RunError, Sealer};
use diachiso_source::{MappingFile, Opened, Sheet, SheetFate};

/// The day that counts as today.
pub(crate) const TODAY: Date = Date::constant(2024, 12, 31);

/// A file by name and content.
pub(crate) type FileBytes = (SourceKind, String, Vec<u8>);

/// Reads files from disk.
pub(crate) fn load(kind: SourceKind, paths: &[PathBuf]) -> Vec<FileBytes> {
    let file = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (kind, name, fs::read(path).expect("a file"))
    };
    paths.iter().map(file).collect()
}

/// Runs all stages over files, on so many threads.
pub(crate) fn run(
    reference: &Reference,
    files: &[FileBytes],
    threads: usize,
) -> Result<Published, RunError> {
    run_decided(reference, files, threads, &[])
}

/// The same on another day.
pub(crate) fn run_on(
    today: Date,
    reference: &Reference,
    files: &[FileBytes],
    threads: usize,
) -> Result<Published, RunError> {
    run_with(today, reference, files, threads, &[])
}

/// The same with a record of decisions.
pub(crate) fn run_decided(
    reference: &Reference,
    files: &[FileBytes],
    threads: usize,
    decisions: &[Decision],
) -> Result<Published, RunError> {
    run_with(TODAY, reference, files, threads, decisions)
}

/// The tables of a file, as the program reads them.
pub(crate) fn inputs((kind, name, bytes): &FileBytes) -> Result<Vec<Input<'_>>, RunError> {
    let input = |sheet, rows| Input {
        name: name.as_str().into(),
        sheet,
        kind: *kind,
        legal_basis: false,
        mapping: MappingFile::default(),
        rows,
        sink: None,
    };
    let book = match diachiso_source::open_sheets(name, bytes.as_slice())? {
        Opened::Rows(rows) => return Ok(vec![input(None, rows)]),
        Opened::Workbook(book) => book,
    };
    let sheets = match kind {
        SourceKind::Register => book.choose::<RegisterField>(&MappingFile::default(), &[]),
        SourceKind::Submissions => book.choose::<SubmissionField>(&MappingFile::default(), &[]),
    }?;
    let read = sheets.into_iter().filter(|sheet| sheet.fate() == SheetFate::Read);
    let told = |sheet: &Sheet| (!sheet.lone()).then(|| sheet.title().into());
    read.map(|sheet| Ok(input(told(&sheet), sheet.into_rows(name)?))).collect()
}

fn run_with(
    today: Date,
    reference: &Reference,
    files: &[FileBytes],
    threads: usize,
    decisions: &[Decision],
) -> Result<Published, RunError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| {
        let mut state = judged(today, reference, files, decisions)?;
        diachiso_runs::suggest_positions(&mut state, reference, &[]).expect("few houses");
        Ok(state)
    })
}

/// What the stages make of files, before positions are suggested for rows that lack one.
pub(crate) fn judged(
    today: Date,
    reference: &Reference,
    files: &[FileBytes],
    decisions: &[Decision],
) -> Result<Published, RunError> {
    let inputs = files.iter().map(inputs).collect::<Result<Vec<_>, RunError>>()?;
    let inputs = inputs.into_iter().flatten().collect();
    diachiso_pipeline::run(reference, inputs, &options(today, decisions), &NoProgress)
}

/// What a run is told.
pub(crate) fn options(today: Date, decisions: &[Decision]) -> Options {
    Options {
        today,
        sealer: Sealer::with_key([7; 32]),
        profile: Profile::Default,
        decisions: decisions.to_vec(),
    }
}

/// What is published, less where each row stood: equal texts are equal states.
pub(crate) fn state_text(state: &Published) -> String {
    let mut state = state.clone();
    for submission in &mut state.submissions {
        (submission.file, submission.row) = (0, 0);
    }
    (state.files, state.repeats, state.skipped, state.register_rejects) = Default::default();
    format!("{state:#?}")
}
