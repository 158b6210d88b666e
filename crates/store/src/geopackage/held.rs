//! Held batches: kept with their rows until they are settled, and on record for ever.

use diachiso_model::{Decision, FileReport, Timestamp};
use sqlx::SqliteConnection;

use super::GeoPackage;
use crate::{
    HeldBatch, NewHeld, NewSource, StoreError,
    answers::{Answers as _, PublicAnswers as _},
    rows::ARCHIVE_PART,
};

impl GeoPackage {
    pub(super) async fn write_held(&self, batch: &NewHeld) -> Result<i64, StoreError> {
        let mut c = self.writer().await?;
        let result = self.insert_held(&mut c, batch).await;
        self.finish(c, result).await
    }

    async fn insert_held(
        &self,
        c: &mut SqliteConnection,
        batch: &NewHeld,
    ) -> Result<i64, StoreError> {
        self.begin(c).await?;
        let id: i64 = sqlx::query_scalar(include_str!("../sql/insert_held_batch.sql"))
            .bind(Timestamp::now().to_string())
            .bind(batch.after_run)
            .bind(batch.reasons.join("\n"))
            .bind(batch.profile.as_str())
            .bind(batch.today.to_string())
            .bind(batch.guard.to_string())
            .bind(batch.key.as_deref().unwrap_or_default())
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        for (source, report) in &batch.files {
            self.insert_held_file(c, id, source, report).await?;
        }
        self.script(c, "commit").await?;
        Ok(id)
    }

    async fn insert_held_file(
        &self,
        c: &mut SqliteConnection,
        batch: i64,
        source: &NewSource,
        report: &FileReport,
    ) -> Result<(), StoreError> {
        // Two people may hand in one file at a time; the second is told.
        let twin: Option<i64> = sqlx::query_scalar(include_str!("../sql/held_twin.sql"))
            .bind(&*source.hash)
            .fetch_optional(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        if let Some(batch) = twin {
            let (path, file) = (self.name.clone(), source.name.clone());
            return Err(StoreError::HeldAlready { path, file, batch });
        }
        let mut query = sqlx::query_scalar(include_str!("../sql/insert_held_file.sql"))
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
        c: &mut SqliteConnection,
        file: i64,
        archive: &[u8],
    ) -> Result<(), StoreError> {
        for (part, data) in (0_i64..).zip(archive.chunks(ARCHIVE_PART)) {
            sqlx::query("insert into held_archive (file, part, data) values (?, ?, ?)")
                .bind(file)
                .bind(part)
                .bind(data)
                .execute(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    pub(super) async fn write_held_archives(
        &self,
        archives: &[(i64, Vec<u8>)],
    ) -> Result<(), StoreError> {
        let mut c = self.writer().await?;
        let result = self.replace_held_archives(&mut c, archives).await;
        self.finish(c, result).await
    }

    async fn replace_held_archives(
        &self,
        c: &mut SqliteConnection,
        archives: &[(i64, Vec<u8>)],
    ) -> Result<(), StoreError> {
        // What is put away shall not linger in free pages of the file.
        self.script(c, "pragma secure_delete = on").await?;
        self.begin(c).await?;
        for (file, archive) in archives {
            sqlx::query("delete from held_archive where file = ?")
                .bind(file)
                .execute(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
            self.insert_held_archive(c, *file, archive).await?;
        }
        self.script(c, "commit").await
    }

    pub(super) async fn write_discarded(
        &self,
        batch: i64,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let mut c = self.writer().await?;
        let result = self.discard_in(&mut c, batch, decision).await;
        self.finish(c, result).await
    }

    async fn discard_in(
        &self,
        c: &mut SqliteConnection,
        batch: i64,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        // What people handed in by mistake shall not linger in free pages of the file.
        self.script(c, "pragma secure_delete = on").await?;
        self.begin(c).await?;
        self.settle(c, batch, None, decision).await?;
        self.script(c, "commit").await
    }

    /// Notes how a batch was settled, and lets go of its rows: they are among the files of the run then, or not wanted.
    pub(super) async fn settle(
        &self,
        c: &mut SqliteConnection,
        batch: i64,
        run: Option<i64>,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let settled = sqlx::query(include_str!("../sql/settle_held.sql"))
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
        sqlx::query(include_str!("../sql/forget_held.sql"))
            .bind(batch)
            .execute(&mut *c)
            .await
            .map(drop)
            .map_err(|e| self.failed(e))
    }

    pub(super) async fn read_held(&self) -> Result<Vec<HeldBatch>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(Vec::new()) };
        if !self.has_table(&mut c, "held_batches").await? {
            return Ok(Vec::new());
        }
        let files = sqlx::query(include_str!("../sql/held_files.sql"))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let batches = sqlx::query(include_str!("../sql/held_batches.sql"))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.held_batches(&batches, &files)
    }

    pub(super) async fn read_held_archive(&self, file: i64) -> Result<Vec<u8>, StoreError> {
        let none = || self.corrupt("archive", format!("there is none of held file {file}"));
        let mut c = self.reader().await?.ok_or_else(none)?;
        let parts: Vec<Vec<u8>> =
            sqlx::query_scalar("select data from held_archive where file = ? order by part")
                .bind(file)
                .fetch_all(&mut *c)
                .await
                .map_err(|e| self.failed(e))?;
        if parts.is_empty() { Err(none()) } else { Ok(parts.concat()) }
    }
}
