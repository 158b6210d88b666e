//! The stages from rows to verdicts, links and tallies: `read → map columns → normalise →
//! validate → locate → link → tally`.
//!
//! Everything here is a function over values. The only contact with the world is the
//! [`diachiso_source::RowSource`] that hands rows in and the [`RowSink`] that keeps them.
//! Rayon spreads the work; the result does not depend on how (see [`run`]).

mod boundaries;
mod cells;
mod check;
mod entity_rules;
mod erased;
mod explain;
mod forensics;
mod gap_walk;
mod gazetteer;
mod groups;
mod input;
mod judge;
mod link;
mod live;
mod locator;
mod median;
mod normalise;
mod place;
mod poor_list;
mod position;
mod progress;
mod read;
mod reference;
mod register;
mod results;
mod row_rulings;
mod rulings;
mod run;
mod seal;
mod set_rules;
mod sex;
mod shapes;
mod spelling;
mod submissions;
mod system;
mod tally;
mod twin;
mod unit_search;
mod weigh;
mod words;

pub use boundaries::{Boundaries, Boundary};
pub use check::{
    CheckedColumn, CheckedPart, CheckedProposal, CheckedRule, Checker, ComparedWith, Example,
    FileCheck, MemoryScratch, OneCheck, PositionSuggester, RepairSink, RepairedCell, RepairedRow,
    Scratch, Witness,
};
pub use erased::{LINE_STAYS, erased_mark, what_stays};
pub use explain::{
    Account, BOUNDS, Bar, Bounds, Explainer, REPEAT_BOUNDS, Relation, Score, account, relation,
};
pub use gap_walk::{Basis, GapHint, Neighbour, WalkHousehold, gap_hints};
pub use input::{Input, RowSink, label};
pub use judge::STILL_ASKED;
pub use live::{Effect, Live, Turned};
pub use locator::{
    LocatedVillage, Locator, MAX_NEAREST_M, MAX_VILLAGE_M, Place, PlaceVillage, PointCodes,
};
pub use poor_list::is_list_id;
pub use position::read_point;
pub use progress::{NoProgress, Progress};
pub use reference::{Reference, ReferenceError};
pub use register::{ListLine, list_line};
pub use run::{Options, RunError, run};
pub use seal::Sealer;
pub use shapes::{PeriodShape, unit_shapes};
pub use unit_search::{DecidedBy, Evidence, FoundUnit, Says, UnitQuery, parse_point};
