//! What is proposed to people, and what they decided.

use std::{collections::BTreeMap, sync::Arc};

use diachiso_model::{
    Choice, Decision, DecisionKind, Proposal, ProposalKind, ProposalStatus, Published, Remedy,
    RuleCode, Verdict,
};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{GeoPackage, delta::Changes, publish::Run, sink::Closed};
use crate::{ProposalView, StoreError};

/// Fills the tables of proposals; `fids` are those of the submissions.
pub(super) async fn fill(
    run: &Run<'_>,
    fids: &[i64],
    changes: &mut Changes<'_>,
) -> Result<(), Closed> {
    let proposals: Vec<(i64, &Proposal)> = (1_i64..).zip(&run.state.proposals).collect();
    let head = include_str!("../sql/insert_proposals.sql");
    changes
        .whole(("proposals", "delete from proposals", head), &proposals, |c, (fid, p)| {
            let zone = match p.remedy {
                Remedy::Zone(name) => Some(name),
                Remedy::Unshift { .. } | Remedy::Hold { .. } => None,
            };
            let (shift_m, azimuth_deg) = p.remedy.vector().unzip();
            let commune: Option<&str> = match p.commune {
                Some(id) => Some(run.units.get(id).code.as_str()),
                None => None,
            };
            c.put(*fid)
                .put(p.id.to_string())
                .put(p.kind.as_str())
                .put(p.kind.vi())
                .put(&*p.subject)
                .put(Arc::clone(&p.collector))
                .put(commune)
                .put(p.remedy.to_string())
                .put(shift_m)
                .put(azimuth_deg)
                .put(zone)
                .put(p.votes)
                .put(p.rows.len() as u32)
                .put(p.confidence)
                .put(&*p.evidence)
                .put(p.status.as_str())
                .put(files(run.state, p))
                .done();
        })
        .await?;
    let touched = |p: &Proposal| -> Vec<(Arc<str>, i64)> {
        let id: Arc<str> = p.id.to_string().into();
        p.rows.iter().map(|at| (Arc::clone(&id), fids[*at as usize])).collect()
    };
    let rows: Vec<(i64, (Arc<str>, i64))> =
        (1_i64..).zip(run.state.proposals.iter().flat_map(touched)).collect();
    let head = "insert into proposal_rows (fid, proposal, submission) values";
    changes
        .whole(("proposal_rows", "delete from proposal_rows", head), &rows, |c, (fid, row)| {
            c.put(*fid).put(Arc::clone(&row.0)).put(row.1).done();
        })
        .await
}

/// The files in which the rows stand, with how many of them: "t1.csv: 12; t2.csv: 3".
fn files(state: &Published, proposal: &Proposal) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for at in &proposal.rows {
        let file = state.submissions[*at as usize].file;
        *counts.entry(&state.files[file as usize].name).or_default() += 1;
    }
    counts.iter().map(|(name, n)| format!("{name}: {n}")).collect::<Vec<_>>().join("; ")
}

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

    fn decision(&self, row: &SqliteRow) -> Result<Decision, StoreError> {
        Decision::new(
            self.keyed(row, "kind", DecisionKind::from_key)?,
            self.get(row, "target")?,
            self.keyed(row, "choice", Choice::from_key)?,
            self.get(row, "decided_by")?,
            self.parsed(row, "decided_at")?,
            self.get(row, "reason")?,
        )
        .map_err(|e| self.corrupt("decision", e))
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
        let rows = sqlx::query(include_str!("../sql/proposals.sql"))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        let mut proposals: Vec<ProposalView> =
            rows.iter().map(|row| self.proposal(row)).collect::<Result<_, _>>()?;
        let rows = sqlx::query(include_str!("../sql/proposal_rows.sql"))
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        for row in &rows {
            let id = self.parsed(row, "proposal")?;
            if let Ok(at) = proposals.binary_search_by_key(&id, |p| p.id) {
                let place = (self.boxed(row, "file")?, self.get(row, "row")?);
                proposals[at].rows.push(place);
            }
        }
        Ok(proposals)
    }

    fn proposal(&self, row: &SqliteRow) -> Result<ProposalView, StoreError> {
        let shift_m: Option<f64> = self.get(row, "shift_m")?;
        Ok(ProposalView {
            id: self.parsed(row, "id")?,
            kind: self.keyed(row, "kind", ProposalKind::from_key)?,
            subject: self.boxed(row, "subject")?,
            collector: self.boxed(row, "collector")?,
            commune: self.parsed_maybe(row, "commune")?,
            remedy: self.boxed(row, "remedy")?,
            vector: shift_m.zip(self.get(row, "azimuth_deg")?),
            zone: self.boxed_maybe(row, "zone")?,
            votes: self.get(row, "votes")?,
            confidence: self.get(row, "confidence")?,
            evidence: self.boxed(row, "evidence")?,
            status: self.keyed(row, "status", ProposalStatus::from_key)?,
            rows: Vec::new(),
        })
    }

    pub(super) async fn read_verdicts(&self) -> Result<[u64; 4], StoreError> {
        let rows = self.rows(include_str!("../sql/verdicts.sql")).await?;
        let mut counts = [0; 4];
        if let Some(row) = rows.first() {
            for (count, verdict) in counts.iter_mut().zip(Verdict::ALL) {
                *count = self.get::<i64>(row, verdict.as_str())?.cast_unsigned();
            }
        }
        Ok(counts)
    }

    /// How often each rule spoke in the run published last.
    pub(super) async fn read_rule_counts(&self) -> Result<Vec<(RuleCode, u64)>, StoreError> {
        let rows = self.rows("select code, findings from rules order by number").await?;
        rows.iter()
            .map(|row| {
                let findings = self.get::<i64>(row, "findings")?.cast_unsigned();
                Ok((self.parsed(row, "code")?, findings))
            })
            .collect()
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
