//! What one caller, and all together, may ask of the server at a time: 429 and 503 instead of falling over.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use crate::{AppState, error::ApiError};

/// Callers remembered at most; one is 100 bytes. Who is forgotten begins anew with a full bucket.
const MAX_CALLERS: usize = 65_536;
/// Routes that watch the server; they are always answered.
const WATCHING: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// How much is let in.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests a second from one address, on average; a page with a map asks for dozens at once.
    pub per_second: u32,
    /// Requests from one address at once.
    pub burst: u32,
    /// Requests a second of one token, or one person of a provider, from wherever they come; a team may share an
    /// address, and a program one token.
    pub token_per_second: u32,
    /// Requests of one token at once.
    pub token_burst: u32,
    /// Requests under way of all together.
    pub at_once: usize,
    /// Whether a proxy of ours stands before the server and tells the address in `X-Forwarded-For`.
    pub behind_proxy: bool,
}

impl Limits {
    /// Unless said otherwise.
    pub const USUAL: Self = Self {
        per_second: 50,
        burst: 400,
        token_per_second: 50,
        token_burst: 400,
        at_once: 512,
        behind_proxy: false,
    };
}

pub(crate) struct Gate {
    limits: Limits,
    under_way: Semaphore,
    buckets: Cache<Asker, Arc<Mutex<Bucket>>>,
}

/// Whose requests are counted together.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Asker {
    /// All from an address.
    Address(IpAddr),
    /// All of somebody whom a token names.
    Named(Box<str>),
}

/// Requests that are left, refilled with time.
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    /// Takes one request out; else the seconds until one is there.
    fn take(&mut self, (per_second, burst): (u32, u32), now: Instant) -> Result<(), f64> {
        let per_second = f64::from(per_second.max(1));
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * per_second;
        self.left = (self.left + gained).min(f64::from(burst.max(1)));
        self.at = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            Ok(())
        } else {
            Err((1.0 - self.left) / per_second)
        }
    }
}

impl Gate {
    pub(crate) fn new(limits: Limits) -> Self {
        let under_way = Semaphore::new(limits.at_once.clamp(1, Semaphore::MAX_PERMITS));
        Self { limits, under_way, buckets: Cache::new(MAX_CALLERS) }
    }

    /// Whether one more request of an address is let in.
    fn admit(&self, address: IpAddr, now: Instant) -> Result<(), ApiError> {
        self.take(&Asker::Address(address), (self.limits.per_second, self.limits.burst), now)
    }

    /// Whether one more request of somebody whom a token names is let in.
    ///
    /// # Errors
    /// [`ApiError::TooMany`] until there is room again.
    pub(crate) fn admit_named(&self, who: &str, now: Instant) -> Result<(), ApiError> {
        let rate = (self.limits.token_per_second, self.limits.token_burst);
        self.take(&Asker::Named(who.into()), rate, now)
    }

    fn take(&self, asker: &Asker, rate: (u32, u32), now: Instant) -> Result<(), ApiError> {
        let full = || Bucket { left: f64::from(rate.1.max(1)), at: now };
        let made = || Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(full())));
        let Ok(bucket) = self.buckets.get_or_insert_with(asker, made);
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket
            .take(rate, now)
            .map_err(|wait_s| ApiError::TooMany { retry_after_s: wait_s.ceil().max(1.0) as u32 })
    }

    /// The address that a request comes from; `None` of one that came over no network.
    fn address(&self, request: &Request) -> Option<IpAddr> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip())?;
        let told = request.headers().get("x-forwarded-for").filter(|_| self.limits.behind_proxy);
        // The last entry is the one that our proxy wrote; those before it anybody may invent.
        let told = told.and_then(|v| v.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        Some(shared(told.unwrap_or(peer)))
    }
}

/// Addresses of one subscriber as one: of IPv6 the first 64 bits.
fn shared(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => four.into(),
            None => Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)).into(),
        },
    }
}

/// The layer.
pub(crate) async fn limit(
    State(state): State<AppState>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let watching = route.is_some_and(|route| WATCHING.contains(&route.as_str()));
    let Some(gate) = state.gate().filter(|_| !watching) else { return next.run(request).await };
    if let Some(address) = gate.address(&request)
        && let Err(error) = gate.admit(address, Instant::now())
    {
        return error.into_response();
    }
    // Whoever cannot be served now is told so at once, and waits elsewhere.
    let Ok(_under_way) = gate.under_way.try_acquire() else {
        return ApiError::Overloaded.into_response();
    };
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMITS: Limits = Limits {
        per_second: 2,
        burst: 3,
        token_per_second: 1,
        token_burst: 2,
        at_once: 1,
        behind_proxy: false,
    };

    #[test]
    fn a_burst_is_let_in_and_then_so_many_a_second() {
        let gate = Gate::new(LIMITS);
        let (me, you) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let begun = Instant::now();
        let admitted = |who, ms| gate.admit(who, begun + Duration::from_millis(ms)).is_ok();
        assert_eq!([0, 0, 0, 0].map(|ms| admitted(me, ms)), [true, true, true, false]);
        assert!(admitted(you, 0), "another is not made to wait");
        assert_eq!([400, 500, 500, 1000].map(|ms| admitted(me, ms)), [false, true, false, true]);
        assert_eq!([9000; 4].map(|ms| admitted(me, ms)), [true, true, true, false]);
    }

    #[test]
    fn a_token_has_a_measure_of_its_own_wherever_it_is_used() {
        let gate = Gate::new(LIMITS);
        let begun = Instant::now();
        let admitted = |who, ms| gate.admit_named(who, begun + Duration::from_millis(ms)).is_ok();
        assert_eq!([0, 0, 0].map(|ms| admitted("token:1", ms)), [true, true, false]);
        assert!(admitted("token:2", 0), "another is not made to wait");
        assert!(gate.admit(IpAddr::from([10, 0, 0, 1]), begun).is_ok(), "nor is an address");
        assert_eq!([900, 1000].map(|ms| admitted("token:1", ms)), [false, true]);
    }

    #[test]
    fn addresses_of_one_subscriber_are_one() {
        let at = |text: &str| shared(text.parse().expect("an address"));
        assert_eq!(at("2001:db8:1:2:3::4"), at("2001:db8:1:2::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:10.0.0.1"), at("10.0.0.1"));
    }

    #[test]
    fn a_forwarded_address_counts_only_behind_a_proxy_and_only_the_last_one() {
        let ask = |behind_proxy| {
            let mut request = Request::get("/")
                .header("x-forwarded-for", "1.1.1.1, 2.2.2.2")
                .body(axum::body::Body::empty())
                .expect("a request");
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([9, 9, 9, 9], 1))));
            Gate::new(Limits { behind_proxy, ..LIMITS }).address(&request)
        };
        assert_eq!(ask(false), Some(IpAddr::from([9, 9, 9, 9])));
        assert_eq!(ask(true), Some(IpAddr::from([2, 2, 2, 2])));
    }
}
