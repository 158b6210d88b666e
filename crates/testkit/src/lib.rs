//! For tests only: fixtures by name, the real data's folder, fresh databases, seeded numbers.
//!
//! Everything here panics with a sentence that says what is missing and how to get it: a test that cannot
//! reach what it needs fails, it never skips. Nothing depends on this crate but the tests of other crates;
//! the tests of this one keep the house (`tests/architecture.rs`).

mod files;
mod pg_database;
mod rng;

pub use files::{fixture, real_data, temp_dir, workspace_root};
pub use pg_database::PgDatabase;
pub use rng::Rng;
