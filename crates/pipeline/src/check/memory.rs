//! What a check remembers of every row, and the rules that need it.

use std::{io, sync::Arc};

use diachiso_model::{Date, LonLat, RuleCode, Severity, SubmissionId, Verdict};

use crate::{
    entity_rules,
    forensics::{self, Case, Tracer},
    judge::Judge,
    set_rules::{SHARED_PHONE, STACKED, stack},
    spelling::Spelling,
    submissions::{Draft, joint},
    twin::{self, Twin},
};

use super::{
    Scratch,
    outcome::Outcome,
    proposals::{self, Examined},
    spill::Spill,
    traces::{TraceSpill, Traced},
    witnesses::Witnesses,
    worst,
};

/// Rules that ask how many households share a value: repeats to the letter, points, phones, and the table of
/// [`entity_rules`].
const SHARED: usize = 3 + entity_rules::TABLE.len();

/// Words of a twin's record; see [`Twins`].
const TWIN_WORDS: usize = 17;

/// What rules about several rows need of one: fixed size, no text.
pub(super) struct Keys {
    row: u32,
    severity: Severity,
    /// Key and who, for each of the [`SHARED`] rules; a key of 0 takes no part.
    shared: [(u64, u32); SHARED],
    /// Group and twin, for accepted rows.
    twin: Option<(u64, Twin)>,
    traced: Traced,
}

impl Keys {
    pub(super) fn of(draft: &Draft, tracer: &mut Tracer<'_>) -> Self {
        let (s, k) = (&draft.submission, &draft.keys);
        let id = u128::from_be_bytes(s.id.0);
        let household = short(joint(s.village.map_or(0, |v| u64::from(v) + 1), k.name_fold.max(1)));
        let mut shared = [(0, 0); SHARED];
        shared[0] = ((id as u64).max(1), short((id >> 64) as u64));
        shared[1] = (stack(draft).unwrap_or(0), household);
        shared[2] = (s.phone.unwrap_or(0), household);
        for (slot, rule) in shared[3..].iter_mut().zip(&entity_rules::TABLE) {
            let takes_part = s.verdict != Verdict::Rejected;
            if let Some(key) = (rule.shared)(draft).filter(|_| takes_part) {
                *slot = (key, (rule.differs)(draft).map_or(0, short));
            }
        }
        let commune = s.commune;
        let (subject, trace) = tracer.trace(draft, s.row);
        let who = Arc::clone(forensics::whose(s));
        Self {
            row: s.row,
            severity: worst(&s.findings),
            shared,
            twin: twin::block(draft, commune).map(|block| (block, Twin::of(s.row, s, k))),
            traced: Traced { id: s.id, subject, who, trace },
        }
    }
}

/// A hash in half the size, never 0.
fn short(hash: u64) -> u32 {
    ((hash ^ hash >> 32) as u32).max(1)
}

/// Everything remembered.
pub(super) struct Memory<'s> {
    scratch: &'s mut dyn Scratch,
    shared: [Spill<2>; SHARED],
    twins: Spill<TWIN_WORDS>,
    traces: TraceSpill<'s>,
    outcome: Outcome,
}

impl<'s> Memory<'s> {
    pub(super) fn new(scratch: &'s mut dyn Scratch, witnesses: &'s Witnesses) -> Self {
        Self {
            scratch,
            shared: std::array::from_fn(|_| Spill::new()),
            twins: Spill::new(),
            traces: TraceSpill::new(witnesses),
            outcome: Outcome::default(),
        }
    }

    /// Remembers a row.
    pub(super) fn keep(&mut self, keys: &Keys) -> io::Result<()> {
        self.outcome.judge(keys.row, keys.severity);
        for (spill, (key, who)) in self.shared.iter_mut().zip(keys.shared) {
            if key != 0 {
                spill.push([key, u64::from(who) << 32 | u64::from(keys.row)], self.scratch)?;
            }
        }
        self.traces.keep(&keys.traced, self.scratch)?;
        match &keys.twin {
            Some((block, twin)) => self.twins.push(pack(*block, twin), self.scratch),
            None => Ok(()),
        }
    }

    /// Applies the rules, in the order of a run: repeats first, which then take no part; what collectors did to all
    /// rows; values shared by several households; repeats among the rows that are still accepted.
    pub(super) fn outcome(self, judge: Judge, case: &Case<'_>) -> io::Result<(Outcome, Examined)> {
        let Self { scratch, shared, twins, traces, mut outcome } = self;
        let scratch = &*scratch;
        let [repeats, stacks, phones, table @ ..] = shared;
        let same = repeats.groups(scratch, |group| {
            // Equal rows bear equal hashes in both words; the first of them stays.
            let same = group.chunk_by(|a, b| a[1] >> 32 == b[1] >> 32).filter(|run| run.len() > 1);
            let same: Vec<Vec<u32>> = same.map(rows).collect();
            (!same.is_empty()).then_some(same)
        })?;
        for rows in same.into_iter().flatten() {
            outcome.mark(RuleCode::D01, &rows, &rows[1..]);
        }
        let examined = proposals::examine(&traces, scratch, case, &mut outcome)?;
        crowds(stacks, RuleCode::G10, STACKED, scratch, &mut outcome)?;
        crowds(phones, RuleCode::P04, SHARED_PHONE + 1, scratch, &mut outcome)?;
        for (spill, rule) in table.into_iter().zip(&entity_rules::TABLE) {
            crowds(spill, rule.code, 2, scratch, &mut outcome)?;
        }
        outcome.settle(judge);
        let repeated = twins.groups(scratch, |group| {
            let own = |twin: &Twin| outcome.verdict(twin.at) == Some(Verdict::Accepted);
            let group: Vec<Twin> = group.iter().map(unpack).filter(own).collect();
            Some(twin::repeats(group, &|_, _| None)).filter(|found| !found.is_empty())
        })?;
        for repeat in repeated.into_iter().flatten() {
            let code = if repeat.apart { RuleCode::D03 } else { RuleCode::D04 };
            outcome.mark(code, &[repeat.of, repeat.at], &[repeat.at]);
            if !repeat.sure {
                outcome.doubt(repeat.at, judge.0.severity(code));
            }
        }
        outcome.settle(judge);
        Ok((outcome, examined))
    }
}

fn rows(records: &[[u64; 2]]) -> Vec<u32> {
    records.iter().map(row).collect()
}

fn row<const W: usize>(record: &[u64; W]) -> u32 {
    record[1] as u32
}

/// Marks the rows of every value that at least `least` households share.
fn crowds(
    spill: Spill<2>,
    code: RuleCode,
    least: usize,
    scratch: &dyn Scratch,
    outcome: &mut Outcome,
) -> io::Result<()> {
    let crowded = spill.groups(scratch, |group| {
        // A key that few rows bear needs no closer look.
        if group.len() < least {
            return None;
        }
        let own = |record: &&[u64; 2]| !outcome.is_repeat(row(record));
        let own: Vec<[u64; 2]> = group.iter().filter(own).copied().collect();
        // Records are sorted by who within a key; who is 0 where a row names nobody.
        let households = own.chunk_by(|a, b| a[1] >> 32 == b[1] >> 32);
        let named = households.filter(|run| run[0][1] >> 32 != 0).count();
        (named >= least).then(|| rows(&own))
    })?;
    for rows in crowded {
        outcome.mark(code, &rows, &rows);
    }
    Ok(())
}

/// A twin as words: group, row, name, code, phone, identity, house, longitude, latitude, a word of small things (see
/// [`small`]), its day, id.
fn pack(block: u64, twin: &Twin) -> [u64; TWIN_WORDS] {
    let (uncounted, day, id) = twin.seniority;
    let id = u128::from_be_bytes(id.0);
    let bits = |degrees: fn(LonLat) -> f64| twin.point.map_or(u64::MAX, |p| degrees(p).to_bits());
    let day =
        day.map_or(0, |d| 1 + ((d.year() as u64) << 16 | (d.month() as u64) << 8 | d.day() as u64));
    [
        block,
        u64::from(twin.at),
        twin.name,
        twin.code,
        twin.phone,
        twin.identity,
        twin.house,
        bits(LonLat::lon),
        bits(LonLat::lat),
        small(twin, uncounted),
        day,
        (id >> 64) as u64,
        id as u64,
        twin.spelling.0[0],
        twin.spelling.0[1],
        twin.spelling.0[2],
        twin.spelling.0[3],
    ]
}

/// Whether the position does not count (bit 0), how common the name is (bits 8 to 15), the members (bits 16 to 31) and the village (bits 32 to 63).
fn small(twin: &Twin, uncounted: bool) -> u64 {
    u64::from(uncounted) | u64::from(twin.members) << 16 | u64::from(twin.village) << 32
}

fn unpack(record: &[u64; TWIN_WORDS]) -> Twin {
    let [_, at, name, code, phone, identity, house, lon, lat, small, day, high, low, spelling @ ..] =
        *record;
    let day = day.checked_sub(1).and_then(|day| {
        Date::new((day >> 16) as i16, (day >> 8 & 0xff) as i8, (day & 0xff) as i8).ok()
    });
    let id = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
    Twin {
        at: at as u32,
        seniority: (small & 1 != 0, day, SubmissionId(id)),
        name,
        spelling: Spelling(spelling),
        rarity: ((small >> 8) as u8).cast_signed(),
        code,
        phone,
        identity,
        house,
        village: (small >> 32) as u32,
        members: (small >> 16) as u16,
        point: LonLat::new(f64::from_bits(lon), f64::from_bits(lat)).ok(),
    }
}
