//! Houses into streets: one name in one neighbourhood is one street, a hamlet's name in one village one hamlet.

use diachiso_model::LonLat;
use rustc_hash::FxHashMap;

use crate::{
    answer::VillageId,
    builder::{FEWEST_FOR_PUBLIC, Origin, strays},
    doors::{Door, Doors, NO_VILLAGE, Spot, Street, beyond_m},
    index::VillagePlace,
    place::Extent,
    territory::Territory,
};

/// A house before it is in a street.
pub(super) struct RawDoor {
    /// Its street's name.
    pub(super) street: Option<u32>,
    pub(super) door: Door,
    /// Whether it can be asked for.
    pub(super) addressed: bool,
}

impl RawDoor {
    /// A point that tells where its village lies and nothing else.
    pub(super) fn of_village(village: VillageId, point: LonLat, origin: Origin) -> Self {
        let public = origin == Origin::Reference;
        let door = Door { village: village.0, public, ..Door::new(point, 1.0) };
        Self { street: None, door, addressed: false }
    }
}

/// Degrees of a cell: houses of one street name in cells that touch are one street. About 1.1 km, the longest stretch
/// without a known house.
const CELL_DEG: f64 = 0.01;

/// Puts houses into streets, in an order that depends on nothing but the set of them.
///
/// `is_hamlet` tells whether a name is that of a part of a village, `name` gives a street a name in the lexicon.
pub(super) fn group(
    mut raw: Vec<RawDoor>,
    villages: &mut [VillagePlace],
    is_hamlet: impl Fn(u32) -> bool,
    mut name: impl FnMut(u32, u32, Territory) -> Option<u32>,
) -> Doors {
    raw.retain(|door| door.addressed);
    // The neighbourhood of each house: its village, or the stretch of touching cells.
    raw.sort_by_key(|raw| raw.street);
    let mut placed: Vec<((Option<u32>, u32), Door)> = Vec::with_capacity(raw.len());
    for run in raw.chunk_by(|a, b| a.street == b.street) {
        let by_village = run[0].street.is_none_or(&is_hamlet);
        let around: Vec<u32> = if by_village {
            run.iter().map(|raw| u32::from(raw.door.village)).collect()
        } else {
            stretches(run)
        };
        placed.extend(run.iter().zip(around).map(|(raw, at)| ((raw.street, at), raw.door)));
    }
    drop(raw);
    let position = |door: &Door| {
        let at = door.at();
        ((at.lon * 1e7) as i64, (at.lat * 1e7) as i64, door.radius_m)
    };
    placed.sort_by(|(a, da), (b, db)| {
        a.cmp(b)
            .then_with(|| da.order().cmp(&db.order()))
            .then_with(|| position(da).cmp(&position(db)))
    });
    let mut doors = Doors { list: Vec::with_capacity(placed.len()), streets: Vec::new() };
    let mut kinds: Vec<usize> = Vec::new();
    for run in placed.chunk_by(|a, b| a.0 == b.0) {
        let ((street, _), _) = run[0];
        let from = doors.list.len() as u32;
        doors.list.extend(run.iter().map(|(_, door)| *door));
        let id = doors.streets.len() as u32;
        let Some(made) = made(&doors.list[from as usize..], from) else { continue };
        let made =
            Street { name: street.and_then(|street| name(street, id, made.territory)), ..made };
        if street.is_none()
            && let Some(village) = villages.get_mut(usize::from(made.village))
        {
            village.houses = Some(id);
        }
        doors.streets.push(made);
        kinds.push(street.map_or(2, |street| usize::from(is_hamlet(street))));
    }
    strays::judge(&mut doors, &kinds);
    doors
}

fn made(doors: &[Door], from: u32) -> Option<Street> {
    let extent = Extent::around(doors.iter().map(Door::at))?;
    let mut territory = Territory::default();
    for door in doors.iter().filter(|door| door.atom != crate::doors::NO_ATOM) {
        territory.add(usize::from(door.atom));
    }
    if territory.is_empty() {
        territory = Territory::EVERYWHERE;
    }
    let village = doors[0].village;
    let one_village = doors.iter().all(|door| door.village == village);
    Some(Street {
        from,
        to: from + doors.len() as u32,
        territory,
        extent: Extent { radius_m: extent.radius_m + beyond_m(doors.len()), ..extent },
        stray_m: 0.0,
        front_m: 0.0,
        public: doors.len() >= FEWEST_FOR_PUBLIC || doors.iter().all(|door| door.public),
        name: None,
        village: if one_village { village } else { NO_VILLAGE },
    })
}

/// The stretch of each house, by the smallest cell in it.
fn stretches(run: &[RawDoor]) -> Vec<u32> {
    let cell =
        |spot: Spot| ((spot.lon / CELL_DEG).floor() as i32, (spot.lat / CELL_DEG).floor() as i32);
    let mut cells: Vec<(i32, i32)> = run.iter().map(|raw| cell(raw.door.at())).collect();
    cells.sort_unstable();
    cells.dedup();
    let at: FxHashMap<(i32, i32), u32> = cells.iter().copied().zip(0..).collect();
    let mut parent: Vec<u32> = (0..cells.len() as u32).collect();
    let root = |parent: &mut Vec<u32>, mut of: u32| {
        while parent[of as usize] != of {
            parent[of as usize] = parent[parent[of as usize] as usize];
            of = parent[of as usize];
        }
        of
    };
    for (own, (x, y)) in (0..).zip(&cells) {
        // Each pair of neighbours is seen from the one that comes later.
        for (dx, dy) in [(-1, -1), (-1, 0), (-1, 1), (0, -1)] {
            if let Some(other) = at.get(&(x + dx, y + dy)) {
                let (a, b) = (root(&mut parent, own), root(&mut parent, *other));
                parent[a.max(b) as usize] = a.min(b);
            }
        }
    }
    run.iter().map(|raw| root(&mut parent, at[&cell(raw.door.at())])).collect()
}
