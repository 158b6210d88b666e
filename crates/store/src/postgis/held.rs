//! Held batches: kept with their rows until they are settled, and on record for ever.

use diachiso_model::{Decision, FileReport, Timestamp};
use sqlx::PgConnection;

use super::PostGis;
use crate::{
    HeldBatch, NewHeld, NewSource, StoreError,
    answers::{Answers as _, PublicAnswers as _},
    rows::ARCHIVE_PART,
};

impl PostGis {
    pub(super) async fn write_held(&self, batch: &NewHeld) -> Result<i64, StoreError> {
        let mut t = self.begin().await?;
        let id: i64 = sqlx::query_scalar(include_str!("../sql/postgis/insert_held_batch.sql"))
            .bind(Timestamp::now().to_string())
            .bind(batch.after_run)
            .bind(batch.reasons.join("\n"))
            .bind(batch.profile.as_str())
            .bind(batch.today.to_string())
            .bind(batch.guard.to_string())
            .bind(batch.key.as_deref().unwrap_or_default())
            .fetch_one(&mut *t)
            .await
            .map_err(|e| self.failed(e))?;
        for (source, report) in &batch.files {
            self.insert_held_file(&mut t, id, source, report).await?;
        }
        self.commit(t).await?;
        Ok(id)
    }

    async fn insert_held_file(
        &self,
        c: &mut PgConnection,
        batch: i64,
        source: &NewSource,
        report: &FileReport,
    ) -> Result<(), StoreError> {
        // Two people may hand in one file at a time; the second is told.
        let twin: Option<i64> = sqlx::query_scalar(include_str!("../sql/postgis/held_twin.sql"))
            .bind(&*source.hash)
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        if let Some(batch) = twin {
            let (path, file) = (self.name.clone(), source.name.clone());
            return Err(StoreError::HeldAlready { path, file, batch });
        }
        let mut query = sqlx::query_scalar(include_str!("../sql/postgis/insert_held_file.sql"))
            .bind(batch)
            .bind(&*source.name)
            .bind(&*source.hash)
            .bind(source.bytes.cast_signed())
            .bind(source.kind.as_str())
            .bind(source.legal_basis.as_deref())
            .bind(source.mapping.as_deref())
            .bind(report.dropped_columns.join("\n"))
            .bind(report.rows_read.cast_signed());
        for count in report.verdicts {
            query = query.bind(count.cast_signed());
        }
        let file: i64 = query
            .bind(report.skipped.cast_signed())
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.insert_held_archive(c, file, &source.archive).await
    }

    async fn insert_held_archive(
        &self,
        c: &mut PgConnection,
        file: i64,
        archive: &[u8],
    ) -> Result<(), StoreError> {
        for (part, data) in (0_i64..).zip(archive.chunks(ARCHIVE_PART)) {
            sqlx::query("insert into held_archive (file, part, data) values ($1, $2, $3)")
                .bind(file)
                .bind(part)
                .bind(data)
                .execute(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    /// What was there goes when the server vacuums the table.
    pub(super) async fn write_held_archives(
        &self,
        archives: &[(i64, Vec<u8>)],
    ) -> Result<(), StoreError> {
        let mut t = self.begin().await?;
        for (file, archive) in archives {
            sqlx::query("delete from held_archive where file = $1")
                .bind(file)
                .execute(&mut *t)
                .await
                .map_err(|e| self.failed(e))?;
            self.insert_held_archive(&mut t, *file, archive).await?;
        }
        self.commit(t).await
    }

    /// The rows are deleted; what is left of them in pages of the server goes when it vacuums the table.
    pub(super) async fn write_discarded(
        &self,
        batch: i64,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let mut t = self.begin().await?;
        self.settle(&mut t, batch, None, decision).await?;
        self.commit(t).await
    }

    /// Notes how a batch was settled, and lets go of its rows: they are among the files of the run then, or not wanted.
    pub(super) async fn settle(
        &self,
        c: &mut PgConnection,
        batch: i64,
        run: Option<i64>,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let settled = sqlx::query(include_str!("../sql/postgis/settle_held.sql"))
            .bind(if run.is_some() { "released" } else { "discarded" })
            .bind(decision.by())
            .bind(decision.at().to_string())
            .bind(decision.why())
            .bind(run)
            .bind(batch)
            .execute(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        if settled.rows_affected() != 1 {
            return Err(StoreError::NotHeld { path: self.name.clone(), batch });
        }
        sqlx::query(include_str!("../sql/postgis/forget_held.sql"))
            .bind(batch)
            .execute(&mut *c)
            .await
            .map(drop)
            .map_err(|e| self.failed(e))
    }

    pub(super) async fn read_held(&self) -> Result<Vec<HeldBatch>, StoreError> {
        let batches = self.rows(include_str!("../sql/postgis/held_batches.sql")).await?;
        let files = self.rows(include_str!("../sql/held_files.sql")).await?;
        self.held_batches(&batches, &files)
    }

    pub(super) async fn read_held_archive(&self, file: i64) -> Result<Vec<u8>, StoreError> {
        let parts: Vec<Vec<u8>> =
            sqlx::query_scalar("select data from held_archive where file = $1 order by part")
                .bind(file)
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.failed(e))?;
        if parts.is_empty() {
            return Err(self.corrupt("archive", format!("there is none of held file {file}")));
        }
        Ok(parts.concat())
    }
}
