//! Erased rows leave nothing behind in the file.

use diachiso_model::SubmissionId;
use sqlx::SqliteConnection;

use super::GeoPackage;
use crate::{StoreError, answers::Answers as _};

impl GeoPackage {
    pub(super) async fn forget_erased(&self, erased: &[SubmissionId]) -> Result<(), StoreError> {
        let mut c = self.writer().await?;
        let result = self.strike_out(&mut c, erased).await;
        self.finish(c, result).await?;
        // A reader that is in the middle of something keeps the log, and with it pages as they were.
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        match std::fs::metadata(&log) {
            Ok(left) if left.len() > 0 => Err(StoreError::Busy { path: self.name.clone() }),
            _ => Ok(()),
        }
    }

    async fn strike_out(
        &self,
        c: &mut SqliteConnection,
        erased: &[SubmissionId],
    ) -> Result<(), StoreError> {
        self.begin(c).await?;
        let ids: Vec<String> = erased.iter().map(|id| format!("\"{id}\"")).collect();
        sqlx::query(include_str!("../sql/forget_point.sql"))
            .bind(format!("[{}]", ids.join(",")))
            .execute(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.script(c, "commit").await?;
        // Writes every page anew, so that none is left that is free and still holds what it held.
        self.script(c, "vacuum").await
    }
}
