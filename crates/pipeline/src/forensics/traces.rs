//! Traces put together by whom they come from, and their points by village: in memory for a run, outside it for a check.

use std::{convert::Infallible, sync::Arc};

use diachiso_model::{LonLat, ProposalId, ProposalKind, UnitId, Units};
use diachiso_text::fold;
use rayon::prelude::*;

use super::{
    Case,
    trace::{Given, Trace, Tracer},
};
use crate::submissions::Draft;

/// Rows of one subject, and points of one village, that are looked at: of more, those whose submissions have the
/// smallest ids. An id is a hash of the row, so that these are a sample that neither order nor files decide. A commune
/// has fewer households than that; what it bounds is memory, where a file names nobody and nothing.
pub(crate) const MOST: usize = 1 << 15;

/// Rows that a block of traces is made of at a time.
const BLOCK: usize = 4096;

/// Whom rows come from: a collector (or team) in a commune.
///
/// Names of people repeat from commune to commune, devices do not follow them; so one name is one subject in each
/// commune. Rows that name nobody are one subject a commune. A commune that changed its dates and kept code and name
/// is one commune.
pub(crate) struct Subject<'t> {
    pub(crate) key: u64,
    /// Rows that give a position, by id of their submissions, [`MOST`] at most.
    pub(crate) rows: &'t [Trace],
    /// Whether there are more.
    pub(crate) sampled: bool,
    /// Where the name in the first row is to be had.
    pub(crate) name: u64,
}

/// One point of a village.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) village: u32,
    pub(crate) subject: u64,
    /// Degrees taken for WGS 84: what may be shifted.
    pub(crate) suspect: bool,
    pub(crate) point: LonLat,
}

impl Spot {
    /// The point of a row, where it bears witness in a village.
    pub(crate) fn of(subject: u64, trace: &Trace) -> Option<Self> {
        let (village, suspect) = (trace.village, trace.given == Given::Degrees);
        let speaks = village != 0 && trace.measures();
        Some(Self { village, subject, suspect, point: trace.point().filter(|_| speaks)? })
    }
}

/// Where traces are kept. What is made of them comes in no order.
pub(crate) trait Traces: Sync {
    /// Why they cannot be had.
    type Error: Send;

    /// What is made of each subject that is wanted.
    fn subjects<T: Send>(
        &self,
        wanted: impl Fn(u64) -> bool + Sync,
        examine: impl Fn(&Subject<'_>) -> Vec<T> + Sync,
    ) -> Result<Vec<T>, Self::Error>;

    /// What is made of the points of each village that is wanted; those of one subject stand together.
    fn villages<T: Send>(
        &self,
        wanted: impl Fn(u32) -> bool + Sync,
        see: impl Fn(&[Spot]) -> Vec<T> + Sync,
    ) -> Result<Vec<T>, Self::Error>;
}

/// Traces of drafts, in memory.
pub(super) struct Held {
    /// By subject, then by index of the draft.
    traces: Vec<(u64, Trace)>,
    /// By village, then by index of the draft.
    spots: Vec<(Spot, u32)>,
}

impl Held {
    /// Traces of drafts, which must be sorted by id.
    pub(super) fn of(drafts: &[Draft], case: &Case<'_>) -> Self {
        let blocks = drafts.par_chunks(BLOCK).enumerate();
        let mut traces: Vec<(u64, Trace)> = blocks
            .flat_map_iter(|(block, drafts)| {
                let mut tracer = Tracer::new(case);
                let numbered = ((block * BLOCK) as u32..).zip(drafts);
                numbered.map(move |(at, draft)| tracer.trace(draft, at))
            })
            .filter(|(_, trace)| trace.given != Given::Nothing)
            .collect();
        traces.par_sort_unstable_by_key(|(subject, trace)| (*subject, trace.at));
        let spot = |(subject, trace): &(u64, Trace)| Some((Spot::of(*subject, trace)?, trace.at));
        let mut spots: Vec<(Spot, u32)> = traces.par_iter().filter_map(spot).collect();
        spots.par_sort_unstable_by_key(|(spot, at)| (spot.village, *at));
        Self { traces, spots }
    }

    /// Indices of all drafts of a subject whose positions were given so, ascending.
    pub(super) fn given(&self, subject: u64, given: Given) -> Vec<u32> {
        let from = self.traces.partition_point(|(s, _)| *s < subject);
        let own = self.traces[from..].iter().take_while(|(s, _)| *s == subject);
        own.filter(|(_, t)| t.given == given).map(|(_, t)| t.at).collect()
    }
}

impl Traces for Held {
    type Error = Infallible;

    fn subjects<T: Send>(
        &self,
        wanted: impl Fn(u64) -> bool + Sync,
        examine: impl Fn(&Subject<'_>) -> Vec<T> + Sync,
    ) -> Result<Vec<T>, Infallible> {
        let examine = |run: &[(u64, Trace)]| {
            let rows: Vec<Trace> = run.iter().take(MOST).map(|(_, trace)| *trace).collect();
            let (key, first) = &run[0];
            let name = u64::from(first.at);
            examine(&Subject { key: *key, rows: &rows, sampled: run.len() > MOST, name })
        };
        let subjects = self.traces.par_chunk_by(|a, b| a.0 == b.0).filter(|run| wanted(run[0].0));
        Ok(subjects.flat_map_iter(examine).collect())
    }

    fn villages<T: Send>(
        &self,
        wanted: impl Fn(u32) -> bool + Sync,
        see: impl Fn(&[Spot]) -> Vec<T> + Sync,
    ) -> Result<Vec<T>, Infallible> {
        let see = |run: &[(Spot, u32)]| {
            let mut spots: Vec<Spot> = run.iter().take(MOST).map(|(spot, _)| *spot).collect();
            spots.sort_by_key(|spot| spot.subject);
            see(&spots)
        };
        let villages = self.spots.par_chunk_by(|a, b| a.0.village == b.0.village);
        let villages = villages.filter(|run| wanted(run[0].0.village));
        Ok(villages.flat_map_iter(see).collect())
    }
}

/// A subject with its name.
pub(super) struct Named {
    /// Collector, or team where no collector is named; empty where nobody is.
    pub(super) who: Arc<str>,
    pub(super) commune: Option<UnitId>,
}

impl Named {
    /// As people know it.
    pub(super) fn text(&self, units: &Units) -> String {
        let who = if self.who.is_empty() { "(không ghi người thu thập)" } else { &*self.who };
        let commune = self.commune.map(|c| units.get(c).full_name());
        format!("{who} · {}", commune.as_deref().unwrap_or("(không rõ xã)"))
    }

    /// The name of what is proposed of it: the same in every run, however the collector is spelt.
    pub(super) fn proposal_id(&self, kind: ProposalKind, units: &Units) -> ProposalId {
        let mut hasher = blake3::Hasher::new();
        let unit = self.commune.map(|c| units.get(c));
        let (code, name) = unit.map_or(("", ""), |u| (u.code.as_str(), &*u.name));
        for part in [kind.as_str(), &fold::strong_key(&self.who), code, name] {
            hasher.update(part.as_bytes()).update(&[0x1f]);
        }
        let mut id = [0; 6];
        hasher.finalize_xof().fill(&mut id);
        ProposalId(id)
    }
}
