//! Polygon layers of GeoPackages that other programs made.

use std::path::Path;

use geo_types::MultiPolygon;
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Row, SqliteConnection, TypeInfo, Value,
    ValueRef,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

use crate::{StoreError, geometry};

/// A polygon of a foreign file with what is written beside it.
#[derive(Clone, PartialEq, Debug)]
pub struct PolygonFeature {
    /// The layer (table) it was in.
    pub layer: String,
    /// The other columns with their values as text, in the order of the table; absent values are left out.
    pub attributes: Vec<(String, String)>,
    /// The shape, WGS 84.
    pub shape: MultiPolygon<f64>,
}

/// Reads every polygon of every polygon layer of a GeoPackage, by (layer, row). The file is not written to.
///
/// # Errors
/// When the file is no GeoPackage, a layer is not in WGS 84 longitude and latitude, or a geometry is damaged.
pub async fn read_polygons(path: impl AsRef<Path>) -> Result<Vec<PolygonFeature>, StoreError> {
    let path = path.as_ref();
    let name = path.display().to_string();
    let foreign = |e: sqlx::Error| StoreError::NotOurs {
        path: name.clone(),
        reason: format!("its polygon layers cannot be read: {e}"),
    };
    if path.is_dir() {
        return Err(StoreError::NotOurs { path: name, reason: "it is a folder".to_owned() });
    }
    let file = std::fs::metadata(path);
    file.map_err(|source| StoreError::Io { path: name.clone(), source })?;
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(foreign)?;
    let layers = sqlx::query(include_str!("sql/polygon_layers.sql"))
        .fetch_all(&mut connection)
        .await
        .map_err(foreign)?;
    let mut features = Vec::new();
    for layer in layers {
        let layer = Layer { table: layer.get(0), geometry: layer.get(1), srs: layer.get(2) };
        layer.check_srs(&name, &mut connection).await?;
        layer.read(&name, &mut connection, &mut features).await?;
    }
    connection.close().await.map_err(foreign)?;
    Ok(features)
}

struct Layer {
    table: String,
    geometry: String,
    srs: i64,
}

impl Layer {
    /// WGS 84 as EPSG:4326 or OGC:CRS84; undefined geographic passes, since such files are common and in degrees.
    async fn check_srs(
        &self,
        path: &str,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let sql = "select organization, organization_coordsys_id from gpkg_spatial_ref_sys where srs_id = ?";
        let row = sqlx::query(sql)
            .bind(self.srs)
            .fetch_optional(connection)
            .await
            .map_err(|source| StoreError::Database { path: path.to_owned(), source })?;
        let (organization, number) = row.map_or(("unknown".to_owned(), self.srs), |row| {
            (row.get::<String, _>(0).to_uppercase(), row.get(1))
        });
        let known = matches!((organization.as_str(), number), ("EPSG", 4326) | ("OGC", 84));
        if known || self.srs == 0 {
            return Ok(());
        }
        let srs = format!("{organization}:{number}");
        Err(StoreError::Srs { path: path.to_owned(), layer: self.table.clone(), srs })
    }

    /// The table's name is the foreign file's own, so it cannot be bound; it is quoted.
    async fn read(
        &self,
        path: &str,
        connection: &mut SqliteConnection,
        features: &mut Vec<PolygonFeature>,
    ) -> Result<(), StoreError> {
        let sql = format!("select * from \"{}\"", self.table.replace('"', "\"\""));
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(connection)
            .await
            .map_err(|source| StoreError::Database { path: path.to_owned(), source })?;
        let damaged = |reason: String| StoreError::Corrupt {
            path: path.to_owned(),
            what: "geometry",
            reason: format!("layer `{}`: {reason}", self.table),
        };
        for row in rows {
            let blob: Option<Vec<u8>> =
                row.try_get(self.geometry.as_str()).map_err(|e| damaged(e.to_string()))?;
            let Some(blob) = blob else { continue };
            let Some(shape) = geometry::read_shape(&blob).map_err(damaged)? else { continue };
            let attributes = self.attributes(&row);
            features.push(PolygonFeature { layer: self.table.clone(), attributes, shape });
        }
        Ok(())
    }

    fn attributes(&self, row: &SqliteRow) -> Vec<(String, String)> {
        let others = row.columns().iter().filter(|c| c.name() != self.geometry);
        others
            .filter_map(|c| {
                let value = row.try_get_raw(c.ordinal()).ok()?.to_owned();
                if value.is_null() {
                    return None;
                }
                let text = match value.type_info().name() {
                    "INTEGER" | "BOOLEAN" => value.try_decode_unchecked::<i64>().ok()?.to_string(),
                    "REAL" => value.try_decode_unchecked::<f64>().ok()?.to_string(),
                    "BLOB" => return None,
                    _ => value.try_decode_unchecked::<String>().ok()?,
                };
                Some((c.name().to_owned(), text))
            })
            .collect()
    }
}
