//! The API as its clients see it, over a real `GeoPackage`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod audit;
mod check;
mod coverage;
mod explain;
mod gaps;
mod geocode;
mod limits;
mod ogc;
mod oidc;
mod pages;
mod places;
mod proposals;
mod reverse;
mod rows;
mod state;
mod tiles;
mod units;
