//! What this process has cost so far, as Linux tells it in `/proc/self` (proc(5)): no call here is unsafe.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

/// What a process has cost so far.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// Time on processors, of all threads, to 10 ms. Other programs do not add to it as they do to time on the clock.
    pub cpu: Duration,
    /// The most resident memory, in MiB.
    pub peak_mib: u64,
}

/// Parts of a second in which the kernel tells times (`USER_HZ`), the same on all platforms that Rust runs on.
const TICKS_A_SECOND: u64 = 100;
/// Places of user and system time behind the name in `/proc/self/stat`, which ends with the last parenthesis.
const TIMES: std::ops::Range<usize> = 11..13;

/// Time on processors within a second that is no work.
const NEXT_TO_NOTHING: Duration = Duration::from_millis(20);
/// Seconds without work after which a process is at rest: it may wait for a database for one or two.
const RESTING_SECONDS: u32 = 3;
/// How long a process is waited for.
const PATIENCE: Duration = Duration::from_mins(2);

impl Process {
    /// As it is now; `None` where the system does not say.
    #[must_use]
    pub fn now() -> Option<Self> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        Some(Self { cpu: cpu(&stat)?, peak_mib: peak_mib_of("self")? })
    }
}

/// The most resident memory of a process, by its number, in MiB.
pub(crate) fn peak_mib_of(process: impl std::fmt::Display) -> Option<u64> {
    peak_mib(&std::fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

/// Waits until a process, by its number, has done next to nothing for three seconds: a server makes itself ready for what may be
/// asked for a while after it answers.
///
/// # Errors
/// Where there is no such process, or it does not come to rest within two minutes.
pub fn until_at_rest(process: u32) -> anyhow::Result<()> {
    let spent = || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        cpu(&stat).context("a line of /proc")
    };
    let begun = Instant::now();
    let (mut before, mut resting) = (spent()?, 0);
    while begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_secs(1));
        let now = spent()?;
        resting = if now <= before + NEXT_TO_NOTHING { resting + 1 } else { 0 };
        if resting == RESTING_SECONDS {
            return Ok(());
        }
        before = now;
    }
    bail!("process {process} does not come to rest")
}

fn cpu(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = fields.get(TIMES)?.iter().map(|field| field.parse::<u64>());
    let ticks: u64 = ticks.sum::<Result<_, _>>().ok()?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND))
}

fn peak_mib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib >> 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_memory_are_found_behind_any_name() {
        let stat = "7 (a) b) R 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20";
        assert_eq!(cpu(stat), Some(Duration::from_secs(3)));
        assert_eq!(peak_mib("Name:\tx\nVmHWM:\t    2048 kB\n"), Some(2));
        assert_eq!(cpu("7"), None);
    }
}
