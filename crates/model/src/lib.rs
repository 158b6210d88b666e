//! The common tongue of the workspace: what a submission, household, unit, point,
//! code, finding, verdict and tally *are*. Constructors keep the invariants; there is no
//! I/O and no file format here.

mod access;
mod decision;
mod field;
mod field_result;
mod finding;
mod guard;
mod household;
mod lon_lat;
mod profile;
mod proposal;
mod published;
mod reference_place;
mod result_record;
mod rule;
mod saved_area;
mod subject_request;
mod submission;
mod suggested_position;
mod tally;
mod unit;
mod units;

pub use access::{AreaOn, Areas, Grant, GrantError, Role};
pub use decision::{Choice, Decision, DecisionError, DecisionKind, UnknownChoice};
pub use field::{AddressField, Field, RegisterField, ResultField, SubmissionField, title_of};
pub use field_result::{ParseRowKeyError, ResultFault, ResultWord, RowKey};
pub use finding::Finding;
pub use guard::{GuardLimit, GuardLimitError, GuardLimits, GuardSetting};
pub use household::{
    Household, HouseholdState, PovertyClass, RegisterInfo, ResidenceStatus, source_title,
};
pub use jiff::{Timestamp, civil::Date};
pub use lon_lat::{LonLat, LonLatError, PrecisionClass};
pub use profile::{Profile, UnknownProfile};
pub use proposal::{
    ParseProposalIdError, Proposal, ProposalId, ProposalKind, ProposalStatus, Remedy,
};
pub use published::{
    FileReport, Published, RegisterReject, RowOutcome, RowRef, RuleCount, Skipped, SourceKind,
    Village,
};
pub use reference_place::{PlaceKind, ReferencePlace};
pub use result_record::{
    FieldResult, FieldState, FoundHousehold, ParseFieldResultError, ResultStatus, StandingResult,
    may_be_one_person,
};
pub use rule::{RULE_VERSION, Rule, RuleCode, Severity};
pub use saved_area::{AreaId, AreaIdError, SavedArea, SavedAreaError};
pub use subject_request::{ANSWER_WORKING_DAYS, SubjectRequest, SubjectRequestKind};
pub use submission::{IdSealed, Link, ParseIdError, Submission, SubmissionId, Verdict};
pub use suggested_position::{ParseSuggestionError, SuggestedPosition};
pub use tally::{Tally, UnitTally};
pub use unit::{Kind, Level, Unit, UnitCode, UnitCodeError, UnitId};
pub use units::{Change, LineageStep, PostalCode, Units, UnitsError};
