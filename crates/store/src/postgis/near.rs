//! Reads about neighbours: the gap list and the households of a village, accepted points around a place, all of them. Personal.

use diachiso_model::{RowKey, UnitCode};
use tokio_stream::StreamExt as _;

use super::PostGis;
use crate::{
    AcceptedPoint, Box4, GapRow, HouseholdPoint, NearPoint, RegisterLine, StoreError,
    VillageHousehold,
    answers::{Answers as _, PersonalAnswers as _},
};

/// Lines of registers that are asked for at a time.
const LINES_AT_ONCE: usize = 10_000;

impl PostGis {
    pub(super) async fn read_register_lines(
        &self,
        keys: &[RowKey],
    ) -> Result<Vec<RegisterLine>, StoreError> {
        let mut c = self.reading().await?;
        let mut lines = Vec::new();
        for keys in keys.chunks(LINES_AT_ONCE) {
            let (sources, ids): (Vec<&str>, Vec<&str>) =
                keys.iter().map(|key| (key.source(), key.household())).unzip();
            let rows = sqlx::query(include_str!("../sql/postgis/register_lines.sql"))
                .bind(sources)
                .bind(ids)
                .fetch_all(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
            for row in &rows {
                lines.push(self.register_line(row)?);
            }
        }
        Ok(lines)
    }

    pub(super) async fn read_village_gaps(
        &self,
        village: &UnitCode,
    ) -> Result<Vec<GapRow>, StoreError> {
        let mut c = self.listing().await?;
        let rows = sqlx::query(include_str!("../sql/postgis/village_gaps.sql"))
            .bind(village.as_str())
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(self.gaps_of(&rows, u32::MAX)?.rows)
    }

    pub(super) async fn read_village_households(
        &self,
        village: &UnitCode,
    ) -> Result<Vec<VillageHousehold>, StoreError> {
        let mut c = self.listing().await?;
        let row = sqlx::query(include_str!("../sql/postgis/village_households.sql"))
            .bind(village.as_str())
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.households_of(row.as_ref())
    }

    pub(super) async fn read_accepted_near(
        &self,
        bounds: Box4,
        limit: u32,
    ) -> Result<Vec<NearPoint>, StoreError> {
        let [west, south, east, north] = bounds;
        let mut c = self.reading().await?;
        let rows = sqlx::query(include_str!("../sql/postgis/accepted_near.sql"))
            .bind(west)
            .bind(south)
            .bind(east)
            .bind(north)
            .bind(i64::from(limit))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        rows.iter().filter_map(|row| self.near_point(row).transpose()).collect()
    }

    pub(super) async fn read_households_in(
        &self,
        bounds: Box4,
        limit: u32,
    ) -> Result<Vec<HouseholdPoint>, StoreError> {
        let [west, south, east, north] = bounds;
        let mut c = self.reading().await?;
        let rows = sqlx::query(include_str!("../sql/postgis/households_in.sql"))
            .bind(west)
            .bind(south)
            .bind(east)
            .bind(north)
            .bind(i64::from(limit))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        rows.iter().filter_map(|row| self.household_point(row).transpose()).collect()
    }

    pub(super) async fn read_accepted_points(&self) -> Result<Vec<AcceptedPoint>, StoreError> {
        let mut c = self.reading().await?;
        let mut rows =
            sqlx::query(include_str!("../sql/postgis/accepted_points.sql")).fetch(&mut *c);
        let mut found = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(|e| self.failed(e))? {
            found.extend(self.accepted_point(&row)?);
        }
        Ok(found)
    }
}
