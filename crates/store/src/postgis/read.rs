//! Reads: every question of the trait but the dump.

use diachiso_model::{Date, Decision, RegisterInfo, RuleCode, SourceKind, SubmissionId, UnitCode};
use geo_types::MultiPolygon;

use super::PostGis;
use crate::{
    AreaQuery, BoundaryRecord, CoverageRow, DensityPoint, GapCursor, GapPage, HeldRow, LedgerRun,
    ProposalView, ReportRow, RunInfo, SealedWith, StoreError, StoredSource, SubmissionView,
    UnitShape, VillageDays, VillageShape,
    answers::{Answers as _, PersonalAnswers as _, PublicAnswers as _, cut_report},
    rows::people::FINDINGS_ROOM,
};

impl PostGis {
    pub(super) async fn read_latest_run(&self) -> Result<Option<RunInfo>, StoreError> {
        let rows = self.rows(include_str!("../sql/postgis/latest_run.sql")).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let sealed = SealedWith::of(self.boxed_maybe(row, "identity_key")?);
        self.run_info(row, sealed).map(Some)
    }

    pub(super) async fn read_runs(
        &self,
        before: i64,
        limit: u32,
    ) -> Result<Vec<LedgerRun>, StoreError> {
        let query = sqlx::query(include_str!("../sql/postgis/runs.sql"));
        let query = query.bind(before).bind(i64::from(limit));
        let rows = query.fetch_all(&self.pool).await.map_err(|e| self.failed(e))?;
        rows.iter().map(|row| self.ledger_run(row)).collect()
    }

    pub(super) async fn read_sources(&self) -> Result<Vec<StoredSource>, StoreError> {
        let rows = self.rows(include_str!("../sql/postgis/files.sql")).await?;
        rows.iter().map(|row| self.stored_source(row)).collect()
    }

    pub(super) async fn read_archive(&self, source: i64) -> Result<Vec<u8>, StoreError> {
        let parts: Vec<Vec<u8>> =
            sqlx::query_scalar("select data from source_archive where file = $1 order by part")
                .bind(source)
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.failed(e))?;
        if parts.is_empty() {
            return Err(self.corrupt("archive", format!("there is none of file {source}")));
        }
        Ok(parts.concat())
    }

    pub(super) async fn read_boundaries(&self) -> Result<Vec<BoundaryRecord>, StoreError> {
        let rows = self.rows(include_str!("../sql/postgis/boundaries.sql")).await?;
        rows.iter().map(|row| self.boundary(row)).collect()
    }

    pub(super) async fn read_masks(&self) -> Result<Vec<MultiPolygon<f64>>, StoreError> {
        let rows = self.rows("select st_asbinary(geom) as geom from masks order by fid").await?;
        rows.iter().filter_map(|row| self.shape(row, "geom").transpose()).collect()
    }

    pub(super) async fn read_decisions(&self) -> Result<Vec<Decision>, StoreError> {
        let mut c = self.reading().await?;
        let rows = sqlx::query(include_str!("../sql/postgis/decisions.sql"))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        rows.iter().map(|row| self.decision(row)).collect()
    }

    pub(super) async fn read_proposals(&self) -> Result<Vec<ProposalView>, StoreError> {
        let proposals = self.rows(include_str!("../sql/postgis/proposals.sql")).await?;
        let touched = self.rows(include_str!("../sql/postgis/proposal_rows.sql")).await?;
        self.proposals_with(&proposals, &touched)
    }

    pub(super) async fn read_verdicts(&self) -> Result<[u64; 4], StoreError> {
        let rows = self.rows(include_str!("../sql/postgis/verdicts.sql")).await?;
        rows.first().map_or(Ok([0; 4]), |row| self.verdict_counts(row))
    }

    /// How often each rule spoke in the run published last.
    pub(super) async fn read_rule_counts(&self) -> Result<Vec<(RuleCode, u64)>, StoreError> {
        let rows = self.rows("select code, findings from rules order by number").await?;
        rows.iter().map(|row| self.rule_count(row)).collect()
    }

    pub(super) async fn read_coverage(
        &self,
        query: &AreaQuery,
    ) -> Result<Vec<CoverageRow>, StoreError> {
        let mut c = self.reading().await?;
        let register = sqlx::query(include_str!("../sql/postgis/register.sql"))
            .bind(query.source.as_deref())
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(register) = register else { return Ok(Vec::new()) };
        let number: i64 = self.get(&register, "number")?;
        let on = query.on.map_or_else(|| self.parsed(&register, "closed_on"), Ok::<Date, _>)?;
        let period: Option<String> =
            sqlx::query_scalar(include_str!("../sql/postgis/coverage_period.sql"))
                .bind(number)
                .bind(on.to_string())
                .fetch_one(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        let rows = sqlx::query(include_str!("../sql/postgis/coverage.sql"))
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
        let mut c = self.reading().await?;
        let period: Option<String> =
            sqlx::query_scalar(include_str!("../sql/postgis/area_period.sql"))
                .bind(area.as_str())
                .fetch_one(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        let Some(period) = period else { return Ok(GapPage::default()) };
        let villages = sqlx::query(include_str!("../sql/postgis/gaps.sql"))
            .bind(area.as_str())
            .bind(period)
            .bind(after.map_or("", |a| a.village.as_str()))
            .bind(after.map_or(-1, |a| i16::from(a.rank)))
            .bind(after.map_or("", |a| &*a.household))
            .bind(i64::from(limit) + 1)
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.gaps_of(&villages, limit)
    }

    pub(super) async fn read_submission(
        &self,
        id: SubmissionId,
    ) -> Result<Option<SubmissionView>, StoreError> {
        let mut c = self.reading().await?;
        let row = sqlx::query(include_str!("../sql/postgis/submission.sql"))
            .bind(id.to_string())
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(row) = row else { return Ok(None) };
        let findings = sqlx::query(include_str!("../sql/postgis/findings.sql"))
            .bind(self.get::<i64>(&row, "fid")?)
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.submission_view(&row, self.parsed(&row, "place")?, &findings).map(Some)
    }

    /// Whole rows only, so that the next page can start after (file, row): a page ends before the row that would
    /// not fit, and is longer than `limit` only where a single row is.
    pub(super) async fn read_report(
        &self,
        file: Option<&str>,
        after: Option<(&str, u32)>,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StoreError> {
        let mut c = self.reading().await?;
        let files = sqlx::query(include_str!("../sql/postgis/report_files.sql"))
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
                Some(first) => sqlx::query(include_str!("../sql/postgis/report.sql"))
                    .bind(first)
                    .bind(self.get::<i64>(file, "last_fid")?),
                None => sqlx::query(include_str!("../sql/postgis/report_register.sql"))
                    .bind(self.get::<i64>(file, "id")?),
            };
            let query = query.bind(i64::from(row)).bind(i64::from(limit) + FINDINGS_ROOM);
            let rows = query.fetch_all(&mut *c).await.map_err(|e| self.failed(e))?;
            for row in &rows {
                found.push(self.report_row(name, kind, row)?);
            }
        }
        cut_report(&mut found, limit as usize);
        Ok(found)
    }

    pub(super) async fn read_held_rows(&self) -> Result<Vec<HeldRow>, StoreError> {
        let rows = self.rows(include_str!("../sql/postgis/held_rows.sql")).await?;
        rows.iter().map(|row| self.held_row(row)).collect()
    }

    pub(super) async fn read_unit_shapes(&self) -> Result<Vec<UnitShape>, StoreError> {
        let rows = self.rows(include_str!("../sql/postgis/unit_shapes.sql")).await?;
        rows.iter().map(|row| self.unit_shape(row)).collect()
    }

    pub(super) async fn read_village_shapes(&self) -> Result<Vec<VillageShape>, StoreError> {
        let rows = self.rows(include_str!("../sql/postgis/village_shapes.sql")).await?;
        rows.iter().map(|row| self.village_shape(row)).collect()
    }

    pub(super) async fn read_density_points(&self) -> Result<Vec<DensityPoint>, StoreError> {
        let rows = self.rows(include_str!("../sql/postgis/density.sql")).await?;
        self.density(&rows)
    }

    pub(super) async fn read_covered_by_day(&self) -> Result<Vec<VillageDays>, StoreError> {
        let rows = self.rows(include_str!("../sql/postgis/covered_by_day.sql")).await?;
        rows.iter().map(|row| self.village_days(row)).collect()
    }

    pub(super) async fn read_registers(&self) -> Result<Vec<RegisterInfo>, StoreError> {
        let sql = "select source, closed_on::text as closed_on, households from registers order by number";
        let rows = self.rows(sql).await?;
        rows.iter().map(|row| self.register(row)).collect()
    }
}
