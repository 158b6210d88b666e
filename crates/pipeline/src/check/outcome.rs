//! What a check found: counts, examples, and a few bits a row.

use std::collections::BTreeMap;

use diachiso_model::{
    Field as _, Finding, RowRef, RuleCode, Severity, SourceKind, SubmissionField, Verdict, title_of,
};
use diachiso_source::Mapping;

use crate::judge::Judge;

use super::{
    CheckedColumn,
    proposals::{CheckedProposal, ComparedWith, Examined},
};

/// Examples kept of each rule.
const EXAMPLES: usize = 5;
/// Rows named of each group of rows that share a value.
const GROUP_ROWS: usize = 10;
/// Letters shown of a value: what is longer says no more.
const SHOWN_CHARS: usize = 120;

/// One thing that a rule noticed, to be shown.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Example {
    /// Rows, from 1, each with the index of its part; several where they share a value.
    pub rows: Vec<RowRef>,
    /// Title of the column; empty where the row as a whole is meant.
    pub column: &'static str,
    /// The value as it came; empty for groups of rows.
    pub original: String,
    /// What was put in its place, or a suggestion.
    pub replacement: Option<String>,
}

/// What one rule noticed in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckedRule {
    /// The rule.
    pub code: RuleCode,
    /// What it does to a row, in the profile asked for.
    pub severity: Severity,
    /// Findings; a row may have several of one rule.
    pub findings: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// A file, or one sheet of a workbook of which several were read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckedPart {
    /// The sheet's name; `None` where the name of the file says enough.
    pub sheet: Option<Box<str>>,
    /// Number of the heading's last row.
    pub header_row: u32,
    /// Its columns from left to right.
    pub columns: Vec<CheckedColumn>,
    /// Rows read.
    pub rows_read: u64,
    /// Numbers taken by the rows of the parts before.
    pub(super) rows_before: u32,
}

impl CheckedPart {
    pub(super) fn new(
        sheet: Option<Box<str>>,
        mapping: &Mapping<SubmissionField>,
        rows_read: u64,
        rows_before: u32,
    ) -> Self {
        let columns = mapping.describe().into_iter().map(|column| CheckedColumn {
            letters: column.letters(),
            heading: column.heading.to_owned(),
            field: column.field.map(|(field, how)| (field.title(), how)),
            sensitive: column.sensitive,
        });
        let header_row = mapping.header_row();
        Self { sheet, header_row, columns: columns.collect(), rows_read, rows_before }
    }

    /// The part and row of a row that is counted from part to part, as those of a [`super::CheckedProposal`] are.
    #[must_use]
    pub fn row(parts: &[Self], counted: u32) -> RowRef {
        let file = parts.partition_point(|part| part.rows_before < counted).saturating_sub(1);
        let before = parts.get(file).map_or(0, |part| part.rows_before);
        RowRef { file: file as u32, row: counted - before }
    }
}

/// What became of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct FileCheck {
    /// Its name.
    pub name: Box<str>,
    /// Its sheets that were read, in the order of the file; one of a file that has none.
    pub parts: Vec<CheckedPart>,
    /// Rows read: the sum of the verdicts and of `skipped`.
    pub rows_read: u64,
    /// Rows by verdict, indexed by [`Verdict`].
    pub verdicts: [u64; 4],
    /// Rows that are no records (F03), by the reason.
    pub skipped: Vec<(&'static str, u64)>,
    /// Rules that spoke, worst first, then by code.
    pub rules: Vec<CheckedRule>,
    /// What a run over the file alone would propose about its collectors, by id.
    pub proposals: Vec<CheckedProposal>,
    /// What their rows were compared with.
    pub compared: ComparedWith,
    /// What became of each row, for [`super::repair`].
    pub(super) outcome: Outcome,
}

impl FileCheck {
    pub(super) fn new(
        name: Box<str>,
        parts: Vec<CheckedPart>,
        tallies: Tallies,
        (outcome, examined): (Outcome, Examined),
        judge: Judge,
    ) -> Self {
        let Tallies { mut rules, skipped } = tallies;
        outcome.add_to(&mut rules, &parts);
        for column in parts.iter().flat_map(|part| &part.columns).filter(|c| c.sensitive) {
            let original = shown(&column.heading);
            rules
                .entry(RuleCode::C02)
                .or_default()
                .note(|| Example { original, ..Example::default() });
        }
        let skipped: Vec<_> = skipped.into_iter().collect();
        let rows = skipped.iter().map(|(_, rows)| rows).sum();
        if rows > 0 {
            rules.entry(RuleCode::F03).or_default().findings = rows;
        }
        let mut rules: Vec<CheckedRule> = rules
            .into_iter()
            .map(|(code, noted)| CheckedRule {
                code,
                severity: judge.0.severity(code),
                findings: noted.findings,
                examples: noted.examples,
            })
            .collect();
        rules.sort_by_key(|rule| (std::cmp::Reverse(rule.severity), rule.code));
        Self {
            name,
            rows_read: parts.iter().map(|part| part.rows_read).sum(),
            parts,
            verdicts: outcome.verdicts(),
            skipped,
            rules,
            proposals: examined.proposals,
            compared: examined.compared,
            outcome,
        }
    }

    /// Rows that are no records.
    #[must_use]
    pub fn skipped_rows(&self) -> u64 {
        self.skipped.iter().map(|(_, rows)| rows).sum()
    }

    /// Whether every row read ended in exactly one place.
    #[must_use]
    pub fn conserved(&self) -> bool {
        self.rows_read == self.verdicts.iter().sum::<u64>() + self.skipped_rows()
    }

    /// Rows of one verdict.
    #[must_use]
    pub fn verdict(&self, verdict: Verdict) -> u64 {
        self.verdicts[verdict as usize]
    }
}

/// What one rule noticed so far.
#[derive(Clone, Default, Debug)]
pub(super) struct Noted {
    findings: u64,
    examples: Vec<Example>,
}

impl Noted {
    fn note(&mut self, example: impl FnOnce() -> Example) {
        self.findings += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}

/// What was noticed on rows one by one.
#[derive(Clone, Default, Debug)]
pub(super) struct Tallies {
    rules: BTreeMap<RuleCode, Noted>,
    skipped: BTreeMap<&'static str, u64>,
}

impl Tallies {
    /// Counts a row that is no record.
    pub(super) fn skip(&mut self, reason: &'static str) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Counts what was noticed on a row.
    pub(super) fn row(&mut self, at: RowRef, findings: &[Finding]) {
        for finding in findings {
            self.rules.entry(finding.code).or_default().note(|| Example {
                rows: vec![at],
                column: column(finding.field),
                original: shown(&finding.original),
                replacement: finding.replacement.as_deref().map(shown),
            });
        }
    }

    /// Adds what was noticed on the rows behind those so far.
    pub(super) fn add(&mut self, later: Self) {
        for (code, noted) in later.rules {
            let own = self.rules.entry(code).or_default();
            own.findings += noted.findings;
            let room = EXAMPLES - own.examples.len();
            own.examples.extend(noted.examples.into_iter().take(room));
        }
        for (reason, rows) in later.skipped {
            *self.skipped.entry(reason).or_default() += rows;
        }
    }
}

fn column(key: Option<&'static str>) -> &'static str {
    key.and_then(|key| title_of(SourceKind::Submissions, key)).unwrap_or_default()
}

/// A value cut to what can be shown.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A set of row numbers: one bit a row.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct Rows(Vec<u64>);

impl Rows {
    fn insert(&mut self, row: u32) {
        let word = row as usize / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (row % 64);
    }

    fn contains(&self, row: u32) -> bool {
        self.0.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    fn len(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(own, more)| *own |= more);
    }

    fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, out)| *own &= !out);
    }
}

/// Rows that a rule about several rows speaks of, and the first groups of them.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct Marked {
    rows: Rows,
    /// By their first rows.
    groups: BTreeMap<u32, Vec<u32>>,
}

/// What became of every row: a set of rows for each verdict, and for each rule about several rows.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Outcome {
    records: Rows,
    held: Rows,
    rejected: Rows,
    duplicates: Rows,
    /// Rows that may repeat another and are not known to.
    doubted: Rows,
    marked: BTreeMap<RuleCode, Marked>,
}

impl Outcome {
    /// Takes in a record and the worst that was noticed on it alone.
    pub(super) fn judge(&mut self, row: u32, severity: Severity) {
        self.records.insert(row);
        match severity {
            Severity::Error => self.rejected.insert(row),
            Severity::Review => self.held.insert(row),
            _ => {}
        }
    }

    /// Notes that a rule speaks of `rows`, which are in a group with others.
    pub(super) fn mark(&mut self, code: RuleCode, group: &[u32], rows: &[u32]) {
        let marked = self.marked.entry(code).or_default();
        for row in rows {
            marked.rows.insert(*row);
        }
        let mut named: Vec<u32> = group.to_vec();
        named.sort_unstable();
        named.truncate(GROUP_ROWS);
        if let Some(first) = named.first() {
            marked.groups.insert(*first, named);
        }
        if marked.groups.len() > EXAMPLES {
            marked.groups.pop_last();
        }
    }

    /// Takes in that a row only may repeat another (D04), which weighs what the profile says.
    pub(super) fn doubt(&mut self, row: u32, severity: Severity) {
        self.doubted.insert(row);
        self.judge(row, severity);
    }

    /// Lets the marks decide verdicts.
    pub(super) fn settle(&mut self, judge: Judge) {
        for (code, marked) in &self.marked {
            // Of rules about repeats, one at another place (D03) weighs what the profile says besides.
            let severity = match code {
                RuleCode::D01 | RuleCode::D04 => Severity::Info,
                code => judge.0.severity(*code),
            };
            if matches!(code, RuleCode::D01 | RuleCode::D03 | RuleCode::D04) {
                self.duplicates.extend(&marked.rows);
            }
            match severity {
                Severity::Error => self.rejected.extend(&marked.rows),
                Severity::Review => self.held.extend(&marked.rows),
                _ => {}
            }
        }
        self.duplicates.remove(&self.doubted);
    }

    /// Whether a row repeats another to the letter.
    pub(super) fn is_repeat(&self, row: u32) -> bool {
        self.marked.get(&RuleCode::D01).is_some_and(|marked| marked.rows.contains(row))
    }

    /// What became of a row; `None` of one that is no record.
    pub(super) fn verdict(&self, row: u32) -> Option<Verdict> {
        self.records.contains(row).then(|| {
            if self.is_repeat(row) {
                Verdict::Duplicate
            } else if self.rejected.contains(row) {
                Verdict::Rejected
            } else if self.held.contains(row) {
                Verdict::Held
            } else if self.duplicates.contains(row) {
                Verdict::Duplicate
            } else {
                Verdict::Accepted
            }
        })
    }

    /// Rules about several rows that speak of this one.
    pub(super) fn codes(&self, row: u32) -> impl Iterator<Item = RuleCode> {
        self.marked.iter().filter(move |(_, m)| m.rows.contains(row)).map(|(code, _)| *code)
    }

    /// Rows by verdict: the sets are made disjoint in the order of [`Self::verdict`].
    fn verdicts(&self) -> [u64; 4] {
        let repeats = self.marked.get(&RuleCode::D01).map(|m| m.rows.clone()).unwrap_or_default();
        let mut rejected = self.rejected.clone();
        rejected.remove(&repeats);
        let mut held = self.held.clone();
        held.remove(&repeats);
        held.remove(&rejected);
        let mut duplicates = self.duplicates.clone();
        duplicates.remove(&rejected);
        duplicates.remove(&held);
        duplicates.extend(&repeats);
        let mut counts = [0; 4];
        counts[Verdict::Rejected as usize] = rejected.len();
        counts[Verdict::Held as usize] = held.len();
        counts[Verdict::Duplicate as usize] = duplicates.len();
        counts[Verdict::Accepted as usize] = self.records.len() - counts.iter().sum::<u64>();
        counts
    }

    fn add_to(&self, rules: &mut BTreeMap<RuleCode, Noted>, parts: &[CheckedPart]) {
        let at = |row: &u32| CheckedPart::row(parts, *row);
        for (code, marked) in &self.marked {
            let noted = rules.entry(*code).or_default();
            noted.findings += marked.rows.len();
            let groups = marked.groups.values().take(EXAMPLES - noted.examples.len());
            let rows = groups.map(|rows| rows.iter().map(at).collect());
            noted.examples.extend(rows.map(|rows| Example { rows, ..Example::default() }));
        }
    }
}
