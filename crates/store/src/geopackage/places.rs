//! What addresses are found by: places of reference files, and where households were accepted.

use diachiso_model::ReferencePlace;
use sqlx::{QueryBuilder, SqliteConnection};

use super::GeoPackage;
use crate::{
    KnownHouse, StoreError,
    answers::{Answers as _, PersonalAnswers as _, PublicAnswers as _},
};

/// Rows of one statement: eight values each, within the 32,766 that one may have.
const ROWS: usize = 2_000;
/// The schema that brought the table.
const SCHEMA: i64 = 5;

impl GeoPackage {
    pub(super) async fn write_places(
        &self,
        places: &[ReferencePlace],
        origin: &str,
    ) -> Result<(), StoreError> {
        let mut c = self.writer().await?;
        let result = self.replace_places(&mut c, places, origin).await;
        self.finish(c, result).await
    }

    async fn replace_places(
        &self,
        c: &mut SqliteConnection,
        places: &[ReferencePlace],
        origin: &str,
    ) -> Result<(), StoreError> {
        self.begin(c).await?;
        sqlx::query("delete from places where origin = ?")
            .bind(origin)
            .execute(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        for chunk in places.chunks(ROWS) {
            let head = "insert into places (origin, kind, name, number, alley, lon, lat) ";
            QueryBuilder::new(head)
                .push_values(chunk, |mut row, place| {
                    row.push_bind(origin)
                        .push_bind(place.kind.as_str())
                        .push_bind(&*place.name)
                        .push_bind(&*place.number)
                        .push_bind(&*place.alley)
                        .push_bind(place.point.lon())
                        .push_bind(place.point.lat());
                })
                .build()
                .execute(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        }
        self.script(c, "commit").await
    }

    pub(super) async fn read_places(&self) -> Result<Vec<ReferencePlace>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(Vec::new()) };
        if self.schema_version(&mut c).await? < SCHEMA {
            return Ok(Vec::new());
        }
        let sql = "select kind, name, number, alley, lon, lat from places order by origin, id";
        let rows = sqlx::query(sql).fetch_all(&mut *c).await.map_err(|e| self.failed(e))?;
        rows.iter().map(|row| self.reference_place(row)).collect()
    }

    /// The newest id and the number of places: another one after every import.
    pub(super) async fn read_places_stamp(&self) -> Result<(i64, i64), StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok((0, 0)) };
        if self.schema_version(&mut c).await? < SCHEMA {
            return Ok((0, 0));
        }
        let sql = "select coalesce(max(id), 0), count(*) from places";
        sqlx::query_as(sql).fetch_one(&mut *c).await.map_err(|e| self.failed(e))
    }

    pub(super) async fn read_known_houses(&self) -> Result<Vec<KnownHouse>, StoreError> {
        let rows = self.layer_rows(include_str!("../sql/known_houses.sql")).await?;
        rows.iter().filter_map(|row| self.known_house(row).transpose()).collect()
    }
}
