//! Where a caller's grants hold: villages, since those outlive reforms, and for collectors a team.

use std::{collections::BTreeSet, sync::Arc};

use diachiso_model::{AreaOn, Areas, Date, Grant, Level, Published, UnitCode};
use diachiso_pipeline::{Locator, Reference};
use diachiso_store::{HeldRow, RowArea, RowPlace, SubmissionView};

use crate::{AppState, error::ApiError, explain::Named, snapshot::Snapshot};

/// Where some grants hold.
pub(crate) struct Scope {
    parts: Vec<Part>,
    /// What units become villages by; only where a grant does not hold everywhere.
    ground: Option<Ground>,
}

struct Part {
    /// The team whose submissions alone are meant.
    team: Option<Box<str>>,
    /// `None` is everywhere.
    villages: Option<BTreeSet<UnitCode>>,
}

/// What units become villages by.
pub(crate) struct Ground {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) locator: Arc<Locator>,
}

impl Scope {
    /// Resolves grants. Those for all areas need nothing; others the published state.
    ///
    /// # Errors
    /// [`ApiError::NotReady`] before the first run, when a grant is for some areas; what the store says.
    pub(crate) async fn of(state: &AppState, grants: &[Grant]) -> Result<Self, ApiError> {
        let bound = grants.iter().any(|g| *g.areas() != Areas::All);
        let ground = if bound { Some(Ground::of(state).await?) } else { None };
        let part = |grant: &Grant| {
            let villages = match (grant.areas(), &ground) {
                (Areas::Of(areas), Some(ground)) => {
                    Some(areas.iter().flat_map(|area| ground.villages(area)).collect())
                }
                (Areas::Of(_), None) => Some(BTreeSet::new()),
                (Areas::All, _) => None,
            };
            Part { team: grant.team().map(Into::into), villages }
        };
        Ok(Self { parts: grants.iter().map(part).collect(), ground })
    }

    /// Whether everything is held, of all teams.
    pub(crate) fn everywhere(&self) -> bool {
        self.parts.iter().any(|p| p.team.is_none() && p.villages.is_none())
    }

    /// Whether a village is held.
    pub(crate) fn village(&self, village: &UnitCode) -> bool {
        self.holds(std::iter::once(village), None)
    }

    /// Whether a village is held by some part, of whatever team: who goes there says what was found. Where nobody knows the
    /// village, a part must hold everywhere, as the store's wall has it.
    pub(crate) fn visits(&self, village: Option<&UnitCode>) -> bool {
        self.visiting(village).next().is_some()
    }

    /// The team for which the caller goes to a village; `None` where he goes for no team, or may not go.
    pub(crate) fn team(&self, village: Option<&UnitCode>) -> Option<&str> {
        let own: Vec<&Part> = self.visiting(village).collect();
        let all = own.iter().all(|part| part.team.is_some());
        own.first().filter(|_| all).and_then(|part| part.team.as_deref())
    }

    /// The parts that hold a village.
    fn visiting(&self, village: Option<&UnitCode>) -> impl Iterator<Item = &Part> {
        let holds = move |part: &&Part| match (&part.villages, village) {
            (None, _) => true,
            (Some(set), Some(village)) => set.contains(village),
            (Some(_), None) => false,
        };
        self.parts.iter().filter(holds)
    }

    /// Whether all villages of a unit, as it was on a day, are held. A unit without any is held by those alone who hold
    /// everything.
    pub(crate) fn unit(&self, code: &UnitCode, on: Date) -> bool {
        self.unit_of(code, on, None)
    }

    /// Whether each of some villages is held; with none, whether everything is.
    pub(crate) fn villages(&self, villages: &BTreeSet<UnitCode>) -> bool {
        self.holds(villages.iter(), None)
    }

    /// Whether all villages of a code without a day are held; see [`super::AreaIndex::undated`].
    pub(crate) fn undated(&self, code: &UnitCode) -> bool {
        let Some(ground) = &self.ground else { return self.everywhere() };
        let villages = ground.snapshot.area_index.undated(code, ground.snapshot.period);
        villages.map_or_else(|| self.everywhere(), |v| self.holds(v.iter(), None))
    }

    /// The same for the store: its wall knows areas and no teams.
    pub(crate) fn row_area(&self) -> RowArea {
        if self.parts.iter().any(|p| p.villages.is_none()) {
            return RowArea::Everything;
        }
        let held = self.parts.iter().filter_map(|p| p.villages.as_ref());
        let villages: BTreeSet<UnitCode> = held.flatten().cloned().collect();
        let index = self.ground.as_ref().map(|ground| &ground.snapshot.area_index);
        let communes = index.map(|index| index.communes_within(&villages)).unwrap_or_default();
        RowArea::Of { villages: villages.into_iter().collect(), communes }
    }

    /// Whether a submission is.
    pub(crate) fn submission(&self, view: &SubmissionView) -> bool {
        self.row(&RowPlace {
            village: view.village_code.clone(),
            commune: view.commune.clone(),
            collected_on: view.collected_on,
            team: view.team.clone(),
        })
    }

    /// The same of a held one.
    pub(crate) fn held(&self, row: &HeldRow) -> bool {
        self.row(&RowPlace {
            village: row.village.clone(),
            commune: row.commune.clone(),
            collected_on: row.collected_on,
            team: row.team.clone(),
        })
    }

    /// Whether a row is: by its village of the register, else by its commune on the day of collection, and for
    /// collectors by their team.
    pub(crate) fn row(&self, place: &RowPlace) -> bool {
        let team = Some(&*place.team).filter(|team| !team.is_empty());
        match (&place.village, &place.commune, place.collected_on) {
            (Some(village), ..) => self.holds(std::iter::once(village), team),
            (None, Some(commune), Some(on)) => self.unit_of(commune, on, team),
            _ => self.holds(std::iter::empty(), team),
        }
    }

    /// Whether a thing of a published state is.
    pub(crate) fn named(&self, state: &Published, reference: &Reference, named: Named) -> bool {
        let village = |at: u32| self.village(&state.villages[at as usize].code);
        match named {
            Named::Household(at) => village(state.households[at as usize].village),
            Named::Submission(at) => {
                let own = &state.submissions[at as usize];
                match (own.village, own.commune, own.collected_on) {
                    (Some(at), ..) => village(at),
                    (None, Some(commune), Some(on)) => {
                        self.unit(&reference.units.get(commune).code, on)
                    }
                    _ => self.everywhere(),
                }
            }
        }
    }

    fn unit_of(&self, code: &UnitCode, on: Date, team: Option<&str>) -> bool {
        let area = AreaOn { code: code.clone(), on };
        let villages = self.ground.as_ref().map(|ground| ground.villages(&area));
        self.holds(villages.iter().flatten(), team)
    }

    /// Whether each village is held by some part; with none to ask for, whether a part holds everywhere.
    fn holds<'a>(&self, villages: impl Iterator<Item = &'a UnitCode>, team: Option<&str>) -> bool {
        let of_team = |p: &&Part| p.team.is_none() || p.team.as_deref() == team;
        let mut parts = self.parts.iter().filter(of_team).peekable();
        if parts.peek().is_none() {
            return false;
        }
        let parts: Vec<&Part> = parts.collect();
        if parts.iter().any(|p| p.villages.is_none()) {
            return true;
        }
        let mut any = false;
        for village in villages {
            any = true;
            if !parts.iter().any(|p| p.villages.as_ref().is_some_and(|set| set.contains(village))) {
                return false;
            }
        }
        any
    }
}

impl Ground {
    /// That of the published state.
    ///
    /// # Errors
    /// [`ApiError::NotReady`] before the first run; what the store says.
    pub(crate) async fn of(state: &AppState) -> Result<Self, ApiError> {
        Ok(Self { snapshot: state.snapshot().await?, locator: state.locator().await? })
    }

    /// The full name that a unit bore on a day; its code where that is not known, as of villages.
    pub(crate) fn name_on(&self, area: &AreaOn) -> String {
        let units = &self.locator.reference().units;
        let named = units.by_code(&area.code, area.on).map(|id| units.get(id).full_name());
        let rows = &self.snapshot.areas;
        let row = || rows.iter().find(|row| row.code == area.code).map(|row| row.name.to_string());
        named.or_else(row).unwrap_or_else(|| area.code.to_string())
    }

    /// The villages of a unit as it was on a day: as households roll up, or, before the first period of which that is
    /// known, by what the communes of that day became.
    pub(crate) fn villages(&self, area: &AreaOn) -> BTreeSet<UnitCode> {
        let index = &self.snapshot.area_index;
        let known = |code: &UnitCode, on| index.on(code, on).cloned().unwrap_or_default();
        let Some(begins) = index.begins() else { return BTreeSet::new() };
        if area.code.level() == Level::Village {
            // Of what no register named there is nothing.
            let known = self.snapshot.knows(&area.code) || index.newest(&area.code).is_some();
            return known.then(|| area.code.clone()).into_iter().collect();
        }
        if begins <= area.on {
            return known(&area.code, area.on);
        }
        let units = &self.locator.reference().units;
        let Some(unit) = units.by_code(&area.code, area.on) else { return BTreeSet::new() };
        let inside = |commune: &diachiso_model::Unit| match area.code.level() {
            Level::Commune => commune.code == area.code,
            Level::District => commune.parent.as_ref() == Some(&area.code),
            _ => true,
        };
        let of_day = units.on(Level::Commune, area.on).filter(|(_, commune)| inside(commune));
        let mut communes: Vec<_> = of_day.map(|(id, _)| id).collect();
        if communes.is_empty() {
            communes.push(unit);
        }
        let later = communes.into_iter().flat_map(|id| units.at(id, begins));
        later.flat_map(|id| known(&units.get(id).code, begins)).collect()
    }
}
