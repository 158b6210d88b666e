//! Draws `fixtures/boundaries/schematic.geojson` from the tables of units, the points and the outline.

#[path = "../tests/support/fixtures.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod fixtures;

use diachiso_spatial::schematic;

fn main() {
    let drawn = schematic::draw(
        &fixtures::units(),
        &fixtures::anchors(),
        fixtures::anchored_on(),
        &fixtures::outline(),
    )
    .expect("units with points and a whole lineage");
    let file = fixtures::path("boundaries/schematic.geojson");
    std::fs::write(&file, schematic::to_geojson(&drawn)).expect("a folder to write to");
    eprintln!("{}: {} commune versions", file.display(), drawn.len());
}
