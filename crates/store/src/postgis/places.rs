//! What addresses are found by: places of reference files, and where households were accepted.

use diachiso_model::ReferencePlace;

use super::PostGis;
use crate::{
    KnownHouse, StoreError,
    answers::{Answers as _, PersonalAnswers as _, PublicAnswers as _},
    rows::cells::Cells,
};

/// Rows of one `copy`.
const ROWS: usize = 10_000;

impl PostGis {
    pub(super) async fn write_places(
        &self,
        places: &[ReferencePlace],
        origin: &str,
    ) -> Result<(), StoreError> {
        let mut t = self.begin().await?;
        sqlx::query("delete from places where origin = $1")
            .bind(origin)
            .execute(&mut *t)
            .await
            .map_err(|e| self.failed(e))?;
        for some in places.chunks(ROWS) {
            let mut text = Vec::new();
            for place in some {
                Cells::Copied(&mut text)
                    .put(origin)
                    .put(place.kind.as_str())
                    .put(&*place.name)
                    .put(&*place.number)
                    .put(&*place.alley)
                    .put(place.point.lon())
                    .put(place.point.lat());
                text.pop();
                text.push(b'\n');
            }
            let copy = async {
                let sql = "copy places (origin, kind, name, number, alley, lon, lat) from stdin";
                let mut copy = t.copy_in_raw(sql).await?;
                copy.send(text).await?;
                copy.finish().await
            };
            copy.await.map_err(|e| self.failed(e))?;
        }
        self.commit(t).await
    }

    pub(super) async fn read_places(&self) -> Result<Vec<ReferencePlace>, StoreError> {
        let sql = "select kind, name, number, alley, lon, lat from places order by origin, id";
        let rows = self.rows(sql).await?;
        rows.iter().map(|row| self.reference_place(row)).collect()
    }

    /// The newest id and the number of places: another one after every import, since no id is given twice.
    pub(super) async fn read_places_stamp(&self) -> Result<(i64, i64), StoreError> {
        let sql = "select coalesce(max(id), 0), count(*) from places";
        sqlx::query_as(sql).fetch_one(&self.pool).await.map_err(|e| self.failed(e))
    }

    pub(super) async fn read_known_houses(&self) -> Result<Vec<KnownHouse>, StoreError> {
        let rows = self.rows(include_str!("../sql/postgis/known_houses.sql")).await?;
        rows.iter().filter_map(|row| self.known_house(row).transpose()).collect()
    }
}
