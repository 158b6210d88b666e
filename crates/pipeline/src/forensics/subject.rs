//! Whom rows come from: a collector (or team) in a commune.
//!
//! Names of people repeat from commune to commune, devices do not follow them; so one name is one subject in each
//! commune. Rows that name nobody are one subject a commune. A commune that changed its dates and kept code and name
//! is one commune.

use std::sync::Arc;

use diachiso_model::{ProposalId, ProposalKind, UnitId, Units};
use diachiso_text::fold;
use rustc_hash::FxHashMap;

use crate::submissions::Draft;

/// One of them.
pub(super) struct Subject {
    /// Collector, or team where no collector is named; empty where nobody is.
    pub(super) who: Arc<str>,
    pub(super) commune: Option<UnitId>,
}

impl Subject {
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

/// All subjects and their rows.
pub(super) struct Subjects {
    pub(super) list: Vec<Subject>,
    /// Subject of each draft.
    pub(super) of: Vec<u32>,
    /// Drafts by subject, each in its order; those of subject `s` are `rows[starts[s]..starts[s + 1]]`.
    rows: Vec<u32>,
    starts: Vec<u32>,
}

impl Subjects {
    /// Groups drafts, which must be sorted by id: a subject bears the name in its first row.
    pub(super) fn of(drafts: &[Draft], units: &Units) -> Self {
        let same = same_communes(units);
        // Spelt the same, a name needs no folding.
        let mut spelt: FxHashMap<&str, u32> = FxHashMap::default();
        let mut folded: FxHashMap<String, u32> = FxHashMap::default();
        let mut known: FxHashMap<(u32, Option<UnitId>), u32> = FxHashMap::default();
        let mut list: Vec<Subject> = Vec::new();
        let mut of = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let s = &draft.submission;
            let name = if s.collector.is_empty() { &s.team } else { &s.collector };
            let who = *spelt.entry(name).or_insert_with(|| {
                let next = folded.len() as u32;
                *folded.entry(fold::strong_key(name)).or_insert(next)
            });
            let commune = s.commune.map(|c| same[usize::from(c.0)]);
            let subject = *known.entry((who, commune)).or_insert_with(|| {
                list.push(Subject { who: Arc::clone(name), commune });
                list.len() as u32 - 1
            });
            of.push(subject);
        }
        let mut starts = vec![0_u32; list.len() + 1];
        for subject in &of {
            starts[*subject as usize + 1] += 1;
        }
        for s in 0..list.len() {
            starts[s + 1] += starts[s];
        }
        let mut next = starts.clone();
        let mut rows = vec![0_u32; of.len()];
        for (at, subject) in (0..).zip(&of) {
            let slot = &mut next[*subject as usize];
            rows[*slot as usize] = at;
            *slot += 1;
        }
        Self { list, of, rows, starts }
    }

    /// Drafts of a subject, ascending.
    pub(super) fn rows(&self, subject: u32) -> &[u32] {
        let at = subject as usize;
        &self.rows[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

/// For every unit version the first one of its code and name.
fn same_communes(units: &Units) -> Vec<UnitId> {
    let mut first: FxHashMap<(&str, &str), UnitId> = FxHashMap::default();
    units.iter().map(|(id, u)| *first.entry((u.code.as_str(), &*u.name)).or_insert(id)).collect()
}
