//! Erasing as it is done for people: on record before and after, for a request of a data subject where there is one.

use std::sync::Arc;

use diachiso_model::{Decision, DecisionKind, SubjectRequestKind, Timestamp};
use diachiso_store::{AuditEntry, ServiceError, ServiceStore, Store};

use super::{Erased, Seek, erase};
use crate::{Acceptance, JobError, Key, Watch, today};

/// What the record says of an erasing beside who answers for it; never who is erased.
#[derive(Clone, Copy, Debug)]
pub struct Errand<'a> {
    /// Who does it: `token:7`, `cli:Lê A`, `service`.
    pub who: &'a str,
    /// By which operation.
    pub operation: &'a str,
    /// On which occasion, where it is not a request.
    pub occasion: &'a str,
    /// The request of a data subject, which is noted as done.
    pub request: Option<i64>,
}

impl Errand<'_> {
    fn about(&self) -> String {
        self.request.map_or_else(|| self.occasion.to_owned(), |id| format!("request {id}"))
    }

    fn entry(&self, action: &str, (why, rows): (&str, u64)) -> AuditEntry {
        AuditEntry {
            who: self.who.into(),
            action: action.into(),
            operation: self.operation.into(),
            area: self.about().into(),
            purpose: why.into(),
            rows,
            ..AuditEntry::empty(Timestamp::now())
        }
    }

    /// Puts on record that it is done, and the request with it.
    async fn done(
        &self,
        service: &dyn ServiceStore,
        outcome: &str,
        entry: AuditEntry,
    ) -> Result<(), ServiceError> {
        if let Some(request) = self.request
            && service.complete_request(request, today(), outcome, &entry).await?
        {
            return Ok(());
        }
        service.append(entry).await.map(drop)
    }

    /// A request to erase that is not done yet.
    async fn check(&self, service: &dyn ServiceStore) -> Result<(), JobError> {
        let Some(id) = self.request else { return Ok(()) };
        let requests = service.requests().await?;
        let open = requests
            .iter()
            .any(|r| r.id == id && r.kind == SubjectRequestKind::Erase && r.completed_on.is_none());
        if open {
            return Ok(());
        }
        Err(JobError::Undecidable(format!(
            "yêu cầu số {id} không phải yêu cầu xoá đang mở / request {id} is no open request to erase; see `diachiso subject list`"
        )))
    }
}

/// Erases whom are sought out of a store and of what the service remembers.
///
/// # Errors
/// As [`erase`]; when the request is no open one to erase; and when the service's database fails.
pub async fn erase_on_record(
    (store, service): (Arc<dyn Store>, &dyn ServiceStore),
    seek: Seek<'_>,
    (errand, by): (Errand<'_>, &Acceptance),
    key: Key,
    watch: Arc<dyn Watch>,
) -> Result<Erased, JobError> {
    errand.check(service).await?;
    let begun = errand.entry("erase", (&by.why, 0));
    service.append(begun).await?;
    let erased = erase(Arc::clone(&store), seek, by, key, watch).await?;
    let record = store.decisions().await?;
    let ids = Decision::standing(&record, DecisionKind::Erase);
    let ids: Vec<String> = ids.into_keys().map(str::to_owned).collect();
    service.forget(&ids).await?;
    let rows = (erased.submissions + erased.lines + erased.held) as u64;
    let left = match erased.left.len() {
        0 => String::new(),
        left => format!("; còn {left} dòng phải xem"),
    };
    let outcome = format!(
        "đã xoá {} phiếu, {} dòng danh sách{left}",
        erased.submissions + erased.held,
        erased.lines
    );
    let entry = errand.entry("erased", (&by.why, rows));
    errand.done(service, &outcome, entry).await?;
    Ok(erased)
}
