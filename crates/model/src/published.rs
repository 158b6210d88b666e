//! The published state: what the stages hand to the store.

use std::{collections::HashMap, sync::Arc};

use geo_types::MultiPolygon;

use crate::{
    Date, Decision, Finding, Household, LonLat, Profile, Proposal, RegisterInfo, RuleCode,
    Submission, UnitCode, UnitId, UnitTally, Verdict,
};

/// Steps from a submission to the one that it repeats in the end; runs make one, and a chain of theirs two.
const MASTERS: usize = 8;

/// What a file holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SourceKind {
    /// Submissions.
    Submissions,
    /// Lines of a register.
    Register,
}

impl SourceKind {
    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ["submissions", "register"][self as usize]
    }

    /// The kind of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Submissions, Self::Register].into_iter().find(|k| k.as_str() == key)
    }
}

/// A row of a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RowRef {
    /// Index into [`Published::files`].
    pub file: u32,
    /// Row, from 1, as a spreadsheet counts.
    pub row: u32,
}

/// A row that is no record (rule F03), with the words that gave it away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Where.
    pub at: RowRef,
    /// Why: heading, numbering, subtotal, signature, blank.
    pub reason: &'static str,
}

/// A line of a register that cannot be used (rule L01), and the column to blame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterReject {
    /// Where.
    pub at: RowRef,
    /// What is wrong: the field is a key of [`crate::RegisterField`].
    pub finding: Finding,
}

/// What became of a row of a file of submissions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RowOutcome {
    /// Where.
    pub at: RowRef,
    /// Index into [`Published::submissions`].
    pub submission: u32,
}

/// What came out of one file: `rows_read` is the sum of the five numbers after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileReport {
    /// Name as given by the user, without folders.
    pub name: Box<str>,
    /// BLAKE3 of the bytes as they came, hexadecimal.
    pub hash: Box<str>,
    /// Size in bytes.
    pub bytes: u64,
    /// What it holds.
    pub kind: SourceKind,
    /// Rows read, non-records included.
    pub rows_read: u64,
    /// Rows by verdict, indexed by [`Verdict`]; for a register, lines used (accepted) and repeats (duplicate).
    pub verdicts: [u64; 4],
    /// Non-records.
    pub skipped: u64,
    /// Headings of sensitive columns that were not needed and were dropped before anything was kept (C02).
    pub dropped_columns: Vec<Box<str>>,
}

impl FileReport {
    /// Whether every row read ended in exactly one place.
    #[must_use]
    pub fn conserved(&self) -> bool {
        self.rows_read == self.verdicts.iter().sum::<u64>() + self.skipped
    }

    /// Rows of one verdict.
    #[must_use]
    pub fn verdict(&self, verdict: Verdict) -> u64 {
        self.verdicts[verdict as usize]
    }
}

/// How often a rule spoke.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RuleCount {
    /// The rule.
    pub code: RuleCode,
    /// Findings.
    pub findings: u64,
}

/// A village as the registers know it.
#[derive(Clone, PartialEq, Debug)]
pub struct Village {
    /// Its code: commune code, dash, slug.
    pub code: UnitCode,
    /// Name with kind: "Thôn Trung Làng".
    pub name: Arc<str>,
    /// Commune on the register's closing date.
    pub commune: UnitId,
    /// Median of the accepted points; `None` without any.
    pub centre: Option<LonLat>,
    /// Official or inferred shape, clipped to the commune; `None` without points or commune boundary.
    pub shape: Option<MultiPolygon<f64>>,
    /// How far the shape is to be trusted: 0 without one, below 1 for an inferred one, 1 for an official one.
    pub confidence: f32,
    /// Accepted points of the village that lie outside its shape.
    pub outside: u32,
}

/// Everything a run publishes. Vectors are sorted by their natural keys, so that the value is
/// a function of the *set* of inputs; only `files`, `repeats`,
/// `skipped` and `register_rejects` tell of batches.
#[derive(Clone, Debug)]
pub struct Published {
    /// Version of the rules.
    pub rule_version: u32,
    /// How strict they were.
    pub profile: Profile,
    /// Registers side by side, by (source, closing date); index 0 is the denominator of coverage unless asked otherwise.
    pub registers: Vec<RegisterInfo>,
    /// Villages by code.
    pub villages: Vec<Village>,
    /// Households by (register, id).
    pub households: Vec<Household>,
    /// Submissions by id.
    pub submissions: Vec<Submission>,
    /// Tallies by (register, period, level, code).
    pub tallies: Vec<UnitTally>,
    /// What is proposed to people, by id.
    pub proposals: Vec<Proposal>,
    /// Every decision that this state rests on, in the order of the record.
    pub decisions: Vec<Decision>,
    /// How often each rule spoke, over `submissions` (R01 included), by code.
    pub rules: Vec<RuleCount>,
    /// The files, in the order given.
    pub files: Vec<FileReport>,
    /// Rows that repeat a submission to the letter (verdict duplicate).
    pub repeats: Vec<RowOutcome>,
    /// Rows that are no records.
    pub skipped: Vec<Skipped>,
    /// Lines of registers that cannot be used.
    pub register_rejects: Vec<RegisterReject>,
    /// Today, as the rules saw it (T02).
    pub today: Date,
}

impl Published {
    /// For every submission the one that names its place, by index.
    ///
    /// Submissions are of one place when they were matched to one household of the register, or when one repeats the
    /// other; a rejected one stands alone. The oldest by day of collection names the place, of one day that of the smaller
    /// id: an order of what submissions say, not of their arrival, so that the name of a place is a function of the set
    /// too. Where places become one, the older name stays and the other resolves to it; where one becomes two again, so do
    /// the names.
    #[must_use]
    pub fn places(&self) -> Vec<u32> {
        let root = |mut at: u32| {
            // Whoever is repeated repeats nobody, or somebody before whom nobody stands.
            for _ in 0..MASTERS {
                match self.submissions[at as usize].master {
                    Some(master) if master != at => at = master,
                    _ => break,
                }
            }
            at
        };
        let mut names: Vec<u32> = (0..self.submissions.len() as u32).collect();
        let mut of_household: HashMap<u32, u32> = HashMap::new();
        let mut of_root: HashMap<u32, u32> = HashMap::new();
        let age = |at: u32| {
            let s = &self.submissions[at as usize];
            (s.collected_on.is_none(), s.collected_on, s.id)
        };
        let group = |at: u32| {
            let s = &self.submissions[at as usize];
            let root = root(at);
            let link = s.link.or(self.submissions[root as usize].link);
            (s.verdict != Verdict::Rejected).then(|| (link.map(|link| link.household), root))
        };
        for at in 0..names.len() as u32 {
            let slot = match group(at) {
                None => continue,
                Some((Some(household), _)) => of_household.entry(household).or_insert(at),
                Some((None, root)) => of_root.entry(root).or_insert(at),
            };
            if age(at) < age(*slot) {
                *slot = at;
            }
        }
        for at in 0..names.len() as u32 {
            match group(at) {
                None => {}
                Some((Some(household), _)) => names[at as usize] = of_household[&household],
                Some((None, root)) => names[at as usize] = of_root[&root],
            }
        }
        names
    }
}
