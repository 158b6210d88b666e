//! What the steps did, for the closing table.

use std::time::Duration;

/// One line of the closing table.
#[derive(Debug)]
struct Line {
    step: &'static str,
    result: &'static str,
    took: Duration,
}

/// The steps that were run, and everything that was left out.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    not_run: Vec<String>,
}

impl Report {
    /// Adds a step that was run, with its result in a word.
    pub(crate) fn step(&mut self, step: &'static str, result: &'static str, took: Duration) {
        self.lines.push(Line { step, result, took });
    }

    /// Adds something that should have been run and was not, with the reason and the remedy.
    pub(crate) fn not_run(&mut self, what: impl Into<String>) {
        self.not_run.push(what.into());
    }

    /// Prints the table and, after it, what was left out.
    pub(crate) fn print(&self) {
        println!("\n{:<10} {:<8} {:>9}", "step", "result", "time");
        for line in &self.lines {
            println!("{:<10} {:<8} {:>7.1} s", line.step, line.result, line.took.as_secs_f64());
        }
        let total: Duration = self.lines.iter().map(|line| line.took).sum();
        println!("{:<10} {:<8} {:>7.1} s", "total", "", total.as_secs_f64());
        for what in &self.not_run {
            println!("NOT RUN: {what}");
        }
    }
}
