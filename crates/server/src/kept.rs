//! Answers that are a function of the run: made once, kept whole and compressed, with a strong tag of their bytes.

use std::{future::Future, io::Write as _, sync::Arc};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use quick_cache::{Weighter, sync::Cache};

use crate::{error::ApiError, weighed};

/// Kept answers, in bytes: coverage by village of a province of 1,400 villages is 1 MiB, and 70 KiB packed.
const CACHE_BYTES: u64 = 64 << 20;

/// Heavier answers are made each time.
const HEAVIEST_BYTES: u64 = 4 << 20;

/// Answers expected in the cache, for its tables.
const CACHE_ITEMS: usize = 1024;

/// Bytes of a hash that a tag tells; 128 bits.
const TAG_BYTES: usize = 16;

/// What was asked of which run.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Question {
    /// The snapshot whose run it was asked of.
    pub(crate) snapshot: u64,
    /// Everything else that the answer depends on.
    pub(crate) words: Box<str>,
}

/// An answer, ready to be sent.
#[derive(Debug)]
pub(crate) struct KeptAnswer {
    headers: HeaderMap,
    plain: Bytes,
    packed: Bytes,
    /// The tags of the two forms.
    tags: [HeaderValue; 2],
}

impl KeptAnswer {
    /// An answer with these headers; takes a few milliseconds a megabyte.
    pub(crate) fn new(headers: HeaderMap, plain: Vec<u8>) -> Result<Self, ApiError> {
        let mut packer = GzEncoder::new(Vec::with_capacity(plain.len() / 8), Compression::best());
        packer.write_all(&plain).map_err(ApiError::internal)?;
        let made = packer.finish().map_err(ApiError::internal)?;
        // The same figures under another name of file or type are another answer.
        let mut hasher = blake3::Hasher::new();
        for (name, value) in &headers {
            hasher.update(name.as_str().as_bytes()).update(value.as_bytes());
        }
        let hash = hasher.update(&plain).finalize().to_hex();
        let hash = &hash[..2 * TAG_BYTES];
        let tag = |ending: &str| {
            HeaderValue::try_from(format!("\"{hash}{ending}\"")).map_err(ApiError::internal)
        };
        let tags = [tag("")?, tag("-gz")?];
        Ok(Self { headers, plain: plain.into(), packed: made.into(), tags })
    }

    /// The answer in the form that the request takes, or only word that it has it.
    pub(crate) fn answer(&self, asked: &HeaderMap) -> Response {
        let packed = accepts_gzip(asked);
        let tag = &self.tags[usize::from(packed)];
        let told = [(header::ETAG, tag.clone())];
        if has(asked, tag) {
            let mut response = (StatusCode::NOT_MODIFIED, told).into_response();
            for name in [header::VARY, header::CACHE_CONTROL] {
                if let Some(value) = self.headers.get(&name) {
                    response.headers_mut().insert(name, value.clone());
                }
            }
            return response;
        }
        let headers = self.headers.clone();
        if packed {
            let coding = [(header::CONTENT_ENCODING, "gzip")];
            return (headers, told, coding, self.packed.clone()).into_response();
        }
        (headers, told, self.plain.clone()).into_response()
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Question, Arc<KeptAnswer>> for ByBytes {
    fn weight(&self, question: &Question, answer: &Arc<KeptAnswer>) -> u64 {
        let own = size_of::<Question>() + size_of::<KeptAnswer>();
        (own + question.words.len() + answer.plain.len() + answer.packed.len()) as u64
    }
}

/// Answers made so far, at most [`CACHE_BYTES`]. Those of older runs are never asked for again and give way.
pub(crate) struct KeptAnswers {
    answers: Cache<Question, Arc<KeptAnswer>, ByBytes>,
}

impl KeptAnswers {
    pub(crate) fn new() -> Self {
        Self { answers: weighed::cache(CACHE_ITEMS, CACHE_BYTES, HEAVIEST_BYTES, ByBytes) }
    }

    /// An answer, made unless it is kept; requests that ask the same at the same time make it once. `make` says too
    /// whether the answer is that of the run which was asked: if another was published meanwhile, it is not kept.
    pub(crate) async fn get(
        &self,
        question: &Question,
        make: impl Future<Output = Result<(KeptAnswer, bool), ApiError>>,
    ) -> Result<Arc<KeptAnswer>, ApiError> {
        let guard = match self.answers.get_value_or_guard_async(question).await {
            Ok(kept) => return Ok(kept),
            Err(guard) => guard,
        };
        let (answer, of_the_run) = make.await?;
        let answer = Arc::new(answer);
        if of_the_run {
            // It fails only where the place was given to another meanwhile.
            let _ = guard.insert(Arc::clone(&answer));
        }
        Ok(answer)
    }
}

/// Whether an answer is byte for byte what its tag says, so that nobody on the way may pack it anew.
pub(crate) fn has_strong_tag(headers: &HeaderMap) -> bool {
    headers.get(header::ETAG).is_some_and(|tag| !tag.as_bytes().starts_with(b"W/"))
}

/// Whether the client has what a tag names. A weak comparison, as `If-None-Match` wants.
fn has(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
    let mut named = lists.flat_map(|list| list.split(',')).map(str::trim);
    named
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one).as_bytes() == tag.as_bytes())
}

/// Whether `Accept-Encoding` lists gzip with a weight above zero.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| {
        let (coding, weight) = one.split_once(';').unwrap_or((one, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        matches!(coding.trim(), "gzip" | "x-gzip" | "*") && weight.is_none_or(|q| q > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::try_from(accept).expect("a header"));
        assert_eq!(accepts_gzip(&headers), expected, "{accept}");
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        check("gzip, deflate, br", true);
        check("br;q=1.0, gzip;q=0.8", true);
        check("gzip;q=0", false);
        check("identity", false);
        check("", false);
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn the_two_forms_of_an_answer_have_tags_of_their_own() {
        let text = "số hộ ".repeat(1000).into_bytes();
        let kept = KeptAnswer::new(HeaderMap::new(), text.clone()).expect("packed");
        let ask = |name: header::HeaderName, value: &HeaderValue| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.clone());
            kept.answer(&headers)
        };
        let plain = kept.answer(&HeaderMap::new());
        let packed = ask(header::ACCEPT_ENCODING, &HeaderValue::from_static("gzip"));
        let tag = |response: &Response| response.headers()[header::ETAG].clone();
        assert_ne!(tag(&plain), tag(&packed));
        assert!(has_strong_tag(plain.headers()) && has_strong_tag(packed.headers()));
        let same = ask(header::IF_NONE_MATCH, &tag(&plain));
        assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(tag(&same), tag(&plain));
        assert_eq!(ask(header::IF_NONE_MATCH, &tag(&packed)).status(), StatusCode::OK);
        let mut unpacked = Vec::new();
        let mut reader = flate2::read::GzDecoder::new(&kept.packed[..]);
        std::io::Read::read_to_end(&mut reader, &mut unpacked).expect("unpacked");
        assert_eq!(unpacked, text);
    }
}
