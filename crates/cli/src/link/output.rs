//! Clusters and pairs as csv.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use diachiso_link::{Pair, Thresholds, probability};
use diachiso_source::CsvTable;

use super::input::Input;
use crate::user;

/// Rows written at a time.
const PIECE: usize = 65_536;

/// The file of pairs beside that of clusters.
pub(crate) fn pairs_path(clusters: &Path) -> PathBuf {
    clusters.with_extension("pairs.csv")
}

/// Writes the cluster of each record, named for its member with the least name.
pub(crate) fn clusters(path: &Path, input: &Input, clusters: &[u32]) -> anyhow::Result<()> {
    let heading = ["file", "row", "id", "cluster"];
    write(path, &heading, clusters.iter().enumerate(), |(row, cluster)| {
        let (file, line) = input.place(row);
        [file.to_owned(), line.to_string(), input.name(row), input.name(*cluster as usize)]
    })
}

/// Writes pairs from the lower threshold on, the strongest first.
pub(crate) fn pairs(
    path: &Path,
    input: &Input,
    pairs: &[Pair],
    thresholds: Thresholds,
) -> anyhow::Result<()> {
    let heading = ["a", "b", "bits", "probability", "verdict"];
    let mut sorted: Vec<&Pair> = pairs.iter().collect();
    sorted.sort_by(|p, q| q.bits.total_cmp(&p.bits).then((p.a, p.b).cmp(&(q.a, q.b))));
    write(path, &heading, sorted, |pair| {
        let verdict = if pair.bits >= thresholds.upper_bits { "same" } else { "review" };
        [
            input.name(pair.a as usize),
            input.name(pair.b as usize),
            format!("{:.2}", pair.bits),
            format!("{:.6}", probability(pair.bits)),
            verdict.to_owned(),
        ]
    })
}

fn write<T, const N: usize>(
    path: &Path,
    heading: &[&str; N],
    rows: impl IntoIterator<Item = T>,
    cells: impl Fn(T) -> [String; N],
) -> anyhow::Result<()> {
    let named = || format!("{}", path.display());
    let mut file = BufWriter::new(File::create(path).with_context(named).map_err(user)?);
    let mut table = CsvTable::new(heading)?;
    for (at, row) in rows.into_iter().enumerate() {
        table.row(&cells(row))?;
        if at % PIECE == PIECE - 1 {
            file.write_all(&table.take()?).with_context(named)?;
        }
    }
    file.write_all(&table.take()?).with_context(named)?;
    file.flush().with_context(named)
}
