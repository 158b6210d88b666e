//! Shapes and attributes to the bytes of a tile.

use diachiso_spatial::tile::{EXTENT, TileId, clip_and_quantise};
use mvt::{Error, GeomData, GeomEncoder, GeomType, Layer, Tile};

use super::{Density, MapUnit};

/// How far a tile reaches beyond its edges, in tile units, so that outlines do not show the seams.
const BUFFER: u32 = 64;

/// An open ring in tile units.
type Ring = Vec<[i32; 2]>;

/// A tile of units; `None` where none is.
pub(super) fn units(name: &str, units: &[MapUnit], id: TileId) -> Result<Option<Vec<u8>>, Error> {
    let tile = Tile::new(EXTENT);
    let mut layer = tile.create_layer(name);
    for unit in units {
        let rings = clip_and_quantise(&unit.shape, id, BUFFER).concat();
        if let Some(geometry) = polygon(&rings)? {
            layer = unit_feature(layer, unit, geometry);
        }
    }
    finish(tile, layer)
}

fn unit_feature(layer: Layer, unit: &MapUnit, geometry: GeomData) -> Layer {
    let mut feature = layer.into_feature(geometry);
    feature.add_tag_string("code", &unit.code);
    feature.add_tag_string("name", &unit.name);
    feature.add_tag_string("period", &unit.period);
    feature.add_tag_bool("schematic", unit.schematic);
    if let Some(counts) = &unit.counts {
        feature.add_tag_uint("households", counts.households);
        feature.add_tag_uint("covered", counts.covered);
        if let Some(percent) = counts.percent {
            feature.add_tag_double("percent", percent);
        }
        feature.add_tag_string("source", &counts.source);
        feature.add_tag_string("closed_on", &counts.closed_on);
    }
    feature.into_layer()
}

/// A tile of cells; `None` where none is.
pub(super) fn cells(name: &str, density: &Density, id: TileId) -> Result<Option<Vec<u8>>, Error> {
    let tile = Tile::new(EXTENT);
    let mut layer = tile.create_layer(name);
    for (ring, households) in density.cells(id) {
        if let Some(geometry) = polygon(&[ring])? {
            let mut feature = layer.into_feature(geometry);
            feature.add_tag_uint("households", households);
            layer = feature.into_layer();
        }
    }
    finish(tile, layer)
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
fn polygon(rings: &[Ring]) -> Result<Option<GeomData>, Error> {
    let mut encoder = GeomEncoder::new(GeomType::Polygon);
    let mut last = None;
    for ring in rings.iter().filter(|r| r.len() >= 3) {
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
