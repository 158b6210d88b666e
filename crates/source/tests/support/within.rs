//! Running a case in a process of its own, whose largest memory the system reports.

use diachiso_source::{RowBlock, SourceError, open};
use std::io::Read;
use std::process::Command;

/// What tells the process of a case that it is one.
const INSIDE: &str = "DIACHISO_HOSTILE_INSIDE";

/// What reading may take where it only has to say no.
pub(crate) const LITTLE_MIB: u64 = 48;

/// Runs the test of this name in a process of its own and fails unless it passes with at most so
/// much memory.
#[track_caller]
pub(crate) fn within(most_mib: u64, test: &str, work: impl FnOnce()) {
    const PEAK: &str = "largest memory in KiB: ";
    if std::env::var_os(INSIDE).is_some() {
        work();
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("is there");
        println!("\n{PEAK}{}", peak.trim().trim_end_matches(" kB"));
        return;
    }
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program)
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("this program starts again");
    let (out, words) = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b)).into();
    assert!(output.status.success(), "{out}{words}");
    let peak = out.lines().find_map(|line| line.strip_prefix(PEAK));
    let kib: u64 = peak.unwrap_or_else(|| panic!("no test is called {test}")).parse().expect("KiB");
    println!("{test}: {} MiB", kib >> 10);
    assert!(kib >> 10 <= most_mib, "{test} took {} MiB, more than {most_mib}", kib >> 10);
}

/// Reads to the end or first fault; gives the rows and the bytes of their text.
pub(crate) fn read(name: &str, bytes: impl Read + Send) -> Result<(usize, usize), SourceError> {
    let mut source = open(name, bytes)?;
    let (mut block, mut rows, mut text) = (RowBlock::new(), 0, 0);
    while source.next_block(&mut block, 1_000)? > 0 {
        rows += block.len();
        text += block.rows().flat_map(|row| row.cells()).map(str::len).sum::<usize>();
    }
    Ok((rows, text))
}

#[track_caller]
pub(crate) fn refuse(name: &str, bytes: impl Read + Send, words: &[&str]) {
    let error = read(name, bytes).expect_err("is refused");
    let text = error.to_string();
    assert_eq!(error.name(), name);
    assert!(text.contains(name) && text.len() < 2_000, "{text}");
    for word in words {
        assert!(text.contains(word), "`{text}` lacks `{word}`");
    }
}
