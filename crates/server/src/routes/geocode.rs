//! Addresses to places: one, as somebody types, and many at a time.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use diachiso_geocode::{Audience, Query as Asked, Scratch};
use diachiso_pipeline::parse_point;
use diachiso_spatial::address_code::AddressCode;
use diachiso_text::code::clean_code;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use utoipa::{IntoParams, ToSchema};

use super::{
    geocode_body::{AnswerBody, SuggestionBody},
    submissions::NOT_KEPT,
};
use crate::{
    AppState,
    access::{Access, Scope},
    error::{ApiError, Problem},
    extract::Query,
    geocoder::Geocoder,
    params,
};

/// Longest address, in characters.
const MAX_TEXT_CHARS: usize = 400;
/// Longest line of a batch, in bytes: columns of the longest address, with the signs of JSON around them.
const MAX_LINE_BYTES: usize = 16 << 10;
/// Most lines of a batch: every household of the province several times.
const MAX_LINES: usize = 5_000_000;
/// Addresses of a batch that are answered together.
const CHUNK: usize = 1_000;
/// Chunks answered before the client has taken them.
const CHUNKS_AHEAD: usize = 2;
/// Suggestions when nothing is said, and at most.
const SUGGESTIONS: (u32, u32) = (10, diachiso_geocode::MAX_SUGGESTIONS as u32);
/// Media type of lines of JSON.
const NDJSON: &str = "application/x-ndjson";

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/v1/geocode", get(geocode).post(geocode_posted))
        .route("/api/v1/suggest", get(suggest))
}

/// The route for many addresses, which alone reads without an end.
pub(crate) fn batch_router() -> Router<AppState> {
    Router::new().route("/api/v1/geocode/batch", post(batch))
}

/// An address, in one text or in columns.
#[derive(Deserialize, Default, IntoParams, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct PostalAddress {
    /// Free text: `22/31 Cao Bá Quát, P. Gia Hội`.
    q: String,
    /// House number, perhaps with its alley.
    number: String,
    /// Alley (kiệt).
    alley: String,
    /// Street.
    street: String,
    /// Village or urban group.
    village: String,
    /// Commune: name or code.
    commune: String,
    /// District.
    district: String,
    /// Day on which the address was written; default today.
    #[param(value_type = Option<String>, format = Date)]
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<String>,
    /// Latitude and longitude in degrees near which it is, `16.47,107.59`.
    point: Option<String>,
    /// An address code or a postal code of the place.
    address_code: Option<String>,
}

impl PostalAddress {
    /// Looks for the address.
    fn answer(
        &self,
        geocoder: &Geocoder,
        audience: Audience,
        scratch: &mut Scratch,
    ) -> Result<AnswerBody, ApiError> {
        let columns = [
            ("q", &self.q),
            ("number", &self.number),
            ("alley", &self.alley),
            ("street", &self.street),
            ("village", &self.village),
            ("commune", &self.commune),
            ("district", &self.district),
        ];
        for (name, text) in columns {
            params::short(name, text, MAX_TEXT_CHARS)?;
        }
        let on = params::date("on", self.on.as_deref())?;
        let point = self.point.as_deref().map(|text| {
            parse_point(text).ok_or_else(|| params::refused("point", text, "16.47,107.59"))
        });
        let within = point.transpose()?.and_then(|point| {
            geocoder.reference.boundaries.locate(point, on.unwrap_or(geocoder.index().today()))
        });
        let postal = self.address_code.as_deref().map(|text| {
            let code = clean_code(text);
            let alone = code.parse().ok().filter(|_| code.len() == 5);
            alone.or_else(|| AddressCode::parse(&code)?.postal()).ok_or_else(|| {
                params::refused("address_code", text, "49116 | 4911612345 | 491167P5C4HX")
            })
        });
        let query = Asked {
            text: &self.q,
            number: &self.number,
            alley: &self.alley,
            street: &self.street,
            village: &self.village,
            commune: &self.commune,
            district: &self.district,
            postal: postal.transpose()?,
            within,
            on,
            audience,
        };
        let answer = geocoder.geocode(&query, scratch).map_err(|error| {
            let text = error.to_string();
            let (vi, en) = text.split_once(" / ").unwrap_or((&text, &text));
            ApiError::bad(vi.to_owned(), en.to_owned())
        })?;
        Ok(AnswerBody::of(geocoder.index(), &answer))
    }
}

/// What a caller may be told of known houses of households.
#[derive(Clone)]
enum Hearer {
    /// What anybody may.
    Anybody,
    /// What lies where the grants hold; of addresses that lie elsewhere what anybody may.
    Entitled(Access),
}

impl Hearer {
    /// With the areas of the grants resolved.
    async fn of(access: &Access, state: &AppState) -> Result<Self, ApiError> {
        if !access.entitled() {
            return Ok(Self::Anybody);
        }
        access.scope(state).await?;
        Ok(Self::Entitled(access.clone()))
    }

    /// The answer that the hearer may be given.
    fn answer(
        &self,
        address: &PostalAddress,
        geocoder: &Geocoder,
        scratch: &mut Scratch,
    ) -> Result<AnswerBody, ApiError> {
        if let Self::Entitled(access) = self {
            let mut full = address.answer(geocoder, Audience::Entitled, scratch)?;
            let today = geocoder.index().today();
            if access.resolved().is_some_and(|scope| {
                scope.everywhere() || full.keep_where(|code| scope.unit(code, today))
            }) {
                return Ok(full);
            }
        }
        address.answer(geocoder, Audience::Public, scratch)
    }

    /// Whose suggestions: those of all areas, or anybody's.
    fn audience(&self) -> Audience {
        match self {
            Self::Entitled(access) if access.resolved().is_some_and(Scope::everywhere) => {
                Audience::Entitled
            }
            _ => Audience::Public,
        }
    }
}

/// An answer, kept by nobody and on record where it may tell of households.
fn answered_to(access: &Access, rows: usize, response: Response) -> Response {
    if access.entitled() {
        (access.told("", rows), private(true, response)).into_response()
    } else {
        private(false, response)
    }
}

/// The places that an address may mean, best first, with the uncertainty of each.
///
/// Without a token houses are answered from reference files alone, and streets and villages by the middle of five
/// households at least: where households live is personal data.
#[utoipa::path(
    get, path = "/api/v1/geocode", tag = "geocode", params(PostalAddress), security((), ("token" = [])),
    responses(
        (status = 200, body = AnswerBody, description = "Candidates; none where nothing is known by these names"),
        (status = 400, body = Problem, description = "A parameter that cannot be read, or too long a text"),
        (status = 401, body = Problem, description = "A token that does not hold"),
    )
)]
pub(crate) async fn geocode(
    State(state): State<AppState>,
    access: Access,
    Query(address): Query<PostalAddress>,
) -> Result<Response, ApiError> {
    let geocoder = state.geocoder().await?;
    let hearer = Hearer::of(&access, &state).await?;
    let answer = hearer.answer(&address, &geocoder, &mut Scratch::default())?;
    let rows = answer.len();
    Ok(answered_to(&access, rows, Json(answer).into_response()))
}

/// As the question by GET, with the address in the body, where no log of URLs sees it.
#[utoipa::path(
    post, path = "/api/v1/geocode", tag = "geocode", security((), ("token" = [])),
    request_body(content = PostalAddress, description = "The address"),
    responses(
        (status = 200, body = AnswerBody, description = "Candidates; none where nothing is known by these names"),
        (status = 400, body = Problem, description = "A body that cannot be read, or too long a text"),
        (status = 401, body = Problem, description = "A token that does not hold"),
    )
)]
pub(crate) async fn geocode_posted(
    state: State<AppState>,
    access: Access,
    body: Bytes,
) -> Result<Response, ApiError> {
    let address = Line::Text(body.into()).read().map_err(|error| {
        let (vi, en) = error.split_once(" / ").unwrap_or((&error, &error));
        ApiError::bad(vi.to_owned(), en.to_owned())
    })?;
    geocode(state, access, Query(address)).await
}

/// What is typed so far.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Typed {
    /// The text as far as it is typed.
    q: String,
    /// Suggestions, 1 to 20. Default 10.
    #[param(minimum = 1, maximum = 20)]
    limit: Option<u32>,
}

/// What somebody who is typing may mean.
#[derive(Serialize, ToSchema)]
pub(crate) struct Suggestions {
    /// Suggestions, the likelier first.
    suggestions: Vec<SuggestionBody>,
}

/// Completions of an address as it is typed: streets, villages, communes of all periods.
#[utoipa::path(
    get, path = "/api/v1/suggest", tag = "geocode", params(Typed), security((), ("token" = [])),
    responses(
        (status = 200, body = Suggestions, description = "Suggestions, the likelier first"),
        (status = 400, body = Problem, description = "A parameter that cannot be read, or too long a text"),
        (status = 401, body = Problem, description = "A token that does not hold"),
    )
)]
pub(crate) async fn suggest(
    State(state): State<AppState>,
    access: Access,
    Query(typed): Query<Typed>,
) -> Result<Response, ApiError> {
    params::short("q", &typed.q, MAX_TEXT_CHARS)?;
    let limit = params::limit(typed.limit, SUGGESTIONS.0, SUGGESTIONS.1)? as usize;
    let geocoder = state.geocoder().await?;
    let audience = Hearer::of(&access, &state).await?.audience();
    let found = geocoder
        .complete(&typed.q, limit, audience, &mut Scratch::default())
        .map_err(|error| ApiError::bad(error.to_string(), error.to_string()))?;
    let suggestions: Vec<_> =
        found.iter().map(|s| SuggestionBody::of(geocoder.index(), s)).collect();
    let rows = suggestions.len();
    Ok(answered_to(&access, rows, Json(Suggestions { suggestions }).into_response()))
}

/// A line of the answer to many addresses.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum AnsweredLine {
    /// What the address came to.
    Answered(Box<AnswerBody>),
    /// The line was no address.
    Refused {
        /// Why, in Vietnamese and English.
        error: String,
    },
}

/// Many addresses: a line of JSON each, answered by a line each, in order, while they come.
///
/// A line that cannot be read is answered by a line `{"error": …}` in its place. Needs a token.
#[utoipa::path(
    post, path = "/api/v1/geocode/batch", tag = "geocode", security(("token" = [])),
    request_body(content = Option<PostalAddress>, content_type = "application/x-ndjson", description = "One address a line"),
    responses(
        (status = 200, body = AnsweredLine, content_type = "application/x-ndjson", description = "One answer a line, in order"),
        (status = 401, body = Problem, description = "No token that holds"),
    )
)]
pub(crate) async fn batch(
    access: Access,
    State(state): State<AppState>,
    body: Body,
) -> Result<Response, ApiError> {
    let geocoder = state.geocoder().await?;
    let hearer = Hearer::of(&access, &state).await?;
    let (send, receive) = mpsc::channel::<Result<Bytes, std::io::Error>>(CHUNKS_AHEAD);
    tokio::spawn(async move {
        let mut incoming = body.into_data_stream();
        let mut lines = Lines::default();
        let mut taken = 0;
        while let Some(data) = incoming.next().await {
            let Ok(data) = data else {
                let _ = send.send(Err(std::io::Error::other("the request broke off"))).await;
                return;
            };
            lines.push(&data);
            while lines.ready.len() >= CHUNK {
                let rest = lines.ready.split_off(CHUNK);
                taken += CHUNK;
                if taken > MAX_LINES {
                    let text = format!("more than {MAX_LINES} lines: send them in parts");
                    let _ = send.send(Err(std::io::Error::other(text))).await;
                    return;
                }
                let chunk = std::mem::replace(&mut lines.ready, rest);
                if !answered(&geocoder, &hearer, chunk, &send).await {
                    return;
                }
            }
        }
        lines.finish();
        let _ = answered(&geocoder, &hearer, lines.ready, &send).await;
    });
    let body = Body::from_stream(ReceiverStream::new(receive));
    let response = ([(header::CONTENT_TYPE, NDJSON)], body).into_response();
    // How many lines come is not known yet: the record is of the question.
    Ok(answered_to(&access, 0, response))
}

/// Answers a chunk of lines; whether somebody still listens.
async fn answered(
    geocoder: &Arc<Geocoder>,
    hearer: &Hearer,
    chunk: Vec<Line>,
    send: &mpsc::Sender<Result<Bytes, std::io::Error>>,
) -> bool {
    if chunk.is_empty() {
        return true;
    }
    let (geocoder, hearer) = (Arc::clone(geocoder), hearer.clone());
    let work = move || {
        let mut out = Vec::with_capacity(chunk.len() * 512);
        let mut scratch = Scratch::default();
        for line in chunk {
            let answer = line.read().and_then(|address| {
                hearer.answer(&address, &geocoder, &mut scratch).map_err(|error| error.to_string())
            });
            let line = match answer {
                Ok(answer) => AnsweredLine::Answered(Box::new(answer)),
                Err(error) => AnsweredLine::Refused { error },
            };
            let written = serde_json::to_writer(&mut out, &line);
            if written.is_ok() {
                out.push(b'\n');
            }
        }
        Bytes::from(out)
    };
    if let Ok(bytes) = tokio::task::spawn_blocking(work).await {
        return send.send(Ok(bytes)).await.is_ok();
    }
    let _ = send.send(Err(std::io::Error::other("an answer could not be made"))).await;
    false
}

/// A line of a batch.
enum Line {
    Text(Vec<u8>),
    TooLong,
}

impl Line {
    fn read(&self) -> Result<PostalAddress, String> {
        match self {
            Self::Text(text) => serde_json::from_slice(text).map_err(|error| {
                // The words of the error name places in the line, not what stands there.
                format!(
                    "không đọc được / not JSON of an address: line {}, column {}",
                    error.line(),
                    error.column()
                )
            }),
            Self::TooLong => {
                Err(format!("dòng quá dài / a line of more than {MAX_LINE_BYTES} bytes"))
            }
        }
    }
}

/// Bytes cut into lines, with bounded memory for one that never ends.
#[derive(Default)]
struct Lines {
    open: Vec<u8>,
    skipping: bool,
    ready: Vec<Line>,
}

impl Lines {
    fn push(&mut self, data: &[u8]) {
        for part in data.split_inclusive(|byte| *byte == b'\n') {
            let (text, ended) = part.strip_suffix(b"\n").map_or((part, false), |text| (text, true));
            if self.open.len() + text.len() > MAX_LINE_BYTES {
                self.skipping = true;
                self.open.clear();
            }
            if !self.skipping {
                self.open.extend_from_slice(text);
            }
            if ended {
                self.finish();
            }
        }
    }

    /// Ends the open line; blank ones are left out.
    fn finish(&mut self) {
        if self.skipping {
            self.ready.push(Line::TooLong);
        } else if !self.open.trim_ascii().is_empty() {
            self.ready.push(Line::Text(std::mem::take(&mut self.open)));
        }
        self.open.clear();
        self.skipping = false;
    }
}

/// Answers that hold personal data are kept by nobody.
fn private(personal: bool, response: Response) -> Response {
    if personal { (NOT_KEPT, response).into_response() } else { response }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_cut_into_lines_wherever_they_break_off() {
        let text = b"{\"q\":\"a\"}\n\n  \n{\"q\":\"b\"}\r\n{\"q\":\"c\"}";
        for at in 0..text.len() {
            let mut lines = Lines::default();
            lines.push(&text[..at]);
            lines.push(&text[at..]);
            lines.finish();
            let read: Vec<String> =
                lines.ready.iter().map(|line| line.read().expect("an address").q).collect();
            assert_eq!(read, ["a", "b", "c"], "cut at {at}");
        }
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory_and_one_answer() {
        let mut lines = Lines::default();
        for _ in 0..100 {
            lines.push(&[b'x'; 1024]);
            assert!(lines.open.len() <= MAX_LINE_BYTES);
        }
        lines.push(b"\n{\"q\":\"a\"}\n");
        assert_eq!(lines.ready.len(), 2);
        assert!(lines.ready[0].read().is_err() && lines.ready[1].read().is_ok());
    }
}
