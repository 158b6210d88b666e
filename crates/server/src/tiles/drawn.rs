//! The units of a layer: what is drawn of them whatever their figures.

use std::sync::Arc;

use diachiso_model::UnitCode;
use diachiso_spatial::tile::{TileCoverage, TileId};
use geo_types::MultiPolygon;
use quick_cache::{Weighter, sync::Cache};

use super::mvt::Geometry;
use crate::weighed;

/// How far a tile reaches beyond its edges, in tile units, so that outlines do not show the seams.
const BUFFER: u32 = 64;

/// Geometries kept, in bytes: those of a province down to the zoom of a commune.
const KEPT_BYTES: u64 = 8 << 20;

/// The geometries of no tile are heavier.
const HEAVIEST_BYTES: u64 = 512 << 10;

/// Tiles expected among them, for the tables.
const KEPT_ITEMS: usize = 1024;

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
    shapes: Arc<Shapes>,
    /// Of the shapes, so that another run with the same need not make them anew.
    digest: blake3::Hash,
}

/// What a tile shows: units by number.
pub(super) type Cut = Arc<[(usize, Geometry)]>;

/// Shapes, and what they are in tiles that were asked for, whatever the figures: another day or denominator draws the same
/// lines.
struct Shapes {
    coverage: TileCoverage,
    cut: Cache<TileId, Cut, ByBytes>,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<TileId, Cut> for ByBytes {
    fn weight(&self, _: &TileId, cut: &Cut) -> u64 {
        let geometries: usize =
            cut.iter().map(|(_, g)| size_of::<(usize, Geometry)>() + g.len()).sum();
        (size_of::<(TileId, Cut)>() + geometries) as u64
    }
}

impl Drawn {
    /// Units with their shapes; those of a run before are used again where they are the same.
    pub(crate) fn of(units: Vec<(MapUnit, &MultiPolygon<f64>)>, before: Option<&Self>) -> Self {
        let (units, shapes): (Vec<_>, Vec<_>) = units.into_iter().unzip();
        let digest = digest(&shapes);
        let same = before.filter(|b| b.digest == digest).map(|b| Arc::clone(&b.shapes));
        let shapes = same.unwrap_or_else(|| Arc::new(Shapes::of(&shapes)));
        Self { units, shapes, digest }
    }

    /// Cuts the tiles down to a zoom, which show the most, before anybody asks for them.
    pub(crate) fn cut_down_to(&self, zoom: u8) {
        let mut shown: Vec<TileId> = TileId::new(0, 0, 0).into_iter().collect();
        for _ in 0..=zoom {
            shown.retain(|tile| !self.cut(*tile).is_empty());
            shown = shown.into_iter().flat_map(TileId::children).collect();
        }
    }

    /// The units that a tile shows, by number; a tile that several ask for at a time is cut once.
    pub(super) fn cut(&self, tile: TileId) -> Cut {
        let Shapes { coverage, cut } = &*self.shapes;
        let made = || {
            let drawn = coverage.cut(tile, BUFFER).into_iter().filter_map(|(number, polygons)| {
                let rings = polygons.iter().flatten().map(Vec::as_slice);
                Some((number, Geometry::polygon(rings)?))
            });
            Ok::<Cut, std::convert::Infallible>(drawn.collect())
        };
        match cut.get_or_insert_with(&tile, made) {
            Ok(cut) => cut,
        }
    }
}

impl Shapes {
    fn of(shapes: &[&MultiPolygon<f64>]) -> Self {
        let cut = weighed::cache(KEPT_ITEMS, KEPT_BYTES, HEAVIEST_BYTES, ByBytes);
        Self { coverage: TileCoverage::of(shapes), cut }
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
