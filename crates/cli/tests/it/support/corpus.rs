//! The corpus of `fixtures/dirty/files`: files as people hand them in, each with what must come of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use diachiso_model::{RuleCode, Severity, SourceKind, Verdict};
use diachiso_testkit::fixture;

/// What the name of an expectation ends in, behind the name of its file.
const EXPECTED: &str = ".expected.csv";

/// What becomes of a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Fate {
    /// It is a record with a verdict.
    Judged(Verdict),
    /// It is no record (F03).
    Skipped,
}

/// Sheet and number of a row; the sheet is empty where the file has one table.
pub(crate) type At = (String, u32);

/// Fate and rule codes of every row that is read, by row.
pub(crate) type Rows = BTreeMap<At, (Fate, BTreeSet<String>)>;

/// A file and what is expected of it.
pub(crate) struct Case {
    /// The file's name.
    pub(crate) name: String,
    /// What it is loaded as.
    pub(crate) kind: SourceKind,
    /// Rules that speak of the file as a whole.
    pub(crate) codes: BTreeSet<String>,
    /// What is said of a file that is refused, the columns dropped of one that is not, else what the file is.
    pub(crate) note: String,
    /// Files named in the same run, and files loaded by an earlier one.
    pub(crate) beside: Vec<String>,
    pub(crate) after: Vec<String>,
    /// Nothing where the file is refused.
    pub(crate) rows: Rows,
}

impl Case {
    /// Whether the file is refused as a whole.
    pub(crate) fn refused(&self) -> bool {
        let severity = |code: &String| code.parse::<RuleCode>().expect("a rule").rule().severity;
        self.codes.iter().map(severity).max() == Some(Severity::Error)
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> PathBuf {
        path(&self.name)
    }

    fn read(name: String) -> Self {
        let table = path(&format!("{name}{EXPECTED}"));
        let mut reader = csv::Reader::from_path(&table).expect("an expectation");
        let mut case = Self {
            name,
            kind: SourceKind::Submissions,
            codes: BTreeSet::new(),
            note: String::new(),
            beside: Vec::new(),
            after: Vec::new(),
            rows: Rows::new(),
        };
        for record in reader.records() {
            let record = record.expect("a record");
            let place = || format!("{}: {record:?}", table.display());
            let codes: BTreeSet<String> = record[2].split_whitespace().map(str::to_owned).collect();
            assert!(codes.iter().all(|code| code.parse::<RuleCode>().is_ok()), "{}", place());
            match (&record[0], &record[1]) {
                ("file", "beside") => case.beside.push(record[3].to_owned()),
                ("file", "after") => case.after.push(record[3].to_owned()),
                ("file", kind) => {
                    case.kind = SourceKind::from_key(kind).unwrap_or_else(|| panic!("{}", place()));
                    (case.codes, case.note) = (codes, record[3].to_owned());
                }
                (row, fate) => {
                    // `Thôn A!12`, as spreadsheets write it.
                    let (sheet, row) = row.rsplit_once('!').unwrap_or(("", row));
                    let row = row.parse().unwrap_or_else(|_| panic!("{}", place()));
                    let row = (sheet.to_owned(), row);
                    let fate = match fate {
                        "skipped" => Fate::Skipped,
                        verdict => Fate::Judged(
                            Verdict::from_key(verdict).unwrap_or_else(|| panic!("{}", place())),
                        ),
                    };
                    let twice = case.rows.insert(row, (fate, codes));
                    assert!(twice.is_none(), "twice: {}", place());
                }
            }
        }
        assert_eq!(case.refused(), case.rows.is_empty(), "{}", table.display());
        case
    }
}

/// Where a file of the corpus is.
pub(crate) fn path(name: &str) -> PathBuf {
    fixture("dirty/files").join(name)
}

/// Names of files and names that have an expectation, sorted.
pub(crate) fn names() -> (Vec<String>, Vec<String>) {
    let entries = fs::read_dir(fixture("dirty/files")).expect("the corpus");
    let mut all: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    all.sort();
    let (expected, files): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|name| name.ends_with(EXPECTED));
    (files, expected.iter().map(|name| name.replace(EXPECTED, "")).collect())
}

/// Every file with its expectation, by name.
pub(crate) fn cases() -> Vec<Case> {
    names().1.into_iter().map(Case::read).collect()
}
