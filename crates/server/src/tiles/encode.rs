//! Shapes and attributes to the bytes of a tile.

use diachiso_model::{HouseholdState, LonLat};
use diachiso_spatial::{
    density::Density,
    tile::{TileId, quantise_point},
};

use super::{
    Drawn, MapUnit,
    figures::Told,
    mvt::{Geometry, LayerWriter},
};

/// A tile of units; `None` where none is.
pub(super) fn units<'f>(
    name: &str,
    drawn: &'f Drawn,
    figures: &'f Told<'f>,
    id: TileId,
) -> Option<Vec<u8>> {
    let cut = drawn.cut(id);
    let mut layer = LayerWriter::new(name);
    for (number, geometry) in cut.iter() {
        tell(&mut layer, &drawn.units[*number], figures);
        layer.feature(None, geometry);
    }
    layer.finish()
}

fn tell<'f>(layer: &mut LayerWriter<'f>, unit: &'f MapUnit, figures: &'f Told<'f>) {
    let (figure, period) = figures.unit(&unit.code);
    layer.tag("code", unit.code.as_str());
    layer.tag("name", &*unit.name);
    layer.tag("period", period);
    layer.tag("schematic", unit.schematic);
    let Some(figure) = figure else { return };
    let (households, covered) = (figure.households(), figure.covered(figures.as_of));
    if let Some(parent) = figure.parent() {
        layer.tag("parent", parent.as_str());
    }
    layer.tag("households", households);
    layer.tag("covered", covered);
    layer.tag("missing", households - covered);
    if let Some(percent) = figure.percent(figures.as_of) {
        layer.tag("percent", percent);
    }
    layer.tag("persons", figure.persons());
    let (source, closed_on) = figure.denominator();
    layer.tag("source", source);
    layer.tag("closed_on", closed_on);
    if let Some(day) = figures.as_of {
        layer.tag("as_of", day);
        if closed_on > day {
            layer.tag("register_later", true);
        }
        return;
    }
    for (name, count) in figure.states() {
        layer.tag(name, count);
    }
    if let Some(class) = figure.poor() {
        layer.tag("poor_coverage", class);
    }
}

/// A tile of cells; `None` where none is.
pub(super) fn cells(name: &str, density: &Density, id: TileId) -> Option<Vec<u8>> {
    let mut layer = LayerWriter::new(name);
    for (area, squares) in density.in_tile(id) {
        let rings = squares.iter().map(<[_; 4]>::as_slice);
        if let Some(geometry) = Geometry::polygon(rings) {
            layer.tag("households", area.households);
            layer.tag("cells", area.cells() as u64);
            layer.feature(Some(area.id()), &geometry);
        }
    }
    layer.finish()
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
) -> Option<(usize, Vec<u8>)> {
    let mut layer = LayerWriter::new("households");
    for mark in marks {
        let Some(at) = quantise_point(mark.point, id, 0) else { continue };
        layer.tag("household", mark.id);
        layer.tag("state", mark.state.as_str());
        layer.feature(None, &Geometry::point(at));
    }
    let count = layer.count();
    layer.finish().map(|bytes| (count, bytes))
}
