//! Unit versions as sets of the communes of the oldest period, and where they lie.

use diachiso_model::{Level, UnitId, Units};
use rustc_hash::FxHashMap;

use crate::{
    builder::BuildError,
    doors::Spot,
    place::Extent,
    territory::{MAX_ATOMS, Territory},
};

/// Territories of all unit versions.
pub(super) struct Atoms {
    territories: Vec<Territory>,
    extents: Vec<Option<Extent>>,
    /// Communes of the oldest period, by their bit.
    oldest: Vec<UnitId>,
}

impl Atoms {
    pub(super) fn new(
        units: &Units,
        extent: impl Fn(UnitId) -> Option<Extent>,
    ) -> Result<Self, BuildError> {
        let Some(first) = units.reforms().first().copied() else {
            return Ok(Self { territories: Vec::new(), extents: Vec::new(), oldest: Vec::new() });
        };
        let atoms: Vec<UnitId> = units.on(Level::Commune, first).map(|(id, _)| id).collect();
        if atoms.len() > MAX_ATOMS {
            return Err(BuildError::TooManyCommunes(atoms.len()));
        }
        let bits: FxHashMap<UnitId, usize> = atoms.iter().copied().zip(0..).collect();
        let count = units.iter().count();
        let mut territories = vec![Territory::default(); count];
        for (id, _) in units.iter().filter(|(_, unit)| unit.level == Level::Commune) {
            for atom in units.at(id, first) {
                if let Some(bit) = bits.get(&atom) {
                    territories[usize::from(id.0)].add(*bit);
                }
            }
        }
        for day in units.reforms() {
            for (id, _) in units.on(Level::Commune, *day) {
                let own = territories[usize::from(id.0)];
                for level in [Level::District, Level::Province] {
                    if let Some(above) = units.ancestor(id, level, *day) {
                        let sum = &mut territories[usize::from(above.0)];
                        *sum = sum.or(own);
                    }
                }
            }
        }
        let mut extents: Vec<Option<Extent>> =
            (0..count).map(|at| extent(UnitId(at as u16))).collect();
        for (id, _) in units.iter().filter(|(_, unit)| unit.level <= Level::District) {
            let inside = atoms.iter().zip(0..).filter(|(_, bit)| {
                let mut atom = Territory::default();
                atom.add(*bit);
                atom.meets(territories[usize::from(id.0)])
            });
            let parts: Vec<Extent> =
                inside.filter_map(|(atom, _)| extents[usize::from(atom.0)]).collect();
            extents[usize::from(id.0)] = extents[usize::from(id.0)].or_else(|| around(&parts));
        }
        Ok(Self { territories, extents, oldest: atoms })
    }

    pub(super) fn of(&self, id: UnitId) -> Territory {
        self.territories.get(usize::from(id.0)).copied().unwrap_or_default()
    }

    pub(super) fn extent(&self, id: UnitId) -> Option<Extent> {
        self.extents.get(usize::from(id.0)).copied().flatten()
    }

    /// The commune of the oldest period of a territory that a point is in: the one whose boundary holds it, where that is
    /// one of the territory's; else the only one, or the one whose middle is nearest by its size.
    pub(super) fn holding(
        &self,
        territory: Territory,
        holder: Option<UnitId>,
        spot: Spot,
    ) -> Option<u16> {
        let held = holder.and_then(|id| {
            let bit = self.oldest.iter().position(|atom| *atom == id)?;
            let mut atom = Territory::default();
            atom.add(bit);
            atom.meets(territory).then_some(bit as u16)
        });
        held.or_else(|| self.nearest(territory, spot))
    }

    fn nearest(&self, territory: Territory, spot: Spot) -> Option<u16> {
        let inside = self.oldest.iter().zip(0_u16..).filter(|(_, bit)| {
            let mut atom = Territory::default();
            atom.add(usize::from(*bit));
            atom.meets(territory)
        });
        let far = |id: UnitId| {
            self.extent(id)
                .map_or(f64::MAX, |extent| extent.spot().metres(spot) / extent.radius_m.max(1.0))
        };
        inside.min_by(|a, b| far(*a.0).total_cmp(&far(*b.0))).map(|(_, bit)| bit)
    }
}

/// The extent that holds others.
fn around(parts: &[Extent]) -> Option<Extent> {
    let count = parts.len() as f64;
    let sum = |of: fn(&Extent) -> f64| parts.iter().map(of).sum::<f64>() / count;
    let middle = Spot { lon: sum(|e| e.middle.lon()), lat: sum(|e| e.middle.lat()) };
    let radius_m = parts.iter().map(|e| e.spot().metres(middle) + e.radius_m).fold(0.0, f64::max);
    Some(Extent { middle: middle.lon_lat()?, radius_m })
}
