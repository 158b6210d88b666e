//! The units of a layer: what is drawn of them whatever their figures.

use std::sync::Arc;

use diachiso_model::UnitCode;
use diachiso_spatial::tile::TileCoverage;
use geo_types::MultiPolygon;

/// A unit to draw.
pub(crate) struct MapUnit {
    pub(crate) code: UnitCode,
    pub(crate) name: String,
    pub(crate) schematic: bool,
}

/// Units that cover the ground together.
pub(crate) struct Drawn {
    pub(crate) units: Vec<MapUnit>,
    /// Their shapes, in the same order.
    pub(crate) shapes: Arc<TileCoverage>,
    /// Of the shapes, so that another run with the same need not make them anew.
    digest: blake3::Hash,
}

impl Drawn {
    /// Units with their shapes; those of a run before are used again where they are the same.
    pub(crate) fn of(units: Vec<(MapUnit, &MultiPolygon<f64>)>, before: Option<&Self>) -> Self {
        let (units, shapes): (Vec<_>, Vec<_>) = units.into_iter().unzip();
        let digest = digest(&shapes);
        let same = before.filter(|b| b.digest == digest).map(|b| Arc::clone(&b.shapes));
        let shapes = same.unwrap_or_else(|| Arc::new(TileCoverage::of(&shapes)));
        Self { units, shapes, digest }
    }
}

fn digest(shapes: &[&MultiPolygon<f64>]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for shape in shapes {
        hasher.update(&shape.0.len().to_le_bytes());
        for ring in shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors())) {
            hasher.update(&ring.0.len().to_le_bytes());
            for at in ring.coords() {
                hasher.update(&at.x.to_le_bytes());
                hasher.update(&at.y.to_le_bytes());
            }
        }
    }
    hasher.finalize()
}
