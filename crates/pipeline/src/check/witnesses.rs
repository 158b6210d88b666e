//! Points that a store accepted before: witnesses of whether a file's collectors measured where others did.

use std::sync::Arc;

use diachiso_model::{Date, LonLat, SubmissionId, UnitCode};
use diachiso_text::fold;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    forensics::{Case, Spot},
    submissions::{joint, key},
};

/// A point that was accepted.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Its submission: where the file holds it once more, it bears no witness.
    pub id: SubmissionId,
    /// Its village of the register.
    pub village: UnitCode,
    /// The commune that it states, by its code on the day of collection.
    pub commune: Option<UnitCode>,
    /// Day of collection.
    pub collected_on: Option<Date>,
    /// Collector, or team where no collector is named.
    pub who: Arc<str>,
    /// Where it is.
    pub point: LonLat,
}

/// All witnesses, by village.
#[derive(Default)]
pub(super) struct Witnesses {
    spots: FxHashMap<u32, Vec<(SubmissionId, Spot)>>,
    ids: FxHashSet<SubmissionId>,
}

impl Witnesses {
    /// Those whose villages the registers of a case know.
    pub(super) fn of(witnesses: impl IntoIterator<Item = Witness>, case: &Case<'_>) -> Self {
        let list = &case.villages.list;
        let villages: FxHashMap<&str, u32> =
            (1..).zip(list).map(|(number, village)| (village.code.as_str(), number)).collect();
        let mut all = Self::default();
        for witness in witnesses {
            let Some(village) = villages.get(witness.village.as_str()).copied() else { continue };
            let on = witness.collected_on.unwrap_or(case.closed_on);
            let commune = witness.commune.and_then(|code| case.reference.units.by_code(&code, on));
            let who = key(&fold::strong_key(&witness.who)).max(1);
            let subject = joint(commune.map_or(0, |c| u64::from(case.same(c).0) + 1), who);
            // What was accepted is not looked at for a shift: it says where others are.
            let spot = Spot { village, subject, suspect: false, point: witness.point };
            all.ids.insert(witness.id);
            all.spots.entry(village).or_default().push((witness.id, spot));
        }
        // Whatever the order of the store: sums depend on theirs.
        all.spots.values_mut().for_each(|spots| spots.sort_unstable_by_key(|(id, _)| *id));
        all
    }

    /// Whether a submission is among them.
    pub(super) fn holds(&self, id: SubmissionId) -> bool {
        self.ids.contains(&id)
    }

    /// Those of a village, without the ones that are there again.
    pub(super) fn of_village<'w>(
        &'w self,
        village: u32,
        again: &'w FxHashSet<SubmissionId>,
    ) -> impl Iterator<Item = Spot> + 'w {
        let spots = self.spots.get(&village).into_iter().flatten();
        spots.filter(|(id, _)| !again.contains(id)).map(|(_, spot)| *spot)
    }
}
