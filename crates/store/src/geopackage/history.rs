//! Ids that were published once: where they lead when they are no more, and the places that submissions make up.

use std::collections::HashSet;

use diachiso_model::{Published, SubmissionId};
use sqlx::SqliteConnection;

use super::GeoPackage;
use crate::{
    Gone, PlaceView, RunInfo, StoreError, Thing,
    answers::{Answers as _, PersonalAnswers as _},
    history::{MAX_STEPS, Replaced},
};

/// First schema whose submissions tell their place.
const PLACES_SINCE: i64 = 4;
impl GeoPackage {
    /// Keeps the ids that are published now and may be gone after this run: those of submissions where a file is
    /// withdrawn, those of households and villages where the registers are others; all where ids are made otherwise.
    pub(super) async fn remember(
        &self,
        c: &mut SqliteConnection,
        state: &Published,
        info: &RunInfo,
    ) -> Result<Replaced, StoreError> {
        self.script(c, include_str!("../sql/remember.sql")).await?;
        let nothing = Replaced { submissions: false, registers: false };
        if !self.has_table(c, "submissions").await? {
            return Ok(nothing);
        }
        let sql = "select hash, kind from files where rows_read is not null";
        let rows = sqlx::query(sql).fetch_all(&mut *c).await.map_err(|e| self.failed(e))?;
        let mut before: HashSet<(String, String)> = HashSet::new();
        for row in &rows {
            before.insert((self.get(row, "hash")?, self.get(row, "kind")?));
        }
        let replaced = Replaced::of(&before, state, self.made_otherwise(c, info).await?);
        if replaced.submissions {
            let sql = if self.tells_places(c).await? {
                include_str!("../sql/remember_submissions.sql")
            } else {
                "insert into temp.was (kind, id, place) select 'submission', id, coalesce(master, id) from submissions"
            };
            self.script(c, sql).await?;
        }
        if replaced.registers {
            self.script(c, include_str!("../sql/remember_registers.sql")).await?;
        }
        if self.has_table(c, "proposals").await? {
            self.script(c, include_str!("../sql/remember_proposals.sql")).await?;
        }
        Ok(replaced)
    }

    /// Whether the run before made ids by other rules or seals.
    async fn made_otherwise(
        &self,
        c: &mut SqliteConnection,
        info: &RunInfo,
    ) -> Result<bool, StoreError> {
        let sql = "select rule_version, identity_key from runs where number < ? order by number desc limit 1";
        let last = sqlx::query(sql)
            .bind(info.number)
            .fetch_optional(c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(last) = last else { return Ok(false) };
        Ok(info.made_otherwise(self.get(&last, "rule_version")?, self.get(&last, "identity_key")?))
    }

    /// Puts on record which ids are gone since [`GeoPackage::remember`], and strikes out those that are back.
    pub(super) async fn note_gone(
        &self,
        c: &mut SqliteConnection,
        replaced: Replaced,
        info: &RunInfo,
    ) -> Result<(), StoreError> {
        for sql in [include_str!("../sql/note_gone.sql"), include_str!("../sql/note_gone_rest.sql")]
        {
            let done = sqlx::query(sql).bind(info.number).execute(&mut *c).await;
            done.map_err(|e| self.failed(e))?;
        }
        let any: bool = sqlx::query_scalar("select exists (select 1 from gone)")
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        if any {
            self.script(c, include_str!("../sql/note_back.sql")).await?;
        }
        if any && replaced.registers {
            self.script(c, include_str!("../sql/note_back_registers.sql")).await?;
        }
        self.script(c, "drop table temp.was").await
    }

    /// Whether the published submissions tell their place.
    pub(super) async fn tells_places(&self, c: &mut SqliteConnection) -> Result<bool, StoreError> {
        let sql = "select count(*) from pragma_table_info('submissions') where name = 'place'";
        let columns: i64 =
            sqlx::query_scalar(sql).fetch_one(c).await.map_err(|e| self.failed(e))?;
        Ok(columns > 0)
    }

    pub(super) async fn read_gone(
        &self,
        thing: Thing,
        id: &str,
    ) -> Result<Option<Gone>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(None) };
        if self.schema_version(&mut c).await? < PLACES_SINCE {
            return Ok(None);
        }
        let Some((run, at, mut next)) = self.went(&mut c, thing, id).await? else {
            return Ok(None);
        };
        for _ in 0..MAX_STEPS {
            let Some(id) = next.take() else { break };
            if let Some(place) = self.place_of(&mut c, &id).await? {
                return Ok(Some(Gone { run, at, successor: Some(place) }));
            }
            next = self.went(&mut c, Thing::Submission, &id).await?.and_then(|went| went.2);
        }
        Ok(Some(Gone { run, at, successor: None }))
    }

    /// The run that let an id go, when, and what it leads to.
    async fn went(
        &self,
        c: &mut SqliteConnection,
        thing: Thing,
        id: &str,
    ) -> Result<Option<(i64, Box<str>, Option<String>)>, StoreError> {
        let row = sqlx::query(include_str!("../sql/gone.sql"))
            .bind(thing.as_str())
            .bind(id)
            .fetch_optional(c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(row) = &row else { return Ok(None) };
        let at = self.boxed_maybe(row, "committed_at")?.unwrap_or_default();
        Ok(Some((self.get(row, "run")?, at, self.get(row, "successor")?)))
    }

    /// The submission that names the place of one.
    pub(super) async fn place_of(
        &self,
        c: &mut SqliteConnection,
        id: &str,
    ) -> Result<Option<SubmissionId>, StoreError> {
        let place: Option<String> = sqlx::query_scalar(include_str!("../sql/place_of.sql"))
            .bind(id)
            .fetch_optional(c)
            .await
            .map_err(|e| self.failed(e))?;
        place.map(|id| id.parse().map_err(|e| self.corrupt("place", e))).transpose()
    }

    pub(super) async fn read_place(
        &self,
        id: SubmissionId,
    ) -> Result<Option<PlaceView>, StoreError> {
        let Some(mut c) = self.reader().await? else { return Ok(None) };
        if !self.has_table(&mut c, "submissions").await? || !self.tells_places(&mut c).await? {
            return Ok(None);
        }
        let Some(place) = self.place_of(&mut c, &id.to_string()).await? else { return Ok(None) };
        let rows = sqlx::query(include_str!("../sql/place.sql"))
            .bind(place.to_string())
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.place_view(place, &rows).map(Some)
    }
}
