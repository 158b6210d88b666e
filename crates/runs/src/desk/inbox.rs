//! Single submissions: many at once share one flush to disk.

use std::sync::Arc;

use diachiso_store::{NewSubmission, ServiceError, ServiceStore};
use tokio::sync::{mpsc, oneshot};

use super::DeskError;

/// Requests that wait for the disk at most; the next ones wait to be taken.
const WAITING: usize = 1024;

/// Submissions that are flushed together at most.
const TOGETHER: usize = 4096;

type Answer = oneshot::Sender<Result<(), Arc<ServiceError>>>;

/// Writes submissions down, all that came during one flush in the next.
pub(super) struct Scribe {
    requests: mpsc::Sender<(Vec<NewSubmission>, Answer)>,
}

impl Scribe {
    /// Must be made inside a runtime.
    pub(super) fn new(service: Arc<dyn ServiceStore>) -> Self {
        let (requests, mut coming) = mpsc::channel::<(Vec<NewSubmission>, Answer)>(WAITING);
        tokio::spawn(async move {
            while let Some((mut submissions, answer)) = coming.recv().await {
                let mut answers = vec![answer];
                while submissions.len() < TOGETHER
                    && let Ok((more, answer)) = coming.try_recv()
                {
                    submissions.extend(more);
                    answers.push(answer);
                }
                let written = service.submit(&submissions).await.map_err(Arc::new);
                for answer in answers {
                    // Whoever went away meanwhile sends again, and finds the submission known.
                    let _ = answer.send(written.clone());
                }
            }
        });
        Self { requests }
    }

    pub(super) async fn submit(&self, submissions: Vec<NewSubmission>) -> Result<(), DeskError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.requests.send((submissions, answer)).await;
        sent.map_err(|_| DeskError::Stopping)?;
        match answered.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(DeskError::Unwritten(error)),
            Err(_) => Err(DeskError::Stopping),
        }
    }
}
