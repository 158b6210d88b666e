//! What collectors did to all their rows, kept up to date as rows come and go.
//!
//! A row touches the subject that it comes from, the village in which its point is compared, and through that village the
//! others who worked there. These are looked at once more, and nobody else; what is found is what [`super::examine`] finds
//! over everything. Who is found to be shifted is no witness, so that villages are seen twice: by all, and without those;
//! where somebody becomes one of them or ceases to be, the villages that they worked in are touched as well.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use diachiso_model::{Choice, Proposal, ProposalId, ProposalStatus, SubmissionId};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Case, Found, Rows, copied,
    datum::Own,
    trace::{Given, Trace, Tracer, whose},
    traces::{MOST, Spot, Subject, Traces},
    village_view::Views,
    zone,
};
use crate::submissions::Draft;

/// A proposal before and after a change; `None` where there is none.
type Turn = (Option<Proposal>, Option<Proposal>);

/// Choices about proposals that are in force, by id.
pub(crate) type Decided = BTreeMap<ProposalId, Choice>;

/// Traces of all rows and what they show.
#[derive(Default)]
pub(crate) struct Kept {
    traces: KeptTraces,
    /// What the rows of each subject say themselves.
    own: FxHashMap<u64, Own>,
    /// What villages say of everybody, and who is shifted by that.
    views: Views,
    first: FxHashSet<u64>,
    /// The same without those.
    without: Views,
    shifted: FxHashMap<u64, Found>,
    copied: FxHashMap<u64, Found>,
    /// Subjects with rows in metres.
    metres: FxHashMap<u64, Metres>,
    /// Who of the shifted is one by one view and not by the other: their villages have yet another middle.
    unsure: FxHashSet<u64>,
    proposals: BTreeMap<ProposalId, (u64, Proposal)>,
    of_subject: FxHashMap<u64, Vec<ProposalId>>,
}

/// A subject with rows in metres: the villages whose middles decide of it, and what is found.
#[derive(Default)]
struct Metres {
    villages: FxHashSet<u32>,
    found: Option<Found>,
}

/// Traces by row, with those of each subject and village in the order of ids.
#[derive(Default)]
struct KeptTraces {
    rows: Vec<Option<(u64, Trace)>>,
    ids: Vec<SubmissionId>,
    subjects: FxHashMap<u64, Vec<u32>>,
    villages: FxHashMap<u32, Vec<u32>>,
}

const NO_ID: SubmissionId = SubmissionId([0; 16]);

impl KeptTraces {
    fn insert(&mut self, at: u32, id: SubmissionId, traced: (u64, Trace)) {
        let slot = at as usize;
        if self.rows.len() <= slot {
            self.rows.resize(slot + 1, None);
            self.ids.resize(slot + 1, NO_ID);
        }
        let Self { rows, ids, subjects, villages } = self;
        (rows[slot], ids[slot]) = (Some(traced), id);
        let put = |list: &mut Vec<u32>| {
            let place = list.partition_point(|other| ids[*other as usize] < id);
            list.insert(place, at);
        };
        put(subjects.entry(traced.0).or_default());
        if let Some(spot) = Spot::of(traced.0, &traced.1) {
            put(villages.entry(spot.village).or_default());
        }
    }

    fn remove(&mut self, at: u32) -> Option<(u64, Trace)> {
        let traced = self.rows.get_mut(at as usize)?.take()?;
        let id = self.ids[at as usize];
        let Self { ids, subjects, villages, .. } = self;
        let take = |list: &mut Vec<u32>| {
            let place = list.partition_point(|other| ids[*other as usize] < id);
            list.remove(place);
            list.is_empty()
        };
        if subjects.get_mut(&traced.0).is_some_and(take) {
            subjects.remove(&traced.0);
        }
        if let Some(spot) = Spot::of(traced.0, &traced.1)
            && villages.get_mut(&spot.village).is_some_and(take)
        {
            villages.remove(&spot.village);
        }
        Some(traced)
    }

    fn trace(&self, at: u32) -> Option<&Trace> {
        self.rows[at as usize].as_ref().map(|(_, trace)| trace)
    }

    /// Works with a subject, if it has rows.
    fn with<T>(&self, key: u64, examine: impl FnOnce(&Subject<'_>) -> T) -> Option<T> {
        let own = self.subjects.get(&key)?;
        let rows: Vec<Trace> =
            own.iter().take(MOST).filter_map(|at| self.trace(*at)).copied().collect();
        let (sampled, name) = (own.len() > MOST, u64::from(*own.first()?));
        Some(examine(&Subject { key, rows: &rows, sampled, name }))
    }

    /// Rows of a subject.
    fn of(&self, key: u64) -> impl Iterator<Item = (u32, &Trace)> {
        let own = self.subjects.get(&key).map(Vec::as_slice).unwrap_or_default();
        own.iter().filter_map(|at| Some((*at, self.trace(*at)?)))
    }

    /// Whose points lie in a village; one for each point.
    fn subjects_in(&self, village: u32) -> impl Iterator<Item = u64> {
        let rows = self.villages.get(&village).map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter_map(|at| self.rows[*at as usize].as_ref()).map(|(subject, _)| *subject)
    }

    /// Villages in which a subject is a witness.
    fn villages_of(&self, key: u64) -> impl Iterator<Item = u32> {
        self.of(key).filter_map(move |(_, trace)| Some(Spot::of(key, trace)?.village))
    }

    /// The rows of a subject whose positions were given so.
    fn given(&self, key: u64, given: Given) -> Vec<u32> {
        self.of(key).filter(|(_, trace)| trace.given == given).map(|(at, _)| at).collect()
    }
}

impl Traces for KeptTraces {
    type Error = Infallible;

    fn subjects<T: Send>(
        &self,
        wanted: impl Fn(u64) -> bool + Sync,
        examine: impl Fn(&Subject<'_>) -> Vec<T> + Sync,
    ) -> Result<Vec<T>, Infallible> {
        let subjects = self.subjects.keys().copied().filter(|subject| wanted(*subject));
        Ok(subjects.filter_map(|subject| self.with(subject, &examine)).flatten().collect())
    }

    fn villages<T: Send>(
        &self,
        wanted: impl Fn(u32) -> bool + Sync,
        see: impl Fn(&[Spot]) -> Vec<T> + Sync,
    ) -> Result<Vec<T>, Infallible> {
        let spots = |rows: &Vec<u32>| {
            let spot = |at: &u32| {
                let (subject, trace) = self.rows[*at as usize].as_ref()?;
                Spot::of(*subject, trace)
            };
            let mut spots: Vec<Spot> = rows.iter().take(MOST).filter_map(spot).collect();
            spots.sort_by_key(|spot| spot.subject);
            see(&spots)
        };
        let villages = self.villages.iter().filter(|(village, _)| wanted(**village));
        Ok(villages.flat_map(|(_, rows)| spots(rows)).collect())
    }
}

/// Of something that cannot fail.
fn sure<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

impl Kept {
    /// Everything that is proposed, by id.
    pub(crate) fn proposals(&self) -> impl Iterator<Item = &Proposal> {
        self.proposals.values().map(|(_, proposal)| proposal)
    }

    /// Takes note that rows came, went or say something else than before, and returns the proposals that turned. `draft`
    /// gives the rows that are there, as they were judged alone.
    pub(crate) fn turn<'d>(
        &mut self,
        changed: &[u32],
        draft: &impl Fn(u32) -> Option<&'d Draft>,
        (case, decided): (&Case<'_>, &Decided),
    ) -> Vec<Turn> {
        let mut touched = self.trace(changed, draft, case);
        let own = touched.subjects.clone();
        self.look(&mut touched, case);
        self.look_at_own(&own);
        self.look_at_metres(&mut touched, case);
        self.propose(&touched.subjects, draft, (case, decided))
    }

    /// What turns when other things are decided of the proposals that there are.
    pub(crate) fn decide(&mut self, decided: &Decided) -> Vec<Turn> {
        let mut turns = Vec::new();
        for (_, proposal) in self.proposals.values_mut() {
            let status = status(decided, proposal.id);
            if proposal.status != status {
                let before = proposal.clone();
                proposal.status = status;
                turns.push((Some(before), Some(proposal.clone())));
            }
        }
        turns
    }

    /// Traces anew.
    fn trace<'d>(
        &mut self,
        changed: &[u32],
        draft: &impl Fn(u32) -> Option<&'d Draft>,
        case: &Case<'_>,
    ) -> Touched {
        let mut touched = Touched::default();
        let mut tracer = Tracer::new(case);
        for at in changed {
            if let Some(before) = self.traces.remove(*at) {
                touched.note(&before);
            }
            let Some(draft) = draft(*at) else { continue };
            let now = tracer.trace(draft, *at);
            if now.1.given != Given::Nothing {
                touched.note(&now);
                self.traces.insert(*at, draft.submission.id, now);
            }
        }
        touched
    }

    /// Looks at everybody who is touched: with all as witnesses, and without those who are shifted then.
    fn look(&mut self, touched: &mut Touched, case: &Case<'_>) {
        let Self { traces, own, views, first, without, shifted, .. } = self;
        for key in &touched.subjects {
            replace(own, *key, traces.with(*key, Own::of).flatten());
        }
        let seen = sure(views.renew(traces, &touched.villages, &FxHashSet::default()));
        touched.subjects.extend(seen);
        for key in &touched.subjects {
            let is = examine((traces, own), *key, views, case).is_some();
            let turned = if is { first.insert(*key) } else { first.remove(key) };
            if turned {
                touched.villages.extend(traces.villages_of(*key));
            }
        }
        // Where none of those works, the same is seen as with all.
        let works = |village: &u32| traces.subjects_in(*village).any(|key| first.contains(&key));
        let theirs: FxHashSet<u32> = touched.villages.iter().copied().filter(works).collect();
        let others: Vec<u32> = touched.villages.difference(&theirs).copied().collect();
        touched.subjects.extend(sure(without.renew(traces, &theirs, first)));
        touched
            .subjects
            .extend(others.into_iter().flat_map(|village| without.copy(views, village)));
        for key in &touched.subjects {
            replace(shifted, *key, examine((traces, own), *key, without, case));
        }
    }

    /// What subjects show whose own rows changed, whatever others did.
    fn look_at_own(&mut self, own: &FxHashSet<u64>) {
        let Self { traces, copied, metres, .. } = self;
        for key in own {
            let copies = traces.with(*key, copied::examine).flatten();
            replace(copied, *key, copies);
            let may_tell = traces.with(*key, zone::may_tell).is_some_and(|may| may);
            let villages = || traces.of(*key).map(|(_, trace)| trace.village).collect();
            let seen = may_tell.then(|| Metres { villages: villages(), found: None });
            replace(metres, *key, seen);
        }
    }

    /// Looks at rows in metres whose own rows changed, or middles of whose villages may have moved.
    fn look_at_metres(&mut self, touched: &mut Touched, case: &Case<'_>) {
        let Self { traces, first, without, shifted, metres, unsure, .. } = self;
        let is = |key: &u64| first.contains(key) != shifted.contains_key(key);
        let one_way = first.iter().chain(shifted.keys()).filter(|key| is(key));
        let before = std::mem::replace(unsure, one_way.copied().collect());
        if metres.is_empty() {
            return;
        }
        let mut villages = touched.villages.clone();
        villages.extend(before.iter().chain(&*unsure).flat_map(|key| traces.villages_of(*key)));
        let anew = |(key, seen): &(&u64, &mut Metres)| {
            touched.subjects.contains(key) || !seen.villages.is_disjoint(&villages)
        };
        let mut others: Option<Views> = None;
        let mut looked_at = Vec::new();
        for (key, seen) in metres.iter_mut().filter(anew) {
            let middles = if unsure.is_empty() {
                &without.middles
            } else {
                let others = others.get_or_insert_with(|| {
                    let mut others = without.clone();
                    let villages = unsure.iter().flat_map(|key| traces.villages_of(*key)).collect();
                    sure(others.renew(traces, &villages, &shifted.keys().copied().collect()));
                    others
                });
                &others.middles
            };
            seen.found =
                traces.with(*key, |subject| zone::examine(subject, middles, case)).flatten();
            looked_at.push(*key);
        }
        touched.subjects.extend(looked_at);
    }

    /// Makes the proposals of subjects anew, and those about metres.
    fn propose<'d>(
        &mut self,
        dirty: &FxHashSet<u64>,
        draft: &impl Fn(u32) -> Option<&'d Draft>,
        (case, decided): (&Case<'_>, &Decided),
    ) -> Vec<Turn> {
        let mut before: BTreeMap<ProposalId, Proposal> = BTreeMap::new();
        for id in dirty.iter().filter_map(|subject| self.of_subject.remove(subject)).flatten() {
            before.extend(self.proposals.remove(&id).map(|(_, proposal)| (id, proposal)));
        }
        let found = dirty.iter().flat_map(|subject| {
            let in_metres = self.metres.get(subject).and_then(|metres| metres.found.as_ref());
            [self.shifted.get(subject), self.copied.get(subject), in_metres].into_iter().flatten()
        });
        let mut turns = Vec::new();
        for found in found {
            let Some(first) = draft(found.name as u32) else { continue };
            let rows = match &found.rows {
                Rows::Given(given) => self.traces.given(found.subject, *given),
                Rows::These(rows) => {
                    let mut rows = rows.clone();
                    rows.sort_by_key(|at| self.traces.ids[*at as usize]);
                    rows
                }
            };
            let who = Arc::clone(whose(&first.submission));
            let mut proposal = found.clone().proposal(who, rows, case);
            proposal.status = status(decided, proposal.id);
            let old = before.remove(&proposal.id);
            self.proposals.insert(proposal.id, (found.subject, proposal.clone()));
            self.of_subject.entry(found.subject).or_default().push(proposal.id);
            if old.as_ref() != Some(&proposal) {
                turns.push((old, Some(proposal)));
            }
        }
        turns.extend(before.into_values().map(|old| (Some(old), None)));
        turns
    }
}

/// Whom and where changed rows touch.
#[derive(Default)]
struct Touched {
    subjects: FxHashSet<u64>,
    villages: FxHashSet<u32>,
}

impl Touched {
    fn note(&mut self, (subject, trace): &(u64, Trace)) {
        self.subjects.insert(*subject);
        self.villages.extend(Spot::of(*subject, trace).map(|spot| spot.village));
    }
}

/// Whether a subject is shifted by what villages say.
fn examine(
    (traces, own): (&KeptTraces, &FxHashMap<u64, Own>),
    key: u64,
    views: &Views,
    case: &Case<'_>,
) -> Option<Found> {
    let (own, seen) = (own.get(&key)?, views.of(key));
    let found = || traces.with(key, |subject| own.found(subject, seen, case)).flatten();
    own.may_be_shifted(seen).then(found).flatten()
}

fn replace<T>(map: &mut FxHashMap<u64, T>, key: u64, value: Option<T>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

fn status(decided: &Decided, id: ProposalId) -> ProposalStatus {
    match decided.get(&id) {
        Some(Choice::Apply) => ProposalStatus::Applied,
        Some(Choice::Refuse) => ProposalStatus::Refused,
        Some(Choice::Withdraw) | None => ProposalStatus::Open,
    }
}
