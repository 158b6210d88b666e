//! A program that is measured from outside, as people run it.

use std::{
    fs::File,
    io::{Read as _, Seek as _},
    process::Command,
    thread,
    time::Duration,
};

use anyhow::{Context as _, ensure};

use crate::process::peak_mib_of;

/// How often memory is looked at. The kernel keeps the peak so far, so that only what is taken in the last moment of a
/// program is missed.
const PERIOD: Duration = Duration::from_millis(5);

/// What a program said, and what it took.
#[derive(Clone, Debug)]
pub struct Child {
    /// Its standard output.
    pub said: String,
    /// Its standard error.
    pub told: String,
    /// The most resident memory, in MiB; 0 where the system does not say.
    pub peak_mib: u64,
}

impl Child {
    /// Runs a program to its end.
    ///
    /// # Errors
    /// When it cannot be started or ends with anything but success.
    pub fn run(command: &mut Command) -> anyhow::Result<Self> {
        // Files, not pipes: nobody has to read while the program runs.
        let (mut out, mut err) = (tempfile::tempfile()?, tempfile::tempfile()?);
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdout(out.try_clone()?)
            .stderr(err.try_clone()?)
            .spawn()
            .with_context(|| name.clone())?;
        let mut peak_mib = 0;
        let status = loop {
            peak_mib = peak_mib_of(child.id()).unwrap_or(0).max(peak_mib);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            thread::sleep(PERIOD);
        };
        let told = text(&mut err)?;
        ensure!(status.success(), "{name} ended with {status}: {}", told.trim_end());
        Ok(Self { said: text(&mut out)?, told, peak_mib })
    }
}

fn text(file: &mut File) -> anyhow::Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_says_is_kept_and_its_failure_told() -> anyhow::Result<()> {
        let mut shell = Command::new("sh");
        let ran = Child::run(shell.args(["-c", "echo a; echo b >&2; sleep 0.05"]))?;
        assert_eq!((&*ran.said, &*ran.told), ("a\n", "b\n"));
        let failed = Child::run(Command::new("sh").args(["-c", "echo why >&2; exit 3"]));
        let error = failed.expect_err("it ends with 3").to_string();
        assert!(error.contains('3') && error.ends_with("why"), "{error}");
        Ok(())
    }
}
