//! What a linkage model says: columns, blocks, graded comparisons, the prior and the thresholds.

use crate::{
    Cell,
    condition::{Condition, Test},
    key::{KeyPart, Part},
};

/// How the cell of a column is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text as it stands, without blanks around it.
    Text,
    /// A text in lower case with its tone marks in one place: names, streets.
    Name,
    /// A telephone number, as digits.
    Phone,
    /// A number.
    Number,
    /// A day.
    Date,
    /// A position: two cells, latitude and longitude in degrees.
    Point,
}

impl Kind {
    /// All kinds with their names in a model file.
    pub const ALL: [(&'static str, Self); 6] = [
        ("text", Self::Text),
        ("name", Self::Name),
        ("phone", Self::Phone),
        ("number", Self::Number),
        ("date", Self::Date),
        ("point", Self::Point),
    ];

    /// Whether its cells are texts.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Name | Self::Phone)
    }

    /// The cell that states nothing.
    #[must_use]
    pub fn nothing(self) -> Cell<'static> {
        match self {
            Self::Number | Self::Date => Cell::Number(f64::NAN),
            Self::Point => Cell::Point([f64::NAN; 2]),
            _ => Cell::Text(""),
        }
    }
}

/// A column that the model looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSpec {
    /// Its name in the model.
    pub name: Box<str>,
    /// The headings under which a file may have it; for a point those of latitude and longitude.
    pub from: Vec<String>,
    /// How its cells are read.
    pub kind: Kind,
    /// Whether a file may lack it: all its cells then state nothing.
    pub optional: bool,
}

/// What the records of a block share.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// All of these; a record that lacks one is in no block of this key.
    pub parts: Vec<KeyPart>,
    /// As the model file writes it.
    pub written: String,
}

/// One grade of agreement.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// All of these hold.
    pub conditions: Vec<Condition>,
    /// Share of pairs of one entity that are at this level; `None` before estimation.
    pub m: Option<f64>,
    /// Share of pairs of two entities that are at this level; `None` before estimation.
    pub u: Option<f64>,
}

/// A comparison: the first level that holds counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Its name, for people.
    pub name: Box<str>,
    /// The column that both records must state for the last level, `otherwise`, to count.
    pub column: usize,
    /// From the best agreement down; the last is `otherwise`.
    pub levels: Vec<Level>,
    /// Whether agreement on a rare value weighs more than on a common one.
    pub by_frequency: bool,
}

impl Level {
    /// What the level weighs, in bits: log2(m ÷ u). A share that is not known counts as a half, and none as less than one
    /// in a million.
    #[must_use]
    pub fn bits(&self) -> f32 {
        let share = |share: Option<f64>| share.unwrap_or(0.5).max(LEAST_SHARE);
        (share(self.m) / share(self.u)).log2() as f32
    }
}

/// Least share: what was never seen is taken for one in a million.
const LEAST_SHARE: f64 = 1e-6;

/// Shares of records that state a value, for values that are not rare.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Frequencies(pub Vec<(Box<str>, f64)>);

/// How likely two records are one entity before anything is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// True pairs, divided by records.
    pub pairs_per_record: f64,
    /// Records among which a pair is drawn; `None` takes as many as there are. Only a fixed number makes the score of a
    /// pair independent of what else is in the table.
    pub records: Option<u64>,
}

/// Bits from which pairs count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// From here on two records are one entity.
    pub upper_bits: f32,
    /// From here to `upper_bits` a person decides.
    pub lower_bits: f32,
}

/// Bounds on work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Members of a block from which it is not compared pair by pair.
    pub block: usize,
    /// In such a block, sorted by what its records state, each record is compared with so many that follow.
    pub window: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { block: 120, window: 12 }
    }
}

/// A linkage model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The heading of the column that names a record, if the file has one.
    pub id: Option<String>,
    /// Columns.
    pub columns: Vec<ColumnSpec>,
    /// Blocks: a pair is compared if it shares one of them.
    pub blocks: Vec<Block>,
    /// Comparisons.
    pub comparisons: Vec<Comparison>,
    /// Per comparison, the frequencies it was estimated with; empty takes those of the table at hand.
    pub frequencies: Vec<Frequencies>,
    /// The prior.
    pub prior: Prior,
    /// Thresholds.
    pub thresholds: Thresholds,
    /// Bounds on work.
    pub limits: Limits,
}

/// Share below which a value counts as this rare: one record in 50,000. Rarer values would weigh by chance.
pub const RAREST: f64 = 2e-5;

/// Why a model cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelFault {
    /// No comparison or no block.
    #[error("a model needs at least one column, one block and one comparison")]
    Empty,
    /// The last level of a comparison is not `otherwise`, or another one is.
    #[error("the levels of {0} must end in otherwise, and only there")]
    Otherwise(Box<str>),
    /// Too many levels.
    #[error("{0} has more than {max} levels", max = LEVELS_MAX)]
    Levels(Box<str>),
    /// A test that does not fit the kind of its column.
    #[error("{comparison}: {test} cannot be asked of {column}, which is a {kind} column")]
    Test {
        /// The comparison.
        comparison: Box<str>,
        /// The test.
        test: &'static str,
        /// The column.
        column: Box<str>,
        /// Its kind.
        kind: &'static str,
    },
    /// A key that does not fit the kind of its column.
    #[error("block {block}: the key does not fit {column}, which is a {kind} column")]
    Key {
        /// The block.
        block: String,
        /// The column.
        column: Box<str>,
        /// Its kind.
        kind: &'static str,
    },
    /// A share that is none, or thresholds the wrong way round.
    #[error("{0}")]
    Number(String),
}

/// Most levels of one comparison: what fits the four bits of a pattern beside nothing stated.
pub const LEVELS_MAX: usize = 15;
/// Most comparisons of a model: sixteen patterns of four bits.
pub const COMPARISONS_MAX: usize = 16;
/// Most blocks of a model.
pub const BLOCKS_MAX: usize = 32;

impl Model {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// When a comparison does not end in `otherwise`, or a test or key does not fit its column.
    pub fn check(&self) -> Result<(), ModelFault> {
        if self.columns.is_empty() || self.blocks.is_empty() || self.comparisons.is_empty() {
            return Err(ModelFault::Empty);
        }
        if self.comparisons.len() > COMPARISONS_MAX || self.blocks.len() > BLOCKS_MAX {
            return Err(ModelFault::Number(format!(
                "at most {COMPARISONS_MAX} comparisons and {BLOCKS_MAX} blocks"
            )));
        }
        self.comparisons.iter().try_for_each(|c| self.check_comparison(c))?;
        self.blocks.iter().try_for_each(|b| self.check_block(b))?;
        let Thresholds { upper_bits, lower_bits } = self.thresholds;
        if lower_bits.is_nan() || upper_bits.is_nan() || lower_bits > upper_bits {
            return Err(ModelFault::Number(format!(
                "the lower threshold ({lower_bits} bits) must not exceed the upper one ({upper_bits} bits)"
            )));
        }
        let pairs = self.prior.pairs_per_record;
        if !(pairs > 0.0 && pairs.is_finite()) || self.prior.records == Some(0) {
            return Err(ModelFault::Number(format!("{pairs} true pairs a record is no prior")));
        }
        if self.limits.block < 2 || self.limits.window == 0 {
            return Err(ModelFault::Number(
                "a block must hold two records at least, a window one".into(),
            ));
        }
        Ok(())
    }

    fn check_comparison(&self, comparison: &Comparison) -> Result<(), ModelFault> {
        let name = || comparison.name.clone();
        if comparison.levels.len() > LEVELS_MAX {
            return Err(ModelFault::Levels(name()));
        }
        let ends =
            |l: &Level| matches!(l.conditions[..], [Condition { test: Test::Otherwise, .. }]);
        let has = |l: &Level| l.conditions.iter().any(|c| c.test == Test::Otherwise);
        let (last, others) =
            comparison.levels.split_last().ok_or_else(|| ModelFault::Otherwise(name()))?;
        if !ends(last) || others.iter().any(has) {
            return Err(ModelFault::Otherwise(name()));
        }
        for level in &comparison.levels {
            for share in [level.m, level.u].into_iter().flatten() {
                if !(0.0..=1.0).contains(&share) {
                    return Err(ModelFault::Number(format!(
                        "{}: {share} is no share",
                        comparison.name
                    )));
                }
            }
            for Condition { column, test } in &level.conditions {
                let spec = &self.columns[*column];
                let fits = match test {
                    Test::Otherwise | Test::OneStates | Test::Unstated => true,
                    Test::Exact => spec.kind != Kind::Point,
                    Test::Difference(_) => matches!(spec.kind, Kind::Number | Kind::Date),
                    Test::Metres(_) => spec.kind == Kind::Point,
                    Test::Crossed(other) => {
                        spec.kind.is_text() && self.columns[*other].kind.is_text()
                    }
                    _ => spec.kind.is_text(),
                };
                if !fits {
                    return Err(ModelFault::Test {
                        comparison: name(),
                        test: test.name(),
                        column: spec.name.clone(),
                        kind: spec.kind.name(),
                    });
                }
            }
        }
        Ok(())
    }

    fn check_block(&self, block: &Block) -> Result<(), ModelFault> {
        let misfit = block.parts.iter().find(|p| {
            let kind = self.columns[p.column].kind;
            match p.part {
                Part::Whole => kind == Kind::Point,
                Part::Step(_) => !matches!(kind, Kind::Number | Kind::Date),
                Part::Square(_) => kind != Kind::Point,
                _ => !kind.is_text(),
            }
        });
        match misfit {
            None => Ok(()),
            Some(p) => Err(ModelFault::Key {
                block: block.written.clone(),
                column: self.columns[p.column].name.clone(),
                kind: self.columns[p.column].kind.name(),
            }),
        }
    }

    /// Whether every level has its shares.
    #[must_use]
    pub fn is_estimated(&self) -> bool {
        self.comparisons.iter().flat_map(|c| &c.levels).all(|l| l.m.is_some() && l.u.is_some())
    }

    /// log2 of the odds that two of `records` records are one entity.
    #[must_use]
    pub fn prior_bits(&self, records: usize) -> f32 {
        let among = self.prior.records.unwrap_or(records as u64).max(2) as f64;
        let share = (2.0 * self.prior.pairs_per_record / (among - 1.0)).clamp(1e-18, 0.5);
        (share / (1.0 - share)).log2() as f32
    }
}

impl Kind {
    /// Its name in a model file.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, k)| *k == self).map_or("", |(name, _)| name)
    }
}
