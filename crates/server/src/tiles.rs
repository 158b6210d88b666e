//! Vector tiles (MVT 2.1) out of a snapshot, made once a run and kept compressed.

use std::{
    io::{Read, Write},
    sync::Arc,
};

use axum::body::Bytes;
use diachiso_model::{Date, UnitCode};
use diachiso_spatial::tile::TileId;
use diachiso_store::CoverageRow;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use geo_types::MultiPolygon;
use quick_cache::{Weighter, sync::Cache};

use crate::{error::ApiError, metrics::Metrics, snapshot::Snapshot};

mod density;
mod encode;

pub(crate) use density::Density;

/// Last zoom that is answered; maps stretch tiles beyond it.
pub(crate) const MAX_ZOOM: u8 = 16;

/// Compressed tiles kept, in bytes: about 10,000 of the largest that a province makes.
const CACHE_BYTES: u64 = 64 << 20;

/// Tiles expected in the cache, for its tables.
const CACHE_ITEMS: usize = 16_384;

/// What a tile shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Layer {
    /// Communes of a period.
    Communes,
    /// Villages by their inferred shapes.
    Villages,
    /// Covered households by cell.
    Density,
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
    ("households", "Denominator: households that ought to be covered"),
    ("covered", "Numerator: households covered"),
    ("percent", "100 × covered / households"),
    ("period", "First day of the period"),
    ("source", "Source of the denominator"),
    ("closed_on", "Closing date of the denominator"),
    ("schematic", "Whether the shape is no official boundary"),
];

impl Layer {
    const TABLE: [(Self, &'static str, About); 3] = [
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
                description: "Covered households by cell; cells with fewer than 5 left out",
                fields: &[("households", "Covered households in the cell")],
                max_zoom: 14,
            },
        ),
    ];

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
        static TABLE: [(Layer, &str, About); 3] = Layer::TABLE;
        &TABLE[self as usize].2
    }
}

/// A unit to draw: a shape, and attributes that are public.
pub(crate) struct MapUnit {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) period: String,
    pub(crate) schematic: bool,
    pub(crate) counts: Option<MapCounts>,
    pub(crate) shape: MultiPolygon<f64>,
}

/// What the map tells of a unit's coverage.
pub(crate) struct MapCounts {
    pub(crate) households: u64,
    pub(crate) covered: u64,
    pub(crate) percent: Option<f64>,
    pub(crate) source: String,
    pub(crate) closed_on: String,
}

impl MapUnit {
    pub(crate) fn new(
        code: &UnitCode,
        name: &str,
        period: Date,
        schematic: bool,
        row: Option<&CoverageRow>,
        shape: MultiPolygon<f64>,
    ) -> Self {
        Self {
            code: code.to_string(),
            name: name.to_owned(),
            period: period.to_string(),
            schematic,
            counts: row.map(|r| MapCounts {
                households: r.tally.households(),
                covered: r.tally.covered(),
                percent: crate::routes::coverage::percent(&r.tally),
                source: r.source.to_string(),
                closed_on: r.closed_on.to_string(),
            }),
            shape,
        }
    }
}

/// Name of a tile of a run.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TileKey {
    snapshot: u64,
    layer: Layer,
    z: u8,
    x: u32,
    y: u32,
    period: Date,
}

impl TileKey {
    /// A tile that exists; `None` beyond the last zoom or the edge of the world.
    pub(crate) fn new(
        snapshot: u64,
        layer: Layer,
        z: u8,
        x: u32,
        y: u32,
        period: Date,
    ) -> Option<Self> {
        let side = 1_u32 << z.min(MAX_ZOOM);
        (z <= MAX_ZOOM && x < side && y < side).then_some(Self { snapshot, layer, z, x, y, period })
    }
}

/// A gzip-compressed tile; `None` where nothing is drawn.
type Packed = Option<Bytes>;

#[derive(Clone)]
struct ByBytes;

impl Weighter<TileKey, Packed> for ByBytes {
    fn weight(&self, _: &TileKey, tile: &Packed) -> u64 {
        (size_of::<TileKey>() + tile.as_ref().map_or(0, Bytes::len)) as u64
    }
}

/// Tiles made so far, at most [`CACHE_BYTES`]. Tiles of older runs are never asked for again and give way.
pub(crate) struct TileCache {
    tiles: Cache<TileKey, Packed, ByBytes>,
}

impl TileCache {
    pub(crate) fn new() -> Self {
        Self { tiles: Cache::with_weighter(CACHE_ITEMS, CACHE_BYTES, ByBytes) }
    }

    /// A tile, made unless it is kept; requests for one tile at the same time make it once.
    pub(crate) async fn get(
        &self,
        snapshot: &Arc<Snapshot>,
        key: TileKey,
        metrics: &Metrics,
    ) -> Result<Packed, ApiError> {
        let mut made = false;
        let tile = self
            .tiles
            .get_or_insert_async(&key, async {
                made = true;
                let snapshot = Arc::clone(snapshot);
                // Clipping and compressing keep a processor busy: off the threads that answer.
                tokio::task::spawn_blocking(move || make(&snapshot, key))
                    .await
                    .map_err(ApiError::internal)?
            })
            .await;
        metrics.tile(!made);
        tile
    }
}

fn make(snapshot: &Snapshot, key: TileKey) -> Result<Packed, ApiError> {
    let id = TileId::new(key.z, key.x, key.y).map_err(ApiError::internal)?;
    let bytes = match key.layer {
        Layer::Communes => {
            let units = snapshot.communes.get(&key.period).map_or(&[][..], Vec::as_slice);
            encode::units(key.layer.key(), units, id)
        }
        Layer::Villages => encode::units(key.layer.key(), &snapshot.villages, id),
        Layer::Density => encode::cells(key.layer.key(), &snapshot.density, id),
    };
    bytes.map_err(ApiError::internal)?.map(|tile| gzip(&tile)).transpose()
}

fn gzip(tile: &[u8]) -> Result<Bytes, ApiError> {
    let mut packer = GzEncoder::new(Vec::with_capacity(tile.len() / 2), Compression::default());
    packer.write_all(tile).map_err(ApiError::internal)?;
    packer.finish().map(Bytes::from).map_err(ApiError::internal)
}

/// A tile as clients that take no gzip want it.
pub(crate) fn gunzip(packed: &[u8]) -> Result<Bytes, ApiError> {
    let mut tile = Vec::with_capacity(packed.len() * 3);
    GzDecoder::new(packed).read_to_end(&mut tile).map_err(ApiError::internal)?;
    Ok(tile.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_finds_its_own_row() {
        for (layer, key, _) in &Layer::TABLE {
            assert_eq!(Layer::from_key(key), Some(*layer));
            assert_eq!(layer.key(), *key);
        }
    }

    #[test]
    fn a_tile_beyond_the_world_has_no_name() {
        let period = "2025-07-01".parse().expect("a day");
        let exists = |z, x, y| TileKey::new(1, Layer::Communes, z, x, y, period).is_some();
        assert!(exists(0, 0, 0) && exists(16, 65_535, 65_535));
        assert!(!exists(0, 1, 0) && !exists(3, 0, 8) && !exists(17, 0, 0) && !exists(255, 0, 0));
    }

    #[test]
    fn a_tile_unpacks_to_what_was_packed() {
        let tile = vec![7; 10_000];
        let packed = gzip(&tile).expect("packed");
        assert!(packed.len() < 100);
        assert_eq!(gunzip(&packed).expect("unpacked"), tile);
    }
}
