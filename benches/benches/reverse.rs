//! How fast is the commune of millions of points found over the real boundaries of each period, next to `SedonaDB`? How
//! fast are the villages of the whole province shaped, and walked through?
//!
//! The peer joins the same points with the same areas (`reverse.py`); how many points each commune has as the one of
//! lowest code must be the same. Without `DIACHISO_REAL_DATA` there is nothing to measure.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use diachiso_benches::{Arguments, Child, Table, count, fastest, rate, ratio, seconds};
use diachiso_model::LonLat;
use diachiso_pipeline::{WalkHousehold, gap_hints};
use diachiso_source::areas;
use diachiso_spatial::{point_index::AreaIndex, village_shape::village_shapes};
use diachiso_testkit::Rng;
use geo::{Area as _, BoundingRect as _, Contains as _};
use geo_types::{MultiPolygon, Point, Rect};
use rayon::prelude::*;
use serde_json::Value;

const POINTS: usize = 4_000_000;
/// The periods whose communes have real boundaries.
const FILES: [&str; 3] = [
    "communes_152_overlapping.geojson",
    "communes_141_clean.geojson",
    "communes_40_simplified.geojson",
];
const SCRIPT: &str = include_str!("reverse.py");
const PACKAGES: [&str; 2] = ["apache-sedona[db]==1.9.1", "geopandas==1.2.0"];

/// Villages in the province, and households of which each has its share.
const VILLAGES: u32 = 1_300;
const HOUSEHOLDS: u32 = 330_000;
/// One household in so many has no position.
const GAP_EVERY: usize = 5;

fn main() -> anyhow::Result<()> {
    let Some(arguments) = Arguments::of("reverse") else { return Ok(()) };
    let Some(folder) = &arguments.real_data else {
        eprintln!("reverse: not measured; DIACHISO_REAL_DATA names no folder");
        return Ok(());
    };
    let scratch = tempfile::Builder::new().prefix("diachiso-bench-").tempdir()?;
    let peer = if arguments.without_peers { None } else { Some(Peer::install(scratch.path())) };
    let (peer, note) = match peer.transpose() {
        Ok(peer) => (peer, String::new()),
        Err(error) => (None, format!("SedonaDB was not measured: {error:#}")),
    };
    let mut table =
        Table::new(&["communes", "how", "threads", "points/s", "s", "in a commune", "× ours"]);
    for file in FILES {
        locate(&folder.join(file), arguments.runs, peer.as_ref(), &mut table)?;
    }
    println!(
        "reverse: {} points; fastest of {}\n\n{table}\n{note}",
        count(POINTS as u64),
        arguments.runs
    );
    shape_and_walk(&folder.join(FILES[1]), arguments.runs)
}

type Areas = Vec<(u32, MultiPolygon<f64>)>;

fn read(path: &Path) -> anyhow::Result<Areas> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let areas = areas::read_geojson(&path.display().to_string(), &bytes)?.into_iter().map(|area| {
        let code = area.attribute("code").context("a commune without a code")?;
        Ok((code.parse()?, area.shape))
    });
    areas.collect()
}

fn locate(path: &Path, runs: u32, peer: Option<&Peer>, table: &mut Table) -> anyhow::Result<()> {
    let areas = read(path)?;
    let points = random_points(&areas)?;
    let index = AreaIndex::new(areas.clone());
    let (_, one) = fastest(runs, || {
        Ok(points.iter().map(|at| index.locate(*at)).collect::<Vec<Option<u32>>>())
    })?;
    let (found, all) = fastest(runs, || Ok(index.locate_all(&points)))?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for code in found.iter().flatten() {
        *counts.entry(code.to_string()).or_default() += 1;
    }
    let inside: u64 = counts.values().sum();
    let threads = rayon::current_num_threads();
    let name = areas.len().to_string();
    let mut line = |how: &str, threads: String, s: std::time::Duration| {
        let times = ratio(s.as_secs_f64(), all.as_secs_f64());
        let how = how.to_owned();
        table.push([
            name.clone(),
            how,
            threads,
            rate(POINTS as u64, s),
            seconds(s),
            count(inside),
            times,
        ]);
    };
    line("`AreaIndex::locate`", "1".into(), one);
    line("`AreaIndex::locate_all`", threads.to_string(), all);
    if let Some(peer) = peer {
        let (took, theirs) = peer.locate(path, &points, runs)?;
        ensure!(theirs == counts, "{}: SedonaDB counts otherwise", path.display());
        line("SedonaDB, `st_intersects`", "all".into(), took);
    }
    Ok(())
}

/// Points spread evenly over the bounding box of all areas: part of them is sea and neighbouring land.
fn random_points(areas: &Areas) -> anyhow::Result<Vec<LonLat>> {
    let join = |a: Rect<f64>, b: Rect<f64>| {
        Rect::new(
            (a.min().x.min(b.min().x), a.min().y.min(b.min().y)),
            (a.max().x.max(b.max().x), a.max().y.max(b.max().y)),
        )
    };
    let all = areas.iter().filter_map(|(_, shape)| shape.bounding_rect()).reduce(join);
    let all = all.context("no areas")?;
    let mut rng = Rng::new(1);
    let mut point = || {
        let lon = rng.between(all.min().x, all.max().x);
        LonLat::new(lon, rng.between(all.min().y, all.max().y))
    };
    Ok((0..POINTS).map(|_| point()).collect::<Result<_, _>>()?)
}

/// `SedonaDB` in a Python environment of its own.
struct Peer {
    python: PathBuf,
    script: PathBuf,
    folder: PathBuf,
}

impl Peer {
    /// Makes the environment below the folder of what is built, unless it is there.
    fn install(folder: &Path) -> anyhow::Result<Self> {
        let me = std::env::current_exe()?;
        let target = me.ancestors().nth(3).context("the folder of what is built")?;
        let home = target.join("peers/reverse");
        let python = home.join("bin/python");
        let (stamp, wanted) = (home.join("packages.txt"), PACKAGES.join("\n"));
        if fs::read_to_string(&stamp).is_ok_and(|there| there != wanted) || !stamp.exists() {
            Child::run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
            let mut pip = Command::new(&python);
            Child::run(pip.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
            fs::write(&stamp, wanted)?;
        }
        let script = folder.join("reverse.py");
        fs::write(&script, SCRIPT)?;
        Ok(Self { python, script, folder: folder.to_owned() })
    }

    /// The fastest of its joins, and how many points each commune has as the one of lowest code.
    fn locate(
        &self,
        areas: &Path,
        points: &[LonLat],
        runs: u32,
    ) -> anyhow::Result<(std::time::Duration, BTreeMap<String, u64>)> {
        let file = self.folder.join("points.f64");
        let bytes = points.iter().flat_map(|at| [at.lon(), at.lat()]).flat_map(f64::to_le_bytes);
        fs::write(&file, bytes.collect::<Vec<u8>>())?;
        let mut python = Command::new(&self.python);
        let ran = Child::run(python.arg(&self.script).arg(areas).arg(&file).arg(runs.to_string()))?;
        let said: Value = serde_json::from_str(&ran.said)?;
        let took = said["seconds"].as_f64().context("seconds")?;
        let counts = serde_json::from_value(said["counts"].clone())?;
        Ok((std::time::Duration::from_secs_f64(took), counts))
    }
}

/// A household of a village: id, address, place.
type Household = (String, String, LonLat);

/// The villages of each commune and the households in them, as many as the province has.
fn villages(areas: &Areas) -> anyhow::Result<Vec<Vec<(u32, Household)>>> {
    let mut rng = Rng::new(2);
    let each = HOUSEHOLDS / VILLAGES;
    let communes = areas.len() as u32;
    let mut all = Vec::new();
    for (number, (_, shape)) in (0_u32..).zip(areas) {
        let bounds = shape.bounding_rect().context("a commune without an extent")?;
        let own = VILLAGES * (number + 1) / communes - VILLAGES * number / communes;
        // Villages of equal shares of the commune, their houses in the middle two thirds.
        let reach = (shape.unsigned_area() / f64::from(own.max(1))).sqrt() / 3.0;
        let mut households = Vec::new();
        for village in 0..own {
            let middle = loop {
                let x = rng.between(bounds.min().x, bounds.max().x);
                let y = rng.between(bounds.min().y, bounds.max().y);
                if shape.contains(&Point::new(x, y)) {
                    break [x, y];
                }
            };
            for house in 0..each {
                let scatter = [rng.between(-reach, reach), rng.between(-reach, reach)];
                let at = LonLat::new(middle[0] + scatter[0], middle[1] + scatter[1])?;
                let address = format!("{} Đường {}", house % 90 + 1, house / 90);
                households.push((village, (format!("{number}-{village}-{house}"), address, at)));
            }
        }
        all.push(households);
    }
    Ok(all)
}

/// One in [`GAP_EVERY`] is not covered.
fn household(at: usize, (id, address, place): &Household) -> WalkHousehold<'_> {
    let covered = !at.is_multiple_of(GAP_EVERY);
    let point = Some(*place).filter(|_| covered);
    WalkHousehold { id, head: "Nguyễn Văn An", address, point, suggested: None, covered }
}

fn shape_and_walk(path: &Path, runs: u32) -> anyhow::Result<()> {
    let areas = read(path)?;
    let villages = villages(&areas)?;
    let points: Vec<Vec<(u32, LonLat)>> = villages
        .iter()
        .map(|own| own.iter().map(|(village, (_, _, at))| (*village, *at)).collect())
        .collect();
    let (coverages, took) = fastest(runs, || {
        let shaped = areas.par_iter().zip(&points);
        Ok(shaped
            .map(|((_, shape), points)| village_shapes(shape, points, &[]))
            .collect::<Vec<_>>())
    })?;
    let all: usize = points.iter().map(Vec::len).sum();
    let shapes: usize = coverages.iter().map(|coverage| coverage.shapes.len()).sum();
    let outside: usize = coverages.iter().map(|coverage| coverage.outside.len()).sum();
    println!(
        "{} households: {shapes} villages shaped in {} s; {} households lie outside the shape of theirs",
        count(all as u64),
        seconds(took),
        count(outside as u64)
    );
    let by_village: Vec<Vec<WalkHousehold<'_>>> = villages
        .iter()
        .flat_map(|own| own.chunk_by(|a, b| a.0 == b.0))
        .map(|own| own.iter().enumerate().map(|(at, (_, own))| household(at, own)).collect())
        .collect();
    let centre = LonLat::new(107.5, 16.5)?;
    let (hints, took) = fastest(runs, || {
        let hints = by_village.par_iter().map(|own| gap_hints(own, Some(centre)).len());
        Ok(hints.sum::<usize>())
    })?;
    println!(
        "{} households without a position: hints and walks of {} villages in {} s",
        count(hints as u64),
        by_village.len(),
        seconds(took)
    );
    Ok(())
}
