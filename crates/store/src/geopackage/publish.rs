//! A run: one transaction that adds the files and replaces the layers.

use std::collections::HashMap;

use diachiso_model::{Published, Units};
use sqlx::{Row, SqliteConnection};

use super::{GeoPackage, layers, people, sink};
use crate::{NewRun, RunInfo, SealedWith, StoreError, UnitShape, geometry::Bounds};

/// Bytes of one row of the archive: 1 MiB, so that no reader needs more memory than that at once.
pub(super) const ARCHIVE_PART: usize = 1 << 20;
/// What the descriptions of layers say of boundaries that are none.
const SCHEMATIC_NOTE: &str = " · schematic boundaries · ranh giới giản lược";

/// What a run publishes.
pub(super) struct Run<'a> {
    pub(super) state: &'a Published,
    pub(super) units: &'a Units,
    pub(super) shapes: &'a [UnitShape],
    pub(super) new: &'a NewRun,
}

/// Where each layer lies.
pub(super) type Extents = Vec<(&'static str, Option<Bounds>)>;

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
        self.script(c, include_str!("../sql/layers.sql")).await?;
        let extents = self.fill(c, run, &files, progress).await?;
        let note = if run.shapes.iter().any(|s| s.schematic) { SCHEMATIC_NOTE } else { "" };
        sqlx::query(include_str!("../sql/contents.sql"))
            .bind(note)
            .execute(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.script(c, include_str!("../sql/geometry_columns.sql")).await?;
        for (layer, extent) in extents {
            self.set_extent(c, layer, extent).await?;
        }
        self.script(c, include_str!("../sql/indexes.sql")).await?;
        self.script(c, include_str!("../sql/triggers.sql")).await?;
        self.note_gone(c, replaced, &info).await?;
        self.forget_feature_counts(c).await?;
        self.script(c, "commit").await?;
        Ok(info)
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
        self.update_reports(c, run.state).await?;
        Ok(run.state.files.iter().map(|f| ids[&*f.hash]).collect())
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
    ) -> Result<(), StoreError> {
        self.script(c, include_str!("../sql/forget_reports.sql")).await?;
        let spans = people::spans(state);
        for (report, span) in state.files.iter().zip(spans) {
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

    async fn fill(
        &self,
        c: &mut SqliteConnection,
        run: &Run<'_>,
        files: &[i64],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Extents, StoreError> {
        let (sink, drain) = sink::channel();
        let (written, extents) = tokio::join!(drain.write(c, progress), async move {
            let mut extents = layers::fill(run, &sink).await?;
            extents.extend(people::fill(run, files, &sink).await?);
            Ok::<_, sink::Closed>(extents)
        });
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

/// BLAKE3 over the sorted hashes of the files.
fn inputs_hash(state: &Published) -> Box<str> {
    let mut hashes: Vec<&str> = state.files.iter().map(|f| &*f.hash).collect();
    hashes.sort_unstable();
    blake3::hash(hashes.join("\n").as_bytes()).to_hex().as_str().into()
}
