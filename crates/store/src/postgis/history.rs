//! Ids that were published once: where they lead when they are no more, and the places that submissions make up.

use std::collections::HashSet;

use diachiso_model::{Published, SubmissionId};
use sqlx::{PgConnection, Row as _};

use super::PostGis;
use crate::{
    Gone, PlaceView, RunInfo, StoreError, Thing,
    answers::{Answers as _, PersonalAnswers as _},
    history::{MAX_STEPS, Replaced},
};

impl PostGis {
    /// As the GeoPackage remembers.
    pub(super) async fn remember(
        &self,
        c: &mut PgConnection,
        state: &Published,
        info: &RunInfo,
    ) -> Result<Replaced, StoreError> {
        self.script(c, include_str!("../sql/postgis/remember.sql")).await?;
        let sql = "select hash, kind from files where rows_read is not null";
        let rows = sqlx::query(sql).fetch_all(&mut *c).await.map_err(|e| self.failed(e))?;
        let before: HashSet<(String, String)> =
            rows.iter().map(|row| (row.get("hash"), row.get("kind"))).collect();
        let replaced = Replaced::of(&before, state, self.made_otherwise(c, info).await?);
        if replaced.submissions {
            self.script(c, include_str!("../sql/postgis/remember_submissions.sql")).await?;
        }
        if replaced.registers {
            self.script(c, include_str!("../sql/postgis/remember_registers.sql")).await?;
        }
        self.script(c, include_str!("../sql/postgis/remember_proposals.sql")).await?;
        Ok(replaced)
    }

    /// Whether the run before made ids by other rules or seals.
    async fn made_otherwise(
        &self,
        c: &mut PgConnection,
        info: &RunInfo,
    ) -> Result<bool, StoreError> {
        let sql = "select rule_version, identity_key from runs where number < $1 order by number desc limit 1";
        let last = sqlx::query(sql)
            .bind(info.number)
            .fetch_optional(c)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(last) = last else { return Ok(false) };
        Ok(info.made_otherwise(last.get("rule_version"), last.get("identity_key")))
    }

    /// As the GeoPackage notes what is gone.
    pub(super) async fn note_gone(
        &self,
        c: &mut PgConnection,
        replaced: Replaced,
        info: &RunInfo,
    ) -> Result<(), StoreError> {
        for sql in [
            include_str!("../sql/postgis/note_gone.sql"),
            include_str!("../sql/postgis/note_gone_rest.sql"),
        ] {
            let done = sqlx::query(sql).bind(info.number).execute(&mut *c).await;
            done.map_err(|e| self.failed(e))?;
        }
        let any: bool = sqlx::query_scalar("select exists (select 1 from gone)")
            .fetch_one(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        if any {
            self.script(c, include_str!("../sql/postgis/note_back.sql")).await?;
        }
        if any && replaced.registers {
            self.script(c, include_str!("../sql/postgis/note_back_registers.sql")).await?;
        }
        Ok(())
    }

    pub(super) async fn read_gone(
        &self,
        thing: Thing,
        id: &str,
    ) -> Result<Option<Gone>, StoreError> {
        let mut c = self.reading().await?;
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
        c: &mut PgConnection,
        thing: Thing,
        id: &str,
    ) -> Result<Option<(i64, Box<str>, Option<String>)>, StoreError> {
        let row = sqlx::query(include_str!("../sql/postgis/gone.sql"))
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
    async fn place_of(
        &self,
        c: &mut PgConnection,
        id: &str,
    ) -> Result<Option<SubmissionId>, StoreError> {
        let place: Option<String> = sqlx::query_scalar(include_str!("../sql/postgis/place_of.sql"))
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
        let mut c = self.reading().await?;
        let Some(place) = self.place_of(&mut c, &id.to_string()).await? else { return Ok(None) };
        let rows = sqlx::query(include_str!("../sql/postgis/place.sql"))
            .bind(place.to_string())
            .fetch_all(&mut *c)
            .await
            .map_err(|e| self.failed(e))?;
        self.place_view(place, &rows).map(Some)
    }
}
