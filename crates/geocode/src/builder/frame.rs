//! What all indexes over the same units and boundaries have in common.

use std::sync::Arc;

use diachiso_model::{Level, UnitId, Units};
use rustc_hash::FxHashMap;

use crate::{
    builder::{BuildError, units::Atoms},
    place::Extent,
    territory::Territory,
};

/// Units of all periods as sets of the communes of the oldest one: made once, and shared by any number of indexes.
#[derive(Clone)]
pub struct Frame {
    pub(super) units: Arc<Units>,
    pub(super) atoms: Arc<Atoms>,
    /// Where postal codes were given.
    pub(super) postal: Arc<FxHashMap<u32, Territory>>,
    /// By unit, the first commune of the oldest period that it is kin of.
    kin: Arc<[Option<Kin>]>,
}

/// Communes that any reform made of the same ground: whatever period a house's commune is of, it has one kin.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Kin(u16);

impl Frame {
    /// The frame of units; `extent` tells where a commune version lies.
    ///
    /// # Errors
    /// When there are more communes than an index can tell apart.
    pub fn new(
        units: &Units,
        extent: impl Fn(UnitId) -> Option<Extent>,
    ) -> Result<Self, BuildError> {
        let atoms = Atoms::new(units, extent)?;
        let mut postal = FxHashMap::default();
        for code in 10_000..100_000 {
            let given = units.by_postal(code);
            if !given.is_empty() {
                let territory =
                    given.iter().fold(Territory::default(), |sum, id| sum.or(atoms.of(*id)));
                postal.insert(code, territory);
            }
        }
        let kin = kin(units, &atoms);
        Ok(Self {
            units: Arc::new(units.clone()),
            atoms: Arc::new(atoms),
            postal: Arc::new(postal),
            kin,
        })
    }

    /// The units.
    pub(crate) fn units(&self) -> &Units {
        &self.units
    }

    /// The kin of a commune; `None` for a district, or a commune of which no part was one in the oldest period.
    pub(crate) fn kin(&self, commune: UnitId) -> Option<Kin> {
        self.kin.get(usize::from(commune.0)).copied().flatten()
    }

    /// All kins, each once.
    pub(crate) fn kins(&self) -> Vec<Kin> {
        let mut all: Vec<Kin> = self.kin.iter().copied().flatten().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Kins by unit: communes of the oldest period that one commune of any period holds are kin.
fn kin(units: &Units, atoms: &Atoms) -> Arc<[Option<Kin>]> {
    let communes: Vec<(usize, Vec<u16>)> = units
        .iter()
        .filter(|(_, unit)| unit.level == Level::Commune)
        .map(|(id, _)| (usize::from(id.0), atoms.of(id).atoms().collect()))
        .collect();
    let most = communes.iter().flat_map(|(_, held)| held).max().map_or(0, |bit| bit + 1);
    let mut first: Vec<u16> = (0..most).collect();
    // Few reforms: every pass carries the smallest over one commune more, until nothing changes.
    loop {
        let mut changed = false;
        for (_, held) in &communes {
            let least = held.iter().map(|bit| first[usize::from(*bit)]).min();
            for bit in held {
                let own = &mut first[usize::from(*bit)];
                changed |= least.is_some_and(|least| least < *own);
                *own = least.unwrap_or(*own);
            }
        }
        if !changed {
            break;
        }
    }
    let mut kin = vec![None; units.iter().count()];
    for (at, held) in &communes {
        kin[*at] = held.first().map(|bit| Kin(first[usize::from(*bit)]));
    }
    kin.into()
}

#[cfg(test)]
mod tests {
    use diachiso_pipeline::Reference;

    use super::*;

    #[test]
    fn whatever_day_a_commune_is_named_on_its_ground_has_one_kin() {
        let units = Reference::load([]).expect("reference data").units;
        let frame = Frame::new(&units, |_| None).expect("few communes");
        let communes = units.iter().filter(|(_, unit)| unit.level == Level::Commune);
        for (id, unit) in communes {
            let own = frame.kin(id).unwrap_or_else(|| panic!("{} has no kin", unit.full_name()));
            for day in units.reforms() {
                let then = units.at(id, *day);
                assert!(then.iter().all(|other| frame.kin(*other) == Some(own)), "{id:?} on {day}");
            }
        }
        // Not all is one: a row that lacks a point looks among few communes.
        let kins = frame.kins().len();
        assert!(kins >= 20, "{kins} kins");
        let districts = units.iter().filter(|(_, unit)| unit.level == Level::District);
        assert!(districts.into_iter().all(|(id, _)| frame.kin(id).is_none()));
    }
}
