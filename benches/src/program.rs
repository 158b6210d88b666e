//! The program as it ships.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, ensure};

/// Builds the program; answers with where it is.
///
/// # Errors
/// When it cannot be built, or this is no program of cargo's folder.
pub fn program() -> anyhow::Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // As a person would build it: the build script of `ring` runs anew wherever these differ.
    for (name, _) in std::env::vars_os() {
        let own =
            |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if name.to_str().is_some_and(own) {
            cargo.env_remove(name);
        }
    }
    let built = cargo.args(["build", "--release", "--package", "diachiso"]).status()?;
    ensure!(built.success(), "the program cannot be built");
    // A benchmark is TARGET/release/deps/NAME-HASH.
    let me = std::env::current_exe()?;
    Ok(me.ancestors().nth(2).context("the folder of the benchmark")?.join("diachiso"))
}
