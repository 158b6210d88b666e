//! Traces of a checked file: outside memory, read back one part at a time.

use std::{
    collections::BTreeSet,
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use diachiso_model::{Date, LonLat, SubmissionId, UnitId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::forensics::{Given, MOST, Marks, Spot, Subject, Trace, Traces, Vote};

use super::{
    Scratch,
    spill::{Sample, Spill},
    witnesses::Witnesses,
};

/// Words of the records: key and id of the submission (by which records are sorted), then what they hold.
const TRACE_WORDS: usize = 12;
const SPOT_WORDS: usize = 7;
/// Names that are known by where they stand; of more, some are written twice.
const NAMES: usize = 1 << 14;
/// Bytes of a name that are kept.
const NAME_BYTES: usize = u16::MAX as usize;

/// A row's trace, its submission and whom it comes from.
pub(super) struct Traced {
    pub(super) id: SubmissionId,
    pub(super) subject: u64,
    pub(super) who: Arc<str>,
    pub(super) trace: Trace,
}

/// All traces.
pub(super) struct TraceSpill<'w> {
    witnesses: &'w Witnesses,
    /// Witnesses that the file holds once more.
    again: FxHashSet<SubmissionId>,
    traces: Spill<TRACE_WORDS>,
    spots: Spill<SPOT_WORDS>,
    names: FxHashMap<Arc<str>, u64>,
    /// Communes that rows state.
    pub(super) communes: BTreeSet<UnitId>,
    /// That of the row before, which is mostly that of the next.
    commune_before: Option<UnitId>,
}

impl<'w> TraceSpill<'w> {
    pub(super) fn new(witnesses: &'w Witnesses) -> Self {
        Self {
            witnesses,
            again: FxHashSet::default(),
            traces: Spill::new(),
            spots: Spill::new(),
            names: FxHashMap::default(),
            communes: BTreeSet::new(),
            commune_before: None,
        }
    }

    /// Remembers a row.
    pub(super) fn keep(&mut self, traced: &Traced, scratch: &mut dyn Scratch) -> io::Result<()> {
        let Traced { id, subject, who, trace } = traced;
        if self.witnesses.holds(*id) {
            self.again.insert(*id);
        }
        if trace.given == Given::Nothing {
            return Ok(());
        }
        let name = self.name(who, scratch)?;
        let id = words(*id);
        if trace.commune != self.commune_before {
            self.communes.extend(trace.commune);
            self.commune_before = trace.commune;
        }
        if let Some(spot) = Spot::of(*subject, trace) {
            self.spots.push(pack_spot(id, &spot), scratch)?;
        }
        self.traces.push(pack(*subject, id, name, trace), scratch)
    }

    /// Where a name stands: written when it is not known.
    fn name(&mut self, who: &Arc<str>, scratch: &mut dyn Scratch) -> io::Result<u64> {
        if let Some(place) = self.names.get(who) {
            return Ok(*place);
        }
        if self.names.len() >= NAMES {
            self.names.clear();
        }
        let bytes = &who.as_bytes()[..who.floor_char_boundary(NAME_BYTES)];
        let place = scratch.append(bytes)? << 16 | bytes.len() as u64;
        self.names.insert(Arc::clone(who), place);
        Ok(place)
    }

    pub(super) fn read<'a>(&'a self, scratch: &'a dyn Scratch) -> Spilled<'a> {
        Spilled { spill: self, scratch, sampled: AtomicU32::new(0), accepted: AtomicU64::new(0) }
    }
}

/// Traces that are read back.
pub(super) struct Spilled<'a> {
    spill: &'a TraceSpill<'a>,
    scratch: &'a dyn Scratch,
    sampled: AtomicU32,
    accepted: AtomicU64,
}

impl Spilled<'_> {
    /// The name that stands at a place.
    pub(super) fn who(&self, place: u64) -> io::Result<Arc<str>> {
        let mut bytes = vec![0; (place & 0xffff) as usize];
        self.scratch.read(place >> 16, &mut bytes)?;
        String::from_utf8(bytes).map(Arc::from).map_err(io::Error::other)
    }

    /// Subjects of more than [`MOST`] rows.
    pub(super) fn sampled(&self) -> u32 {
        self.sampled.load(Ordering::Relaxed)
    }

    /// Accepted points in the villages of the file.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Hands out every row of some subjects: subject, how its position was given, number of the row. Rows that repeat
    /// another to the letter come as well.
    pub(super) fn rows(
        &self,
        wanted: &impl Fn(u64) -> bool,
        mut each: impl FnMut(u64, Given, u32),
    ) -> io::Result<()> {
        self.spill.traces.each(self.scratch, |record| {
            if let Some(trace) = Some(record).filter(|r| wanted(r[0])).and_then(unpack) {
                each(record[0], trace.given, trace.at);
            }
        })
    }
}

impl Traces for Spilled<'_> {
    type Error = io::Error;

    fn subjects<T: Send>(
        &self,
        wanted: impl Fn(u64) -> bool + Sync,
        examine: impl Fn(&Subject<'_>) -> Vec<T> + Sync,
    ) -> io::Result<Vec<T>> {
        let sample = Sample { most: MOST + 1, same: same_submission, wanted };
        let sampled_now = AtomicU32::new(0);
        let found = self.spill.traces.smallest(self.scratch, &sample, |run| {
            let sampled = run.len() > MOST;
            sampled_now.fetch_add(u32::from(sampled), Ordering::Relaxed);
            let rows: Vec<Trace> = run.iter().take(MOST).filter_map(unpack).collect();
            examine(&Subject { key: run[0][0], rows: &rows, sampled, name: run[0][4] })
        })?;
        // Those that are not wanted were looked at before.
        self.sampled.fetch_max(sampled_now.into_inner(), Ordering::Relaxed);
        Ok(found)
    }

    fn villages<T: Send>(
        &self,
        wanted: impl Fn(u32) -> bool + Sync,
        see: impl Fn(&[Spot]) -> Vec<T> + Sync,
    ) -> io::Result<Vec<T>> {
        let sample = Sample { most: MOST, same: same_submission, wanted: |key| wanted(key as u32) };
        let accepted = AtomicU64::new(0);
        let seen = self.spill.spots.smallest(self.scratch, &sample, |run| {
            let mut spots: Vec<Spot> = run.iter().filter_map(unpack_spot).collect();
            let own = spots.len();
            spots.extend(self.spill.witnesses.of_village(run[0][0] as u32, &self.spill.again));
            accepted.fetch_add((spots.len() - own) as u64, Ordering::Relaxed);
            spots.sort_by_key(|spot| spot.subject);
            see(&spots)
        })?;
        // Those that are not wanted were looked at before.
        self.accepted.fetch_max(accepted.into_inner(), Ordering::Relaxed);
        Ok(seen)
    }
}

/// Whether two records of one key are of rows that are equal to the letter.
fn same_submission<const W: usize>(a: &[u64; W], b: &[u64; W]) -> bool {
    a[..3] == b[..3]
}

fn words(id: SubmissionId) -> [u64; 2] {
    let id = u128::from_be_bytes(id.0);
    [(id >> 64) as u64, id as u64]
}

fn pack_spot([high, low]: [u64; 2], spot: &Spot) -> [u64; SPOT_WORDS] {
    let Spot { village, subject, suspect, point } = *spot;
    let (lon, lat) = (point.lon().to_bits(), point.lat().to_bits());
    [u64::from(village), high, low, subject, lon, lat, suspect.into()]
}

fn unpack_spot(record: &[u64; SPOT_WORDS]) -> Option<Spot> {
    let [village, _, _, subject, lon, lat, suspect] = *record;
    let point = LonLat::new(f64::from_bits(lon), f64::from_bits(lat)).ok()?;
    Some(Spot { village: village as u32, subject, suspect: suspect != 0, point })
}

const GIVEN: [Given; 4] = [Given::Nothing, Given::Degrees, Given::Converted, Given::Metres];
const VOTES: [Vote; 3] = [Vote::None, Vote::For, Vote::Against];

fn halves(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// A trace as words: subject, id, row and village, place of the name, the numbers, and what is small. Of rows that are
/// equal to the letter the first one is the smallest.
fn pack(subject: u64, [high, low]: [u64; 2], name: u64, trace: &Trace) -> [u64; TRACE_WORDS] {
    let ([lon, lat], [a, b]) = (trace.degrees.map(f64::to_bits), trace.metres.map(f64::to_bits));
    let day =
        (trace.on.year() as u32) << 16 | (trace.on.month() as u32) << 8 | trace.on.day() as u32;
    let small = [
        trace.given as u8,
        trace.border as u8,
        trace.code as u8,
        trace.marks.0,
        trace.sexagesimal.map_or(0, |d| d.saturating_add(1)),
        0,
        0,
        0,
    ];
    [
        subject,
        high,
        low,
        halves(trace.at, trace.village),
        name,
        lon,
        lat,
        a,
        b,
        halves(trace.named, trace.housed),
        halves(trace.commune.map_or(0, |c| u32::from(c.0) + 1), day),
        u64::from_le_bytes(small),
    ]
}

/// The trace of a record; a record that was packed has one.
fn unpack(record: &[u64; TRACE_WORDS]) -> Option<Trace> {
    let [_, _, _, place, _, lon, lat, a, b, who, when, small] = *record;
    let [given, border, code, marks, sexagesimal, ..] = small.to_le_bytes();
    let [year, month, day] = [when >> 16 & 0xffff, when >> 8 & 0xff, when & 0xff];
    Some(Trace {
        degrees: [lon, lat].map(f64::from_bits),
        metres: [a, b].map(f64::from_bits),
        named: (who >> 32) as u32,
        housed: who as u32,
        village: place as u32,
        at: (place >> 32) as u32,
        commune: (when >> 32).checked_sub(1).map(|c| UnitId(c as u16)),
        on: Date::new(year as i16, month as i8, day as i8).ok()?,
        sexagesimal: sexagesimal.checked_sub(1),
        given: *GIVEN.get(usize::from(given))?,
        border: *VOTES.get(usize::from(border))?,
        code: *VOTES.get(usize::from(code))?,
        marks: Marks(marks),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(n: u8) -> Trace {
        let odd = n % 2 == 1;
        Trace {
            degrees: [107.0 + f64::from(n), 16.5],
            metres: if odd { [f64::NAN; 2] } else { [1_833_104.41, 553_801.98] },
            named: u32::MAX - u32::from(n),
            housed: n.into(),
            village: 1 << 31 | u32::from(n),
            at: u32::MAX - 7,
            commune: odd.then_some(UnitId(n.into())),
            on: Date::constant(2024, 12, 31),
            sexagesimal: odd.then_some(n),
            given: GIVEN[usize::from(n % 4)],
            border: VOTES[usize::from(n % 3)],
            code: VOTES[usize::from((n + 1) % 3)],
            marks: Marks(n % 16),
        }
    }

    #[test]
    fn a_trace_comes_back_from_its_words() {
        for n in 0..24 {
            let back = unpack(&pack(1, [2, 3], 4, &trace(n))).expect("a trace");
            // Numbers that are not there are equal to nothing, not even to themselves.
            assert_eq!(format!("{back:?}"), format!("{:?}", trace(n)));
        }
    }

    #[test]
    fn of_more_rows_than_are_looked_at_those_with_the_smallest_ids_are_in_any_order() {
        let rows = MOST as u32 + 500;
        let looked_at = |rows: &mut dyn Iterator<Item = u32>| {
            let mut scratch = super::super::MemoryScratch::default();
            let witnesses = Witnesses::default();
            let mut spill = TraceSpill::new(&witnesses);
            for row in rows {
                let id = u128::from(row).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
                let trace = Trace { at: row, given: Given::Degrees, ..trace(1) };
                let who = Arc::from("Hà Thị Mỹ");
                let traced = Traced { id: SubmissionId(id.to_be_bytes()), subject: 9, who, trace };
                spill.keep(&traced, &mut scratch).expect("memory");
                // To the letter the same once more, further down.
                let again = Trace { at: row + rows_between(), ..trace };
                spill.keep(&Traced { trace: again, ..traced }, &mut scratch).expect("memory");
            }
            let spilled = spill.read(&scratch);
            let mut found = spilled
                .subjects(
                    |_| true,
                    |subject| {
                        assert!(subject.sampled && subject.key == 9);
                        assert_eq!(&*spilled.who(subject.name).expect("a name"), "Hà Thị Mỹ");
                        subject.rows.iter().map(|t| t.at).collect()
                    },
                )
                .expect("memory");
            assert_eq!(spilled.sampled(), 1);
            found.sort_unstable();
            found
        };
        let forwards = looked_at(&mut (0..rows));
        assert_eq!(forwards.len(), MOST);
        assert!(forwards.iter().all(|row| *row < rows), "a repeat was looked at");
        assert_eq!(looked_at(&mut (0..rows).rev()), forwards);
    }

    /// More than there are rows.
    fn rows_between() -> u32 {
        1 << 20
    }
}
