//! The time that counts: the system's, which does not go back when it is set back.

use std::sync::atomic::{AtomicI64, Ordering};

use diachiso_model::Timestamp;
use jiff::SignedDuration;

/// How far the system's clock may lie behind what was seen before and not be believed. Beyond, it is believed: the time before
/// was wrong, and would let all tokens end.
const MOST_BACK: SignedDuration = SignedDuration::from_hours(24);

/// The latest instant seen, in microseconds.
static LATEST: AtomicI64 = AtomicI64::new(i64::MIN);

/// Now, not before an instant that was told before: a token that was revoked or ended stays so when the clock is set back, and
/// what goes on record is not older than what stands there.
pub(crate) fn now() -> Timestamp {
    let system = Timestamp::now();
    seen(system);
    not_back(system, LATEST.load(Ordering::Relaxed))
}

/// Takes note of an instant that is on record.
pub(crate) fn seen(at: Timestamp) {
    LATEST.fetch_max(at.as_microsecond(), Ordering::Relaxed);
}

fn not_back(system: Timestamp, latest: i64) -> Timestamp {
    let latest = Timestamp::from_microsecond(latest).unwrap_or(system);
    if latest.duration_since(system) > MOST_BACK { system } else { latest.max(system) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_does_not_go_back_for_a_day() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let latest = at("2026-11-29T12:00:00Z").as_microsecond();
        for (system, told) in [
            ("2026-11-29T13:00:00Z", "2026-11-29T13:00:00Z"),
            ("2026-11-29T11:00:00Z", "2026-11-29T12:00:00Z"),
            ("2026-11-28T12:00:00Z", "2026-11-29T12:00:00Z"),
            ("2026-11-28T11:59:59Z", "2026-11-28T11:59:59Z"),
            ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        ] {
            assert_eq!(not_back(at(system), latest), at(told), "{system}");
        }
        assert_eq!(not_back(at("2026-11-29T13:00:00Z"), i64::MIN), at("2026-11-29T13:00:00Z"));
    }
}
