//! Tokens of an `OpenID` Connect provider: signature, issuer, audience and time checked, claims mapped to grants.

use std::{
    collections::HashMap,
    fmt,
    str::FromStr,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use diachiso_model::{Grant, GrantError};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, Jwk, JwkSet, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use crate::error::ApiError;

/// Signatures that are accepted: with public keys alone. Never `none`, never a shared secret.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
/// Longest token of a provider, in bytes: some list all groups of a person.
pub(crate) const MAX_JWT_LEN: usize = 8 * 1024;
/// How far clocks may differ, in seconds.
const LEEWAY_S: u64 = 30;
/// How old keys may be before they are asked for again.
const KEYS_FRESH: Duration = Duration::from_hours(1);
/// How old keys may be used while the provider does not answer.
const KEYS_LAST: Duration = Duration::from_hours(24);
/// How long to wait for the provider.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest document of the provider.
const MAX_DOCUMENT_BYTES: u64 = 1 << 20;
/// Longest name of a person in the audit log.
const MAX_SUBJECT_CHARS: usize = 120;

/// Whoever has a claim gets a grant: `groups=can-bo-quang-dien=>officer:477@2024-12-31`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimRule {
    claim: Box<str>,
    value: Box<str>,
    grant: Grant,
}

/// Why a text is no rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ClaimRuleError {
    /// It has not the form.
    #[error(
        "`{0}` is no rule; expected CLAIM=VALUE=>GRANT, as groups=staff=>officer:477@2024-12-31"
    )]
    Form(Box<str>),
    /// Its grant is none.
    #[error(transparent)]
    Grant(#[from] GrantError),
}

impl FromStr for ClaimRule {
    type Err = ClaimRuleError;

    fn from_str(text: &str) -> Result<Self, ClaimRuleError> {
        let form = || ClaimRuleError::Form(text.into());
        let (head, grant) = text.split_once("=>").ok_or_else(form)?;
        let (claim, value) = head.split_once('=').ok_or_else(form)?;
        let (claim, value) = (claim.trim(), value.trim());
        if claim.is_empty() || value.is_empty() {
            return Err(form());
        }
        Ok(Self { claim: claim.into(), value: value.into(), grant: grant.trim().parse()? })
    }
}

impl fmt::Display for ClaimRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}=>{}", self.claim, self.value, self.grant)
    }
}

impl ClaimRule {
    /// Whether the claims hold the value: as text, or as one of a list. `a.b` looks into an object.
    fn fits(&self, claims: &Value) -> bool {
        let found = self.claim.split('.').try_fold(claims, |at, name| at.get(name));
        match found {
            Some(Value::String(text)) => **text == *self.value,
            Some(Value::Array(all)) => all.iter().any(|v| v.as_str() == Some(&self.value)),
            _ => false,
        }
    }
}

/// Whose tokens are accepted, and what they grant.
#[derive(Clone, Debug)]
pub struct OidcConfig {
    /// The provider, as it names itself: the claim `iss`, and where its configuration is found.
    pub issuer: String,
    /// For whom the tokens must be: the claim `aud`.
    pub audience: String,
    /// What claims grant.
    pub rules: Vec<ClaimRule>,
    /// Keys that are not known are asked for again this often at most.
    pub ask_again_after: Duration,
}

impl OidcConfig {
    /// How often keys that are not known are asked for at most, unless said otherwise.
    pub const ASK_AGAIN_AFTER: Duration = Duration::from_secs(30);
}

/// Why a provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The address is not safe.
    #[error("issuer `{0}`: only https is safe, or http on this machine")]
    Plain(String),
    /// It does not answer, or not as it should.
    #[error("{url}: {reason}")]
    Provider {
        /// What was asked for.
        url: String,
        /// What came back.
        reason: String,
    },
}

/// The provider and its keys, as last seen.
pub(crate) struct Oidc {
    config: OidcConfig,
    agent: ureq::Agent,
    keys: RwLock<Keys>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Keys {
    by_id: HashMap<String, Key>,
    /// When they came.
    came: Option<Instant>,
    /// When they were asked for last, in vain or not.
    asked: Option<Instant>,
}

#[derive(Clone)]
struct Key {
    key: Arc<DecodingKey>,
    /// What may be verified with it.
    algorithms: Arc<[Algorithm]>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Whom a token names and what the rules grant.
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) grants: Vec<Grant>,
}

impl Oidc {
    /// A provider; nothing is asked before the first token.
    pub(crate) fn new(config: OidcConfig) -> Result<Self, OidcError> {
        safe(&config.issuer)?;
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::PlatformVerifier)
            .build();
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(PROVIDER_TIMEOUT))
            .max_redirects(0)
            .proxy(None)
            .tls_config(tls)
            .build()
            .new_agent();
        Ok(Self { config, agent, keys: RwLock::default(), asking: tokio::sync::Mutex::default() })
    }

    /// Whom a token names.
    ///
    /// # Errors
    /// [`ApiError::Unauthorized`] where it does not hold; [`ApiError::Provider`] where that cannot be told.
    pub(crate) async fn person(self: &Arc<Self>, token: &str) -> Result<Person, ApiError> {
        let header = decode_header(token).map_err(|_| ApiError::Unauthorized)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(ApiError::Unauthorized);
        }
        let id = header.kid.ok_or(ApiError::Unauthorized)?;
        let key = self.key(&id).await?.ok_or(ApiError::Unauthorized)?;
        if !key.algorithms.contains(&header.alg) {
            return Err(ApiError::Unauthorized);
        }
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        validation.set_audience(&[&self.config.audience]);
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims = decode::<Value>(token, &key.key, &validation).map_err(|error| {
            // The reason names a claim or a check, never a value.
            tracing::debug!(error = %error, "token of the provider refused");
            ApiError::Unauthorized
        })?;
        let claims = claims.claims;
        let subject = claims["sub"].as_str().unwrap_or_default();
        let subject: String =
            subject.chars().filter(|c| !c.is_control()).take(MAX_SUBJECT_CHARS).collect();
        if subject.is_empty() {
            return Err(ApiError::Unauthorized);
        }
        let rules = self.config.rules.iter().filter(|rule| rule.fits(&claims));
        Ok(Person { subject, grants: rules.map(|rule| rule.grant.clone()).collect() })
    }

    /// The key of an id. Keys that are old, or do not hold the id, are asked for again; not more often than configured,
    /// so that invented ids do not make this server knock at the provider.
    async fn key(self: &Arc<Self>, id: &str) -> Result<Option<Key>, ApiError> {
        if let Some(key) = self.kept(id, KEYS_FRESH) {
            return Ok(Some(key));
        }
        let _one_at_a_time = self.asking.lock().await;
        if let Some(key) = self.kept(id, KEYS_FRESH) {
            return Ok(Some(key));
        }
        if self.may_ask() {
            let own = Arc::clone(self);
            let answer = tokio::task::spawn_blocking(move || own.ask()).await;
            let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
            keys.asked = Some(Instant::now());
            match answer.map_err(ApiError::internal)? {
                Ok(by_id) => {
                    tracing::info!(keys = by_id.len(), "keys of the provider loaded");
                    keys.by_id = by_id;
                    keys.came = keys.asked;
                }
                Err(error) => {
                    tracing::warn!(error = %error, "the provider does not answer");
                }
            }
        }
        if let Some(key) = self.kept(id, KEYS_LAST) {
            return Ok(Some(key));
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        // A key that the provider does not know is no key; where it told nothing lately that cannot be said.
        if keys.came.is_some_and(|came| came.elapsed() < KEYS_FRESH) {
            Ok(None)
        } else {
            Err(ApiError::Provider)
        }
    }

    fn kept(&self, id: &str, no_older: Duration) -> Option<Key> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.came.filter(|came| came.elapsed() < no_older)?;
        keys.by_id.get(id).cloned()
    }

    fn may_ask(&self) -> bool {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.asked.is_none_or(|asked| asked.elapsed() >= self.config.ask_again_after)
    }

    /// Asks the provider where its keys are, and for them.
    fn ask(&self) -> Result<HashMap<String, Key>, OidcError> {
        let issuer = self.config.issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let told: Discovery = self.document(&url)?;
        if told.issuer != self.config.issuer {
            return Err(OidcError::Provider { url, reason: "names another issuer".to_owned() });
        }
        safe(&told.jwks_uri)?;
        // Keys of kinds that are not known make no set unreadable.
        let set: Value = self.document(&told.jwks_uri)?;
        let keys = set["keys"].as_array().cloned().unwrap_or_default();
        let keys = keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        Ok(usable(JwkSet { keys }))
    }

    fn document<T: serde::de::DeserializeOwned>(&self, url: &str) -> Result<T, OidcError> {
        let failed = |reason: String| OidcError::Provider { url: url.to_owned(), reason };
        let mut answer = self.agent.get(url).call().map_err(|e| failed(e.to_string()))?;
        if !answer.status().is_success() {
            return Err(failed(format!("answers {}", answer.status())));
        }
        let body = answer.body_mut().with_config().limit(MAX_DOCUMENT_BYTES).read_to_vec();
        let body = body.map_err(|e| failed(e.to_string()))?;
        serde_json::from_slice(&body).map_err(|e| failed(e.to_string()))
    }
}

/// The public keys for signatures that have an id, and what each may verify.
fn usable(set: JwkSet) -> HashMap<String, Key> {
    let usable = |jwk: Jwk| {
        let id = jwk.common.key_id.clone()?;
        if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return None;
        }
        let family: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => &ALGORITHMS[..6],
            AlgorithmParameters::EllipticCurve(_) => &ALGORITHMS[6..8],
            AlgorithmParameters::OctetKeyPair(_) => &ALGORITHMS[8..],
            // A shared secret has no business in a public list.
            _ => return None,
        };
        let named = jwk.common.key_algorithm.map(|alg| alg.to_string());
        let algorithms = family.iter().copied().filter(|alg| {
            named.as_ref().is_none_or(|named| Algorithm::from_str(named).is_ok_and(|n| n == *alg))
        });
        let key = Arc::new(DecodingKey::from_jwk(&jwk).ok()?);
        Some((id, Key { key, algorithms: algorithms.collect() }))
    };
    set.keys.into_iter().filter_map(usable).collect()
}

/// Only https, or http to this machine.
fn safe(url: &str) -> Result<(), OidcError> {
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let rest = here.iter().find_map(|start| url.strip_prefix(start));
    if url.starts_with("https://")
        || rest.is_some_and(|r| r.is_empty() || r.starts_with([':', '/']))
    {
        return Ok(());
    }
    Err(OidcError::Plain(url.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_found_as_text_in_a_list_and_inside_an_object() {
        let claims = serde_json::json!({
            "role": "staff", "groups": ["a", "b"], "realm_access": {"roles": ["c"]}, "n": 1,
        });
        let fits = |rule: &str| rule.parse::<ClaimRule>().expect(rule).fits(&claims);
        for rule in ["role=staff", "groups=b", "realm_access.roles=c"] {
            assert!(fits(&format!("{rule}=>planner")), "{rule}");
        }
        for rule in ["role=sta", "groups=c", "realm_access=c", "n=1", "none=a"] {
            assert!(!fits(&format!("{rule}=>planner")), "{rule}");
        }
    }

    #[test]
    fn a_rule_is_written_as_it_is_read_and_else_refused() {
        let rule = "groups=qd=>officer:477@2024-12-31";
        assert_eq!(rule.parse::<ClaimRule>().expect("a rule").to_string(), rule);
        for text in ["groups=>officer", "=x=>officer", "groups=x", "groups=x=>chief"] {
            assert!(text.parse::<ClaimRule>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_https_is_safe_but_on_this_machine() {
        for url in [
            "https://id.hue.gov.vn",
            "http://127.0.0.1:9000/x",
            "http://localhost",
            "http://[::1]:1",
        ] {
            assert!(safe(url).is_ok(), "{url}");
        }
        for url in [
            "http://id.hue.gov.vn",
            "http://127.0.0.1.evil.vn",
            "http://localhost.evil",
            "ftp://x",
            "",
        ] {
            assert!(safe(url).is_err(), "{url}");
        }
    }
}
