//! The rows of a published state, the same for every store, and which of them a run has to write.

pub(crate) mod cells;
pub(crate) mod delta;
pub(crate) mod layers;
pub(crate) mod people;
pub(crate) mod proposals;
pub(crate) mod sink;

use diachiso_model::{Published, Units};

use crate::{NewRun, UnitShape, geometry::Bounds};

/// What a run publishes.
pub(crate) struct Run<'a> {
    pub(crate) state: &'a Published,
    pub(crate) units: &'a Units,
    pub(crate) shapes: &'a [UnitShape],
    pub(crate) new: &'a NewRun,
}

/// Where each layer lies.
pub(crate) type Extents = Vec<(&'static str, Option<Bounds>)>;

/// Under which name the digest of the tables' layout is kept, and the insert of digests up to `values`.
pub(crate) const LAYOUT: &str = "layout";
pub(crate) const DIGESTS: &str = "insert or replace into digests (layer, part, data) values";

/// Bytes of one row of an archive: 1 MiB, so that no reader needs more memory than that at once.
pub(crate) const ARCHIVE_PART: usize = 1 << 20;

/// Makes all rows and sends on those that changed; `files` are the numbers of the state's files, `layout` tells the
/// tables' layout from others.
pub(crate) async fn fill(
    run: &Run<'_>,
    files: &[i64],
    (before, layout): (Option<delta::Parts>, &[u8]),
    sink: sink::Sink,
) -> Result<Extents, sink::Closed> {
    let everything = before.is_none();
    let mut changes = delta::Changes::new(&sink, before);
    let mut extents = layers::fill(run, &mut changes).await?;
    extents.extend(people::fill(run, files, &mut changes).await?);
    if everything || !sink.copies() {
        let mut rows = sink.table(DIGESTS);
        rows.row(|c| c.put(LAYOUT).put(0_i64).put(layout).done()).await?;
        rows.finish().await?;
    }
    Ok(extents)
}

/// BLAKE3 over the sorted hashes of the files.
pub(crate) fn inputs_hash(state: &Published) -> Box<str> {
    let mut hashes: Vec<&str> = state.files.iter().map(|f| &*f.hash).collect();
    hashes.sort_unstable();
    blake3::hash(hashes.join("\n").as_bytes()).to_hex().as_str().into()
}
