//! Seeded synthetic registers and submissions with ground truth, streamed at any size.
//!
//! [`generate`] turns a [`Config`] into rows for an [`Output`]; [`Files`] is one that writes a
//! directory of csv and xlsx files as people hand them in, with the truth beside them.
//!
//! Every household is a function of (seed, village, place in the village), through hashes instead of
//! a running generator: the totals are shared out over villages beforehand, and each village is made
//! alone, on any thread. So thirty million households take no more memory than a thousand.
//!
//! Within a village no two households agree in both the head's name and the address, but for the
//! pairs that are ambiguous on purpose ([`Dirt::Ambiguous`]).

mod addresses;
mod config;
mod dirt;
mod error;
mod files;
mod generate;
mod ground;
mod linkage;
mod people;
mod places;
mod plan;
mod project;
mod random;
mod row;
mod settle;
mod sheet;
mod submission;
pub mod truth;
mod village;
mod words;

pub use addresses::{
    AddressCommune, AddressHouse, AddressNoise, AddressPlan, AddressVillage, AddressWorld,
    WrittenAddress, addresses,
};
pub use config::{CommuneInput, Config, HOUSEHOLDS, REPEAT_DAYS_MAX, Targets, quang_dien};
pub use dirt::{Dirt, DirtProfile, DirtRow, Place, Touch};
pub use error::SynthError;
pub use files::{Files, RegisterLayout, Written};
pub use generate::{Output, Summary, generate};
pub use linkage::{LINKAGE_COLUMNS, linkage};
pub use row::{
    Batch, Cells, REGISTER_COLUMNS, RegisterRow, SUBMISSION_COLUMNS, SubmissionRow, Truth,
};
