//! What waits for a person in one run, in the order in which it is listed: kept in memory until the next run.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use diachiso_model::{ProposalKind, ProposalStatus, RuleCode, UnitCode};
use diachiso_store::{HeldRow, ProposalView, RowPlace, Store};

use crate::{access::Scope, area::Area, error::ApiError};

/// A held submission or an open proposal.
pub(crate) enum Thing {
    /// A submission.
    Row(HeldRow),
    /// A proposal about all rows of a collector.
    Proposal(Box<ProposalView>),
}

/// Something that waits.
pub(crate) struct Item {
    /// Code of its village or commune; empty where neither is known.
    pub(crate) place: Box<str>,
    /// Its id: the submission's or the proposal's.
    pub(crate) id: Box<str>,
    pub(crate) thing: Thing,
    rules: Vec<RuleCode>,
}

impl Item {
    /// The rules that ask.
    pub(crate) fn rules(&self) -> &[RuleCode] {
        &self.rules
    }

    /// Whether it lies where a caller's grants hold.
    pub(crate) fn is_in(&self, scope: &Scope) -> bool {
        match &self.thing {
            Thing::Row(row) => scope.held(row),
            Thing::Proposal(p) => match &p.commune {
                Some(commune) => scope.everywhere() || scope.undated(commune),
                None => scope.everywhere(),
            },
        }
    }

    /// Whether it lies in an area.
    pub(crate) fn lies_in(&self, area: &Area) -> bool {
        match &self.thing {
            Thing::Row(row) => area.holds(&RowPlace {
                village: row.village.clone(),
                commune: row.commune.clone(),
                collected_on: row.collected_on,
                team: row.team.clone(),
            }),
            Thing::Proposal(p) => p.commune.as_ref().is_some_and(|c| area.holds_commune(c)),
        }
    }
}

/// All that waits in a run.
pub(crate) struct Waiting {
    /// Number of the run.
    pub(crate) run: i64,
    /// By place and id.
    pub(crate) items: Vec<Item>,
    by_id: BTreeMap<Box<str>, usize>,
}

impl Waiting {
    async fn load(store: &dyn Store, run: i64) -> Result<Self, ApiError> {
        let (rows, proposals) = (store.held_rows().await?, store.proposals().await?);
        let of_row = |row: HeldRow| Item {
            place: row
                .village
                .as_ref()
                .or(row.commune.as_ref())
                .map(UnitCode::as_str)
                .unwrap_or_default()
                .into(),
            id: row.id.to_string().into(),
            rules: row.rules.clone(),
            thing: Thing::Row(row),
        };
        let of_proposal = |p: ProposalView| Item {
            place: p.commune.as_ref().map(UnitCode::as_str).unwrap_or_default().into(),
            id: p.id.to_string().into(),
            rules: vec![match p.kind {
                ProposalKind::Datum => RuleCode::G12,
                ProposalKind::Zone => RuleCode::G05,
                ProposalKind::CopiedFix => RuleCode::G10,
            }],
            thing: Thing::Proposal(Box::new(p)),
        };
        let open = proposals.into_iter().filter(|p| p.status == ProposalStatus::Open);
        let mut items: Vec<Item> =
            rows.into_iter().map(of_row).chain(open.map(of_proposal)).collect();
        items.sort_unstable_by(|a, b| (&a.place, &a.id).cmp(&(&b.place, &b.id)));
        let by_id = items.iter().enumerate().map(|(at, item)| (item.id.clone(), at)).collect();
        Ok(Self { run, items, by_id })
    }

    /// What waits under an id.
    pub(crate) fn find(&self, id: &str) -> Option<&Item> {
        self.by_id.get(id).map(|at| &self.items[*at])
    }

    /// What follows a place in the list.
    pub(crate) fn after(&self, cursor: Option<&(String, String)>) -> &[Item] {
        let Some((place, id)) = cursor else { return &self.items };
        let from =
            self.items.partition_point(|i| (&*i.place, &*i.id) <= (place.as_str(), id.as_str()));
        &self.items[from..]
    }
}

/// What waits in the newest run.
#[derive(Default)]
pub(crate) struct WaitingLists {
    current: RwLock<Option<Arc<Waiting>>>,
    making: tokio::sync::Mutex<()>,
}

impl WaitingLists {
    /// The list of the newest run; read once a run.
    pub(crate) async fn get(&self, store: &dyn Store) -> Result<Arc<Waiting>, ApiError> {
        let run = store.latest_run().await?.ok_or(ApiError::NotReady)?.number;
        if let Some(kept) = self.kept(run) {
            return Ok(kept);
        }
        let _one_at_a_time = self.making.lock().await;
        let mut run = store.latest_run().await?.ok_or(ApiError::NotReady)?.number;
        if let Some(kept) = self.kept(run) {
            return Ok(kept);
        }
        loop {
            let made = Arc::new(Waiting::load(store, run).await?);
            let newest = store.latest_run().await?.ok_or(ApiError::NotReady)?.number;
            // Published in between, it may mix two runs.
            if newest == run {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::clone(&made));
                return Ok(made);
            }
            run = newest;
        }
    }

    fn kept(&self, run: i64) -> Option<Arc<Waiting>> {
        let kept = self.current.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| kept.run == run).map(Arc::clone)
    }
}
