//! House-keeping commands, run as `cargo xtask …`: everything a change must pass, benchmarks, screenshots.

mod command;
mod deny;
mod fuzz;
mod install;
mod postgres;
mod qgis;
mod report;
mod schemathesis;
mod steps;
mod web;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::steps::Step;

/// House-keeping commands of the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
enum Task {
    /// Installs what the tests need where it may, then checks and tests everything; stops at the first failure.
    Test {
        /// Runs this step alone; may be given several times. `tests` brings `postgres` with it.
        #[arg(long, value_name = "STEP", value_delimiter = ',')]
        only: Vec<Step>,
        /// Lists the steps in their order and runs none.
        #[arg(long)]
        list: bool,
        /// What the step `tests` gives to `cargo test` in place of `--workspace`, such as `-p diachiso-store`.
        #[arg(last = true, value_name = "SELECTION")]
        selection: Vec<String>,
    },
    /// Runs the benchmarks of `benches/`.
    Bench {
        /// Passed on to the benchmarks, such as a part of their names.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        passed_on: Vec<String>,
    },
    /// Runs the fuzz targets of `crates/fuzz`, or those named.
    Fuzz {
        /// A target, named as its file in `crates/fuzz/fuzz_targets`.
        #[arg(value_name = "TARGET")]
        targets: Vec<String>,
        /// How long each runs.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Holds the description of the API against a running server with schemathesis, as every role or those named.
    Schemathesis {
        /// `public`, `planner`, `collector`, `officer`, `reviewer` or `administrator`.
        #[arg(value_name = "ROLE")]
        roles: Vec<String>,
        /// Requests made up for each operation, beside those at the edges of what is described.
        #[arg(long, default_value_t = 10)]
        examples: u32,
    },
    /// Has QGIS, without a screen, read the features and the tiles of a running server; installs it where it may.
    Qgis,
    /// Takes the pictures of the README in a headless browser.
    Screenshots,
}

fn main() -> ExitCode {
    let done = match Args::parse().task {
        Task::Test { list: true, .. } => {
            steps::list();
            Ok(())
        }
        Task::Test { only, selection, .. } => steps::run(&only, selection),
        Task::Bench { passed_on } => bench(&passed_on),
        Task::Fuzz { targets, seconds } => fuzz::run(&targets, seconds),
        Task::Schemathesis { roles, examples } => schemathesis::run(&roles, examples),
        Task::Qgis => qgis::run(),
        Task::Screenshots => web::screenshots(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs `cargo bench` on the package of benchmarks. Only those that are named are built: each is linked for minutes.
fn bench(passed_on: &[String]) -> anyhow::Result<()> {
    let mut cargo = command::cargo(&["bench", "--package", "diachiso-benches"]);
    for name in benches()?.iter().filter(|name| passed_on.iter().any(|part| name.contains(&**part)))
    {
        cargo.args(["--bench", name]);
    }
    if !passed_on.is_empty() {
        cargo.arg("--").args(passed_on);
    }
    command::run(&mut cargo)
}

/// The names of the benchmarks, those of their files.
fn benches() -> anyhow::Result<Vec<String>> {
    let folder = command::root().join("benches/benches");
    let entries = std::fs::read_dir(&folder)
        .with_context(|| format!("{} cannot be read", folder.display()))?;
    let files = entries.flatten().map(|entry| entry.path());
    let rust = files.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    Ok(rust.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect())
}
