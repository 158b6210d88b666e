//! Fixed-size records in parts, most of them outside memory.

use std::io;

use rayon::prelude::*;

/// Parts into which records are put by their key: of a million rows, one holds about four thousand.
const PARTS: usize = 256;
/// Records of one part that wait in memory: 256 parts × 64 records × 104 bytes are 1.7 MB at most.
const WAITING: usize = 64;

/// A place for bytes that memory is too small for: a temporary file, say. What is in it may be read back at any time.
pub trait Scratch: Send + Sync {
    /// Keeps some bytes; returns where they begin, which is below 2⁴⁸.
    ///
    /// # Errors
    /// When there is no room.
    fn append(&mut self, bytes: &[u8]) -> io::Result<u64>;

    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    /// When they cannot be had.
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<()>;
}

/// A scratch in memory, for files that are small.
#[derive(Clone, Default, Debug)]
pub struct MemoryScratch(Vec<Vec<u8>>);

/// Bytes that are asked for at a time: what grows in one piece is copied again and again.
const PIECE_BYTES: usize = 1 << 20;
/// Bits of an offset within a piece.
const PIECE_BITS: u32 = 32;

impl MemoryScratch {
    /// Bytes kept.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.iter().map(|piece| piece.len() as u64).sum()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Scratch for MemoryScratch {
    fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let room = |piece: &Vec<u8>| piece.capacity() - piece.len() >= bytes.len();
        if !self.0.last().is_some_and(room) {
            self.0.push(Vec::with_capacity(bytes.len().max(PIECE_BYTES)));
        }
        let at = self.0.len() - 1;
        let offset = (at as u64) << PIECE_BITS | self.0[at].len() as u64;
        self.0[at].extend_from_slice(bytes);
        Ok(offset)
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let (piece, at) =
            ((offset >> PIECE_BITS) as usize, (offset & u64::from(u32::MAX)) as usize);
        let kept = self.0.get(piece).and_then(|piece| piece.get(at..at + into.len()));
        into.copy_from_slice(kept.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// Which records are wanted of many.
pub(super) struct Sample<const W: usize, F> {
    /// The most of one key.
    pub(super) most: usize,
    /// Records that count once.
    pub(super) same: fn(&[u64; W], &[u64; W]) -> bool,
    /// Keys that are asked for.
    pub(super) wanted: F,
}

/// Records of `W` words, the first of which is the key by which they are put together.
pub(super) struct Spill<const W: usize> {
    parts: Vec<Part<W>>,
    bytes: Vec<u8>,
}

struct Part<const W: usize> {
    waiting: Vec<[u64; W]>,
    /// Where runs of [`WAITING`] records begin in the scratch.
    runs: Vec<u64>,
}

impl<const W: usize> Spill<W> {
    pub(super) fn new() -> Self {
        let part = || Part { waiting: Vec::new(), runs: Vec::new() };
        Self { parts: (0..PARTS).map(|_| part()).collect(), bytes: Vec::new() }
    }

    /// Keeps a record.
    pub(super) fn push(&mut self, record: [u64; W], scratch: &mut dyn Scratch) -> io::Result<()> {
        let at = mixed(record[0]) >> (64 - PARTS.ilog2());
        let part = &mut self.parts[at as usize];
        part.waiting.push(record);
        if part.waiting.len() == WAITING {
            self.bytes.clear();
            let words = part.waiting.iter().flatten();
            words.for_each(|word| self.bytes.extend_from_slice(&word.to_le_bytes()));
            part.runs.push(scratch.append(&self.bytes)?);
            part.waiting.clear();
        }
        Ok(())
    }

    /// What `select` makes of the records of each key that at least two bear, sorted; parts are looked at in parallel.
    pub(super) fn groups<T: Send>(
        self,
        scratch: &dyn Scratch,
        select: impl Fn(&[[u64; W]]) -> Option<T> + Sync,
    ) -> io::Result<Vec<T>> {
        let found = self.parts.into_par_iter().map(|part| {
            let records = part.shared(scratch)?;
            let groups = records.chunk_by(|a, b| a[0] == b[0]).filter(|run| run.len() > 1);
            Ok(groups.filter_map(&select).collect::<Vec<T>>())
        });
        Ok(found.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// What `work` makes of the smallest records of each key that is wanted, sorted. However many bear one key, memory
    /// holds some `most` of them at a time.
    pub(super) fn smallest<T: Send, F: Fn(u64) -> bool + Sync>(
        &self,
        scratch: &dyn Scratch,
        sample: &Sample<W, F>,
        work: impl Fn(&[[u64; W]]) -> Vec<T> + Sync,
    ) -> io::Result<Vec<T>> {
        let found = self.parts.par_iter().map(|part| {
            let records = part.smallest(scratch, sample)?;
            Ok(records.chunk_by(|a, b| a[0] == b[0]).flat_map(&work).collect::<Vec<T>>())
        });
        Ok(found.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// Hands out every record, in no order.
    pub(super) fn each(
        &self,
        scratch: &dyn Scratch,
        mut take: impl FnMut(&[u64; W]),
    ) -> io::Result<()> {
        for part in &self.parts {
            part.waiting.iter().for_each(&mut take);
            part.spilled(scratch, |run| run.for_each(|record| take(&record)))?;
        }
        Ok(())
    }
}

impl<const W: usize> Part<W> {
    /// Reads what is outside memory, run by run.
    fn spilled(
        &self,
        scratch: &dyn Scratch,
        mut take: impl FnMut(&mut dyn Iterator<Item = [u64; W]>),
    ) -> io::Result<()> {
        let mut bytes = if self.runs.is_empty() { Vec::new() } else { vec![0; WAITING * W * 8] };
        for run in &self.runs {
            scratch.read(*run, &mut bytes)?;
            take(&mut bytes.chunks_exact(W * 8).map(record::<W>));
        }
        Ok(())
    }

    /// The smallest records of each key that is wanted, sorted, without those that are the same as one before.
    fn smallest<F: Fn(u64) -> bool>(
        &self,
        scratch: &dyn Scratch,
        &Sample { most, same, ref wanted }: &Sample<W, F>,
    ) -> io::Result<Vec<[u64; W]>> {
        let all = self.waiting.len() + self.runs.len() * WAITING;
        let mut room = 2 * most;
        let mut records = Vec::with_capacity(all.min(room + WAITING));
        records.extend(self.waiting.iter().filter(|record| wanted(record[0])));
        self.spilled(scratch, |run| {
            records.extend(run.filter(|record| wanted(record[0])));
            if records.len() > room {
                keep_smallest(&mut records, most, same);
                room = room.max(2 * records.len());
            }
        })?;
        keep_smallest(&mut records, most, same);
        Ok(records)
    }

    /// The records of keys that several bear, sorted, and a few of keys that only one bears.
    fn shared(&self, scratch: &dyn Scratch) -> io::Result<Vec<[u64; W]>> {
        let mut records = Vec::with_capacity(self.waiting.len() + self.runs.len() * WAITING);
        records.extend_from_slice(&self.waiting);
        self.spilled(scratch, |run| records.extend(run))?;
        keep_shared(&mut records);
        sort(&mut records);
        Ok(records)
    }
}

/// Takes out most records whose key no other bears, which need no sorting: each key has one of four times as many slots as
/// there are records, and a key alone in its slot is alone.
fn keep_shared<const W: usize>(records: &mut Vec<[u64; W]>) {
    let slots = (records.len() * 4).next_power_of_two().max(2);
    // Other bits than those by which records came into this part.
    let slot = |key: u64| (mixed(key) << PARTS.ilog2() >> (64 - slots.ilog2())) as usize;
    let mut bearers = vec![0_u8; slots];
    for record in &*records {
        let bearers = &mut bearers[slot(record[0])];
        *bearers = bearers.saturating_add(1);
    }
    records.retain(|record| bearers[slot(record[0])] > 1);
}

/// Keys are hashes of all kinds: their bits are mixed once more (Fibonacci hashing).
fn mixed(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Sorts records. They are long: their first words are sorted, and each record then moves once.
fn sort<const W: usize>(records: &mut Vec<[u64; W]>) {
    if W <= 2 {
        return records.sort_unstable();
    }
    let mut order: Vec<([u64; 2], u32)> =
        (0..).zip(&*records).map(|(at, record)| ([record[0], record[1]], at)).collect();
    let rest = |at: u32| &records[at as usize][2..];
    order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| rest(a.1).cmp(rest(b.1))));
    *records = order.into_iter().map(|(_, at)| records[at as usize]).collect();
}

fn keep_smallest<const W: usize>(
    records: &mut Vec<[u64; W]>,
    most: usize,
    same: fn(&[u64; W], &[u64; W]) -> bool,
) {
    sort(records);
    records.dedup_by(|later, kept| same(kept, later));
    let (mut key, mut kept) = (None, 0);
    records.retain(|record| {
        kept = if key == Some(record[0]) { kept + 1 } else { 1 };
        key = Some(record[0]);
        kept <= most
    });
}

fn record<const W: usize>(bytes: &[u8]) -> [u64; W] {
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|at| u64::from_le_bytes(words[at]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn records_come_back_grouped_however_many_there_are() {
        let mut scratch = MemoryScratch::default();
        let mut spill = Spill::<3>::new();
        let mut expected: BTreeMap<u64, Vec<[u64; 3]>> = BTreeMap::new();
        for n in 0..200_000_u64 {
            let record = [n * n % 9_973, n, n ^ 7];
            spill.push(record, &mut scratch).expect("memory");
            expected.entry(record[0]).or_default().push(record);
        }
        assert!(scratch.len() > 3_000_000, "most of it is outside");
        expected.retain(|_, group| group.len() > 1);
        let groups = spill.groups(&scratch, |group| Some(group.to_vec())).expect("memory");
        let count = groups.len();
        let found: BTreeMap<_, _> = groups.into_iter().map(|group| (group[0][0], group)).collect();
        assert_eq!(found.len(), count, "a key in two groups");
        assert_eq!(found, expected);
    }
}
