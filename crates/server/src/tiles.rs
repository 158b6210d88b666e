//! Vector tiles (MVT 2.1) out of a snapshot, made once a run and kept compressed.

use std::sync::Arc;

use axum::http::HeaderValue;
use diachiso_model::Date;
use diachiso_spatial::tile::TileId;
use quick_cache::{Weighter, sync::Cache};

use crate::{error::ApiError, metrics::Metrics, snapshot::Snapshot, weighed};

mod coding;
mod drawn;
mod encode;
mod figures;
mod mvt;

pub(crate) use coding::Coding;
pub(crate) use drawn::{Drawn, MapUnit};
pub(crate) use encode::{HouseholdMark, households};
pub(crate) use figures::{Figure, Figures, RegisterRows};

use coding::Coded;

/// Last zoom that is answered; maps stretch tiles beyond it.
pub(crate) const MAX_ZOOM: u8 = 16;

/// Tiles kept, in bytes, each as it was asked for: about 10,000 of the largest that a province makes.
const CACHE_BYTES: u64 = 64 << 20;

/// No tile is heavier.
const HEAVIEST_BYTES: u64 = 512 << 10;

/// Tiles expected in the cache, for its tables.
const CACHE_ITEMS: usize = 16_384;

/// What a tile shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Layer {
    /// Communes of a period.
    Communes,
    /// Villages by their shapes.
    Villages,
    /// Covered households by cell.
    Density,
    /// Households that are not covered by cell.
    Gaps,
}

/// What `TileJSON` says of a layer.
pub(crate) struct About {
    /// In one line.
    pub(crate) description: &'static str,
    /// Attributes and what they are.
    pub(crate) fields: &'static [(&'static str, &'static str)],
    /// Last zoom with detail of its own.
    pub(crate) max_zoom: u8,
}

const UNIT_FIELDS: &[(&str, &str)] = &[
    ("code", "Code of the unit"),
    ("name", "Full name"),
    ("parent", "Code of the unit above"),
    ("households", "Denominator: households that ought to be covered"),
    (
        "covered",
        "Numerator: households covered; with as_of those whose submission was collected by then",
    ),
    ("missing", "households − covered"),
    ("percent", "100 × covered / households"),
    ("pending", "Households whose submission is held; not with as_of"),
    ("rejected", "Households whose submission was rejected; not with as_of"),
    ("outside_list", "Accepted submissions in no register, never in covered; not with as_of"),
    ("persons", "Persons in the denominator"),
    (
        "poor_coverage",
        "Share of poor households covered, in per cent: 0-50, 50-80, 80-95, 95-100; not where they are few, nor with as_of",
    ),
    ("period", "First day of the period"),
    ("source", "Source of the denominator"),
    ("closed_on", "Closing date of the denominator"),
    ("as_of", "The day asked for, where it is before the run's"),
    ("register_later", "true where the denominator closed after the day asked for; else not there"),
    ("schematic", "Whether the shape is no official boundary"),
];

const CELL_FIELDS: &[(&str, &str)] = &[
    ("households", "Households in the area, at least 5"),
    ("cells", "Cells that it is made of: 1, or 2 to 4 where one alone would tell of fewer than 5"),
];

impl Layer {
    const TABLE: [(Self, &'static str, About); 4] = [
        (
            Self::Communes,
            "communes",
            About { description: "Coverage by commune", fields: UNIT_FIELDS, max_zoom: 14 },
        ),
        (
            Self::Villages,
            "villages",
            About {
                description: "Coverage by village; shapes inferred from points",
                fields: UNIT_FIELDS,
                max_zoom: 14,
            },
        ),
        (
            Self::Density,
            "density",
            About {
                description: "Covered households by cell; fewer than 5 are told of only together with others",
                fields: CELL_FIELDS,
                max_zoom: 14,
            },
        ),
        (
            Self::Gaps,
            "gaps",
            About {
                description: "Households that are not covered by cell, where their submission or their village is; fewer than 5 are told of only together with others",
                fields: CELL_FIELDS,
                max_zoom: 14,
            },
        ),
    ];

    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Communes, Self::Villages, Self::Density, Self::Gaps];

    /// The layer of a stable name.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        Self::TABLE.iter().find(|(_, k, _)| *k == key).map(|(layer, ..)| *layer)
    }

    /// Stable name for machines.
    pub(crate) fn key(self) -> &'static str {
        Self::TABLE[self as usize].1
    }

    /// What `TileJSON` says of it.
    pub(crate) fn about(self) -> &'static About {
        static TABLE: [(Layer, &str, About); 4] = Layer::TABLE;
        &TABLE[self as usize].2
    }

    /// Whether it draws units, whose figures may be asked for by day and denominator.
    pub(crate) fn is_of_units(self) -> bool {
        matches!(self, Self::Communes | Self::Villages)
    }
}

/// Which figures a tile tells.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    /// The period whose communes are drawn.
    pub(crate) period: Date,
    /// Number of the denominator, see [`Figures`].
    pub(crate) denominator: usize,
    /// The day up to which submissions count.
    pub(crate) as_of: Option<Date>,
}

/// Name of a tile of a run.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TileKey {
    snapshot: u64,
    layer: Layer,
    z: u8,
    x: u32,
    y: u32,
    asked: Asked,
}

impl TileKey {
    /// A tile that exists; `None` beyond the last zoom or the edge of the world.
    pub(crate) fn new(
        snapshot: u64,
        layer: Layer,
        [z, x, y]: [u32; 3],
        asked: Asked,
    ) -> Option<Self> {
        let z = u8::try_from(z).ok().filter(|z| *z <= MAX_ZOOM)?;
        let side = 1_u32 << z;
        (x < side && y < side).then_some(Self { snapshot, layer, z, x, y, asked })
    }
}

/// A tile as it is sent; `None` where nothing is drawn.
pub(crate) type Packed = Option<Arc<Tile>>;

/// A tile in one coding, with its tag.
pub(crate) struct Tile {
    /// Strong entity tag: of the bytes and their coding.
    pub(crate) tag: HeaderValue,
    /// The bytes.
    pub(crate) body: axum::body::Bytes,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<(TileKey, Coding), Packed> for ByBytes {
    fn weight(&self, _: &(TileKey, Coding), tile: &Packed) -> u64 {
        (size_of::<TileKey>() + tile.as_ref().map_or(0, |t| size_of::<Tile>() + t.body.len()))
            as u64
    }
}

/// Tiles made so far, at most [`CACHE_BYTES`]. Tiles of older runs are never asked for again and give way.
pub(crate) struct TileCache {
    tiles: Cache<(TileKey, Coding), Packed, ByBytes>,
}

impl TileCache {
    pub(crate) fn new() -> Self {
        Self { tiles: weighed::cache(CACHE_ITEMS, CACHE_BYTES, HEAVIEST_BYTES, ByBytes) }
    }

    /// A tile in a coding, made unless it is kept; requests for one tile at the same time make it once.
    pub(crate) async fn get(
        &self,
        snapshot: &Arc<Snapshot>,
        key: TileKey,
        coding: Coding,
        metrics: &Metrics,
    ) -> Result<Packed, ApiError> {
        if let Some(kept) = self.tiles.get(&(key, coding)) {
            metrics.tile(true);
            return Ok(kept);
        }
        metrics.tile(false);
        // Clipping and compressing keep a processor busy: off the threads that answer.
        let plain = self
            .tiles
            .get_or_insert_async(&(key, Coding::Identity), async {
                let snapshot = Arc::clone(snapshot);
                tokio::task::spawn_blocking(move || coded(made(&snapshot, key)?, Coding::Identity))
                    .await
                    .map_err(ApiError::internal)?
            })
            .await?;
        let Some(tile) = plain.clone().filter(|_| coding != Coding::Identity) else {
            return Ok(plain);
        };
        self.tiles
            .get_or_insert_async(&(key, coding), async {
                tokio::task::spawn_blocking(move || coded(Some(tile.body.to_vec()), coding))
                    .await
                    .map_err(ApiError::internal)?
            })
            .await
    }
}

fn coded(tile: Option<Vec<u8>>, coding: Coding) -> Result<Packed, ApiError> {
    let Some(tile) = tile else { return Ok(None) };
    let Coded { tag, body } = coding.pack(tile).map_err(ApiError::internal)?;
    Ok(Some(Arc::new(Tile { tag: HeaderValue::try_from(tag).map_err(ApiError::internal)?, body })))
}

fn made(snapshot: &Snapshot, key: TileKey) -> Result<Option<Vec<u8>>, ApiError> {
    let id = TileId::new(key.z, key.x, key.y).map_err(ApiError::internal)?;
    Ok(snapshot.tile(key.layer, id, key.asked))
}

impl Snapshot {
    /// The bytes of a tile; `None` where nothing is drawn.
    pub(crate) fn tile(&self, layer: Layer, id: TileId, asked: Asked) -> Option<Vec<u8>> {
        let name = layer.key();
        let figures = self.figures.asked(asked);
        match layer {
            Layer::Communes => encode::units(name, self.communes.get(&asked.period)?, &figures, id),
            Layer::Villages => encode::units(name, &self.villages, &figures, id),
            Layer::Density => encode::cells(name, &self.density.density, id),
            Layer::Gaps => encode::cells(name, &self.gaps.density, id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_finds_its_own_row() {
        for (layer, (row, key, _)) in Layer::ALL.into_iter().zip(&Layer::TABLE) {
            assert_eq!(layer, *row);
            assert_eq!(Layer::from_key(key), Some(layer));
            assert_eq!(layer.key(), *key);
        }
    }

    #[test]
    fn a_tile_beyond_the_world_has_no_name() {
        let period = "2025-07-01".parse().expect("a day");
        let asked = Asked { period, denominator: 0, as_of: None };
        let exists = |z, x, y| TileKey::new(1, Layer::Communes, [z, x, y], asked).is_some();
        assert!(exists(0, 0, 0) && exists(16, 65_535, 65_535));
        assert!(!exists(0, 1, 0) && !exists(3, 0, 8) && !exists(17, 0, 0) && !exists(255, 0, 0));
    }
}
