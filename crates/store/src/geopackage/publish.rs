//! A run: one transaction that adds the files and replaces the layers.

use std::collections::HashMap;

use diachiso_model::{Published, SourceKind};
use sqlx::{Row, SqliteConnection};

use super::{GeoPackage, drain};
use crate::{
    RunChanges, RunInfo, SealedWith, StoreError,
    answers::Answers as _,
    geometry::Bounds,
    rows::{self, ARCHIVE_PART, Extents, LAYOUT, Run, delta::Parts, inputs_hash, people, sink},
};

/// What the descriptions of layers say of boundaries that are none.
const SCHEMATIC_NOTE: &str = " · schematic boundaries · ranh giới giản lược";

/// The tables that runs fill.
pub(crate) const LAYERS: &str = include_str!("../sql/layers.sql");

pub(crate) fn layout_digest() -> Vec<u8> {
    blake3::hash(LAYERS.as_bytes()).as_bytes().to_vec()
}

impl GeoPackage {
    pub(super) async fn write_run(
        &self,
        run: &Run<'_>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<RunInfo, StoreError> {
        let mut c = self.writer().await?;
        let result = self.transaction(&mut c, run, progress).await;
        self.finish(c, result).await
    }

    async fn transaction(
        &self,
        c: &mut SqliteConnection,
        run: &Run<'_>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<RunInfo, StoreError> {
        self.begin(c).await?;
        self.insert_decisions(c, run.state).await?;
        let info = self.insert_run(c, run).await?;
        let replaced = self.remember(c, run.state, &info).await?;
        let files = self.insert_files(c, run, &info).await?;
        if let Some(release) = &run.new.releases {
            self.settle(c, release.batch, Some(info.number), &release.decision).await?;
        }
        let before =
            if replaced.registers || run.new.full { None } else { self.digests(c).await? };
        match &before {
            None => self.script(c, LAYERS).await?,
            Some(_) => self.script(c, include_str!("../sql/drop_triggers.sql")).await?,
        }
        let extents = self.fill(c, run, (&files, before), progress).await?;
        self.name_layers(c, run.shapes.iter().any(|s| s.schematic), &extents).await?;
        self.note_gone(c, replaced, &info).await?;
        self.forget_feature_counts(c).await?;
        self.script(c, "commit").await?;
        Ok(info)
    }

    /// Tells other programs which layers there are and where they lie, and makes what finds rows in them.
    pub(crate) async fn name_layers(
        &self,
        c: &mut SqliteConnection,
        schematic: bool,
        extents: &[(&'static str, Option<Bounds>)],
    ) -> Result<(), StoreError> {
        sqlx::query(include_str!("../sql/contents.sql"))
            .bind(if schematic { SCHEMATIC_NOTE } else { "" })
            .execute(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.script(c, include_str!("../sql/geometry_columns.sql")).await?;
        for (layer, extent) in extents {
            self.set_extent(c, layer, *extent).await?;
        }
        self.script(c, include_str!("../sql/indexes.sql")).await?;
        self.script(c, include_str!("../sql/triggers.sql")).await
    }

    /// Whether the tables that runs fill are those of this program.
    pub(crate) async fn is_laid_out_as_known(
        &self,
        c: &mut SqliteConnection,
    ) -> Result<bool, StoreError> {
        Ok(self.schema_version(c).await? == super::file::SCHEMA_VERSION
            && self.digests(c).await?.is_some())
    }

    async fn insert_run(
        &self,
        c: &mut SqliteConnection,
        run: &Run<'_>,
    ) -> Result<RunInfo, StoreError> {
        let number: i64 = sqlx::query_scalar("select coalesce(max(number), 0) + 1 from runs")
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        if run.new.after.is_some_and(|after| after + 1 != number) {
            return Err(StoreError::Overtaken { path: self.name.clone() });
        }
        let info = RunInfo {
            number,
            committed_at: jiff::Timestamp::now().to_string().into(),
            rule_version: run.state.rule_version,
            profile: run.state.profile,
            today: run.state.today,
            inputs_hash: inputs_hash(run.state),
            guard: Some(run.new.guard),
            sealed: SealedWith::of(run.new.key.clone()),
        };
        sqlx::query(include_str!("../sql/insert_run.sql"))
            .bind(info.number)
            .bind(&*info.committed_at)
            .bind(info.rule_version)
            .bind(run.state.profile.as_str())
            .bind(&*info.inputs_hash)
            .bind(run.state.today.to_string())
            .bind(run.new.guard.to_string())
            .bind(run.new.key.as_deref().unwrap_or_default())
            .bind(run.new.changes.as_ref().map(RunChanges::text))
            .execute(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(info)
    }

    /// Adds the files with their archives, notes what came out of each, and answers with the numbers of
    /// [`Published::files`].
    async fn insert_files(
        &self,
        c: &mut SqliteConnection,
        run: &Run<'_>,
        info: &RunInfo,
    ) -> Result<Vec<i64>, StoreError> {
        let new = run.new.sources.iter().map(|s| {
            let told = (s.legal_basis.as_deref(), s.mapping.as_deref());
            (&s.name, &s.hash, s.bytes, s.kind, told)
        });
        let reported =
            run.state.files.iter().map(|f| (&f.name, &f.hash, f.bytes, f.kind, (None, None)));
        for (name, hash, bytes, kind, (legal_basis, mapping)) in new.chain(reported) {
            sqlx::query(include_str!("../sql/insert_file.sql"))
                .bind(&**name)
                .bind(&**hash)
                .bind(bytes.cast_signed())
                .bind(kind.as_str())
                .bind(info.number)
                .bind(&*info.committed_at)
                .bind(legal_basis)
                .bind(mapping)
                .execute(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        }
        let rows = sqlx::query("select hash, id from files")
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let ids: HashMap<String, i64> = rows.iter().map(|r| (r.get(0), r.get(1))).collect();
        for source in &run.new.sources {
            self.insert_archive(c, ids[&*source.hash], &source.archive).await?;
        }
        for (hash, archive) in &run.new.erased {
            if let Some(file) = ids.get(&**hash) {
                self.insert_archive(c, *file, archive).await?;
            }
        }
        let files: Vec<i64> = run.state.files.iter().map(|f| ids[&*f.hash]).collect();
        self.update_reports(c, run.state, &files).await?;
        Ok(files)
    }

    async fn insert_archive(
        &self,
        c: &mut SqliteConnection,
        file: i64,
        archive: &[u8],
    ) -> Result<(), StoreError> {
        sqlx::query("delete from source_archive where file = ?")
            .bind(file)
            .execute(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        for (part, data) in (0_i64..).zip(archive.chunks(ARCHIVE_PART)) {
            sqlx::query("insert into source_archive (file, part, data) values (?, ?, ?)")
                .bind(file)
                .bind(part)
                .bind(data)
                .execute(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    async fn update_reports(
        &self,
        c: &mut SqliteConnection,
        state: &Published,
        files: &[i64],
    ) -> Result<(), StoreError> {
        self.script(c, include_str!("../sql/forget_reports.sql")).await?;
        for (report, file) in state.files.iter().zip(files) {
            let span = (report.kind == SourceKind::Submissions).then(|| people::span(*file));
            let mut query = sqlx::query(include_str!("../sql/update_file.sql"))
                .bind(report.rows_read.cast_signed());
            for count in report.verdicts {
                query = query.bind(count.cast_signed());
            }
            query
                .bind(report.skipped.cast_signed())
                .bind(span.map(|s| s.0))
                .bind(span.map(|s| s.1))
                .bind(report.dropped_columns.join("; "))
                .bind(&*report.hash)
                .execute(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    /// Digests of the run before, where it laid its tables out as this program does.
    async fn digests(&self, c: &mut SqliteConnection) -> Result<Option<Parts>, StoreError> {
        if !self.has_table(c, "digests").await? {
            return Ok(None);
        }
        let sql = "select layer, part, data from digests order by layer, part";
        let rows = sqlx::query(sql).fetch_all(c).await.map_err(|e| self.failed(e))?;
        let mut parts = Parts::new();
        for row in &rows {
            let part = (row.get("part"), row.get("data"));
            parts.entry(row.get("layer")).or_default().push(part);
        }
        let same = parts.remove(LAYOUT).is_some_and(|l| l == [(0, layout_digest())]);
        Ok(same.then_some(parts))
    }

    async fn fill(
        &self,
        c: &mut SqliteConnection,
        run: &Run<'_>,
        (files, before): (&[i64], Option<Parts>),
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Extents, StoreError> {
        let (sink, jobs) = sink::channel(sink::Target::Sqlite);
        let layout = layout_digest();
        let (written, extents) = tokio::join!(
            drain::write(jobs, c, progress),
            rows::fill(run, files, (before, &layout), sink)
        );
        written.map_err(|e| self.failed(e))?;
        extents.map_err(|sink::Closed| self.corrupt("run", "the writer stopped early"))
    }

    /// GDAL keeps counts of features in a table of its own, where it has made one; after a run they are stale.
    async fn forget_feature_counts(&self, c: &mut SqliteConnection) -> Result<(), StoreError> {
        let sql = "select count(*) from sqlite_master where name = 'gpkg_ogr_contents'";
        let there: i64 =
            sqlx::query_scalar(sql).fetch_one(&mut *c).await.map_err(|e| self.failed(e))?;
        if there == 0 {
            return Ok(());
        }
        self.script(c, "update gpkg_ogr_contents set feature_count = null").await
    }
}
