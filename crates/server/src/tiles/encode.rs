//! Shapes and attributes to the bytes of a tile.

use diachiso_model::{HouseholdState, LonLat};
use diachiso_spatial::{
    density::Density,
    tile::{EXTENT, TileId, quantise_point},
};
use mvt::{Error, GeomData, GeomEncoder, GeomType, Layer, Tile};

use super::{Drawn, MapUnit, figures::Told};

/// How far a tile reaches beyond its edges, in tile units, so that outlines do not show the seams.
const BUFFER: u32 = 64;

/// A tile of units; `None` where none is.
pub(super) fn units(
    name: &str,
    drawn: &Drawn,
    figures: &Told<'_>,
    id: TileId,
) -> Result<Option<Vec<u8>>, Error> {
    let tile = Tile::new(EXTENT);
    let mut layer = tile.create_layer(name);
    for (number, polygons) in drawn.shapes.cut(id, BUFFER) {
        if let Some(geometry) = polygon(polygons.iter().flatten().map(Vec::as_slice))? {
            layer = unit_feature(layer, &drawn.units[number], figures, geometry);
        }
    }
    finish(tile, layer)
}

fn unit_feature(layer: Layer, unit: &MapUnit, figures: &Told<'_>, geometry: GeomData) -> Layer {
    let mut feature = layer.into_feature(geometry);
    let (figure, period) = figures.unit(&unit.code);
    feature.add_tag_string("code", unit.code.as_str());
    feature.add_tag_string("name", &unit.name);
    feature.add_tag_string("period", &period.to_string());
    feature.add_tag_bool("schematic", unit.schematic);
    let Some(figure) = figure else { return feature.into_layer() };
    let (households, covered) = (figure.households(), figure.covered(figures.as_of));
    if let Some(parent) = figure.parent() {
        feature.add_tag_string("parent", parent.as_str());
    }
    feature.add_tag_uint("households", households);
    feature.add_tag_uint("covered", covered);
    feature.add_tag_uint("missing", households - covered);
    if let Some(percent) = figure.percent(figures.as_of) {
        feature.add_tag_double("percent", percent);
    }
    feature.add_tag_uint("persons", figure.persons());
    let (source, closed_on) = figure.denominator();
    feature.add_tag_string("source", source);
    feature.add_tag_string("closed_on", &closed_on.to_string());
    if let Some(day) = figures.as_of {
        feature.add_tag_string("as_of", &day.to_string());
        if closed_on > day {
            feature.add_tag_bool("register_later", true);
        }
        return feature.into_layer();
    }
    for (name, count) in figure.states() {
        feature.add_tag_uint(name, count);
    }
    if let Some(class) = figure.poor() {
        feature.add_tag_string("poor_coverage", class);
    }
    feature.into_layer()
}

/// A tile of cells; `None` where none is.
pub(super) fn cells(name: &str, density: &Density, id: TileId) -> Result<Option<Vec<u8>>, Error> {
    let tile = Tile::new(EXTENT);
    let mut layer = tile.create_layer(name);
    for (area, squares) in density.in_tile(id) {
        if let Some(geometry) = polygon(squares.iter().map(<[_; 4]>::as_slice))? {
            let mut feature = layer.into_feature(geometry);
            feature.set_id(area.id());
            feature.add_tag_uint("households", area.households);
            feature.add_tag_uint("cells", area.cells() as u64);
            layer = feature.into_layer();
        }
    }
    finish(tile, layer)
}

/// A household to draw. Personal.
pub(crate) struct HouseholdMark<'h> {
    pub(crate) id: &'h str,
    pub(crate) state: HouseholdState,
    pub(crate) point: LonLat,
}

/// A tile of households, those alone that lie in it; `None` where none is, otherwise with how many there are.
pub(crate) fn households<'h>(
    marks: impl Iterator<Item = HouseholdMark<'h>>,
    id: TileId,
) -> Result<Option<(usize, Vec<u8>)>, Error> {
    let tile = Tile::new(EXTENT);
    let mut layer = tile.create_layer("households");
    for mark in marks {
        let Some([x, y]) = quantise_point(mark.point, id, 0) else { continue };
        let mut encoder = GeomEncoder::new(GeomType::Point);
        encoder.add_point(x, y)?;
        let mut feature = layer.into_feature(encoder.encode()?);
        feature.add_tag_string("household", mark.id);
        feature.add_tag_string("state", mark.state.as_str());
        layer = feature.into_layer();
    }
    let count = layer.num_features();
    Ok(finish(tile, layer)?.map(|bytes| (count, bytes)))
}

fn finish(mut tile: Tile, layer: Layer) -> Result<Option<Vec<u8>>, Error> {
    if layer.num_features() == 0 {
        return Ok(None);
    }
    tile.add_layer(layer)?;
    tile.to_bytes().map(Some)
}

/// Rings as one polygon feature: exteriors clockwise on the screen (y down), each followed by its holes.
/// Rings come open. The encoder drops a point equal to the one before it, the last of the ring before
/// included, so a ring that would start there starts one vertex later.
fn polygon<'r>(rings: impl Iterator<Item = &'r [[i32; 2]]>) -> Result<Option<GeomData>, Error> {
    let mut encoder = GeomEncoder::new(GeomType::Polygon);
    let mut last = None;
    for ring in rings {
        let start = usize::from(last == Some(ring[0]));
        for i in 0..ring.len() {
            let at = ring[(start + i) % ring.len()];
            encoder.add_point(at[0], at[1])?;
            last = Some(at);
        }
        encoder.complete_geom()?;
    }
    if last.is_none() {
        return Ok(None);
    }
    encoder.encode().map(Some)
}
