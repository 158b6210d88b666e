//! Reads about neighbours: the households of a village, accepted points around a place, all of them. Personal.

use diachiso_model::{HouseholdState, LonLat, UnitCode};

use tokio_stream::StreamExt as _;

use super::GeoPackage;
use crate::{AcceptedPoint, Box4, NearPoint, StoreError, VillageHousehold};

impl GeoPackage {
    pub(super) async fn read_village_households(
        &self,
        village: &UnitCode,
    ) -> Result<Vec<VillageHousehold>, StoreError> {
        let Some(mut c) = self.published_reader().await? else { return Ok(Vec::new()) };
        let rows = sqlx::query(include_str!("../sql/village_households.sql"))
            .bind(village.as_str())
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let household = |row| {
            let (lon, lat): (Option<f64>, Option<f64>) =
                (self.get(row, "lon")?, self.get(row, "lat")?);
            let state = self.keyed(row, "state", HouseholdState::from_key)?;
            let point = lon.zip(lat).and_then(|(lon, lat)| LonLat::new(lon, lat).ok());
            Ok(VillageHousehold {
                id: self.boxed(row, "id")?,
                head: self.boxed(row, "head")?,
                address: self.boxed(row, "address")?,
                state,
                // Of the others it is the village's centre.
                point: point.filter(|_| state == HouseholdState::Covered),
                submitted: self.point(self.get(row, "submitted")?)?,
            })
        };
        rows.iter().map(household).collect()
    }

    pub(super) async fn read_accepted_near(
        &self,
        bounds: Box4,
        limit: u32,
    ) -> Result<Vec<NearPoint>, StoreError> {
        let Some(mut c) = self.published_reader().await? else { return Ok(Vec::new()) };
        let [west, south, east, north] = bounds;
        let rows = sqlx::query(include_str!("../sql/accepted_near.sql"))
            .bind(west)
            .bind(south)
            .bind(east)
            .bind(north)
            .bind(i64::from(limit))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(point) = self.point(self.get(row, "geom")?)? else { continue };
            found.push(NearPoint {
                head: self.boxed(row, "head")?,
                address: self.boxed(row, "address")?,
                village: self.parsed_maybe(row, "village")?,
                point,
            });
        }
        Ok(found)
    }

    pub(super) async fn read_accepted_points(&self) -> Result<Vec<AcceptedPoint>, StoreError> {
        let Some(mut c) = self.published_reader().await? else { return Ok(Vec::new()) };
        let mut rows = sqlx::query(include_str!("../sql/accepted_points.sql")).fetch(&mut *c);
        let mut found = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(|e| self.failed(e))? {
            let row = &row;
            let Some(point) = self.point(self.get(row, "geom")?)? else { continue };
            found.push(AcceptedPoint {
                id: self.parsed(row, "id")?,
                village: self.parsed(row, "village")?,
                commune: self.parsed_maybe(row, "commune")?,
                collected_on: self.parsed_maybe(row, "collected_on")?,
                collector: self.boxed(row, "collector")?,
                team: self.boxed(row, "team")?,
                point,
            });
        }
        Ok(found)
    }
}
