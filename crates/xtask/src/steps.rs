//! The steps of `cargo xtask test`, in their order.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::anyhow;
use clap::ValueEnum;

use crate::command;
use crate::deny;
use crate::fuzz;
use crate::install;
use crate::postgres::Cluster;
use crate::report::Report;
use crate::web;

/// The folder of real boundaries and test vectors, which are not ours to commit.
const REAL_DATA: &str = "DIACHISO_REAL_DATA";

/// Where that folder stands, beside the repository, when the variable is unset.
const REAL_DATA_BESIDE: &str = "../shared/real";

/// How the names of the tests that need that folder begin.
const REAL_PREFIX: &str = "real_";

/// One step; the declaration order is the order of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Step {
    /// Installs the programs that the tests call, or says which are missing.
    Install,
    /// Installs the npm packages of the pages from their lock file.
    Npm,
    /// Checks that every file is formatted; names those that are not.
    Fmt,
    /// Lints every target; a warning is an error.
    Clippy,
    /// Builds the documentation; a warning is an error.
    Docs,
    /// Checks licences, sources and advisories of what is built in.
    Deny,
    /// Starts a throw-away database server with its spatial extension; stopped when the run ends.
    Postgres,
    /// Runs the unit, property, database and GDAL tests.
    Tests,
    /// Lints the fuzz targets and runs each for some seconds; `cargo xtask fuzz` runs them longer.
    Fuzz,
    /// Runs the tests of the pages in a headless browser.
    Browser,
}

impl Step {
    /// The name on the command line and in the table.
    fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Npm => "npm",
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Docs => "docs",
            Self::Deny => "deny",
            Self::Postgres => "postgres",
            Self::Tests => "tests",
            Self::Fuzz => "fuzz",
            Self::Browser => "browser",
        }
    }
}

/// What the steps share: which tests to run, the database that one starts and another uses, and the report.
#[derive(Debug, Default)]
struct House {
    selection: Vec<String>,
    cluster: Option<Cluster>,
    report: Report,
}

/// Prints the steps and what each does.
pub(crate) fn list() {
    for step in Step::value_variants() {
        let help =
            step.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string));
        println!("{:<10} {}", step.name(), help.unwrap_or_default());
    }
}

/// Runs the chosen steps, or all when none is chosen, up to the first failure.
///
/// The tests are those of the `selection`, in the words of `cargo test`; an empty one is the whole workspace.
/// The database stops when this returns, whatever happened.
pub(crate) fn run(only: &[Step], mut selection: Vec<String>) -> anyhow::Result<()> {
    if selection.is_empty() {
        selection.push("--workspace".to_owned());
    }
    let mut house = House { selection, ..House::default() };
    for step in chosen(only) {
        println!("\n== {} ==", step.name());
        let started = Instant::now();
        let done = house.take(step);
        let took = started.elapsed();
        house.report.step(step.name(), if done.is_ok() { "ok" } else { "FAILED" }, took);
        println!("-- {}: {:.1} s", step.name(), took.as_secs_f64());
        if let Err(error) = done {
            house.report.print();
            return Err(error.context(format!("step `{}` failed", step.name())));
        }
    }
    house.report.print();
    Ok(())
}

/// The steps to run, in their order: those asked for and what they stand on.
fn chosen(only: &[Step]) -> Vec<Step> {
    let needs_postgres = only.contains(&Step::Tests);
    let wanted = |step: &&Step| {
        only.is_empty() || only.contains(step) || (**step == Step::Postgres && needs_postgres)
    };
    Step::value_variants().iter().filter(wanted).copied().collect()
}

impl House {
    /// Runs one step.
    fn take(&mut self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::Install => install::install(),
            Step::Npm => web::install_packages(),
            Step::Fmt => {
                command::run(&mut command::cargo(&["fmt", "--all", "--check", "--", "-l"]))
            }
            Step::Clippy => command::run(&mut command::cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])),
            Step::Docs => command::run(
                command::cargo(&["doc", "--workspace", "--no-deps"])
                    .env("RUSTDOCFLAGS", "-D warnings"),
            ),
            Step::Deny => {
                if let Some(what) = deny::step()? {
                    self.report.not_run(what);
                }
                Ok(())
            }
            Step::Postgres => {
                self.cluster = Some(Cluster::start()?);
                Ok(())
            }
            Step::Tests => self.tests(),
            Step::Fuzz => fuzz::step(),
            Step::Browser => web::browser_tests(),
        }
    }

    /// Runs every test there is; without the real data, all but those that need it, which are named.
    fn tests(&mut self) -> anyhow::Result<()> {
        let url =
            self.cluster.as_ref().ok_or_else(|| anyhow!("the database was not started"))?.url();
        let test = |args: &[&str]| {
            let mut cargo = command::cargo(&["test"]);
            cargo.args(&self.selection).args(args).env("DIACHISO_TEST_PG", &url);
            cargo
        };
        let mut all = test(&["--no-fail-fast"]);
        if let Some(folder) = real_data() {
            println!("{REAL_DATA}={}", folder.display());
            return command::run(all.env(REAL_DATA, folder));
        }
        let mut list = test(&["--lib", "--bins", "--tests", "--", "--list"]);
        let skipped = names_to_skip(&command::output(&mut list)?);
        println!(
            "The checks on real boundaries need {REAL_DATA}: set it to the folder with communes_141_clean.geojson \
             and olc/, or put that folder at {REAL_DATA_BESIDE}. Without it these do not run:"
        );
        for test in &skipped {
            println!("  {test}");
            self.report.not_run(format!("{test} (needs {REAL_DATA})"));
        }
        command::run(all.args(["--", "--skip", REAL_PREFIX]))
    }
}

/// The folder of the real data, if the variable or the place beside the repository names one.
fn real_data() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(REAL_DATA).filter(|folder| !folder.is_empty()) {
        // Given but wrong is a mistake that the tests name; it is not the same as absent.
        return Some(
            std::path::absolute(Path::new(&folder)).unwrap_or_else(|_| PathBuf::from(folder)),
        );
    }
    command::root().join(REAL_DATA_BESIDE).canonicalize().ok().filter(|folder| folder.is_dir())
}

/// The tests that `--skip real_` leaves out of those that the test programs list: it takes the prefix anywhere in
/// the path of a test.
fn names_to_skip(listed: &str) -> Vec<String> {
    let tests = listed.lines().filter_map(|line| line.strip_suffix(": test"));
    tests.filter(|name| name.contains(REAL_PREFIX)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_bring_the_database_with_them() {
        assert_eq!(chosen(&[Step::Tests, Step::Fmt]), [Step::Fmt, Step::Postgres, Step::Tests]);
        assert_eq!(chosen(&[Step::Fmt]), [Step::Fmt]);
    }

    #[test]
    fn nothing_chosen_is_everything_in_order() {
        let all = chosen(&[]);
        assert_eq!(all, Step::value_variants());
        assert!(all.is_sorted());
    }

    #[test]
    fn a_step_is_called_on_the_command_line_as_in_the_table() {
        for step in Step::value_variants() {
            let value = step.to_possible_value().expect("no step is hidden");
            assert_eq!(value.get_name(), step.name());
        }
    }

    #[test]
    fn what_is_skipped_is_what_is_named() {
        let listed = "real_communes_agree: test\nvectors::real_codes: test\nunreal: test\n\n3 tests, 0 benchmarks\n";
        assert_eq!(names_to_skip(listed), ["real_communes_agree", "vectors::real_codes"]);
    }
}
