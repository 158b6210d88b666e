//! One file per resource.

use axum::Router;

use crate::AppState;

pub(crate) mod areas;
pub(crate) mod batch_events;
pub(crate) mod batch_orders;
pub(crate) mod batches;
mod brought;
pub(crate) mod check;
pub(crate) mod check_columns;
pub(crate) mod course;
pub(crate) mod coverage;
mod coverage_area;
pub(crate) mod docs;
pub(crate) mod erasures;
pub(crate) mod explain;
pub(crate) mod exports;
pub(crate) mod gaps;
pub(crate) mod geocode;
pub(crate) mod geocode_body;
pub(crate) mod hand_in;
pub(crate) mod health;
pub(crate) mod ogc;
pub(crate) mod ogc_items;
pub(crate) mod ogc_tiles;
pub(crate) mod orders;
pub(crate) mod places;
pub(crate) mod proposals;
pub(crate) mod registers;
pub(crate) mod report;
pub(crate) mod results;
pub(crate) mod results_book;
pub(crate) mod reverse;
pub(crate) mod review;
pub(crate) mod review_body;
pub(crate) mod review_decide;
pub(crate) mod rules;
pub(crate) mod runs;
pub(crate) mod saved_areas;
pub(crate) mod side_by_side;
pub(crate) mod submissions;
pub(crate) mod tiles;
pub(crate) mod units;
pub(crate) mod web;

/// All of them.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .merge(areas::router())
        .merge(batches::router())
        .merge(check::router())
        .merge(course::router())
        .merge(coverage::router())
        .merge(docs::router())
        .merge(erasures::router())
        .merge(explain::router())
        .merge(exports::router())
        .merge(gaps::router())
        .merge(geocode::router())
        .merge(health::router())
        .merge(ogc::router())
        .merge(ogc_items::router())
        .merge(ogc_tiles::router())
        .merge(orders::router())
        .merge(places::router())
        .merge(proposals::router())
        .merge(registers::router())
        .merge(report::router())
        .merge(results_book::router())
        .merge(reverse::router())
        .merge(review::router())
        .merge(review_decide::router())
        .merge(rules::router())
        .merge(runs::router())
        .merge(saved_areas::router())
        .merge(side_by_side::router())
        .merge(submissions::router())
        .merge(tiles::router())
        .merge(units::router())
        .merge(web::router())
}
