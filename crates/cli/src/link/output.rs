//! Clusters and pairs as csv.

use std::{
    borrow::Cow,
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use diachiso_link::{Pair, Thresholds, probability};
use diachiso_source::{CsvTable, WriteError};
use rayon::prelude::*;

use super::input::Input;
use crate::user;

/// Rows of one piece of a file; pieces are made side by side and written one after the other.
const PIECE: usize = 16_384;
/// Pieces made before they are written.
const PIECES: usize = 8;

/// The file of pairs beside that of clusters.
pub(crate) fn pairs_path(clusters: &Path) -> PathBuf {
    clusters.with_extension("pairs.csv")
}

/// Writes the cluster of each record, named for its member with the least name.
pub(crate) fn clusters(path: &Path, input: &Input, clusters: &[u32]) -> anyhow::Result<()> {
    let heading = ["file", "row", "id", "cluster"];
    let rows: Vec<u32> = (0..clusters.len() as u32).collect();
    write(path, &heading, &rows, |row| {
        let row = *row as usize;
        let (file, line) = input.place(row);
        let cluster = input.name(clusters[row] as usize);
        [file.into(), line.to_string().into(), input.name(row), cluster]
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
    sorted.par_sort_unstable_by(|p, q| q.bits.total_cmp(&p.bits).then((p.a, p.b).cmp(&(q.a, q.b))));
    write(path, &heading, &sorted, |pair| {
        let verdict = if pair.bits >= thresholds.upper_bits { "same" } else { "review" };
        [
            input.name(pair.a as usize),
            input.name(pair.b as usize),
            format!("{:.2}", pair.bits).into(),
            format!("{:.6}", probability(pair.bits)).into(),
            verdict.into(),
        ]
    })
}

fn write<'i, T: Sync, const N: usize>(
    path: &Path,
    heading: &[&str; N],
    rows: &[T],
    cells: impl Fn(&T) -> [Cow<'i, str>; N] + Sync,
) -> anyhow::Result<()> {
    let named = || format!("{}", path.display());
    let mut file = File::create(path).with_context(named).map_err(user)?;
    file.write_all(&CsvTable::new(heading)?.take()?).with_context(named)?;
    let piece = |rows: &[T]| -> Result<Vec<u8>, WriteError> {
        let mut table = CsvTable::new(heading)?;
        // The heading stands at the top of the file already.
        table.take()?;
        rows.iter().try_for_each(|row| table.row(&cells(row)))?;
        table.take()
    };
    for rows in rows.chunks(PIECE * PIECES) {
        let pieces: Vec<Vec<u8>> = rows.par_chunks(PIECE).map(piece).collect::<Result<_, _>>()?;
        pieces.iter().try_for_each(|piece| file.write_all(piece)).with_context(named)?;
    }
    file.flush().with_context(named)
}
