//! Small writes: boundaries and masks.

use geo_types::MultiPolygon;

use super::PostGis;
use crate::{
    BoundaryRecord, StoreError,
    answers::Answers as _,
    geometry::{extended, shape_blob},
};

impl PostGis {
    pub(super) async fn write_boundaries(
        &self,
        boundaries: &[BoundaryRecord],
    ) -> Result<(), StoreError> {
        let mut t = self.begin().await?;
        for b in boundaries {
            sqlx::query(include_str!("../sql/postgis/insert_boundary.sql"))
                .bind(extended(&shape_blob(&b.shape)))
                .bind(b.code.as_str())
                .bind(b.valid_from.to_string())
                .bind(&*b.origin)
                .bind(b.schematic)
                .execute(&mut *t)
                .await
                .map_err(|e| self.failed(e))?;
        }
        self.commit(t).await
    }

    pub(super) async fn write_masks(
        &self,
        masks: &[MultiPolygon<f64>],
        origin: &str,
    ) -> Result<(), StoreError> {
        let mut t = self.begin().await?;
        self.script(&mut t, "delete from masks").await?;
        for mask in masks {
            sqlx::query("insert into masks (geom, name) values ($1::bytea::geometry, $2)")
                .bind(extended(&shape_blob(mask)))
                .bind(origin)
                .execute(&mut *t)
                .await
                .map_err(|e| self.failed(e))?;
        }
        self.commit(t).await
    }
}
