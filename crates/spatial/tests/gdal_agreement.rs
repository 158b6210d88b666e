//! VN-2000 against GDAL (PROJ and its database) on a grid over the province.

use std::io::Write as _;
use std::process::{Command, Stdio};

use diachiso_model::LonLat;
use diachiso_spatial::vn2000::{self, TM3_107, UTM_48N, UTM_49N, Zone};

/// Points a side of the grid.
const SIDE: u32 = 60;

/// What `gdaltransform` makes of points, from one reference system to another.
fn gdaltransform(from: &str, to: &str, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut child = Command::new("gdaltransform")
        .args(["-s_srs", from, "-t_srs", to, "-output_xy"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gdaltransform cannot be started: install gdal-bin");
    let mut input = child.stdin.take().expect("stdin is piped");
    let lines: Vec<String> = points.iter().map(|(x, y)| format!("{x:.12} {y:.12}")).collect();
    let text = lines.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("gdaltransform ends");
    writer.join().expect("the writer does not panic").expect("gdaltransform reads its input");
    assert!(output.status.success(), "gdaltransform failed: {:?}", output.status);
    let lines = String::from_utf8(output.stdout).expect("gdaltransform prints numbers");
    let numbers = |line: &str| -> (f64, f64) {
        let mut fields = line.split_whitespace().map(|field| field.parse().expect("a number"));
        (fields.next().expect("an x"), fields.next().expect("a y"))
    };
    lines.lines().map(numbers).collect()
}

fn grid() -> Vec<(f64, f64)> {
    let step =
        |from: f64, to: f64, at: u32| from + (to - from) / f64::from(SIDE - 1) * f64::from(at);
    (0..SIDE)
        .flat_map(|column| {
            (0..SIDE).map(move |row| (step(107.03, 108.21, column), step(15.99, 16.75, row)))
        })
        .collect()
}

#[track_caller]
fn check_zone(zone: Zone, epsg: &str) {
    let degrees = grid();
    let theirs = gdaltransform("EPSG:4326", epsg, &degrees);
    assert_eq!(theirs.len(), degrees.len(), "a line a point");
    for ((lon, lat), theirs) in degrees.iter().zip(&theirs) {
        let ours = vn2000::from_wgs84(LonLat::new(*lon, *lat).expect("on the globe"), zone);
        let off_m = (ours.0 - theirs.0).hypot(ours.1 - theirs.1);
        assert!(off_m < 0.01, "{lon} {lat}: {ours:?} is {off_m} m from {theirs:?}");
    }
    let back = gdaltransform(epsg, "EPSG:4326", &theirs);
    for ((easting, northing), theirs) in theirs.iter().zip(&back) {
        let ours = vn2000::to_wgs84(*easting, *northing, zone);
        let theirs = LonLat::new(theirs.0, theirs.1).expect("on the globe");
        let off_m = diachiso_spatial::distance::metres(ours, theirs);
        assert!(off_m < 0.01, "{easting} {northing}: {ours} is {off_m} m from {theirs}");
    }
}

#[test]
fn tm3_107_agrees_with_gdal_to_a_centimetre() {
    check_zone(TM3_107.into(), "EPSG:9214");
}

#[test]
fn utm_on_vn2000_agrees_with_gdal_to_a_centimetre() {
    check_zone(UTM_48N, "EPSG:3405");
    check_zone(UTM_49N, "EPSG:3406");
}
