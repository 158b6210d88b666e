//! What a run changes: rows that are as they were are not written again.
//!
//! Beside the layers the store keeps a digest of every row, 16 bytes of BLAKE3 under the number of the row. A run makes
//! all rows, takes their digests, and writes those whose digest is another; what is there and is not made is deleted. Rows
//! are numbered by what they are – a row of a file by the number of the file and its own, a household by its place among
//! all – so that the same row has the same number in the next run. A run that replaces everything writes digests too.
//!
//! That only what changed is written is a matter of work done, not of what is there afterwards: both ways end in the same
//! rows, which a test says after a thousand random operations.

use std::{borrow::Cow, collections::HashMap};

use super::{
    cells::Cells,
    layers::{TreeSql, fill_tree},
    sink::{Closed, Rows, Sink},
};
use crate::{
    geometry::Bounds,
    rtree::{down, up},
};

/// Bytes of a digest.
const DIGEST_BYTES: usize = 16;
/// Rows whose digests stand in one part, by their numbers, as a power of two: one row more rewrites 72 KB at most.
const PART_BITS: u32 = 12;
/// Bytes of one entry of a part: the row's number inside it, and its digest.
const ENTRY_BYTES: usize = 2 + DIGEST_BYTES;

type Digest = [u8; DIGEST_BYTES];

/// Digests of the layers, by (layer, part).
pub(crate) type Parts = HashMap<String, Vec<(i64, Vec<u8>)>>;

/// Numbers of rows with their digests, in the order of numbers.
type Numbered = Vec<(i64, Digest)>;

/// What a run finds before it writes.
pub(crate) struct Changes<'s> {
    sink: &'s Sink,
    /// Digests of the run before; `None` where everything is replaced.
    before: Option<Parts>,
}

/// Statements about one layer.
pub(crate) struct LayerSql {
    pub(crate) name: &'static str,
    /// The insert up to `values`.
    pub(crate) insert: &'static str,
    /// The delete up to the list of numbers.
    pub(crate) delete: &'static str,
    pub(crate) tree: Option<&'static TreeSql>,
}

fn digest(bytes: &[u8]) -> Digest {
    let hash = blake3::hash(bytes);
    let mut digest = [0; DIGEST_BYTES];
    digest.copy_from_slice(&hash.as_bytes()[..DIGEST_BYTES]);
    digest
}

/// The entries of parts that were read.
fn entries(parts: &[(i64, Vec<u8>)]) -> Numbered {
    let of_part = |(part, data): &(i64, Vec<u8>)| {
        let first = part << PART_BITS;
        let entry = move |bytes: &[u8]| {
            let low = u16::from_le_bytes([bytes[0], bytes[1]]);
            let mut digest = [0; DIGEST_BYTES];
            digest.copy_from_slice(&bytes[2..]);
            (first + i64::from(low), digest)
        };
        data.chunks_exact(ENTRY_BYTES).map(entry).collect::<Vec<_>>()
    };
    parts.iter().flat_map(of_part).collect()
}

/// The parts of entries, which are in the order of their numbers.
fn parts(entries: &[(i64, Digest)]) -> Vec<(i64, Vec<u8>)> {
    let part_of = |number: i64| number >> PART_BITS;
    let packed = |run: &[(i64, Digest)]| {
        let part = part_of(run[0].0);
        let mut data = Vec::with_capacity(run.len() * ENTRY_BYTES);
        for (number, digest) in run {
            data.extend(((number - (part << PART_BITS)) as u16).to_le_bytes());
            data.extend(digest);
        }
        (part, data)
    };
    entries.chunk_by(|a, b| part_of(a.0) == part_of(b.0)).map(packed).collect()
}

impl<'s> Changes<'s> {
    /// What changes against the digests of the run before; without them, everything.
    pub(crate) fn new(sink: &'s Sink, before: Option<Parts>) -> Self {
        Self { sink, before }
    }

    /// Whether everything is replaced.
    pub(crate) fn everything(&self) -> bool {
        self.before.is_none()
    }

    pub(crate) fn sink(&self) -> &'s Sink {
        self.sink
    }

    /// Begins a layer, whose rows come in the order of their numbers.
    pub(crate) fn layer(&mut self, sql: &'static LayerSql) -> Layer<'s> {
        let before = self.before.as_mut().map(|parts| parts.remove(sql.name).unwrap_or_default());
        let insert: Cow<'static, str> = match &before {
            None => sql.insert.into(),
            Some(_) => sql.insert.replacen("insert into", "insert or replace into", 1).into(),
        };
        Layer {
            sql,
            tree: sql.tree.filter(|_| !self.sink.copies()),
            sink: self.sink,
            rows: self.sink.table(insert),
            old: before.as_deref().map(entries).unwrap_or_default(),
            at: 0,
            before,
            now: Vec::new(),
            changed: Vec::new(),
            items: Vec::new(),
            moved: Vec::new(),
            gone: Vec::new(),
            bytes: Vec::new(),
            same: 0,
            counted: false,
        }
    }

    /// Fills a small table without numbers: all of it where anything in it is another.
    pub(crate) async fn whole<T>(
        &mut self,
        (name, clear, insert): (&'static str, &'static str, &'static str),
        items: &[T],
        cells: impl Fn(&mut Cells<'_>, &T),
    ) -> Result<(), Closed> {
        let mut bytes = Vec::new();
        for item in items {
            cells(&mut Cells::Taken(&mut bytes), item);
        }
        let now = parts(&[(0, digest(&bytes))]);
        let mut old = Vec::new();
        if let Some(before) = &mut self.before {
            old = before.remove(name).unwrap_or_default();
            if old == now {
                return Ok(());
            }
            self.sink.script(clear).await?;
        }
        let mut rows = self.sink.table(insert);
        for item in items {
            rows.row(|c| cells(c, item)).await?;
        }
        rows.finish().await?;
        keep(self.sink, name, &now, &old).await
    }
}

/// Writes the parts that are not as they were, and deletes those that are no more.
async fn keep(
    sink: &Sink,
    name: &'static str,
    now: &[(i64, Vec<u8>)],
    before: &[(i64, Vec<u8>)],
) -> Result<(), Closed> {
    let old: HashMap<i64, &Vec<u8>> = before.iter().map(|(part, data)| (*part, data)).collect();
    if sink.copies() {
        // Here no row replaces another: what changes goes first.
        let now: HashMap<i64, &Vec<u8>> = now.iter().map(|(part, data)| (*part, data)).collect();
        let other = old.iter().filter(|(part, data)| now.get(part) != Some(data));
        sink.forget_parts(name, other.map(|(part, _)| *part).collect()).await?;
    }
    let mut rows = sink.table("insert or replace into digests (layer, part, data) values");
    for (part, data) in now.iter().filter(|(part, data)| old.get(part) != Some(&data)) {
        rows.row(|c| c.put(name).put(*part).put(data.as_slice()).done()).await?;
    }
    rows.finish().await?;
    if sink.copies() {
        return Ok(());
    }
    let kept: std::collections::HashSet<i64> = now.iter().map(|(part, _)| *part).collect();
    let mut rows = sink.table("insert or replace into digests (layer, part, data) values");
    for (part, _) in before.iter().filter(|(part, _)| !kept.contains(part)) {
        rows.row(|c| c.put(name).put(*part).put([].as_slice()).done()).await?;
    }
    rows.finish().await
}

/// A layer that is being written.
pub(crate) struct Layer<'s> {
    sql: &'static LayerSql,
    /// Where this program keeps the tree, not the database.
    tree: Option<&'static TreeSql>,
    sink: &'s Sink,
    rows: Rows<'s>,
    before: Option<Vec<(i64, Vec<u8>)>>,
    /// Digests of the run before, and how many of them were met.
    old: Numbered,
    at: usize,
    now: Numbered,
    /// Rows that are new or other.
    changed: Vec<i64>,
    /// Rows and where they lie: all of them.
    items: Vec<(i64, Bounds)>,
    /// Rows that are new or other, and where they lie.
    moved: Vec<(i64, Option<Bounds>)>,
    gone: Vec<i64>,
    bytes: Vec<u8>,
    /// Rows that stay as they are and that the progress has not heard of.
    same: u64,
    counted: bool,
}

/// What became of a layer.
pub(crate) struct Filled {
    /// Where it lies.
    pub(crate) extent: Option<Bounds>,
    /// Rows that are new or other, in their order; all of them where everything is replaced.
    pub(crate) changed: Vec<i64>,
    /// Rows that are no more.
    pub(crate) gone: Vec<i64>,
}

impl Layer<'_> {
    /// Lets the progress hear of these rows.
    pub(crate) fn counted(mut self) -> Self {
        self.rows = self.rows.counted();
        self.counted = true;
        self
    }

    /// One row, its number the first of its cells; `beside` is what hangs on it and is written where it is.
    pub(crate) async fn row(
        &mut self,
        number: i64,
        bounds: Option<Bounds>,
        cells: impl Fn(&mut Cells<'_>),
        beside: impl Fn(&mut Cells<'_>),
    ) -> Result<(), Closed> {
        self.bytes.clear();
        cells(&mut Cells::Taken(&mut self.bytes));
        beside(&mut Cells::Taken(&mut self.bytes));
        let digest = digest(&self.bytes);
        debug_assert!(self.now.last().is_none_or(|last| last.0 < number), "{}", self.sql.name);
        self.now.push((number, digest));
        self.items.extend(bounds.map(|b| (number, b)));
        while let Some((old, _)) = self.old.get(self.at).filter(|(old, _)| *old < number) {
            self.gone.push(*old);
            self.at += 1;
        }
        if let Some((_, old)) = self.old.get(self.at).filter(|(old, _)| *old == number) {
            self.at += 1;
            if *old == digest {
                self.same += 1;
                return Ok(());
            }
            self.rows.replaces(self.sql.delete, number);
        }
        self.changed.push(number);
        if self.before.is_some() && self.tree.is_some() {
            self.moved.push((number, bounds));
        }
        self.rows.row(cells).await
    }

    /// Deletes what was not met, and brings tree and digests up to date.
    pub(crate) async fn finish(mut self) -> Result<Filled, Closed> {
        self.rows.finish().await?;
        if self.counted {
            self.sink.heard(self.same).await?;
        }
        self.gone.extend(self.old[self.at..].iter().map(|(number, _)| *number));
        self.sink.delete(self.sql.delete, &self.gone).await?;
        let extent = self.items.iter().map(|(_, b)| *b).reduce(Bounds::join);
        match (&self.before, self.tree) {
            (None, Some(tree)) => {
                fill_tree(tree, self.items, self.sink).await?;
            }
            (Some(_), Some(tree)) => {
                let flat =
                    self.moved.iter().filter(|(_, b)| b.is_none()).map(|(number, _)| *number);
                let away: Vec<i64> = flat.chain(self.gone.iter().copied()).collect();
                self.sink.delete(tree.delete, &away).await?;
                let mut rows = self.sink.table(tree.insert);
                for (number, b) in self.moved.iter().filter_map(|(n, b)| Some((*n, (*b)?))) {
                    // Rounded as a packed tree rounds: what is such a number already stays as it is.
                    let bounds = [down(b.min_x), up(b.max_x), down(b.min_y), up(b.max_y)];
                    rows.row(|c| {
                        bounds.iter().fold(c.put(number), |c, v| c.put(f64::from(*v))).done();
                    })
                    .await?;
                }
                rows.finish().await?;
            }
            (_, None) => {}
        }
        let before = self.before.unwrap_or_default();
        keep(self.sink, self.sql.name, &parts(&self.now), &before).await?;
        Ok(Filled { extent, changed: self.changed, gone: self.gone })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_read_back_from_their_parts() {
        let numbers = [1_i64, 2, 4095, 4096, 1 << 30, (1 << 30) + 5, (7 << 30) + 4096];
        let all: Numbered = numbers.iter().map(|n| (*n, digest(&n.to_le_bytes()))).collect();
        let packed = parts(&all);
        assert_eq!(packed.len(), 4);
        assert_eq!(entries(&packed), all);
    }
}
