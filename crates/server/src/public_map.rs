//! What the maps of a store show, for files instead of answers: nothing that the public API does not tell.

use diachiso_spatial::tile::TileId;
use diachiso_store::Store;
use geo_types::MultiPolygon;
use serde_json::{Map, Value, json};

use crate::{
    error::ApiError,
    snapshot::Snapshot,
    tiles::{Asked, Layer},
};

/// Tiles of all public layers, and units as features.
pub struct PublicMap {
    snapshot: Snapshot,
}

/// Units of one kind, see `/ogc/collections`.
pub struct PublicLayer<'m> {
    /// Stable name.
    pub name: &'m str,
    /// For people.
    pub title: &'m str,
    /// Shape and properties of each.
    pub features: Vec<(&'m MultiPolygon<f64>, &'m Map<String, Value>)>,
}

impl PublicMap {
    /// Last zoom with detail of its own.
    pub const LAST_ZOOM: u8 = 14;

    /// Reads what the newest run published.
    ///
    /// # Errors
    /// [`ApiError::NotReady`] before the first run; what the store says.
    pub async fn load(store: &dyn Store) -> Result<Self, ApiError> {
        let run = store.latest_run().await?.ok_or(ApiError::NotReady)?;
        Ok(Self { snapshot: Snapshot::load(store, run, None).await? })
    }

    /// West, south, east and north of everything drawn.
    #[must_use]
    pub fn bounds(&self) -> [f64; 4] {
        self.snapshot.bounds
    }

    /// Collections of units: communes of each period, and villages.
    pub fn layers(&self) -> impl Iterator<Item = PublicLayer<'_>> {
        self.snapshot.collections.iter().map(|collection| PublicLayer {
            name: &collection.id,
            title: &collection.title,
            features: collection.features.iter().map(|f| (f.shape(), &f.properties)).collect(),
        })
    }

    /// What an archive of the tiles says of itself, as `TileJSON` does.
    #[must_use]
    pub fn about(&self) -> Value {
        let layers = Layer::ALL.map(|layer| {
            let about = layer.about();
            let fields: Map<String, Value> =
                about.fields.iter().map(|(name, what)| ((*name).into(), json!(what))).collect();
            json!({
                "id": layer.key(), "description": about.description, "fields": fields,
                "minzoom": 0, "maxzoom": Self::LAST_ZOOM,
            })
        });
        json!({
            "name": "diachiso",
            "description": "Độ phủ địa chỉ số · Coverage of digital addresses",
            "attribution": "diachiso",
            "type": "overlay",
            "vector_layers": layers,
        })
    }

    /// Every tile with something in it, zoom by zoom, all layers in one: zoom, column and row, and the bytes.
    ///
    /// # Errors
    /// What `visit` says, and when a tile cannot be made.
    pub fn each_tile<E: From<ApiError>>(
        &self,
        mut visit: impl FnMut([u32; 3], Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let asked = Asked { period: self.snapshot.period, denominator: 0, as_of: None };
        let mut drawn: Vec<TileId> = TileId::new(0, 0, 0).into_iter().collect();
        for _ in 0..=Self::LAST_ZOOM {
            let mut below = Vec::new();
            for id in drawn {
                let mut bytes = Vec::new();
                for layer in Layer::ALL {
                    // Layers of a tile are fields of a message that may follow one another.
                    bytes.extend(self.snapshot.tile(layer, id, asked).unwrap_or_default());
                }
                // What is in a tile is in the one above it.
                if bytes.is_empty() {
                    continue;
                }
                visit([id.z().into(), id.x(), id.y()], bytes)?;
                below.extend(id.children());
            }
            below.sort_unstable();
            drawn = below;
        }
        Ok(())
    }
}
