//! Numbers about the server itself, in the text format of Prometheus.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// Upper bounds of the latency histogram, in microseconds and as Prometheus spells them in seconds.
const BUCKETS: [(u64, &str); 10] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (10_000_000, "10"),
];

/// Counters of one server. Label values come from route templates and status codes alone, so their
/// number is bounded whatever clients send.
#[derive(Default)]
pub(crate) struct Metrics {
    requests: RwLock<BTreeMap<String, BTreeMap<u16, AtomicU64>>>,
    latency: [AtomicU64; BUCKETS.len()],
    latency_count: AtomicU64,
    latency_sum_us: AtomicU64,
    tile_hits: AtomicU64,
    tile_misses: AtomicU64,
    run: AtomicI64,
    checkers: AtomicU64,
}

impl Metrics {
    /// Counts an answered request.
    pub(crate) fn request(&self, route: &str, status: u16, took: Duration) {
        let known = {
            let requests = self.requests.read().unwrap_or_else(PoisonError::into_inner);
            requests.get(route).and_then(|r| r.get(&status)).map(|n| n.fetch_add(1, Relaxed))
        };
        if known.is_none() {
            let mut requests = self.requests.write().unwrap_or_else(PoisonError::into_inner);
            let by_status = requests.entry(route.to_owned()).or_default();
            by_status.entry(status).or_default().fetch_add(1, Relaxed);
        }
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(at) = BUCKETS.iter().position(|(bound_us, _)| took_us <= *bound_us) {
            self.latency[at].fetch_add(1, Relaxed);
        }
        self.latency_count.fetch_add(1, Relaxed);
        self.latency_sum_us.fetch_add(took_us, Relaxed);
    }

    /// Counts a look into the tile cache.
    pub(crate) fn tile(&self, hit: bool) {
        if hit { &self.tile_hits } else { &self.tile_misses }.fetch_add(1, Relaxed);
    }

    /// Remembers the run that is being served.
    pub(crate) fn serving(&self, run: i64) {
        self.run.store(run, Relaxed);
    }

    /// Remembers how many checkers were made that no older one stood in for.
    pub(crate) fn checkers(&self, made: u64) {
        self.checkers.store(made, Relaxed);
    }

    /// Everything as text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::with_capacity(2048);
        // Writing into a String cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "# HELP diachiso_requests_total Requests answered, by route and status.")?;
        writeln!(out, "# TYPE diachiso_requests_total counter")?;
        let requests = self.requests.read().unwrap_or_else(PoisonError::into_inner);
        for (route, by_status) in &*requests {
            for (status, n) in by_status {
                let n = n.load(Relaxed);
                writeln!(
                    out,
                    "diachiso_requests_total{{route=\"{route}\",status=\"{status}\"}} {n}"
                )?;
            }
        }
        writeln!(out, "# HELP diachiso_request_seconds Time from request to head of the answer.")?;
        writeln!(out, "# TYPE diachiso_request_seconds histogram")?;
        let mut so_far = 0;
        for ((_, bound), n) in BUCKETS.iter().zip(&self.latency) {
            so_far += n.load(Relaxed);
            writeln!(out, "diachiso_request_seconds_bucket{{le=\"{bound}\"}} {so_far}")?;
        }
        let count = self.latency_count.load(Relaxed);
        let sum = self.latency_sum_us.load(Relaxed) as f64 / 1e6;
        writeln!(out, "diachiso_request_seconds_bucket{{le=\"+Inf\"}} {count}")?;
        writeln!(out, "diachiso_request_seconds_sum {sum}")?;
        writeln!(out, "diachiso_request_seconds_count {count}")?;
        for (name, help, kind, value) in [
            (
                "tile_cache_hits_total",
                "Tiles found in the cache.",
                "counter",
                self.tile_hits.load(Relaxed).to_string(),
            ),
            (
                "tile_cache_misses_total",
                "Tiles that had to be made.",
                "counter",
                self.tile_misses.load(Relaxed).to_string(),
            ),
            (
                "checkers_first_made_total",
                "Sets of rules made ready before the first question of a kind, or while it waited.",
                "counter",
                self.checkers.load(Relaxed).to_string(),
            ),
            (
                "run",
                "Number of the run being served; 0 before the first.",
                "gauge",
                self.run.load(Relaxed).to_string(),
            ),
        ] {
            writeln!(out, "# HELP diachiso_{name} {help}")?;
            writeln!(out, "# TYPE diachiso_{name} {kind}")?;
            writeln!(out, "diachiso_{name} {value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative_and_labels_are_route_and_status() {
        let metrics = Metrics::default();
        metrics.request("/a", 200, Duration::from_micros(400));
        metrics.request("/a", 200, Duration::from_millis(4));
        metrics.request("/a", 404, Duration::from_mins(1));
        let text = metrics.text();
        for line in [
            "diachiso_requests_total{route=\"/a\",status=\"200\"} 2",
            "diachiso_requests_total{route=\"/a\",status=\"404\"} 1",
            "diachiso_request_seconds_bucket{le=\"0.0005\"} 1",
            "diachiso_request_seconds_bucket{le=\"0.005\"} 2",
            "diachiso_request_seconds_bucket{le=\"10\"} 2",
            "diachiso_request_seconds_bucket{le=\"+Inf\"} 3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
        }
    }
}
