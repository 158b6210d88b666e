//! What is proposed to people, and what they decided.

use diachiso_model::{Decision, Published, RuleCode};
use sqlx::SqliteConnection;

use super::GeoPackage;
use crate::{
    ProposalView, StoreError,
    answers::{Answers as _, PersonalAnswers as _, PublicAnswers as _},
};

impl GeoPackage {
    /// Adds the decisions that the state rests on and that are not on record yet.
    pub(super) async fn insert_decisions(
        &self,
        c: &mut SqliteConnection,
        state: &Published,
    ) -> Result<(), StoreError> {
        let known = self.decisions_of(c).await?;
        // Somebody else decided while this run was at work: its state does not know of that.
        if !state.decisions.starts_with(&known) {
            return Err(StoreError::Overtaken { path: self.name.clone() });
        }
        for (number, d) in (1_i64..).zip(&state.decisions).skip(known.len()) {
            sqlx::query(include_str!("../sql/insert_decision.sql"))
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

    async fn decisions_of(&self, c: &mut SqliteConnection) -> Result<Vec<Decision>, StoreError> {
        let rows = sqlx::query(include_str!("../sql/decisions.sql"))
            .fetch_all(c)
            .await
            .map_err(|e| self.failed(e))?;
        rows.iter().map(|row| self.decision(row)).collect()
    }

    pub(super) async fn read_decisions(&self) -> Result<Vec<Decision>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(Vec::new()) };
        if !self.has_table(&mut c, "decisions").await? {
            return Ok(Vec::new());
        }
        self.decisions_of(&mut c).await
    }

    pub(super) async fn read_proposals(&self) -> Result<Vec<ProposalView>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(Vec::new()) };
        if !self.has_table(&mut c, "proposals").await? {
            return Ok(Vec::new());
        }
        let proposals = sqlx::query(include_str!("../sql/proposals.sql"))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let touched = sqlx::query(include_str!("../sql/proposal_rows.sql"))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.proposals_with(&proposals, &touched)
    }

    pub(super) async fn read_verdicts(&self) -> Result<[u64; 4], StoreError> {
        let rows = self.rows(include_str!("../sql/verdicts.sql")).await?;
        rows.first().map_or(Ok([0; 4]), |row| self.verdict_counts(row))
    }

    /// How often each rule spoke in the run published last.
    pub(super) async fn read_rule_counts(&self) -> Result<Vec<(RuleCode, u64)>, StoreError> {
        let rows = self.rows("select code, findings from rules order by number").await?;
        rows.iter().map(|row| self.rule_count(row)).collect()
    }

    /// Whether a store made by an older program has the table already.
    pub(super) async fn has_table(
        &self,
        c: &mut SqliteConnection,
        name: &str,
    ) -> Result<bool, StoreError> {
        let sql = "select count(*) from sqlite_master where type = 'table' and name = ?";
        let tables: i64 =
            sqlx::query_scalar(sql).bind(name).fetch_one(c).await.map_err(|e| self.failed(e))?;
        Ok(tables > 0)
    }
}
