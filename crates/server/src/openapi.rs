//! The `OpenAPI` 3.1 description, gathered from the routes.

use serde_json::json;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr, ResponseBuilder,
        path::{Operation as Described, Parameter, ParameterIn},
        schema::{KnownFormat, Schema, SchemaFormat, SchemaType, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    access::{Operation, operation},
    error::{PROBLEM_JSON, Problem},
    routes,
};

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
        routes::course::course,
        routes::side_by_side::registers,
        routes::check::check_file,
        routes::check::check_one,
        routes::check_columns::columns,
        routes::areas::areas,
        routes::saved_areas::area,
        routes::saved_areas::save,
        routes::saved_areas::remove,
        routes::units::find,
        routes::reverse::reverse,
        routes::reverse::code,
        routes::exports::export,
        routes::gaps::gaps,
        routes::geocode::geocode,
        routes::geocode::geocode_posted,
        routes::geocode::suggest,
        routes::geocode::batch,
        routes::hand_in::submit,
        routes::submissions::submission,
        routes::batches::hand_in,
        routes::batches::batches,
        routes::batches::batch,
        routes::batch_events::events,
        routes::runs::runs,
        routes::runs::run,
        routes::batch_orders::withdraw,
        routes::batch_orders::publish,
        routes::batch_orders::discard,
        routes::erasures::erase,
        routes::explain::explain,
        routes::places::place,
        routes::proposals::proposals,
        routes::proposals::proposal,
        routes::registers::registers,
        routes::registers::compare,
        routes::registers::households,
        routes::report::report,
        routes::orders::order,
        routes::results::hand_in,
        routes::results_book::results,
        routes::results_book::approve,
        routes::results_book::refuse,
        routes::results_book::withdraw,
        routes::review::review,
        routes::review::item,
        routes::review_decide::claim,
        routes::review_decide::release,
        routes::review_decide::decide,
        routes::review_decide::undo,
        routes::rules::rules,
        routes::tiles::tile,
        routes::tiles::household_tile,
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
    modifiers(&Token, &Roles),
    tags(
        (name = "coverage", description = "Figures by unit"),
        (name = "units", description = "Administrative units of every day since 2011; what lies at a point, what a code says"),
        (name = "geocode", description = "Addresses to places; with a token down to houses of households"),
        (name = "registers", description = "The lists that coverage is measured against, side by side, and what changed in them"),
        (name = "gaps", description = "Households without coverage; personal data"),
        (name = "results", description = "What teams found at households of gap lists; personal data"),
        (name = "rows", description = "Submissions and what the rules noticed; personal data, but for the rule table"),
        (name = "review", description = "What waits for a person: looked at by one at a time, decided once; personal data"),
        (name = "batches", description = "Files handed in: kept, processed once, followed, withdrawn; what each run changed"),
        (name = "subjects", description = "What data subjects have a right to: that what is kept of them is erased"),
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

/// Says of each operation who may use it, from the table that the server goes by, and how it refuses the others.
struct Roles;

impl Modify for Roles {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut api.paths.paths {
            let route =
                if path.starts_with("/tiles/") { path.trim_end_matches(".json") } else { path };
            let methods = [
                ("GET", &mut item.get),
                ("POST", &mut item.post),
                ("PUT", &mut item.put),
                ("DELETE", &mut item.delete),
            ];
            for (method, described) in methods {
                if let (Some(described), Some(row)) = (described, operation(method, route)) {
                    describe(described, row);
                }
            }
        }
    }
}

fn describe(described: &mut Described, row: &Operation) {
    let names = |roles: &[diachiso_model::Role]| -> Vec<&str> {
        roles.iter().map(|r| r.as_str()).collect()
    };
    let extensions = described.extensions.get_or_insert_default();
    extensions.insert("x-roles".to_owned(), json!(names(row.who)));
    if !row.more.is_empty() {
        extensions.insert("x-roles-told-more".to_owned(), json!(names(row.more)));
    }
    extensions.insert("x-areas".to_owned(), json!(row.bound.as_str()));
    extensions.insert("x-personal-columns".to_owned(), json!(row.columns));
    let mut refusals =
        vec![("429", "Too many requests from one address; `Retry-After` says when to come again")];
    if !row.counted().is_empty() {
        refusals.push(("401", "A token that does not hold, or none where one is needed"));
        refusals.push((
            "503",
            "What is needed cannot be read, or what is told cannot be put on record; try again",
        ));
    }
    if !row.is_public() {
        refusals.push(("403", "The token has not the role, or not the area"));
    }
    // A parameter that is unknown or cannot be read is refused wherever there are any.
    let asked = described.request_body.is_some() || described.parameters.is_some();
    refusals.extend(asked.then_some(("400", "What is asked cannot be understood")));
    if described.request_body.is_some() {
        refusals.push(("413", "The body is longer than is taken in"));
    }
    for (status, words) in refusals {
        let schema = Some(Ref::from_schema_name("Problem"));
        let content = Content::new(schema);
        let response = ResponseBuilder::new().description(words).content(PROBLEM_JSON, content);
        described.responses.responses.entry(status.to_owned()).or_insert(response.build().into());
    }
    for (status, response) in &mut described.responses.responses {
        let refusal = status.starts_with(['4', '5']);
        if let (true, RefOr::T(response)) = (refusal, response)
            && let Some(content) = response.content.shift_remove("application/json")
        {
            response.content.insert(PROBLEM_JSON.to_owned(), content);
        }
    }
    for parameter in described.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            as_in_a_url(parameter);
        }
    }
}

/// What stands in a URL is text: what may be left out is not `null` there. And a `u32` is told as an `int32`, which ends at
/// half of it.
fn as_in_a_url(parameter: &mut Parameter) {
    if parameter.parameter_in != ParameterIn::Query {
        return;
    }
    let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema else { return };
    if let SchemaType::Array(types) = &mut object.schema_type {
        types.retain(|kind| *kind != Type::Null);
        if let [only] = types.as_slice() {
            object.schema_type = SchemaType::Type(only.clone());
        }
    }
    if object.format == Some(SchemaFormat::KnownFormat(KnownFormat::Int32)) {
        object.format = None;
        object.maximum.get_or_insert(u32::MAX.into());
    }
}

/// The `OpenAPI` 3.1 description of [`crate::app`].
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
