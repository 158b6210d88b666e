//! What a benchmark is told on its command line.

use std::path::PathBuf;

use clap::Parser;

/// Arguments of every benchmark: `cargo bench` gives each of them the same ones.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo bench -p diachiso-benches --", disable_version_flag = true)]
pub struct Arguments {
    /// Households of the synthetic register, from 1,000 to 30,000,000.
    #[arg(long, env = "DIACHISO_BENCH_HOUSEHOLDS", default_value_t = 100_000)]
    pub households: u64,
    /// Records of the table that linkage is measured on.
    #[arg(long, env = "DIACHISO_BENCH_RECORDS", default_value_t = 1_000_000)]
    pub records: u64,
    /// How often each thing is done; the fastest counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,
    /// Folder of the real boundaries (`communes_141_clean.geojson`); without it only schematic ones are measured.
    #[arg(long, env = "DIACHISO_REAL_DATA")]
    pub real_data: Option<PathBuf>,
    /// Leaves out the programs that ours is compared with, which are installed for that.
    #[arg(long)]
    pub without_peers: bool,
    /// Leaves out ten times as many records.
    #[arg(long)]
    pub without_large: bool,
    /// Parts of the names of the benchmarks to run; none means all.
    names: Vec<String>,
    /// Given by `cargo bench`; see [`Arguments::of`].
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    /// The arguments of the benchmark `name`, or `None` when it is not to run: another one was named, or
    /// `cargo test` looks in, which must not cost minutes and whose own arguments are none of ours.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        if !std::env::args().any(|argument| argument == "--bench") {
            eprintln!("{name}: not run, because benchmarks run under `cargo bench` alone");
            return None;
        }
        Some(Self::parse()).filter(|arguments| arguments.asks_for(name))
    }

    fn asks_for(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|part| name.contains(&**part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &[&str], runs: bool) {
        let all = std::iter::once("stages").chain(arguments.iter().copied());
        assert_eq!(Arguments::parse_from(all).asks_for("stages"), runs, "{arguments:?}");
    }

    #[test]
    fn a_benchmark_runs_unless_others_are_named() {
        check(&["--bench"], true);
        check(&["--households", "5000", "stag", "text", "--bench"], true);
        check(&["text", "--bench"], false);
        check(&[], true);
    }
}
