//! What makes a run: files and decisions in, one atomic change of a store out, or a batch that is held.
//!
//! [`run`] reads the files of a [`Job`] beside those that the store keeps, makes the state of all of them and publishes
//! it; [`reproduce`] makes the state of the newest run again. Both the command line and the server run nothing but these,
//! so that a batch handed in over the network ends as it would have on a laptop. Nothing here knows a terminal or HTTP:
//! what there is to tell goes to a [`Watch`], and what goes wrong is a [`JobError`] in the words of whoever asked.

mod archive;
mod changes;
mod decide;
mod desk;
mod erase;
mod error;
mod files;
mod guard;
mod held;
mod job;
mod key;
mod ledger;
mod listed_row;
mod mappings;
mod positions;
mod reference;
mod registers;
mod resident;
mod results;
mod retention;
mod sheets;
mod stages;
mod watch;
mod withdraw;

pub use decide::{RowChoice, proposal_decision, row_decision, submission_decision};
pub use desk::{Desk, DeskError, DeskSettings, Incoming, KEEP_ROWS, MAX_BATCH_BYTES, Progressed};
pub use erase::{Erased, Errand, Seek, Whom, erase, erase_on_record};
pub use error::{FileFault, JobError};
pub use files::Named;
pub use guard::Acceptance;
pub use held::{Kept, discard, find_held, open_held, release};
pub use job::{At, Given, Job, Outcome, reproduce, run, run_from, today};
pub use key::{Key, sealer};
pub use listed_row::{ListedRow, RowSaid};
pub use mappings::Mappings;
pub use positions::{OnBoundaries, Positions, suggest_positions};
pub use reference::reference_of;
pub use registers::{
    FieldChange, HouseholdChange, HouseholdDiff, RegisterDiff, RegisterFile, VillageDiff,
    compare_registers, register_file,
};
pub use resident::Resident;
pub use results::{
    FilledList, JudgedResults, RejectedResult, ResultBook, ResultLine, Visit, approval, exports_of,
    judge_results, result_id, withdrawal,
};
pub use retention::{
    Kept as RetainedFile, Retention, RetentionError, RetentionRule, retained, retention_decision,
};
pub use sheets::{Table, Tables, Unread, choose};
pub use watch::{Silent, Watch};
pub use withdraw::file_decisions;
