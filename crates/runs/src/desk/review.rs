//! Decisions of reviewers: kept as orders, never of two reviewers about one thing.

use diachiso_model::{Choice, Decision, Timestamp};
use diachiso_store::{AuditEntry, OrderKind, Reviewed, Reviewing};

use super::{Desk, DeskError};
use crate::{Acceptance, JobError};

impl Desk {
    /// Keeps decisions about a thing that waits, to be carried out by a run; answers with the number of the order.
    ///
    /// # Errors
    /// When the service's database fails.
    pub async fn decide_review(
        &self,
        who: Reviewing<'_>,
        decisions: Vec<Decision>,
        by: &Acceptance,
        entry: &AuditEntry,
    ) -> Result<Reviewed<i64>, DeskError> {
        let kind = OrderKind::Decide(decisions);
        let kept = self.service.decide_review(who, &kind, &by.why, entry).await?;
        self.wake.notify_one();
        Ok(kept)
    }

    /// Keeps that what was decided last of a thing is taken back; answers with the number of the order, `None` where nothing
    /// that was decided here stands.
    ///
    /// # Errors
    /// When the service's database fails, or nobody answers for it.
    pub async fn undo_review(
        &self,
        who: Reviewing<'_>,
        by: &Acceptance,
        entry: &AuditEntry,
    ) -> Result<Option<i64>, DeskError> {
        let marks = self.service.reviews(&[who.item]).await?;
        let order = marks.into_iter().find_map(|mark| mark.order).filter(|order| !order.undoes);
        let Some(order) = order else { return Ok(None) };
        let Some(OrderKind::Decide(decided)) = self.service.order_kind(order.order).await? else {
            return Ok(None);
        };
        let back = |d: &Decision| {
            let now = Timestamp::now();
            Decision::new(d.kind(), d.target(), Choice::Withdraw, &by.by, now, &by.why)
                .map_err(|source| JobError::Unsigned { source, hint: "give a name and a reason" })
        };
        let back = decided.iter().map(back).collect::<Result<Vec<Decision>, JobError>>()?;
        let kind = OrderKind::Decide(back);
        let kept = self.service.undo_review(who, order.order, (&kind, &by.why), entry).await?;
        self.wake.notify_one();
        Ok(kept)
    }
}
