//! One submission with what the rules noticed.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use diachiso_model::{Finding, RuleCode, Severity, SubmissionId, SuggestedPosition};
use diachiso_store::{FindingView, SubmissionView, Thing};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    AppState,
    access::Access,
    error::{ApiError, Problem},
    extract::Path,
};

/// Header of every answer with personal data: kept by nobody on the way.
pub(crate) const NOT_KEPT: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/api/v1/submissions/{id}", get(submission))
}

/// A submission. Personal data.
#[derive(Serialize, ToSchema)]
pub(crate) struct Submission {
    /// Its name: a hash of what it says.
    id: String,
    /// File that brought it.
    file: String,
    /// Row in that file, from 1.
    row: u32,
    /// `accepted`, `held`, `duplicate` or `rejected`.
    verdict: &'static str,
    /// The verdict in Vietnamese.
    verdict_vi: &'static str,
    /// The submission that it repeats.
    master: Option<String>,
    /// Its place, at `/api/v1/places/{id}`: the oldest submission of the same household.
    place: String,
    /// The register household that it was matched to.
    household: Option<Match>,
    /// Head of the household.
    head: String,
    /// Digital address code; empty when none.
    code: String,
    /// Address in one line.
    address: String,
    /// Village as stated.
    village: String,
    /// Commune's code on the day of collection.
    commune: Option<String>,
    /// Phone with its middle digits masked.
    #[schema(example = "0905***123")]
    phone: Option<String>,
    /// Persons.
    members: Option<u16>,
    /// Position.
    pub(crate) point: Option<Point>,
    /// Precision class, `A` to `E`.
    precision: Option<String>,
    /// Day of collection.
    #[schema(format = Date)]
    collected_on: Option<String>,
    /// Who collected.
    collector: String,
    /// What the rules noticed.
    findings: Vec<FindingBody>,
}

/// A match to a household of the register.
#[derive(Serialize, ToSchema)]
pub(crate) struct Match {
    /// Id inside the register.
    id: String,
    /// Weight of the evidence in bits.
    bits: f32,
}

/// A WGS 84 position in degrees.
#[derive(Serialize, ToSchema)]
pub(crate) struct Point {
    /// Degrees east.
    pub(crate) lon: f64,
    /// Degrees north.
    pub(crate) lat: f64,
}

/// One thing a rule noticed.
#[derive(Serialize, ToSchema)]
pub(crate) struct FindingBody {
    /// Rule code.
    pub(crate) code: &'static str,
    /// `E`, `R`, `W`, `F` or `I`.
    pub(crate) severity: &'static str,
    /// Key of the column; `null` for the row as a whole.
    pub(crate) field: Option<String>,
    /// Value as it came; phones and identity numbers masked.
    pub(crate) original: String,
    /// Value put in its place, or a suggestion.
    pub(crate) replacement: Option<String>,
    /// Where the household is likely to be, read from `replacement`; of missing coordinates (G07) alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suggested: Option<Suggested>,
    /// Message in Vietnamese.
    pub(crate) message_vi: &'static str,
    /// Message in English.
    pub(crate) message_en: &'static str,
    /// What to do, in Vietnamese; may be empty.
    pub(crate) advice_vi: &'static str,
    /// What to do, in English; may be empty.
    pub(crate) advice_en: &'static str,
}

/// Where the geocoder thinks that a household is: nobody stood there.
#[derive(Serialize, ToSchema)]
pub(crate) struct Suggested {
    /// Degrees north.
    lat: f64,
    /// Degrees east.
    lon: f64,
    /// Metres around it within which the house is in nine of ten cases.
    radius_m: u32,
    /// `C` by neighbours or house number, `D` the village's middle, `E` the commune's.
    precision: &'static str,
}

impl From<SuggestedPosition> for Suggested {
    fn from(suggested: SuggestedPosition) -> Self {
        Self {
            lat: suggested.point.lat(),
            lon: suggested.point.lon(),
            radius_m: suggested.radius_m,
            precision: suggested.class.as_str(),
        }
    }
}

impl From<FindingView> for FindingBody {
    fn from(finding: FindingView) -> Self {
        let FindingView { code, severity, field, original, replacement } = finding;
        Self::new(code, severity, field.as_deref(), &original, replacement.as_deref())
    }
}

impl From<Finding> for FindingBody {
    fn from(finding: Finding) -> Self {
        let Finding { code, severity, field, original, replacement } = finding;
        Self::new(code, severity, field, &original, replacement.as_deref())
    }
}

impl FindingBody {
    fn new(
        code: RuleCode,
        severity: Severity,
        field: Option<&str>,
        original: &str,
        replacement: Option<&str>,
    ) -> Self {
        let rule = code.rule();
        let shown: fn(&str) -> String = match field {
            Some("phone") => mask_digits,
            Some("identity") => last_three,
            _ => str::to_owned,
        };
        Self {
            code: code.as_str(),
            severity: severity.letter(),
            original: shown(original),
            replacement: replacement.map(shown),
            suggested: replacement
                .filter(|_| code == RuleCode::G07)
                .and_then(|text| text.parse().ok())
                .map(SuggestedPosition::into),
            field: field.map(Into::into),
            message_vi: rule.vi,
            message_en: rule.en,
            advice_vi: rule.advice_vi,
            advice_en: rule.advice_en,
        }
    }
}

impl From<SubmissionView> for Submission {
    fn from(s: SubmissionView) -> Self {
        Self {
            id: s.id.to_string(),
            file: s.file.into(),
            row: s.row,
            verdict: s.verdict.as_str(),
            verdict_vi: s.verdict.vi(),
            master: s.master.map(|m| m.to_string()),
            place: s.place.to_string(),
            household: s.household.map(|(id, bits)| Match { id: id.into(), bits }),
            head: s.head.into(),
            code: s.code.into(),
            address: s.address.into(),
            village: s.village.into(),
            commune: s.commune.map(|c| c.to_string()),
            phone: s.phone.map(mask_phone),
            members: s.members,
            point: s.point.map(|p| Point { lon: p.lon(), lat: p.lat() }),
            precision: s.precision.map(Into::into),
            collected_on: s.collected_on.map(|d| d.to_string()),
            collector: s.collector.into(),
            findings: s.findings.into_iter().map(Into::into).collect(),
        }
    }
}

impl Submission {
    /// As those read it who need not know whose it is: the head in initials, without address, code, position and the
    /// values that the rules looked at.
    fn mask(&mut self) {
        self.head = mask_name(&self.head);
        self.collector = mask_name(&self.collector);
        self.household = None;
        self.address.clear();
        self.code.clear();
        self.point = None;
        for finding in &mut self.findings {
            finding.original.clear();
            finding.replacement = None;
        }
    }
}

/// Most consonants before a vowel, as in *Nghiêm*.
const MAX_ONSET: usize = 3;

/// A name as people may read it: `Ng. V. H.`, of the first word all consonants, of the others the first letter.
fn mask_name(name: &str) -> String {
    let consonants = |word: &str| {
        let plain = diachiso_text::fold::unaccent_key(word);
        plain.chars().take_while(|c| !"aeiouy".contains(*c)).count().clamp(1, MAX_ONSET)
    };
    let short = |(at, word): (usize, &str)| {
        let letters = if at == 0 { consonants(word) } else { 1 };
        let shown: String = word.chars().take(letters).collect();
        format!("{shown}.")
    };
    name.split_whitespace().enumerate().map(short).collect::<Vec<_>>().join(" ")
}

/// A phone as people may read it: `0905***123`.
fn mask_phone(national: u64) -> String {
    mask_digits(&format!("0{national}"))
}

/// All but the first four and the last three digits of a number masked; one of seven digits or fewer wholly.
pub(super) fn mask_digits(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        0 => text.to_owned(),
        1..=7 => "***".to_owned(),
        n => digits[..4].iter().chain(&['*', '*', '*']).chain(&digits[n - 3..]).collect(),
    }
}

/// An identity number as people may read it: its last three digits.
pub(super) fn last_three(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    let shown = digits.len().saturating_sub(3).max(digits.len().min(6));
    std::iter::once("***".to_owned()).chain(digits[shown..].iter().map(char::to_string)).collect()
}

/// One submission with its findings.
#[utoipa::path(
    get, path = "/api/v1/submissions/{id}", tag = "rows", security(("token" = [])),
    params(("id" = String, Path, description = "32 hexadecimal digits")),
    responses(
        (status = 200, body = Submission),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "There was such a submission; `successor` says where it belongs now"),
    )
)]
pub(crate) async fn submission(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let missing = || ApiError::missing("Không có phiếu này", "there is no such submission");
    let id: SubmissionId = id.parse().map_err(|_| missing())?;
    let Some(found) = state.rows(&access).await?.submission(id).await? else {
        // The store may keep from a caller what lies elsewhere.
        if state.store().submission(id).await?.is_some() {
            return Err(ApiError::forbidden_area());
        }
        let thing = Thing::Submission;
        return Err(ApiError::gone_or(state.store(), thing, &id.to_string(), missing).await);
    };
    if !access.scope(&state).await?.submission(&found) {
        return Err(ApiError::forbidden_area());
    }
    let mut body = Submission::from(found);
    if !access.names() {
        body.mask();
    }
    Ok((access.told(id.to_string(), 1), NOT_KEPT, Json(body)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(mask_digits(text), expected);
    }

    #[test]
    fn the_middle_of_a_phone_is_masked_however_it_was_written() {
        check("0905123123", "0905***123");
        check("+84 905 123 123", "8490***123");
        check("12345", "***");
        check("không có", "không có");
        assert_eq!(last_three("046085 001 234"), "***234");
        assert_eq!(last_three("1234"), "***");
        assert_eq!(mask_phone(905_123_123), "0905***123");
    }

    #[test]
    fn a_name_is_masked_to_its_first_letters() {
        assert_eq!(mask_name("Nguyễn Văn Hùng"), "Ng. V. H.");
        assert_eq!(mask_name("Ân Thị Ơn"), "Â. T. Ơ.");
        assert_eq!(mask_name("Đặng"), "Đ.");
        assert_eq!(mask_name(""), "");
    }
}
