//! Schematic boundaries: plausible shapes for every commune version, made from one point and an area each.
//!
//! They are no official boundaries. Each unit of the first period (an *atom*; a unit split later counts
//! once per part) gets a power cell within the province's outline whose weight is fitted until the cell's
//! area follows the unit's; the units of every period are atoms joined by the lineage, so that each period is
//! an exact coverage and a merged unit is exactly the sum of its parts.

use std::{collections::BTreeMap, fmt::Write as _};

use diachiso_model::{Date, Level, LonLat, UnitCode, UnitId, Units};
use geo::{Contains, Distance, Euclidean};
use geo_types::{Coord, MultiPolygon, Point, Polygon};

use crate::distance::DegreeLength;
use crate::power_diagram::{Site, cell_areas, dissolve, power_cells};

/// What the file says about itself, in Vietnamese and in English.
const NOTE: (&str, &str) = (
    "Ranh giới giản lược do chương trình vẽ từ điểm và diện tích; không phải ranh giới chính thức.",
    "Schematic boundaries drawn by a program from points and areas; no official boundaries.",
);

/// Rounds of fitting weights; the areas settle within about forty.
const ROUNDS: usize = 80;
/// Part of the missing area that a round adds to a weight.
const PACE: f64 = 0.25;
/// Places found for units without a point are rounded to this many steps a degree.
const PLACE_STEPS: f64 = 1e6;
/// How far two weights may differ, as part of the squared distance of their sites: below 1 every site
/// stays in its own cell, here at least 15 % of the distance away from the border.
const HOLD: f64 = 0.7;
/// Directions in which a place for a unit without a point is sought: multiples of 22.5°, as written
/// numbers because sines differ between machines in the last bit.
const DIRECTIONS: [(f64, f64); 16] = {
    const A: f64 = 0.923_879_532_511_286_7;
    const B: f64 = 0.382_683_432_365_089_8;
    const C: f64 = std::f64::consts::FRAC_1_SQRT_2;
    [
        (1.0, 0.0),
        (A, B),
        (C, C),
        (B, A),
        (0.0, 1.0),
        (-B, A),
        (-C, C),
        (-A, B),
        (-1.0, 0.0),
        (-A, -B),
        (-C, -C),
        (-B, -A),
        (0.0, -1.0),
        (B, -A),
        (C, -C),
        (A, -B),
    ]
};

/// A commune's point and area on the day of [`draw`]'s `anchored_on`.
#[derive(Clone, PartialEq, Debug)]
pub struct Anchor {
    /// The commune's code on that day.
    pub code: UnitCode,
    /// A point within it.
    pub at: LonLat,
    /// Its area, km².
    pub area_km2: f64,
}

/// The schematic shape of one commune version.
#[derive(Clone, PartialEq, Debug)]
pub struct SchematicUnit {
    /// The commune's code.
    pub code: UnitCode,
    /// First day of the version.
    pub valid_from: Date,
    /// Last day of the version, if it has ended.
    pub valid_to: Option<Date>,
    /// Its shape; degrees with at most seven decimals.
    pub shape: MultiPolygon<f64>,
}

/// Why nothing can be drawn.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum SchematicError {
    /// A commune has no anchor.
    #[error("no point for commune {0}: add it to the table of points")]
    NoAnchor(UnitCode),
    /// A unit of the first period does not lead to one unit of a later one.
    #[error(
        "commune {code} leads to {count} units on {on} within one part; the lineage must lead to one"
    )]
    Lineage {
        /// The unit of the first period.
        code: UnitCode,
        /// The later day.
        on: Date,
        /// How many units it leads to.
        count: usize,
    },
    /// The table of units holds no commune.
    #[error("the table of units holds no commune")]
    NoUnits,
}

/// A unit of the first period, or the part of one that went to `holder`.
struct Atom {
    first: UnitId,
    holder: UnitId,
}

/// Draws all commune versions within `outline`. `anchors` give the communes that hold on `anchored_on`.
///
/// The same input gives the same bytes on every machine: cells come of additions, products and quotients, and
/// the places that sines enter (the length of a degree) are rounded far more coarsely than sines differ.
///
/// # Errors
/// When a commune has no anchor or the lineage has a hole.
pub fn draw(
    units: &Units,
    anchors: &[Anchor],
    anchored_on: Date,
    outline: &Polygon<f64>,
) -> Result<Vec<SchematicUnit>, SchematicError> {
    let first_day = *units.reforms().first().ok_or(SchematicError::NoUnits)?;
    let atoms: Vec<Atom> = units
        .on(Level::Commune, first_day)
        .flat_map(|(first, _)| {
            units.at(first, anchored_on).into_iter().map(move |holder| Atom { first, holder })
        })
        .collect();
    let by_holder = anchors_by_holder(units, anchors, anchored_on)?;
    let sites = fit_weights(
        &place(units, &atoms, &by_holder, outline),
        &targets(&atoms, &by_holder),
        outline,
    );
    let cells = power_cells(&sites, outline);
    let mut drawn = BTreeMap::new();
    for day in units.reforms() {
        let groups: Vec<UnitId> =
            atoms.iter().map(|atom| unit_on(units, atom, *day)).collect::<Result<_, _>>()?;
        let numbers: Vec<usize> = groups.iter().map(|id| usize::from(id.0)).collect();
        let mut shapes = dissolve(&cells, &numbers);
        for id in groups {
            let shape = &mut shapes[usize::from(id.0)];
            if !shape.0.is_empty() && !drawn.contains_key(&id) {
                drawn.insert(id, std::mem::replace(shape, MultiPolygon::new(Vec::new())));
            }
        }
    }
    Ok(drawn.into_iter().map(|(id, shape)| schematic_unit(units, id, shape)).collect())
}

fn schematic_unit(units: &Units, id: UnitId, shape: MultiPolygon<f64>) -> SchematicUnit {
    let unit = units.get(id);
    SchematicUnit {
        code: unit.code.clone(),
        valid_from: unit.valid_from,
        valid_to: unit.valid_to,
        shape,
    }
}

fn anchors_by_holder<'a>(
    units: &Units,
    anchors: &'a [Anchor],
    on: Date,
) -> Result<BTreeMap<UnitId, &'a Anchor>, SchematicError> {
    units
        .on(Level::Commune, on)
        .map(|(id, unit)| {
            let anchor = anchors.iter().find(|a| a.code == unit.code);
            Ok((id, anchor.ok_or_else(|| SchematicError::NoAnchor(unit.code.clone()))?))
        })
        .collect()
}

/// The unit that holds an atom on a day.
fn unit_on(units: &Units, atom: &Atom, day: Date) -> Result<UnitId, SchematicError> {
    let of_holder = units.at(atom.holder, day);
    let both: Vec<UnitId> =
        units.at(atom.first, day).into_iter().filter(|id| of_holder.contains(id)).collect();
    match both[..] {
        [id] => Ok(id),
        _ => Err(SchematicError::Lineage {
            code: units.get(atom.first).code.clone(),
            on: day,
            count: both.len(),
        }),
    }
}

/// Areas wanted, km²: a holder's area shared equally by its atoms.
fn targets(atoms: &[Atom], anchors: &BTreeMap<UnitId, &Anchor>) -> Vec<f64> {
    let sharing = |holder| atoms.iter().filter(|a| a.holder == holder).count() as f64;
    atoms.iter().map(|atom| anchors[&atom.holder].area_km2 / sharing(atom.holder)).collect()
}

/// A place for every atom: the anchor for the atom that bears the holder's code, places around it for others.
fn place(
    units: &Units,
    atoms: &[Atom],
    anchors: &BTreeMap<UnitId, &Anchor>,
    outline: &Polygon<f64>,
) -> Vec<Coord<f64>> {
    let coord = |holder: UnitId| {
        let at = anchors[&holder].at;
        Coord { x: at.lon(), y: at.lat() }
    };
    let code = |id| &units.get(id).code;
    let mut taken: Vec<Coord<f64>> = anchors.keys().map(|holder| coord(*holder)).collect();
    atoms
        .iter()
        .map(|atom| {
            let anchor = coord(atom.holder);
            if code(atom.first) == code(atom.holder) {
                return anchor;
            }
            let other_part =
                atoms.iter().find(|a| a.first == atom.first && a.holder != atom.holder);
            let at = match other_part {
                // Parts of one unit lie towards each other, so that together they are one piece.
                Some(other) => anchor + (coord(other.holder) - anchor) * 0.4,
                None => free_place(anchor, anchors[&atom.holder].area_km2, &taken, outline),
            };
            taken.push(at);
            at
        })
        .collect()
}

/// The place around `anchor` farthest from other sites and from the outline.
fn free_place(
    anchor: Coord<f64>,
    area_km2: f64,
    taken: &[Coord<f64>],
    outline: &Polygon<f64>,
) -> Coord<f64> {
    let degree = DegreeLength::at(anchor.y);
    let radius_m = 0.6 * (area_km2 * 1e6 / std::f64::consts::PI).sqrt();
    let room = |p: Coord<f64>| {
        if !outline.contains(&p) {
            return -1.0;
        }
        let apart = |q: &Coord<f64>| Euclidean.distance(Point(p), Point(*q));
        let nearest = taken.iter().map(apart).fold(f64::INFINITY, f64::min);
        nearest.min(2.0 * Euclidean.distance(&Point(p), outline.exterior()))
    };
    let rounded = |degrees: f64| (degrees * PLACE_STEPS).round() / PLACE_STEPS;
    let places = DIRECTIONS.map(|(x, y)| Coord {
        x: rounded(anchor.x + x * radius_m / degree.lon_m),
        y: rounded(anchor.y + y * radius_m / degree.lat_m),
    });
    places.into_iter().rev().max_by(|a, b| room(*a).total_cmp(&room(*b))).unwrap_or(anchor)
}

/// Weights with which the cells' areas come near to the share of the outline that `targets` asks for.
fn fit_weights(places: &[Coord<f64>], targets: &[f64], outline: &Polygon<f64>) -> Vec<Site> {
    let mut sites: Vec<Site> = places.iter().map(|at| Site { at: *at, weight: 0.0 }).collect();
    let total_target: f64 = targets.iter().sum();
    for _ in 0..ROUNDS {
        let areas = cell_areas(&sites, outline);
        let scale = areas.iter().sum::<f64>() / total_target;
        for ((site, area), target) in sites.iter_mut().zip(areas).zip(targets) {
            site.weight += PACE * (target * scale - area);
        }
        hold(&mut sites);
    }
    sites
}

/// Lowers weights until every site holds its own place.
fn hold(sites: &mut [Site]) {
    let mut changed = true;
    while changed {
        changed = false;
        for i in 0..sites.len() {
            let bound = sites.iter().map(|other| {
                let d = other.at - sites[i].at;
                other.weight + HOLD * (d.x * d.x + d.y * d.y)
            });
            let bound = bound.fold(f64::INFINITY, f64::min);
            if bound < sites[i].weight {
                sites[i].weight = bound;
                changed = true;
            }
        }
    }
}

/// The units as a `GeoJSON` feature collection that calls itself schematic; one line a feature.
#[must_use]
pub fn to_geojson(units: &[SchematicUnit]) -> String {
    let mut out = format!(
        "{{\"type\":\"FeatureCollection\",\"schematic\":true,\"note\":{{\"vi\":\"{}\",\"en\":\"{}\"}},\"features\":[",
        NOTE.0, NOTE.1
    );
    for (i, unit) in units.iter().enumerate() {
        let to = unit.valid_to.map_or_else(|| "null".to_owned(), |day| format!("\"{day}\""));
        let comma = if i == 0 { "" } else { "," };
        let polygons: Vec<String> = unit.shape.iter().map(rings).collect();
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "{comma}\n{{\"type\":\"Feature\",\"properties\":{{\"code\":\"{}\",\"valid_from\":\"{}\",\"valid_to\":{to}}},\
             \"geometry\":{{\"type\":\"MultiPolygon\",\"coordinates\":[{}]}}}}",
            unit.code,
            unit.valid_from,
            polygons.join(",")
        );
    }
    out.push_str("\n]}\n");
    out
}

/// A polygon's rings as `GeoJSON` coordinates.
fn rings(polygon: &Polygon<f64>) -> String {
    let ring = |line: &geo_types::LineString<f64>| {
        let points: Vec<String> = line.0.iter().map(|p| format!("[{},{}]", p.x, p.y)).collect();
        format!("[{}]", points.join(","))
    };
    let all: Vec<String> =
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect();
    format!("[{}]", all.join(","))
}
