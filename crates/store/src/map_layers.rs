//! Layers of a map as an OGC GeoPackage of their own: what is handed in, and nothing of a store.

use std::{fmt::Write as _, path::Path};

use geo_types::MultiPolygon;
use serde_json::{Map, Value};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection,
    sqlite::SqliteConnectOptions,
};

use crate::{
    StoreError,
    geometry::{Bounds, shape_blob},
    geopackage::failed,
};

/// A layer to write.
pub struct MapLayer<'l> {
    /// Its table; letters, digits and `_`.
    pub name: String,
    /// What it shows, for people.
    pub title: &'l str,
    /// Its columns beside the shape.
    pub columns: Vec<LayerColumn<'l>>,
    /// Shapes in longitude and latitude, with values by column.
    pub features: &'l [(&'l MultiPolygon<f64>, &'l Map<String, Value>)],
}

/// A column of a layer.
pub struct LayerColumn<'l> {
    /// Its name; letters, digits and `_`.
    pub name: &'l str,
    /// What it holds.
    pub kind: LayerKind,
}

/// What a column of a layer holds.
#[derive(Clone, Copy, Debug)]
pub enum LayerKind {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// Yes or no.
    Truth,
}

impl LayerKind {
    fn sql(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Real => "double",
            Self::Truth => "boolean",
        }
    }
}

/// Writes layers into a new file, or over an empty one, in one transaction.
///
/// # Errors
/// When the file cannot be written, or a name is none that a table may have.
pub async fn write_layers(path: &Path, layers: &[MapLayer<'_>]) -> Result<(), StoreError> {
    let name = path.display().to_string();
    let fail = |e| failed(&name, e);
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut c = options.connect().await.map_err(fail)?;
    sqlx::raw_sql("begin").execute(&mut c).await.map_err(fail)?;
    sqlx::raw_sql(include_str!("sql/map_layers.sql")).execute(&mut c).await.map_err(fail)?;
    for layer in layers {
        write_layer(&mut c, layer).await.map_err(fail)?;
    }
    sqlx::raw_sql("commit").execute(&mut c).await.map_err(fail)?;
    c.close().await.map_err(fail)
}

/// Whether a name may stand in a statement as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

async fn write_layer(c: &mut SqliteConnection, layer: &MapLayer<'_>) -> Result<(), sqlx::Error> {
    let mut names =
        std::iter::once(layer.name.as_str()).chain(layer.columns.iter().map(|c| c.name));
    if let Some(odd) = names.find(|name| !is_plain(name)) {
        return Err(sqlx::Error::ColumnNotFound(odd.to_owned()));
    }
    let table = &layer.name;
    let mut made = format!(
        "create table \"{table}\" (fid integer not null primary key, geom multipolygon not null"
    );
    let mut holes = String::from("?1, ?2");
    for (number, column) in (3..).zip(&layer.columns) {
        let _ = write!(made, ", \"{}\" {}", column.name, column.kind.sql());
        let _ = write!(holes, ", ?{number}");
    }
    made.push(')');
    sqlx::query(AssertSqlSafe(made)).execute(&mut *c).await?;
    let insert = format!("insert into \"{table}\" values ({holes})");
    let mut extent: Option<Bounds> = None;
    for (fid, (shape, values)) in (1_i64..).zip(layer.features) {
        if let Some(own) = Bounds::shape(shape) {
            extent = Some(extent.map_or(own, |all| all.join(own)));
        }
        let mut row = sqlx::query(AssertSqlSafe(insert.clone())).bind(fid).bind(shape_blob(shape));
        for column in &layer.columns {
            let value = values.get(column.name).unwrap_or(&Value::Null);
            row = match column.kind {
                LayerKind::Text => row.bind(value.as_str().map(str::to_owned)),
                LayerKind::Integer => row.bind(value.as_i64()),
                LayerKind::Real => row.bind(value.as_f64()),
                LayerKind::Truth => row.bind(value.as_bool()),
            };
        }
        row.execute(&mut *c).await?;
    }
    let contents = "insert into gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id)
        values (?1, 'features', ?2, ?3, ?4, ?5, ?6, 4326)";
    sqlx::query(contents)
        .bind(table)
        // Identifiers are unique in a file, and titles need not be.
        .bind(format!("{} ({table})", layer.title))
        .bind(extent.map(|b| b.min_x))
        .bind(extent.map(|b| b.min_y))
        .bind(extent.map(|b| b.max_x))
        .bind(extent.map(|b| b.max_y))
        .execute(&mut *c)
        .await?;
    let columns =
        "insert into gpkg_geometry_columns values (?1, 'geom', 'MULTIPOLYGON', 4326, 0, 0)";
    sqlx::query(columns).bind(table).execute(&mut *c).await?;
    Ok(())
}
