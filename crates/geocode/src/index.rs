//! Everything that addresses may name, ready to be asked by any number of threads.

use std::sync::Arc;

use diachiso_model::{Date, Level, LonLat, UnitCode, UnitId, Units};
use rustc_hash::FxHashMap;

use crate::{
    answer::{StreetId, VillageId},
    doors::Doors,
    lexicon::Lexicon,
    place::Extent,
    suggest::Completions,
    territory::Territory,
};

/// An immutable index over units of all periods, villages, streets and known houses.
pub struct Index {
    pub(crate) units: Arc<Units>,
    pub(crate) today: Date,
    /// By [`UnitId`].
    pub(crate) unit_places: Vec<UnitPlace>,
    /// Communes of each period, by its first day.
    pub(crate) periods: Vec<(Date, Vec<UnitId>)>,
    pub(crate) villages: Vec<VillagePlace>,
    pub(crate) doors: Doors,
    pub(crate) lexicon: Lexicon,
    /// Names that the province or its capital went by, and where the capital was.
    pub(crate) capital: Territory,
    pub(crate) postal: Arc<FxHashMap<u32, Territory>>,
    pub(crate) completions: Completions,
    pub(crate) stats: Stats,
}

/// What an index knows of a unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitPlace {
    pub(crate) territory: Territory,
    pub(crate) extent: Option<Extent>,
}

/// What an index knows of a village.
#[derive(Clone, Debug)]
pub(crate) struct VillagePlace {
    pub(crate) code: UnitCode,
    pub(crate) name: Box<str>,
    pub(crate) commune: UnitId,
    pub(crate) territory: Territory,
    pub(crate) extent: Option<Extent>,
    /// Whether the extent may be shown to anybody.
    pub(crate) public: bool,
    /// Its houses that stand in no street.
    pub(crate) houses: Option<u32>,
}

/// A village of an index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VillageView<'i> {
    /// Its code, on the day of its commune.
    pub code: &'i UnitCode,
    /// Full name.
    pub name: &'i str,
    /// The commune version that it is of.
    pub commune: UnitId,
    /// Where it lies.
    pub extent: Option<Extent>,
}

/// Sizes of an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Unit versions.
    pub units: usize,
    /// Villages.
    pub villages: usize,
    /// Streets and hamlets.
    pub streets: usize,
    /// Known houses.
    pub houses: usize,
    /// Houses left out, for nothing but a commune tells where they are.
    pub left_out: usize,
    /// Memory in bytes, about.
    pub bytes: usize,
}

impl Index {
    /// Sizes.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// The units that it was built over.
    #[must_use]
    pub fn units(&self) -> &Units {
        &self.units
    }

    /// The day that "today" means.
    #[must_use]
    pub fn today(&self) -> Date {
        self.today
    }

    /// A village.
    #[must_use]
    pub fn village(&self, id: VillageId) -> Option<VillageView<'_>> {
        self.villages.get(usize::from(id.0)).map(|village| VillageView {
            code: &village.code,
            name: &village.name,
            commune: village.commune,
            extent: village.extent,
        })
    }

    /// The name of a street or hamlet; `None` for houses of a village that are in no street.
    #[must_use]
    pub fn street_name(&self, id: StreetId) -> Option<&str> {
        let street = self.doors.streets.get(id.0 as usize)?;
        Some(&self.lexicon.get(street.name?).display)
    }

    /// The communes of a day that hold a part of a territory.
    pub(crate) fn communes_on(
        &self,
        territory: Territory,
        on: Date,
    ) -> impl Iterator<Item = UnitId> + '_ {
        let at = self.periods.partition_point(|(from, _)| *from <= on);
        let communes = self.periods.get(at.saturating_sub(1)).map_or(&[][..], |(_, ids)| ids);
        communes
            .iter()
            .copied()
            .filter(move |id| self.unit_places[usize::from(id.0)].territory.meets(territory))
    }

    /// The district of a commune version on its first day.
    #[must_use]
    pub fn district_of(&self, commune: UnitId) -> Option<UnitId> {
        self.units.ancestor(commune, Level::District, self.units.get(commune).valid_from)
    }

    /// The middle of a unit version.
    #[must_use]
    pub fn middle_of(&self, unit: UnitId) -> Option<LonLat> {
        Some(self.unit_places.get(usize::from(unit.0))?.extent?.middle)
    }
}
