//! Erased rows leave nothing behind that a query or a copy of the database would show.

use diachiso_model::SubmissionId;

use super::PostGis;
use crate::{StoreError, answers::Answers as _};

/// Tables whose rows speak of persons. A login that does not own them is told so by the server, and nothing is done: what is
/// left in dead rows goes with the server's own vacuum.
const VACUUM: &str = "vacuum submissions, findings, households, gaps, source_archive, held_archive, decisions, proposals";

impl PostGis {
    pub(super) async fn forget_erased(&self, erased: &[SubmissionId]) -> Result<(), StoreError> {
        let ids: Vec<String> = erased.iter().map(ToString::to_string).collect();
        let mut c = self.pool().acquire().await.map_err(|e| self.failed(e))?;
        sqlx::query(include_str!("../sql/postgis/forget_point.sql"))
            .bind(&ids)
            .execute(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.script(&mut c, VACUUM).await
    }
}
