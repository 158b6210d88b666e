//! The tile and JSON API: the only crate that knows HTTP.
//!
//! [`app`] is the seam: it makes a router of a state, and everything else (tests included) asks that router.
//! What people may see without a token holds no personal field; tokens come in a header, never in a URL.
//!
//! ```text
//! access    who may what: one table, asked before any handler; what was told to whom goes on record
//! routes/   one file per resource: parse, ask, answer
//! aside     what reads all of a state, off the threads that answer
//! listen    connections: how many, and how long one may say nothing
//! kept      answers that are a function of the run, made once and kept packed
//! snapshot  what tiles and menus are made of, held in memory, swapped when a new run is published
//! tiles     vector tiles out of the snapshot, kept compressed
//! walk      gap rows village by village with hints where to look, in walking order
//! ```

mod access;
mod area;
mod aside;
mod checker;
mod clock;
mod download;
mod error;
mod explain;
mod extract;
mod geocoder;
mod http;
mod kept;
mod limits;
mod listen;
mod locators;
mod metrics;
mod ogc;
mod openapi;
mod origin;
mod paging;
mod params;
mod public_map;
mod routes;
mod snapshot;
mod state;
mod tiles;
mod token;
mod waiting;
mod walk;
mod weighed;

pub use access::{ClaimRule, ClaimRuleError, OidcConfig, OidcError, roles_table, sweep_exports};
pub use checker::{CheckerError, checker_of};
pub use error::{ApiError, Problem};
pub use explain::{
    DecidedBody, ExplainError, ExplainedHousehold, ExplainedPair, ExplainedSubmission, Explanation,
    Named, PartBody, ScoreBody, find, gone, whom_named,
};
pub use geocoder::{Geocoder, geocoder, suggester_of};
pub use http::app;
pub use limits::Limits;
pub use listen::serve;
pub use openapi::openapi;
pub use public_map::{PublicLayer, PublicMap};
pub use routes::{
    check::FileCheckBody,
    geocode_body::AnswerBody,
    proposals::ProposalsBody,
    reverse::{AddressBody, CodeBody, PlaceBody, nearest_address},
    units::FoundUnitBody,
};
pub use state::{AppState, Clock, Reproduce, Reproduced};
pub use token::new_token;
