//! The API as its clients see it, over a real `GeoPackage`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod areas;
mod audit;
mod check;
mod coverage;
mod explain;
mod exports;
mod gaps;
mod geocode;
mod limits;
mod ogc;
mod ogc_gdal;
mod oidc;
mod pages;
mod places;
mod proposals;
mod requirements;
mod reverse;
mod rows;
mod schemas;
mod side_by_side;
mod state;
mod tiles;
mod units;
