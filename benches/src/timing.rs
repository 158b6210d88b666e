//! How long things take.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Does the work `runs` times and returns its last result with the fastest time: other programs can only add to it.
///
/// # Errors
/// The first error of the work.
pub fn fastest<T>(
    runs: u32,
    mut work: impl FnMut() -> anyhow::Result<T>,
) -> anyhow::Result<(T, Duration)> {
    let mut timed = || {
        let started = Instant::now();
        let result = black_box(work()?);
        anyhow::Ok((result, started.elapsed()))
    };
    let (mut result, mut best) = timed()?;
    for _ in 1..runs {
        let (next, took) = timed()?;
        (result, best) = (next, best.min(took));
    }
    Ok((result, best))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_is_done_as_often_as_asked_and_an_error_ends_it() -> anyhow::Result<()> {
        let mut done = 0;
        let mut work = || {
            done += 1;
            anyhow::ensure!(done < 6, "enough");
            Ok(done)
        };
        assert_eq!(fastest(3, &mut work)?.0, 3);
        assert!(fastest(9, &mut work).is_err());
        assert_eq!(done, 6);
        Ok(())
    }
}
