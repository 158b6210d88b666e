//! Tokens of an `OpenID` Connect provider: one that signs as providers do, on this machine, over real HTTP.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::{
    encoding::Pkcs8V1Der,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use diachiso_server::OidcConfig;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

use crate::state::Server;

const AUDIENCE: &str = "diachiso";
const GAPS: &str = "/api/v1/areas/19870/gaps";

/// A key that the provider signs with.
#[derive(Clone)]
struct Signer {
    id: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl Signer {
    fn elliptic(id: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let key = EncodingKey::from_ec_der(pkcs8.unwrap().as_ref());
        Self { id: id.to_owned(), algorithm: Algorithm::ES256, key }
    }

    fn rsa(id: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = aws_lc_rs::encoding::AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
        // Behind the head of PKCS#8, 26 bytes for 2,048 bits, is the key as PKCS#1 has it.
        let key = EncodingKey::from_rsa_der(&der.as_ref()[26..]);
        Self { id: id.to_owned(), algorithm: Algorithm::RS256, key }
    }

    fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.clone());
        serde_json::to_value(jwk).unwrap()
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.clone());
        encode(&header, claims, &self.key).unwrap()
    }
}

/// A provider on this machine.
struct Provider {
    issuer: String,
    keys: Arc<Mutex<Vec<Value>>>,
    /// How often its keys were asked for.
    asked: Arc<AtomicU64>,
    running: tokio::task::JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    issuer: String,
    keys: Arc<Mutex<Vec<Value>>>,
    asked: Arc<AtomicU64>,
}

impl Provider {
    async fn with(keys: Vec<Value>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realm", listener.local_addr().unwrap());
        let shared = Shared {
            issuer: issuer.clone(),
            keys: Arc::new(Mutex::new(keys)),
            asked: Arc::default(),
        };
        let Shared { keys, asked, .. } = shared.clone();
        let router = Router::new()
            .route("/realm/.well-known/openid-configuration", get(configuration))
            .route("/realm/keys", get(key_set))
            .with_state(shared);
        let running = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { issuer, keys, asked, running }
    }

    fn claims(&self) -> Value {
        let now = diachiso_model::Timestamp::now().as_second();
        json!({
            "iss": self.issuer, "aud": AUDIENCE, "sub": "an.nguyen", "iat": now, "nbf": now,
            "exp": now + 300, "groups": ["can-bo-19870"],
        })
    }

    fn config(&self, ask_again_after: Duration) -> OidcConfig {
        OidcConfig {
            issuer: self.issuer.clone(),
            audience: AUDIENCE.to_owned(),
            rules: vec!["groups=can-bo-19870=>officer:19870@2024-12-31".parse().unwrap()],
            ask_again_after,
        }
    }
}

async fn configuration(State(shared): State<Shared>) -> Json<Value> {
    let issuer = &shared.issuer;
    Json(json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")}))
}

async fn key_set(State(shared): State<Shared>) -> Json<Value> {
    shared.asked.fetch_add(1, Ordering::Relaxed);
    Json(json!({"keys": *shared.keys.lock().unwrap()}))
}

/// A server that accepts a provider's tokens.
async fn server(provider: &Provider, ask_again_after: Duration) -> Server {
    let server = Server::published().await;
    server.state.accept(provider.config(ask_again_after)).unwrap();
    server
}

async fn status(server: &Server, token: &str) -> StatusCode {
    server.ask("GET", GAPS, "", Some(token)).await.status
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_grants_what_its_claims_are_mapped_to_and_names_its_subject() {
    for signer in [Signer::elliptic("a"), Signer::rsa("a")] {
        let provider = Provider::with(vec![signer.public()]).await;
        let server = server(&provider, Duration::ZERO).await;
        let token = signer.sign(&provider.claims());
        assert_eq!(status(&server, &token).await, StatusCode::OK);
        let elsewhere = server.ask("GET", "/api/v1/areas/19873/gaps", "", Some(&token)).await;
        assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
        assert_eq!(&*server.audit().await[0].who, "oidc:an.nguyen");
        let other = signer.sign(&with(&provider.claims(), "groups", json!(["khac"])));
        assert_eq!(status(&server, &other).await, StatusCode::FORBIDDEN);
        assert_eq!(status(&server, &server.token).await, StatusCode::OK, "ours hold as before");
        assert_eq!(provider.asked.load(Ordering::Relaxed), 1, "keys are asked for once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_late_early_or_for_others_is_refused() {
    let signer = Signer::elliptic("a");
    let provider = Provider::with(vec![signer.public()]).await;
    let server = server(&provider, Duration::ZERO).await;
    let good = provider.claims();
    let now = good["iat"].as_i64().unwrap();
    let mut without = good.clone();
    without.as_object_mut().unwrap().remove("exp");
    let cases = [
        ("expired", with(&good, "exp", json!(now - 120))),
        ("not yet", with(&good, "nbf", json!(now + 120))),
        ("without an end", without),
        ("for another audience", with(&good, "aud", json!("khac"))),
        ("for several others", with(&good, "aud", json!(["x", "y"]))),
        ("of another issuer", with(&good, "iss", json!("https://evil.example"))),
        ("of nobody", with(&good, "sub", json!(""))),
    ];
    for (what, claims) in cases {
        assert_eq!(
            status(&server, &signer.sign(&claims)).await,
            StatusCode::UNAUTHORIZED,
            "{what}"
        );
    }
    let among = with(&good, "aud", json!(["x", AUDIENCE]));
    assert_eq!(status(&server, &signer.sign(&among)).await, StatusCode::OK);
    assert_eq!(server.audit().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_signature_a_shared_secret_or_another_key_is_refused() {
    let (elliptic, rsa, stranger) =
        (Signer::elliptic("e"), Signer::rsa("r"), Signer::elliptic("e"));
    let secret = b"a secret that is in the list";
    let shared =
        json!({"kty": "oct", "kid": "s", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(secret)});
    let provider = Provider::with(vec![elliptic.public(), rsa.public(), shared]).await;
    let server = server(&provider, Duration::ZERO).await;
    let claims = provider.claims();
    let good = elliptic.sign(&claims);
    assert_eq!(status(&server, &good).await, StatusCode::OK);

    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let hs = |secret: &[u8], id: &str| {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(id.to_owned());
        encode(&header, &claims, &EncodingKey::from_secret(secret).unwrap()).unwrap()
    };
    let (body, signature) = good.rsplit_once('.').unwrap();
    let (_, payload) = body.split_once('.').unwrap();
    let mut tampered = with(&claims, "groups", json!(["can-bo-19870", "quan-tri"])).to_string();
    tampered.push(' ');
    let head = body.split_once('.').unwrap().0;
    let cases = [
        ("none", format!("{}.{payload}.", part(&json!({"alg": "none", "kid": "e"})))),
        ("None", format!("{}.{payload}.{signature}", part(&json!({"alg": "None", "kid": "e"})))),
        ("a secret of the list", hs(secret, "s")),
        (
            "the public key as a secret",
            hs(elliptic.public()["x"].as_str().unwrap().as_bytes(), "e"),
        ),
        ("the modulus as a secret", hs(rsa.public()["n"].as_str().unwrap().as_bytes(), "r")),
        ("another's key under the same id", stranger.sign(&claims)),
        ("the name of another key", Signer { id: "r".into(), ..elliptic.clone() }.sign(&claims)),
        (
            "no name of a key",
            encode(&Header::new(Algorithm::ES256), &claims, &elliptic.key).unwrap(),
        ),
        ("other claims", format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(tampered))),
        ("no signature", format!("{body}.")),
        ("too long", format!("{good}{}", "A".repeat(9_000))),
        ("no token", "a.b.c".to_owned()),
    ];
    for (what, token) in cases {
        assert_eq!(status(&server, &token).await, StatusCode::UNAUTHORIZED, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_asked_for_and_an_old_one_forgotten() {
    let (old, new) = (Signer::elliptic("2025"), Signer::elliptic("2026"));
    let provider = Provider::with(vec![old.public()]).await;
    let server = server(&provider, Duration::ZERO).await;
    assert_eq!(status(&server, &old.sign(&provider.claims())).await, StatusCode::OK);
    *provider.keys.lock().unwrap() = vec![new.public()];
    assert_eq!(status(&server, &new.sign(&provider.claims())).await, StatusCode::OK);
    assert_eq!(status(&server, &old.sign(&provider.claims())).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn invented_keys_do_not_make_the_server_knock_at_the_provider() {
    let signer = Signer::elliptic("a");
    let provider = Provider::with(vec![signer.public()]).await;
    let server = server(&provider, Duration::from_hours(1)).await;
    for n in 0..20 {
        let invented = Signer { id: format!("invented-{n}"), ..signer.clone() };
        let token = invented.sign(&provider.claims());
        assert_eq!(status(&server, &token).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(status(&server, &signer.sign(&provider.claims())).await, StatusCode::OK);
    assert_eq!(provider.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_503_and_known_keys_hold_on() {
    let signer = Signer::elliptic("a");
    let provider = Provider::with(vec![signer.public()]).await;
    let knows = server(&provider, Duration::ZERO).await;
    let token = signer.sign(&provider.claims());
    assert_eq!(status(&knows, &token).await, StatusCode::OK);
    provider.running.abort();
    let _ = provider.running.await;
    assert_eq!(status(&knows, &token).await, StatusCode::OK);
    let fresh = Server::published().await;
    let config = OidcConfig {
        issuer: provider.issuer.clone(),
        audience: AUDIENCE.to_owned(),
        rules: Vec::new(),
        ask_again_after: Duration::ZERO,
    };
    fresh.state.accept(config).unwrap();
    let answer = fresh.ask("GET", GAPS, "", Some(&token)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
    assert_eq!(
        fresh.get_with_token(GAPS).await.status,
        StatusCode::OK,
        "our own tokens need it not"
    );
}
