//! Single submissions: many at once share one flush to disk.

use std::sync::Arc;

use diachiso_store::{AuditEntry, NewSubmission, ServiceError, ServiceStore};
use tokio::sync::{mpsc, oneshot};

use super::DeskError;

/// Requests that wait for the disk at most; the next ones wait to be taken.
const WAITING: usize = 1024;

/// Submissions that are flushed together at most.
const TOGETHER: usize = 4096;

/// What one request brings, its entry of the audit log, and who waits for it.
type Brought = (Vec<NewSubmission>, AuditEntry, oneshot::Sender<Result<(), Arc<ServiceError>>>);

/// Writes submissions down, all that came during one flush in the next.
pub(super) struct Scribe {
    requests: mpsc::Sender<Brought>,
}

impl Scribe {
    /// Must be made inside a runtime.
    pub(super) fn new(service: Arc<dyn ServiceStore>) -> Self {
        let (requests, mut coming) = mpsc::channel::<Brought>(WAITING);
        tokio::spawn(async move {
            while let Some((mut submissions, entry, answer)) = coming.recv().await {
                let (mut entries, mut answers) = (vec![entry], vec![answer]);
                while submissions.len() < TOGETHER
                    && let Ok((more, entry, answer)) = coming.try_recv()
                {
                    submissions.extend(more);
                    entries.push(entry);
                    answers.push(answer);
                }
                let written = service.submit(&submissions, &entries).await.map_err(Arc::new);
                for answer in answers {
                    // Whoever went away meanwhile sends again, and finds the submission known.
                    let _ = answer.send(written.clone());
                }
            }
        });
        Self { requests }
    }

    pub(super) async fn submit(
        &self,
        submissions: Vec<NewSubmission>,
        entry: AuditEntry,
    ) -> Result<(), DeskError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.requests.send((submissions, entry, answer)).await;
        sent.map_err(|_| DeskError::Stopping)?;
        match answered.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(DeskError::Unwritten(error)),
            Err(_) => Err(DeskError::Stopping),
        }
    }
}
