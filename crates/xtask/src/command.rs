//! Other programs: found, started in the root of the workspace, shown as they are run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use anyhow::{Context, bail};

/// The root folder of the workspace: of the checkout that cargo runs in, which a build folder shared by several does
/// not know.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let xtask = xtask.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        xtask.ancestors().nth(2).map_or(xtask.clone(), Path::to_owned)
    });
    &ROOT
}

/// The cargo that runs this program, in the root of the workspace.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command =
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.args(args).current_dir(root());
    // Cargo tells this program which package it is of. Build scripts that look at such variables (that of `ring`) would be run
    // anew, and what rests on them be compiled, whenever it is now this program and now a person who calls cargo.
    for (name, _) in std::env::vars_os() {
        let own =
            |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if name.to_str().is_some_and(own) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program to its end, its output left on the terminal.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.status().with_context(|| format!("`{shown}` does not start"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Runs a program to its end and returns what it writes to standard output; its words stay on the terminal.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let shown = shown(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{shown}` does not start"))?;
    if !output.status.success() {
        bail!("`{shown}` ended with {}", output.status);
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{shown}` writes something else than UTF-8"))
}

/// What a program answers on standard output, trimmed; none if it is missing or fails.
pub(crate) fn answer(program: impl AsRef<Path>, args: &[&str]) -> Option<String> {
    let output = Command::new(program.as_ref()).args(args).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where a program stands on the `PATH`.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Whether this program runs as root.
pub(crate) fn is_root() -> bool {
    answer("id", &["-u"]).as_deref() == Some("0")
}

/// A command as a person would type it: cargo by its name rather than its path.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// What a fuzzer said before it ended.
pub(crate) struct LastWords {
    pub(crate) success: bool,
    /// Its last line of coverage, from `cov:` on.
    pub(crate) coverage: Option<String>,
    /// Its last lines, for a person.
    pub(crate) words: String,
}

/// A program at a path, in the root of the workspace.
pub(crate) fn program(path: impl AsRef<Path>) -> Command {
    let mut command = Command::new(path.as_ref());
    command.current_dir(root());
    command
}

/// Runs a fuzzer to its end and keeps what it says.
pub(crate) fn last_words(command: &mut Command) -> anyhow::Result<LastWords> {
    /// Lines that hold a panic, its stack and the name of the input.
    const LINES: usize = 60;
    let shown = shown(command);
    let output = command.output().with_context(|| format!("`{shown}` does not start"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = words.lines().collect();
    let coverage = lines.iter().rev().find_map(|line| line.find("cov:").map(|at| &line[at..]));
    Ok(LastWords {
        success: output.status.success(),
        coverage: coverage.map(str::to_owned),
        words: lines[lines.len().saturating_sub(LINES)..].join("\n"),
    })
}
