//! A run: one transaction that adds the files and brings the published rows up to date.

use std::collections::HashMap;

use diachiso_model::{Published, SourceKind};
use sqlx::{PgConnection, Row as _};

use super::{PostGis, drain, migrate};
use crate::{
    RunChanges, RunInfo, SealedWith, StoreError,
    answers::{Answers as _, PublicAnswers as _},
    rows::{self, ARCHIVE_PART, LAYOUT, Run, delta::Parts, inputs_hash, people, sink},
};

/// What the planner has to know about, after all rows were written.
pub(crate) const ANALYZE: &str =
    "analyze units, villages, coverage, gaps, submissions, findings, households, areas, proposals";

impl PostGis {
    pub(super) async fn write_run(
        &self,
        run: &Run<'_>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<RunInfo, StoreError> {
        let mut t = self.begin().await?;
        let c = &mut *t;
        self.insert_decisions(c, run.state).await?;
        let info = self.insert_run(c, run).await?;
        let replaced = self.remember(c, run.state, &info).await?;
        let files = self.insert_files(c, run, &info).await?;
        if let Some(release) = &run.new.releases {
            self.settle(c, release.batch, Some(info.number), &release.decision).await?;
        }
        let before =
            if replaced.registers || run.new.full { None } else { self.digests(c).await? };
        let everything = before.is_none();
        if everything {
            self.script(c, include_str!("../sql/postgis/clear.sql")).await?;
        }
        self.fill(c, run, (&files, before), progress).await?;
        self.note_gone(c, replaced, &info).await?;
        if everything {
            self.script(c, ANALYZE).await?;
        }
        self.commit(t).await?;
        Ok(info)
    }

    pub(crate) async fn script(
        &self,
        c: &mut PgConnection,
        sql: &'static str,
    ) -> Result<(), StoreError> {
        sqlx::raw_sql(sql).execute(c).await.map(drop).map_err(|e| self.failed(e))
    }

    async fn insert_run(&self, c: &mut PgConnection, run: &Run<'_>) -> Result<RunInfo, StoreError> {
        let number: i64 = sqlx::query_scalar("select coalesce(max(number), 0) + 1 from runs")
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        if run.new.after.is_some_and(|after| after + 1 != number) {
            return Err(StoreError::Overtaken { path: self.name.clone() });
        }
        let info = RunInfo {
            number,
            // To the microsecond, which is what the database keeps.
            committed_at: format!("{:.6}", jiff::Timestamp::now()).into(),
            rule_version: run.state.rule_version,
            profile: run.state.profile,
            today: run.state.today,
            inputs_hash: inputs_hash(run.state),
            guard: Some(run.new.guard),
            sealed: SealedWith::of(run.new.key.clone()),
        };
        sqlx::query(include_str!("../sql/postgis/insert_run.sql"))
            .bind(info.number)
            .bind(&*info.committed_at)
            .bind(i64::from(info.rule_version))
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

    /// Adds the decisions that the state rests on and that are not on record yet.
    async fn insert_decisions(
        &self,
        c: &mut PgConnection,
        state: &Published,
    ) -> Result<(), StoreError> {
        let rows = sqlx::query(include_str!("../sql/postgis/decisions.sql"))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let known = rows.iter().map(|row| self.decision(row)).collect::<Result<Vec<_>, _>>()?;
        // Somebody else decided while this run was at work: its state does not know of that.
        if !state.decisions.starts_with(&known) {
            return Err(StoreError::Overtaken { path: self.name.clone() });
        }
        for (number, d) in (1_i64..).zip(&state.decisions).skip(known.len()) {
            sqlx::query(include_str!("../sql/postgis/insert_decision.sql"))
                .bind(number)
                .bind(d.kind().as_str())
                .bind(d.target())
                .bind(d.choice().as_str())
                .bind(d.by())
                .bind(d.at().to_string())
                .bind(d.why())
                .execute(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    /// Adds the files with their archives, notes what came out of each, and answers with the numbers of
    /// [`Published::files`].
    async fn insert_files(
        &self,
        c: &mut PgConnection,
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
            sqlx::query(include_str!("../sql/postgis/insert_file.sql"))
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
        c: &mut PgConnection,
        file: i64,
        archive: &[u8],
    ) -> Result<(), StoreError> {
        sqlx::query("delete from source_archive where file = $1")
            .bind(file)
            .execute(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        for (part, data) in (0_i64..).zip(archive.chunks(ARCHIVE_PART)) {
            sqlx::query("insert into source_archive (file, part, data) values ($1, $2, $3)")
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
        c: &mut PgConnection,
        state: &Published,
        files: &[i64],
    ) -> Result<(), StoreError> {
        self.script(c, include_str!("../sql/forget_reports.sql")).await?;
        for (report, file) in state.files.iter().zip(files) {
            let span = (report.kind == SourceKind::Submissions).then(|| people::span(*file));
            let mut query = sqlx::query(include_str!("../sql/postgis/update_file.sql"))
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
    async fn digests(&self, c: &mut PgConnection) -> Result<Option<Parts>, StoreError> {
        let sql = "select layer, part, data from digests order by layer, part";
        let rows = sqlx::query(sql).fetch_all(c).await.map_err(|e| self.failed(e))?;
        let mut parts = Parts::new();
        for row in &rows {
            let part = (row.get("part"), row.get("data"));
            parts.entry(row.get("layer")).or_default().push(part);
        }
        let same = parts.remove(LAYOUT).is_some_and(|l| l == [(0, migrate::layout().to_vec())]);
        Ok(same.then_some(parts))
    }

    async fn fill(
        &self,
        c: &mut PgConnection,
        run: &Run<'_>,
        (files, before): (&[i64], Option<Parts>),
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), StoreError> {
        let (sink, jobs) = sink::channel(sink::Target::Postgres);
        let layout = migrate::layout();
        let (written, filled) = tokio::join!(
            drain::write(jobs, c, progress),
            rows::fill(run, files, (before, &layout), sink)
        );
        written.map_err(|e| self.failed(e))?;
        filled.map(drop).map_err(|sink::Closed| self.corrupt("run", "the writer stopped early"))
    }
}
