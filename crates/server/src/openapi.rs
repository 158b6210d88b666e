//! The `OpenAPI` 3.1 description, gathered from the routes.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{error::Problem, routes};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "diachiso",
        description = "Digital-address coverage of households: figures anyone can re-derive, and the list of \
                       who is missing and why. Maps and figures are public and hold no personal field; lists \
                       and rows need a token.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(
        routes::coverage::coverage,
        routes::check::check_file,
        routes::check::check_one,
        routes::areas::areas,
        routes::units::find,
        routes::reverse::reverse,
        routes::reverse::code,
        routes::gaps::gaps,
        routes::geocode::geocode,
        routes::geocode::geocode_posted,
        routes::geocode::suggest,
        routes::geocode::batch,
        routes::submissions::submission,
        routes::explain::explain,
        routes::places::place,
        routes::proposals::proposals,
        routes::proposals::proposal,
        routes::report::report,
        routes::rules::rules,
        routes::tiles::tile,
        routes::tiles::tile_json,
        routes::ogc::landing,
        routes::ogc::conformance,
        routes::ogc::collections,
        routes::ogc::collection,
        routes::ogc::queryables,
        routes::ogc_items::items,
        routes::ogc_items::item,
        routes::ogc_tiles::schemes,
        routes::ogc_tiles::scheme,
        routes::ogc_tiles::tilesets,
        routes::ogc_tiles::tileset,
        routes::ogc_tiles::tile,
        routes::health::healthz,
        routes::health::readyz,
        routes::health::metrics,
    ),
    components(schemas(Problem)),
    modifiers(&Token),
    tags(
        (name = "coverage", description = "Figures by unit"),
        (name = "units", description = "Administrative units of every day since 2011; what lies at a point, what a code says"),
        (name = "geocode", description = "Addresses to places; with a token down to houses of households"),
        (name = "gaps", description = "Households without coverage; personal data"),
        (name = "rows", description = "Submissions and what the rules noticed; personal data, but for the rule table"),
        (name = "check", description = "What would come of a file or of one submission; nothing is kept"),
        (name = "tiles", description = "Vector tiles"),
        (name = "features", description = "OGC API – Features and Tiles: communes and villages with their figures"),
        (name = "operation", description = "For those who run the server"),
    )
)]
struct Api;

struct Token;

impl Modify for Token {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let mut scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        scheme.description = Some("`diachiso token` makes one; `diachiso demo` prints one.".into());
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The `OpenAPI` 3.1 description of [`crate::app`].
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
