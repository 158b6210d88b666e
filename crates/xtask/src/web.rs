//! What is run through npm in `crates/web`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, anyhow, bail};
use serde_json::Value;

use crate::command;

/// The names under which a Chromium may be installed.
pub(crate) const BROWSERS: &[&str] =
    &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Installs the packages that the lock file names, exactly.
pub(crate) fn install_packages() -> anyhow::Result<()> {
    let lock = folder().join("package-lock.json");
    if !lock.is_file() {
        bail!("{} is missing: commit the lock file of the pages", lock.display());
    }
    if let Some(version) = command::answer("node", &["--version"]) {
        println!("node {version}");
    }
    command::run(npm()?.args(["ci", "--no-audit", "--no-fund"]))
}

/// Runs the tests of the pages against the binary, in the browser that is installed.
pub(crate) fn browser_tests() -> anyhow::Result<()> {
    run_script("test:browser", &[])
}

/// Takes the pictures of the README with the optimised binary.
pub(crate) fn screenshots() -> anyhow::Result<()> {
    run_script("screenshot", &["--release"])
}

/// Builds the binary, then runs a script of `package.json` that finds it in `DIACHISO_BIN` and the browser in
/// `CHROMIUM`.
fn run_script(script: &str, profile: &[&str]) -> anyhow::Result<()> {
    let manifest = folder().join("package.json");
    let text = std::fs::read_to_string(&manifest)
        .with_context(|| format!("{} cannot be read", manifest.display()))?;
    let package: Value = serde_json::from_str(&text)
        .with_context(|| format!("{} is no JSON", manifest.display()))?;
    if package["scripts"][script].as_str().is_none() {
        bail!("{} has no script `{script}`", manifest.display());
    }
    let browser =
        BROWSERS.iter().find_map(|name| command::find_program(name)).ok_or_else(|| {
            anyhow!(
                "no browser among {}: run `cargo xtask test --only install`",
                BROWSERS.join(", ")
            )
        })?;
    let binary = build_binary(profile)?;
    println!("DIACHISO_BIN={} CHROMIUM={}", binary.display(), browser.display());
    command::run(npm()?.args(["run", script]).env("DIACHISO_BIN", binary).env("CHROMIUM", browser))
}

/// Builds the command line and returns where cargo put it.
fn build_binary(profile: &[&str]) -> anyhow::Result<PathBuf> {
    let mut cargo = command::cargo(&["build", "--package", "diachiso", "--bin", "diachiso"]);
    let messages =
        command::output(cargo.args(profile).arg("--message-format=json-render-diagnostics"))?;
    executable(&messages).ok_or_else(|| anyhow!("cargo built no executable `diachiso`"))
}

/// The last executable among the messages of cargo, one JSON object a line.
fn executable(messages: &str) -> Option<PathBuf> {
    let objects = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    objects.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back()
}

/// npm in the folder of the pages.
fn npm() -> anyhow::Result<Command> {
    let npm = command::find_program("npm").ok_or_else(|| {
        anyhow!("npm is missing: install Node.js 20 or later with npm (https://nodejs.org)")
    })?;
    let mut command = Command::new(npm);
    command.current_dir(folder());
    Ok(command)
}

/// The folder of the pages.
fn folder() -> PathBuf {
    command::root().join("crates/web")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_read_from_the_messages_of_cargo() {
        let messages = concat!(
            "{\"reason\":\"compiler-artifact\",\"executable\":null}\n",
            "not json\n",
            "{\"reason\":\"compiler-artifact\",\"executable\":\"/t/debug/diachiso\"}\n",
            "{\"reason\":\"build-finished\",\"success\":true}\n",
        );
        assert_eq!(executable(messages), Some(PathBuf::from("/t/debug/diachiso")));
        assert_eq!(executable("{\"reason\":\"build-finished\"}"), None);
    }
}
