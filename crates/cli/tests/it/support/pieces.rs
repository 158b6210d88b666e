//! A file handed in in pieces, and what a store then holds.

use std::{collections::BTreeMap, path::Path};

use crate::support::{files, run_args, succeed};

/// Rows of one small batch.
const ROWS: usize = 12;

/// What is said of every piece.
pub(crate) const SAID: &str = "kind=submissions&legal_basis=Q%C4%90%2012&purpose=thu";

/// Small files cut out of all files of submissions of a folder that are csv.
pub(crate) fn pieces(folder: &Path) -> Vec<String> {
    let tables = files(folder, "phieu-");
    let tables = tables.iter().filter(|path| path.extension().is_some_and(|e| e == "csv"));
    tables.flat_map(|path| cut(path)).collect()
}

fn cut(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("a file");
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let heading = lines.next().expect("a heading");
    let rows: Vec<&str> = lines.collect();
    rows.chunks(ROWS).map(|rows| format!("{heading}\n{}\n", rows.join("\n"))).collect()
}

/// Hashes of the files that a store holds, with how often, and how many runs it had.
pub(crate) fn sources(store: &str) -> (BTreeMap<String, u32>, i64) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = diachiso_store::open_store(store, false).await.expect("a store");
        let mut counts = BTreeMap::new();
        for source in store.sources().await.expect("files") {
            *counts.entry(source.hash.to_string()).or_default() += 1;
        }
        (counts, store.latest_run().await.expect("a run").expect("there").number)
    })
}

/// Takes texts in at the command line, as files of a folder.
pub(crate) fn take_in(store: &Path, kept: &Path, texts: &[&String]) {
    std::fs::create_dir(kept).expect("a folder");
    let mut paths = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let path = kept.join(format!("q{n}.csv"));
        std::fs::write(&path, text).expect("written");
        paths.push(path);
    }
    let mut args = run_args(store, &[], &paths);
    args.extend(["--legal-basis", "QĐ 12", "--accept", "x", "--by", "y"].map(str::to_owned));
    succeed(args);
}
