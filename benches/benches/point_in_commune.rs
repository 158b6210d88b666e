//! How fast is the commune of a point found, next to the slow and obvious way?
//!
//! Slow and obvious: for every commune in turn its bounding box, then `geo::Contains`. Both ways must give the same
//! answer, but on borders: `Contains` knows only the inside, the index gives the border to the lowest id.

use std::path::Path;

use anyhow::{Context as _, ensure};
use diachiso_benches::{Arguments, ON, Table, count, fastest, rate, ratio, seconds};
use diachiso_model::{Level, LonLat};
use diachiso_pipeline::Reference;
use diachiso_source::areas;
use diachiso_spatial::point_index::AreaIndex;
use diachiso_testkit::Rng;
use geo::{BoundingRect as _, Contains as _, CoordsIter as _, Intersects as _};
use geo_types::{MultiPolygon, Point, Rect};
use rayon::prelude::*;

const POINTS: usize = 1_000_000;
const REAL_FILE: &str = "communes_141_clean.geojson";

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("point_in_commune") else { return Ok(()) };
    let mut table = Table::new(&["communes: how", "threads", "points/s", "s", "× `Contains`"]);
    println!("point_in_commune: {} points; fastest of {}\n", count(POINTS as u64), arguments.runs);
    compare("schematic", schematic()?, arguments.runs, &mut table)?;
    if let Some(folder) = &arguments.real_data {
        compare("real", real(folder)?, arguments.runs, &mut table)?;
    } else {
        eprintln!("point_in_commune: real communes left out; DIACHISO_REAL_DATA names no folder");
    }
    println!("\n{table}");
    Ok(())
}

type Areas = Vec<(u32, MultiPolygon<f64>)>;

/// The communes that come with the program.
fn schematic() -> anyhow::Result<Areas> {
    let reference = Reference::load([])?;
    reference
        .units
        .on(Level::Commune, ON)
        .map(|(id, _)| {
            let boundary = reference.boundaries.get(id).context("a commune without a shape")?;
            Ok((u32::from(id.0), boundary.shape.clone()))
        })
        .collect()
}

/// The communes of `DIACHISO_REAL_DATA`.
fn real(folder: &Path) -> anyhow::Result<Areas> {
    let path = folder.join(REAL_FILE);
    let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
    areas::read_geojson(REAL_FILE, &bytes)?
        .into_iter()
        .map(|area| {
            let code = area.attribute("code").context("a commune without a code")?;
            Ok((code.parse()?, area.shape))
        })
        .collect()
}

/// An area as the slow way looks at it.
struct Slow {
    id: u32,
    bounds: Rect<f64>,
    shape: MultiPolygon<f64>,
}

impl Slow {
    fn new((id, shape): &(u32, MultiPolygon<f64>)) -> Option<Self> {
        Some(Self { id: *id, bounds: shape.bounding_rect()?, shape: shape.clone() })
    }
}

fn compare(name: &str, mut areas: Areas, runs: u32, table: &mut Table) -> anyhow::Result<()> {
    areas.sort_by_key(|(id, _)| *id);
    let slow: Vec<Slow> = areas.iter().filter_map(Slow::new).collect();
    let (index, built) = fastest(runs, || Ok(AreaIndex::new(areas.clone())))?;
    let points = random_points(&slow)?;
    let fast = |at: &LonLat| index.locate(*at);
    let obvious = |at: &LonLat| locate(&slow, *at);

    let (expected, by_contains) = fastest(runs, || Ok(answers(&points, obvious)))?;
    let (found, by_index) = fastest(runs, || Ok(answers(&points, fast)))?;
    let (_, by_threads) =
        fastest(runs, || Ok(points.par_iter().map(fast).collect::<Vec<Answer>>()))?;

    let corners = corners(&areas)?;
    println!(
        "{name}: {} communes with {} corners; index built in {} s",
        slow.len(),
        count(corners.len() as u64),
        seconds(built),
    );
    let inside = count(found.iter().flatten().count() as u64);
    let agreement = Agreement::of(&slow, &points, &found, &expected)?;
    println!("  {inside} of the points lie in a commune; {agreement}");
    let (found, expected) = (answers(&corners, fast), answers(&corners, obvious));
    println!("  at the corners: {}", Agreement::of(&slow, &corners, &found, &expected)?);

    let threads = rayon::current_num_threads();
    for (how, threads, took) in [
        ("bounding boxes, then `Contains`", 1, by_contains),
        ("`AreaIndex::locate`", 1, by_index),
        ("`AreaIndex::locate`", threads, by_threads),
    ] {
        table.push([
            format!("{name}: {how}"),
            threads.to_string(),
            rate(POINTS as u64, took),
            seconds(took),
            ratio(by_contains.as_secs_f64(), took.as_secs_f64()),
        ]);
    }
    Ok(())
}

type Answer = Option<u32>;

fn answers(points: &[LonLat], locate: impl Fn(&LonLat) -> Answer) -> Vec<Answer> {
    points.iter().map(locate).collect()
}

fn locate(areas: &[Slow], at: LonLat) -> Answer {
    let point = Point::new(at.lon(), at.lat());
    let holds = |area: &&Slow| area.bounds.intersects(&point) && area.shape.contains(&point);
    areas.iter().find(holds).map(|area| area.id)
}

/// Points spread evenly over the bounding box of all areas: part of them is sea and neighbouring land.
fn random_points(areas: &[Slow]) -> anyhow::Result<Vec<LonLat>> {
    let grow = |a: Rect<f64>, b: Rect<f64>| {
        Rect::new(
            (a.min().x.min(b.min().x), a.min().y.min(b.min().y)),
            (a.max().x.max(b.max().x), a.max().y.max(b.max().y)),
        )
    };
    let all = areas.iter().map(|area| area.bounds).reduce(grow).context("no areas")?;
    let mut rng = Rng::new(1);
    let mut point = || {
        let lon = rng.between(all.min().x, all.max().x);
        LonLat::new(lon, rng.between(all.min().y, all.max().y))
    };
    Ok((0..POINTS).map(|_| point()).collect::<Result<_, _>>()?)
}

/// All corners of all borders: the points on which the two ways are known to differ.
fn corners(areas: &Areas) -> anyhow::Result<Vec<LonLat>> {
    let corners = areas.iter().flat_map(|(_, shape)| shape.coords_iter());
    Ok(corners.map(|c| LonLat::new(c.x, c.y)).collect::<Result<_, _>>()?)
}

/// How far two lists of answers agree.
struct Agreement {
    same: u64,
    /// Different because the point lies on the border of the area that the index names.
    on_border: u64,
}

impl Agreement {
    /// # Errors
    /// When the answers differ anywhere else.
    fn of(
        areas: &[Slow],
        points: &[LonLat],
        found: &[Answer],
        expected: &[Answer],
    ) -> anyhow::Result<Self> {
        let mut agreement = Self { same: 0, on_border: 0 };
        for ((at, found), expected) in points.iter().zip(found).zip(expected) {
            if found == expected {
                agreement.same += 1;
                continue;
            }
            let point = Point::new(at.lon(), at.lat());
            let named = areas.iter().find(|area| Some(area.id) == *found);
            let on_border = named
                .is_some_and(|area| area.shape.intersects(&point) && !area.shape.contains(&point));
            ensure!(on_border, "{at}: the index says {found:?}, Contains {expected:?}");
            agreement.on_border += 1;
        }
        Ok(agreement)
    }
}

impl std::fmt::Display for Agreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (same, on_border) = (count(self.same), count(self.on_border));
        match self.on_border {
            0 => write!(f, "all {same} answers are equal"),
            _ => write!(
                f,
                "{same} answers are equal, {on_border} differ, every one of them on a border"
            ),
        }
    }
}
