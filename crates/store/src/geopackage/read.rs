//! Reads: every question of the trait but the dump.

use std::str::FromStr;

use diachiso_model::{
    Date, HouseholdState, Level, LonLat, PovertyClass, RuleCode, Severity, SourceKind,
    SubmissionId, Tally, UnitCode, Verdict,
};
use geo_types::MultiPolygon;
use sqlx::{Decode, Row, Sqlite, SqliteConnection, Type, pool::PoolConnection, sqlite::SqliteRow};

use super::GeoPackage;
use crate::{
    AreaQuery, BoundaryRecord, CoverageRow, DensityPoint, FindingView, GapCursor, GapPage, GapRow,
    ReportRow, RunInfo, SealedWith, StoreError, StoredSource, SubmissionView, UnitShape,
    VillageShape, geometry,
};

/// Most findings of one row; a page of the report has room for one row more than asked.
const ROW_ROOM: i64 = super::people::FINDINGS_ROOM;

impl GeoPackage {
    /// A column of a row.
    pub(super) fn get<'r, T>(&self, row: &'r SqliteRow, column: &str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        row.try_get(column).map_err(|e| self.failed(e))
    }

    pub(super) fn parsed<T>(&self, row: &SqliteRow, column: &'static str) -> Result<T, StoreError>
    where
        T: FromStr<Err: ToString>,
    {
        self.get::<&str>(row, column)?.parse().map_err(|e: T::Err| self.corrupt(column, e))
    }

    pub(super) fn parsed_maybe<T>(
        &self,
        row: &SqliteRow,
        column: &'static str,
    ) -> Result<Option<T>, StoreError>
    where
        T: FromStr<Err: ToString>,
    {
        let text: Option<&str> = self.get(row, column)?;
        text.map(|t| t.parse().map_err(|e: T::Err| self.corrupt(column, e))).transpose()
    }

    /// A value that is stored by its stable name.
    pub(super) fn keyed<T>(
        &self,
        row: &SqliteRow,
        column: &'static str,
        from: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let key: &str = self.get(row, column)?;
        from(key).ok_or_else(|| self.corrupt(column, format!("`{key}` is unknown")))
    }

    pub(super) fn boxed(&self, row: &SqliteRow, column: &str) -> Result<Box<str>, StoreError> {
        self.get::<&str>(row, column).map(Into::into)
    }

    pub(super) fn boxed_maybe(
        &self,
        row: &SqliteRow,
        column: &str,
    ) -> Result<Option<Box<str>>, StoreError> {
        self.get::<Option<&str>>(row, column).map(|t| t.map(Into::into))
    }

    /// The shape in a blob; `None` without one.
    pub(super) fn shape(
        &self,
        blob: Option<&[u8]>,
    ) -> Result<Option<MultiPolygon<f64>>, StoreError> {
        let shape = blob.map(geometry::read_shape).transpose();
        shape.map(Option::flatten).map_err(|e| self.corrupt("shape", e))
    }

    /// The point in a blob; `None` without one.
    pub(super) fn point(&self, blob: Option<&[u8]>) -> Result<Option<LonLat>, StoreError> {
        blob.map(geometry::read_point).transpose().map_err(|e| self.corrupt("point", e))
    }

    pub(super) async fn rows(&self, sql: &'static str) -> Result<Vec<SqliteRow>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(Vec::new()) };
        sqlx::query(sql).fetch_all(&mut *c).await.map_err(|e| self.failed(e))
    }

    /// Whether a run was ever published; before, only boundaries, masks and the like exist.
    async fn published(&self, c: &mut SqliteConnection) -> Result<bool, StoreError> {
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
        Ok(self.published(&mut c).await?.then_some(c))
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
        Ok(Some(RunInfo {
            number: self.get(row, "number")?,
            committed_at: self.boxed(row, "committed_at")?,
            rule_version: self.get(row, "rule_version")?,
            profile: self.parsed(row, "profile")?,
            today: self.parsed(row, "today")?,
            inputs_hash: self.boxed(row, "inputs_hash")?,
            guard: self.parsed_maybe(row, "guard")?,
            sealed: match self.boxed_maybe(row, "identity_key")? {
                None => self.sealed_of_old(&mut c).await?,
                key => SealedWith::of(key),
            },
        }))
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
        let source = |row: &SqliteRow| {
            Ok(StoredSource {
                id: self.get(row, "id")?,
                name: self.boxed(row, "name")?,
                hash: self.boxed(row, "hash")?,
                bytes: self.get::<i64>(row, "bytes")?.cast_unsigned(),
                kind: self.keyed(row, "kind", SourceKind::from_key)?,
                run: self.get(row, "run")?,
                loaded_at: self.boxed(row, "loaded_at")?,
                legal_basis: self.boxed_maybe(row, "legal_basis")?,
                mapping: self.boxed_maybe(row, "mapping")?,
            })
        };
        rows.iter().map(source).collect()
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
        let boundary = |row: &SqliteRow| {
            Ok(BoundaryRecord {
                code: self.parsed(row, "code")?,
                valid_from: self.parsed(row, "valid_from")?,
                shape: self.shape(self.get(row, "geom")?)?.unwrap_or(MultiPolygon(Vec::new())),
                origin: self.boxed(row, "origin")?,
                schematic: self.get(row, "schematic")?,
            })
        };
        rows.iter().map(boundary).collect()
    }

    pub(super) async fn read_masks(&self) -> Result<Vec<MultiPolygon<f64>>, StoreError> {
        let rows = self.rows("select geom from masks order by fid").await?;
        let mask = |row: &SqliteRow| self.shape(self.get(row, "geom")?);
        rows.iter().filter_map(|row| mask(row).transpose()).collect()
    }

    pub(super) async fn read_coverage(
        &self,
        query: &AreaQuery,
    ) -> Result<Vec<CoverageRow>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(Vec::new()) };
        if !self.published(&mut c).await? {
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
        let rows = sqlx::query(include_str!("../sql/coverage.sql"))
            .bind(number)
            .bind(period)
            .bind(query.level.as_str())
            .bind(query.within.as_ref().map(UnitCode::as_str))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        rows.iter().map(|row| self.coverage_row(row)).collect()
    }

    fn coverage_row(&self, row: &SqliteRow) -> Result<CoverageRow, StoreError> {
        Ok(CoverageRow {
            code: self.parsed(row, "code")?,
            level: self.keyed(row, "level", Level::from_key)?,
            name: self.boxed(row, "name")?,
            parent: self.parsed_maybe(row, "parent")?,
            period: self.parsed(row, "period")?,
            source: self.boxed(row, "source")?,
            closed_on: self.parsed(row, "closed_on")?,
            tally: self.tally(row)?,
        })
    }

    fn tally(&self, row: &SqliteRow) -> Result<Tally, StoreError> {
        let count = |column: &str| self.get::<i64>(row, column).map(i64::cast_unsigned);
        let mut tally = Tally {
            outside_list: count("outside_list")?,
            persons: count("persons")?,
            persons_covered: count("persons_covered")?,
            poor: count("poor")?,
            poor_covered: count("poor_covered")?,
            near_poor: count("near_poor")?,
            near_poor_covered: count("near_poor_covered")?,
            ..Tally::default()
        };
        for state in HouseholdState::ALL {
            tally.states[state as usize] = count(state.as_str())?;
        }
        let classes = ["by_class_a", "by_class_b", "by_class_c", "by_class_d", "by_class_e"];
        for (class, column) in tally.by_class.iter_mut().zip(classes) {
            *class = count(column)?;
        }
        Ok(tally)
    }

    pub(super) async fn read_gaps(
        &self,
        area: &UnitCode,
        after: Option<&GapCursor>,
        limit: u32,
    ) -> Result<GapPage, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(GapPage::default()) };
        if !self.published(&mut c).await? {
            return Ok(GapPage::default());
        }
        let period: Option<String> = sqlx::query_scalar(include_str!("../sql/area_period.sql"))
            .bind(area.as_str())
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(period) = period else { return Ok(GapPage::default()) };
        let rows = sqlx::query(include_str!("../sql/gaps.sql"))
            .bind(area.as_str())
            .bind(period)
            .bind(after.map_or("", |a| a.village.as_str()))
            .bind(after.map_or(-1, |a| i64::from(a.rank)))
            .bind(after.map_or("", |a| &*a.household))
            .bind(i64::from(limit) + 1)
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let more = rows.len() > limit as usize;
        let shown = &rows[..rows.len().min(limit as usize)];
        let page = shown.iter().map(|row| self.gap_row(row)).collect::<Result<Vec<_>, _>>()?;
        let next = match (more, shown.last(), page.last()) {
            (true, Some(row), Some(gap)) => Some(GapCursor {
                village: gap.village.clone(),
                rank: self.get(row, "rank")?,
                household: gap.household.clone(),
            }),
            _ => None,
        };
        Ok(GapPage { rows: page, next })
    }

    fn gap_row(&self, row: &SqliteRow) -> Result<GapRow, StoreError> {
        let poverty = |key: &str| {
            let all = [PovertyClass::None, PovertyClass::NearPoor, PovertyClass::Poor];
            all.into_iter().find(|p| p.as_str() == key)
        };
        let reasons: &str = self.get(row, "reasons")?;
        let reasons = reasons.split_ascii_whitespace().map(RuleCode::from_str);
        Ok(GapRow {
            household: self.boxed(row, "household")?,
            source: self.boxed(row, "source")?,
            head: self.boxed(row, "head")?,
            address: self.boxed(row, "address")?,
            village: self.parsed(row, "village")?,
            village_name: self.boxed(row, "village_name")?,
            commune: self.parsed(row, "commune")?,
            commune_name: self.boxed(row, "commune_name")?,
            members: self.get(row, "members")?,
            poverty: self.keyed(row, "poverty", poverty)?,
            state: self.keyed(row, "state", HouseholdState::from_key)?,
            submission: self.parsed_maybe(row, "submission")?,
            reasons: reasons.collect::<Result<_, _>>().map_err(|e| self.corrupt("reasons", e))?,
            suggested: self.point(self.get(row, "geom")?)?,
        })
    }

    pub(super) async fn read_submission(
        &self,
        id: SubmissionId,
    ) -> Result<Option<SubmissionView>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(None) };
        if !self.published(&mut c).await? {
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
        let findings = findings.iter().map(|f| self.finding(f)).collect::<Result<_, _>>()?;
        // A run of an older program did not tell places.
        let place = if self.tells_places(&mut c).await? {
            self.place_of(&mut c, &id.to_string()).await?
        } else {
            self.parsed_maybe(&row, "master")?
        };
        self.submission_view(&row, place.unwrap_or(id), findings).map(Some)
    }

    fn submission_view(
        &self,
        row: &SqliteRow,
        place: SubmissionId,
        mut findings: Vec<FindingView>,
    ) -> Result<SubmissionView, StoreError> {
        let bits: Option<f64> = self.get(row, "bits")?;
        let household = self.boxed_maybe(row, "household")?;
        // The link itself is the finding R01; it is not kept twice.
        findings.extend(household.as_ref().map(|id| FindingView {
            code: RuleCode::R01,
            severity: RuleCode::R01.rule().severity,
            field: None,
            original: id.clone(),
            replacement: None,
        }));
        findings.sort_by_key(|f| f.code);
        Ok(SubmissionView {
            id: self.parsed(row, "id")?,
            file: self.boxed(row, "file")?,
            row: self.get(row, "row")?,
            verdict: self.keyed(row, "verdict", Verdict::from_key)?,
            master: self.parsed_maybe(row, "master")?,
            place,
            household: household.zip(bits.map(|b| b as f32)),
            head: self.boxed(row, "head")?,
            code: self.boxed(row, "code")?,
            address: self.boxed(row, "address")?,
            village: self.boxed(row, "village_text")?,
            commune: self.parsed_maybe(row, "commune")?,
            phone: self.get::<Option<i64>>(row, "phone")?.map(i64::cast_unsigned),
            members: self.get(row, "members")?,
            point: self.point(self.get(row, "geom")?)?,
            precision: self.boxed_maybe(row, "precision")?,
            collected_on: self.parsed_maybe(row, "collected_on")?,
            collector: self.boxed(row, "collector")?,
            findings,
        })
    }

    fn finding(&self, row: &SqliteRow) -> Result<FindingView, StoreError> {
        Ok(FindingView {
            code: self.parsed(row, "code")?,
            severity: self.keyed(row, "severity", Severity::from_letter)?,
            field: self.boxed_maybe(row, "field")?,
            original: self.boxed(row, "original")?,
            replacement: self.boxed_maybe(row, "replacement")?,
        })
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
        // Files of one name count as one.
        found.sort_by(|a, b| {
            (&a.file, a.row, a.finding.code).cmp(&(&b.file, b.row, b.finding.code))
        });
        found.truncate(whole_rows(&found, limit as usize));
        Ok(found)
    }

    fn report_row(
        &self,
        file: &str,
        kind: SourceKind,
        row: &SqliteRow,
    ) -> Result<ReportRow, StoreError> {
        Ok(ReportRow {
            file: file.into(),
            kind,
            row: self.get(row, "row")?,
            verdict: self.keyed(row, "verdict", Verdict::from_key)?,
            finding: self.finding(row)?,
        })
    }

    pub(super) async fn read_unit_shapes(&self) -> Result<Vec<UnitShape>, StoreError> {
        let sql = "select geom, code, level, name, period, schematic from units order by fid";
        let rows = self.layer_rows(sql).await?;
        let unit = |row: &SqliteRow| {
            Ok(UnitShape {
                code: self.parsed(row, "code")?,
                level: self.keyed(row, "level", Level::from_key)?,
                name: self.boxed(row, "name")?,
                period: self.parsed(row, "period")?,
                shape: self.shape(self.get(row, "geom")?)?.unwrap_or(MultiPolygon(Vec::new())),
                schematic: self.get(row, "schematic")?,
            })
        };
        rows.iter().map(unit).collect()
    }

    pub(super) async fn read_village_shapes(&self) -> Result<Vec<VillageShape>, StoreError> {
        // All columns: stores of older programs lack the last ones.
        let rows = self.layer_rows("select * from villages order by fid").await?;
        let village = |row: &SqliteRow| {
            Ok(VillageShape {
                code: self.parsed(row, "code")?,
                name: self.boxed(row, "name")?,
                shape: self.shape(self.get(row, "geom")?)?,
                confidence: row.try_get("confidence").unwrap_or(0.0),
            })
        };
        rows.iter().map(village).collect()
    }

    pub(super) async fn read_density_points(&self) -> Result<Vec<DensityPoint>, StoreError> {
        let rows = self.layer_rows(include_str!("../sql/density.sql")).await?;
        let point = |row: &SqliteRow| self.point(self.get(row, "geom")?);
        rows.iter().filter_map(|row| point(row).transpose()).collect()
    }
}

/// How many of the rows make whole rows of files within the limit, at least one.
fn whole_rows(rows: &[ReportRow], limit: usize) -> usize {
    if rows.len() <= limit {
        return rows.len();
    }
    let at = |r: &ReportRow| (r.file.clone(), r.row);
    let cut = at(&rows[limit]);
    let before = rows[..limit].iter().rposition(|r| at(r) != cut).map(|i| i + 1);
    before.unwrap_or_else(|| rows.iter().position(|r| at(r) != cut).unwrap_or(rows.len()))
}
