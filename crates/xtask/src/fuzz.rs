//! The fuzz targets: built with counters of coverage, filled with inputs to begin from, run.
//!
//! `libFuzzer` comes with the crate libfuzzer-sys. The flags below are those of cargo-fuzz without
//! a sanitizer, which stable Rust takes too; so a crash is a panic, a failed check, too much
//! memory or too much time, and not a bad pointer, which this code without `unsafe` has no use for.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};

use crate::command;

/// What the compiler adds: a counter for each edge, a table of them, and calls at comparisons.
const RUSTFLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                         -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                         -Cllvm-args=-sanitizer-coverage-pc-table \
                         -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// How long each target runs among the steps: 17 targets, a minute and some in all.
pub(crate) const SECONDS_AS_STEP: u64 = 4;

/// Most memory of a target in MiB: the largest xls takes one and a half gigabytes.
const MOST_MIB: u64 = 3_072;

/// Most time of one input.
const INPUT_TIMEOUT: Duration = Duration::from_secs(20);

/// Longest input in bytes.
const MAX_INPUT_BYTES: u64 = 16 << 10;

/// Formats and lints the targets, which stand outside the workspace, runs them as a step.
pub(crate) fn step() -> anyhow::Result<()> {
    let manifest = manifest();
    let manifest = manifest.to_str().context("the path is no text")?;
    command::run(&mut command::cargo(&["fmt", "--manifest-path", manifest, "--check"]))?;
    let mut clippy = cargo("clippy")?;
    command::run(clippy.args(["--all-targets", "--", "-D", "warnings"]))?;
    run(&[], SECONDS_AS_STEP)
}

/// Builds and runs the named targets, or all, for so many seconds each.
pub(crate) fn run(names: &[String], seconds: u64) -> anyhow::Result<()> {
    let targets = targets()?;
    if let Some(name) = names.iter().find(|name| !targets.contains(name)) {
        bail!("there is no target `{name}`; there are {}", targets.join(", "));
    }
    let programs = build()?;
    let corpus = target_folder().join("corpus");
    let fixtures = command::root().join("fixtures");
    command::run(command::program(programs.join("seeds")).arg(fixtures).arg(&corpus))?;
    let artifacts = target_folder().join("artifacts");
    std::fs::create_dir_all(&artifacts)
        .with_context(|| format!("{} cannot be made", artifacts.display()))?;
    for name in targets.iter().filter(|name| names.is_empty() || names.contains(name)) {
        let program = programs.join(name);
        let regressions = command::root().join("crates/fuzz/regressions").join(name);
        let mut fuzz = command::program(&program);
        fuzz.args(options(seconds))
            .arg(format!("-artifact_prefix={}/{name}-", artifacts.display()))
            .arg(corpus.join(name))
            .args(regressions.is_dir().then_some(regressions));
        let said = command::last_words(&mut fuzz)?;
        println!("{name:<14} {}", said.coverage.as_deref().unwrap_or("no coverage"));
        if !said.success {
            println!("{}", said.words);
            bail!(
                "{name} failed. The input is the newest {name}-* in {}; try it again with\n  {} {}\n\
                 then mend, and keep the input in crates/fuzz/regressions/{name}/",
                artifacts.display(),
                program.display(),
                artifacts.join(format!("{name}-…")).display(),
            );
        }
        if said.coverage.is_none() {
            bail!("{name} counted no coverage: it would only guess");
        }
    }
    Ok(())
}

/// The options of libFuzzer for a run of so many seconds.
fn options(seconds: u64) -> [String; 5] {
    [
        format!("-max_total_time={seconds}"),
        format!("-timeout={}", INPUT_TIMEOUT.as_secs()),
        format!("-rss_limit_mb={MOST_MIB}"),
        format!("-max_len={MAX_INPUT_BYTES}"),
        "-print_final_stats=0".to_owned(),
    ]
}

/// Builds every target; gives the folder of the programs.
fn build() -> anyhow::Result<PathBuf> {
    command::run(cargo("build")?.arg("--bins"))?;
    Ok(target_folder().join(host()?).join("release"))
}

/// Cargo for the targets. Whatever it is asked for, it is asked in one way: build scripts, macros and what is written in C
/// and C++ are then built once, for the lints and for the programs.
fn cargo(what: &str) -> anyhow::Result<Command> {
    let host = host()?;
    // With a target named, build scripts and macros are built without the counters.
    let mut cargo = command::cargo(&[what, "--release", "--target", &host, "--manifest-path"]);
    cargo.arg(manifest()).arg("--target-dir").arg(target_folder());
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", RUSTFLAGS);
    Ok(cargo)
}

/// The machine that is built for.
fn host() -> anyhow::Result<String> {
    let version = command::answer("rustc", &["-vV"]).context("rustc does not say what it is")?;
    let host = named_host(&version).ok_or_else(|| anyhow!("rustc names no host: {version}"))?;
    Ok(host.to_owned())
}

/// The host that `rustc -vV` names.
fn named_host(version: &str) -> Option<&str> {
    version.lines().find_map(|line| line.strip_prefix("host: "))
}

/// The names of the targets, those of their files.
fn targets() -> anyhow::Result<Vec<String>> {
    let folder = command::root().join("crates/fuzz/fuzz_targets");
    let entries = std::fs::read_dir(&folder)
        .with_context(|| format!("{} cannot be read", folder.display()))?;
    let name = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| name(entry.path())).collect();
    names.sort_unstable();
    Ok(names)
}

fn manifest() -> PathBuf {
    command::root().join("crates/fuzz/Cargo.toml")
}

/// Where everything goes that is built or found.
fn target_folder() -> PathBuf {
    command::root().join("target/fuzz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_program_in_the_manifest() {
        let manifest = std::fs::read_to_string(manifest()).expect("the manifest is there");
        let targets = targets().expect("the folder is there");
        assert_eq!(manifest.matches("path = \"fuzz_targets/").count(), targets.len());
        for target in targets {
            assert!(manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")), "{target}");
        }
    }

    #[test]
    fn the_host_is_read_from_what_rustc_says() {
        assert_eq!(
            named_host("rustc 1.95.0\nbinary: rustc\nhost: x86_64-a-b\n"),
            Some("x86_64-a-b")
        );
        assert_eq!(named_host("rustc"), None);
    }
}
