//! Probabilistic record linkage: which records speak of one entity, how sure that is, and why.
//!
//! The method is that of Fellegi and Sunter (1969): each comparison of a pair reaches a graded level, a level weighs
//! log2(m ÷ u) bits, agreement on a rare value weighs more than on a common one, and the sum is the log2 of the odds
//! that the pair is one entity. A [`Model`], read from a TOML file, says what is compared and which pairs are looked at;
//! [`estimate()`] learns its numbers from records that nobody labelled.
//!
//! ```text
//! Model + Table ──▶ Records ──▶ estimate ──▶ Scorer ──▶ find_pairs ──▶ clusters      all at once
//! Model + Table ──▶ Linker ──▶ insert, withdraw, decide                              kept up to date
//! ```
//!
//! Records are columns, so that the same engine links households and persons. Nothing here does I/O, and what comes out
//! depends neither on the order of records nor on the number of threads.

mod block_index;
mod candidates;
mod cluster;
mod compare;
pub mod condition;
mod decisions;
pub mod edits;
mod estimate;
mod evaluate;
mod figure;
mod frequency;
pub mod key;
mod lexicon;
mod linker;
mod model;
mod model_file;
mod pair;
mod part_keys;
mod point;
mod reading;
mod records;
mod scorer;
mod starters;
mod table;
mod text_column;

pub use candidates::{Between, BlockReport, Found, find_pairs};
pub use cluster::clusters;
pub use compare::Text;
pub use decisions::{Decision, Decisions};
pub use estimate::{Effort, Estimated, Lesson, estimate};
pub use evaluate::{AtThreshold, Evaluation, OfKind, Outcome, Rates, Truth, Wrong, evaluate};
pub use figure::{curve_svg, waterfall_svg};
pub use linker::{Change, Linker, LinkerError};
pub use model::{
    BLOCKS_MAX, Block, COMPARISONS_MAX, ColumnSpec, Comparison, Frequencies, Kind, LEVELS_MAX,
    Level, Limits, Model, ModelFault, Prior, RAREST, Thresholds,
};
pub use model_file::ModelError;
pub use pair::{Pair, probability};
pub use records::Records;
pub use scorer::{Evidence, Levels, NULL_LEVEL, Scorer};
pub use starters::{HOUSEHOLDS_TOML, PERSONS_TOML};
pub use table::{Cell, Column, RECORDS_MAX, Table, TableError};
pub use text_column::{NOTHING, TextBatch, TextColumn};
