//! The rule table, so that nobody has to copy it.

use axum::{Json, Router, routing::get};
use diachiso_model::{Profile, RULE_VERSION, Rule};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/rules", get(rules))
}

/// The rules of this program.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rules {
    /// Version of the table; published runs name the one they were made with.
    version: u32,
    /// The rules, in the order of their codes.
    rules: Vec<RuleBody>,
}

/// One rule.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleBody {
    /// Code; never changes meaning.
    #[schema(example = "G09")]
    code: &'static str,
    /// `E` rejects, `R` holds for a person, `W` flags, `F` repairs, `I` informs.
    severity: &'static str,
    /// The same in the strict profile.
    severity_strict: &'static str,
    /// The same in the relaxed profile.
    severity_relaxed: &'static str,
    /// Message in Vietnamese.
    message_vi: &'static str,
    /// Message in English.
    message_en: &'static str,
    /// What to do about it, in Vietnamese; may be empty.
    advice_vi: &'static str,
    /// What to do about it, in English; may be empty.
    advice_en: &'static str,
}

/// The rule table.
#[utoipa::path(
    get, path = "/api/v1/rules", tag = "rows",
    responses((status = 200, body = Rules, description = "All rules"))
)]
pub(crate) async fn rules() -> Json<Rules> {
    let body = |rule: &Rule| RuleBody {
        code: rule.code.as_str(),
        severity: rule.severity.letter(),
        severity_strict: Profile::Strict.severity(rule.code).letter(),
        severity_relaxed: Profile::Relaxed.severity(rule.code).letter(),
        message_vi: rule.vi,
        message_en: rule.en,
        advice_vi: rule.advice_vi,
        advice_en: rule.advice_en,
    };
    Json(Rules { version: RULE_VERSION, rules: Rule::table().iter().map(body).collect() })
}
