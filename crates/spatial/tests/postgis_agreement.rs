//! A million points over the real communes of each period, against `PostGIS`.

mod real_communes;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use diachiso_model::LonLat;
use diachiso_spatial::point_index::AreaIndex;
use geo_types::MultiPolygon;

/// How many random points are asked about; the corners of the communes come on top.
const POINTS: usize = 1_000_000;

/// What `psql` prints for every point: the lowest id of the areas that cover it, or -1.
const SCRIPT: &str = r"
\set ON_ERROR_STOP on
set client_min_messages = warning;
create extension if not exists postgis;
create temp table area (id integer not null, shape geometry not null);
create temp table point (number integer not null, x double precision, y double precision);
\copy area from 'AREAS'
\copy point from 'POINTS'
create temp table place as select number, st_makepoint(x, y) as shape from point;
create index on place using gist (shape);
analyze area, place;
\copy (select number, min(area.id) from area join place on st_covers(area.shape, place.shape) group by number order by number) to 'ANSWERS'
";

/// A folder that goes with the test.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("diachiso-postgis-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the folder for scratch files can be made");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left over harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Numbers from 0 to below 1, the same in every run (Steele, Lea and Flood's `SplitMix64`).
fn random(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut bits = *seed;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn well_known_text(shape: &MultiPolygon<f64>) -> String {
    let mut text = String::from("MULTIPOLYGON(");
    for (number, polygon) in shape.iter().enumerate() {
        text.push_str(if number > 0 { ",(" } else { "(" });
        for (number, ring) in
            std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate()
        {
            text.push_str(if number > 0 { ",(" } else { "(" });
            let corners: Vec<String> =
                ring.coords().map(|at| format!("{} {}", at.x, at.y)).collect();
            text.push_str(&corners.join(","));
            text.push(')');
        }
        text.push(')');
    }
    text.push(')');
    text
}

fn postgis_answers(areas: &[(u32, MultiPolygon<f64>)], points: &[(f64, f64)]) -> Vec<Option<u32>> {
    let database = std::env::var("DIACHISO_TEST_PG").expect(
        "DIACHISO_TEST_PG is unset: run `cargo xtask test`, which starts a PostgreSQL and sets it",
    );
    let scratch = Scratch::new();
    let file = |name: &str| scratch.0.join(name);
    let write = |name: &str, text: String| {
        std::fs::write(file(name), text).expect("a scratch file can be written");
    };
    let lines = areas.iter().map(|(id, shape)| format!("{id}\t{}\n", well_known_text(shape)));
    write("areas", lines.collect());
    let mut lines = String::new();
    for (number, (x, y)) in points.iter().enumerate() {
        writeln!(lines, "{number}\t{x}\t{y}").expect("a string takes any text");
    }
    write("points", lines);
    let path = |name: &str| Path::new(&file(name)).display().to_string();
    let script = SCRIPT
        .replace("AREAS", &path("areas"))
        .replace("POINTS", &path("points"))
        .replace("ANSWERS", &path("answers"));
    write("script", script);
    let status = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--dbname", &database, "--file"])
        .arg(file("script"))
        .status()
        .expect("psql cannot be started: install postgresql-client");
    assert!(status.success(), "psql failed on {database}");
    let mut answers = vec![None; points.len()];
    for line in std::fs::read_to_string(file("answers")).expect("psql wrote its answers").lines() {
        let (number, id) = line.split_once('\t').expect("two columns");
        let number: usize = number.parse().expect("the first is a number");
        answers[number] = Some(id.parse().expect("the second is an id"));
    }
    answers
}

#[test]
fn a_million_points_and_every_corner_lie_where_postgis_says_in_every_period() {
    for period in real_communes::PERIODS {
        check_period(period);
    }
}

/// A point on a shared border, or where communes overlap, belongs to the lowest code on both sides.
#[track_caller]
fn check_period(period: (&str, usize)) {
    let areas = real_communes::read_period(period);
    let started = Instant::now();
    let index = AreaIndex::new(areas.clone());
    println!("index of {} communes built in {:?}", areas.len(), started.elapsed());

    let mut seed = 16_107;
    let mut points: Vec<(f64, f64)> = (0..POINTS)
        .map(|_| (107.0 + 1.25 * random(&mut seed), 15.95 + 0.85 * random(&mut seed)))
        .collect();
    points.extend(areas.iter().flat_map(|(_, shape)| {
        shape.iter().flat_map(|polygon| polygon.exterior().coords().map(|at| (at.x, at.y)))
    }));
    let positions: Vec<LonLat> = points
        .iter()
        .map(|(lon, lat)| LonLat::new(*lon, *lat).expect("the point is on the globe"))
        .collect();
    let started = Instant::now();
    let ours: Vec<Option<u32>> = positions.iter().map(|position| index.locate(*position)).collect();
    println!("{}: {} points located in {:?}", period.0, ours.len(), started.elapsed());

    let theirs = postgis_answers(&areas, &points);
    let found = theirs.iter().flatten().count();
    assert!(found > POINTS / 4, "PostGIS found only {found} points in a commune");
    let differing: Vec<_> = (0..points.len())
        .filter(|number| ours[*number] != theirs[*number])
        .map(|number| (points[number], ours[number], theirs[number]))
        .collect();
    assert!(
        differing.is_empty(),
        "{}: {} points differ (ours, PostGIS), such as {:?}",
        period.0,
        differing.len(),
        &differing[..differing.len().min(5)]
    );
}
