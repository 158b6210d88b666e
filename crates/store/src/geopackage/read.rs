//! Reads: every question of the trait but the dump.

use diachiso_model::{Date, RegisterInfo, SourceKind, SubmissionId, UnitCode};
use geo_types::MultiPolygon;
use sqlx::{Sqlite, SqliteConnection, pool::PoolConnection, sqlite::SqliteRow};

use super::GeoPackage;
use crate::{
    AreaQuery, BoundaryRecord, CoverageRow, DensityPoint, GapCursor, GapPage, HeldRow, LedgerRun,
    ReportRow, RunInfo, SealedWith, StoreError, StoredSource, SubmissionView, UnitShape,
    VillageDays, VillageShape,
    answers::{Answers as _, PersonalAnswers as _, PublicAnswers as _, cut_report},
};

/// Most findings of one row; a page of the report has room for one row more than asked.
const ROW_ROOM: i64 = crate::rows::people::FINDINGS_ROOM;

impl GeoPackage {
    pub(super) async fn rows(&self, sql: &'static str) -> Result<Vec<SqliteRow>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(Vec::new()) };
        sqlx::query(sql).fetch_all(&mut *c).await.map_err(|e| self.failed(e))
    }

    /// Whether a run was ever published; before, only boundaries, masks and the like exist.
    pub(crate) async fn is_published(&self, c: &mut SqliteConnection) -> Result<bool, StoreError> {
        let runs: i64 = sqlx::query_scalar("select count(*) from runs")
            .fetch_one(c)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(runs > 0)
    }

    /// A connection to read what a run published; `None` before the first run.
    pub(super) async fn published_reader(
        &self,
    ) -> Result<Option<PoolConnection<Sqlite>>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(None) };
        Ok(self.is_published(&mut c).await?.then_some(c))
    }

    /// Rows of a layer, none before the first run.
    pub(super) async fn layer_rows(&self, sql: &'static str) -> Result<Vec<SqliteRow>, StoreError> {
        let Some(mut c) = self.published_reader().await? else { return Ok(Vec::new()) };
        sqlx::query(sql).fetch_all(&mut *c).await.map_err(|e| self.failed(e))
    }

    pub(super) async fn read_latest_run(&self) -> Result<Option<RunInfo>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(None) };
        let sql = if self.schema_version(&mut c).await? < 3 {
            include_str!("../sql/latest_run_2.sql")
        } else {
            include_str!("../sql/latest_run.sql")
        };
        let row = sqlx::query(sql).fetch_optional(&mut *c).await.map_err(|e| self.failed(e))?;
        let Some(row) = &row else { return Ok(None) };
        let sealed = match self.boxed_maybe(row, "identity_key")? {
            None => self.sealed_of_old(&mut c).await?,
            key => SealedWith::of(key),
        };
        self.run_info(row, sealed).map(Some)
    }

    pub(super) async fn read_runs(
        &self,
        before: i64,
        limit: u32,
    ) -> Result<Vec<LedgerRun>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(Vec::new()) };
        let sql = if self.schema_version(&mut c).await? < 6 {
            include_str!("../sql/runs_5.sql")
        } else {
            include_str!("../sql/runs.sql")
        };
        let query = sqlx::query(sql).bind(before).bind(limit);
        let rows = query.fetch_all(&mut *c).await.map_err(|e| self.failed(e))?;
        rows.iter().map(|row| self.ledger_run(row)).collect()
    }

    /// Whether a run that did not record its key had one: only numbers sealed by a key have digits for people.
    async fn sealed_of_old(&self, c: &mut SqliteConnection) -> Result<SealedWith, StoreError> {
        let sql = "select exists (select 1 from submissions where identity_last3 is not null)";
        let sealed: bool =
            sqlx::query_scalar(sql).fetch_one(c).await.map_err(|e| self.failed(e))?;
        Ok(if sealed { SealedWith::Unknown } else { SealedWith::Nothing })
    }

    pub(super) async fn read_sources(&self) -> Result<Vec<StoredSource>, StoreError> {
        let rows = self.rows(include_str!("../sql/files.sql")).await?;
        rows.iter().map(|row| self.stored_source(row)).collect()
    }

    pub(super) async fn read_archive(&self, source: i64) -> Result<Vec<u8>, StoreError> {
        let none = || self.corrupt("archive", format!("there is none of file {source}"));
        let mut c = self.reader().await?.ok_or_else(none)?;
        let parts: Vec<Vec<u8>> =
            sqlx::query_scalar("select data from source_archive where file = ? order by part")
                .bind(source)
                .fetch_all(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        if parts.is_empty() { Err(none()) } else { Ok(parts.concat()) }
    }

    pub(super) async fn read_boundaries(&self) -> Result<Vec<BoundaryRecord>, StoreError> {
        let sql = "select geom, code, valid_from, origin, schematic from boundaries order by code, valid_from";
        let rows = self.rows(sql).await?;
        rows.iter().map(|row| self.boundary(row)).collect()
    }

    pub(super) async fn read_masks(&self) -> Result<Vec<MultiPolygon<f64>>, StoreError> {
        let rows = self.rows("select geom from masks order by fid").await?;
        rows.iter().filter_map(|row| self.shape(row, "geom").transpose()).collect()
    }

    pub(super) async fn read_coverage(
        &self,
        query: &AreaQuery,
    ) -> Result<Vec<CoverageRow>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(Vec::new()) };
        if !self.is_published(&mut c).await? {
            return Ok(Vec::new());
        }
        let sql = "select number, closed_on from registers where ?1 is null or source = ?1 order by number limit 1";
        let register = sqlx::query(sql)
            .bind(query.source.as_deref())
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(register) = register else { return Ok(Vec::new()) };
        let number: i64 = self.get(&register, "number")?;
        let on = query.on.map_or_else(|| self.parsed(&register, "closed_on"), Ok::<Date, _>)?;
        let period: Option<String> = sqlx::query_scalar(include_str!("../sql/coverage_period.sql"))
            .bind(number)
            .bind(on.to_string())
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let counted = "select count(*) from pragma_table_info('coverage') where name = 'claimed'";
        let counted: i64 =
            sqlx::query_scalar(counted).fetch_one(&mut *c).await.map_err(|e| self.failed(e))?;
        let sql = if counted == 0 {
            include_str!("../sql/coverage_5.sql")
        } else {
            include_str!("../sql/coverage.sql")
        };
        let rows = sqlx::query(sql)
            .bind(number)
            .bind(period)
            .bind(query.level.as_str())
            .bind(query.within.as_ref().map(UnitCode::as_str))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        rows.iter().map(|row| self.coverage_row(row)).collect()
    }

    pub(super) async fn read_gaps(
        &self,
        area: &UnitCode,
        after: Option<&GapCursor>,
        limit: u32,
    ) -> Result<GapPage, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(GapPage::default()) };
        if !self.is_published(&mut c).await? {
            return Ok(GapPage::default());
        }
        let period: Option<String> = sqlx::query_scalar(include_str!("../sql/area_period.sql"))
            .bind(area.as_str())
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(period) = period else { return Ok(GapPage::default()) };
        let packed: String = sqlx::query_scalar(include_str!("../sql/gaps.sql"))
            .bind(area.as_str())
            .bind(period)
            .bind(after.map_or("", |a| a.village.as_str()))
            .bind(after.map_or(-1, |a| i64::from(a.rank)))
            .bind(after.map_or("", |a| &*a.household))
            .bind(i64::from(limit) + 1)
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.packed_gaps(&packed, limit)
    }

    pub(super) async fn read_submission(
        &self,
        id: SubmissionId,
    ) -> Result<Option<SubmissionView>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(None) };
        if !self.is_published(&mut c).await? {
            return Ok(None);
        }
        let row = sqlx::query(include_str!("../sql/submission.sql"))
            .bind(id.to_string())
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(row) = row else { return Ok(None) };
        let findings = sqlx::query(include_str!("../sql/findings.sql"))
            .bind(self.get::<i64>(&row, "fid")?)
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        // A run of an older program did not tell places.
        let place = if self.tells_places(&mut c).await? {
            self.place_of(&mut c, &id.to_string()).await?
        } else {
            self.parsed_maybe(&row, "master")?
        };
        self.submission_view(&row, place.unwrap_or(id), &findings).map(Some)
    }

    /// Whole rows only, so that the next page can start after (file, row): a page ends before the row that would
    /// not fit, and is longer than `limit` only where a single row is.
    pub(super) async fn read_report(
        &self,
        file: Option<&str>,
        after: Option<(&str, u32)>,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(Vec::new()) };
        let sql = include_str!("../sql/report_files.sql");
        let files = sqlx::query(sql)
            .bind(file)
            .bind(after.map_or("", |(name, _)| name))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let mut found: Vec<ReportRow> = Vec::new();
        for file in &files {
            let name: &str = self.get(file, "name")?;
            let kind = self.keyed(file, "kind", SourceKind::from_key)?;
            let begun = found.last().is_some_and(|r| &*r.file == name);
            if found.len() > limit as usize && !begun {
                break;
            }
            let row = after.filter(|(n, _)| *n == name).map_or(0, |(_, row)| row);
            let query = match self.get::<Option<i64>>(file, "first_fid")? {
                Some(first) => sqlx::query(include_str!("../sql/report.sql"))
                    .bind(first)
                    .bind(self.get::<i64>(file, "last_fid")?),
                None => sqlx::query(include_str!("../sql/report_register.sql"))
                    .bind(self.get::<i64>(file, "id")?),
            };
            let query = query.bind(row).bind(i64::from(limit) + ROW_ROOM);
            let rows = query.fetch_all(&mut *c).await.map_err(|e| self.failed(e))?;
            for row in &rows {
                found.push(self.report_row(name, kind, row)?);
            }
        }
        cut_report(&mut found, limit as usize);
        Ok(found)
    }

    pub(super) async fn read_held_rows(&self) -> Result<Vec<HeldRow>, StoreError> {
        let rows = self.layer_rows(include_str!("../sql/held_rows.sql")).await?;
        rows.iter().map(|row| self.held_row(row)).collect()
    }

    pub(super) async fn read_unit_shapes(&self) -> Result<Vec<UnitShape>, StoreError> {
        let sql = "select geom, code, level, name, period, schematic from units order by fid";
        let rows = self.layer_rows(sql).await?;
        rows.iter().map(|row| self.unit_shape(row)).collect()
    }

    pub(super) async fn read_village_shapes(&self) -> Result<Vec<VillageShape>, StoreError> {
        // All columns: stores of older programs lack the last ones.
        let rows = self.layer_rows("select * from villages order by fid").await?;
        rows.iter().map(|row| self.village_shape(row)).collect()
    }

    pub(super) async fn read_density_points(&self) -> Result<Vec<DensityPoint>, StoreError> {
        let rows = self.layer_rows(include_str!("../sql/density.sql")).await?;
        self.density(&rows)
    }

    pub(super) async fn read_covered_by_day(&self) -> Result<Vec<VillageDays>, StoreError> {
        let rows = self.layer_rows(include_str!("../sql/covered_by_day.sql")).await?;
        rows.iter().map(|row| self.village_days(row)).collect()
    }

    pub(super) async fn read_registers(&self) -> Result<Vec<RegisterInfo>, StoreError> {
        let sql = "select source, closed_on, households from registers order by number";
        let rows = self.layer_rows(sql).await?;
        rows.iter().map(|row| self.register(row)).collect()
    }
}
