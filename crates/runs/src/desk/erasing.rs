//! Erasing while a service runs: what waits is done first, so that nobody who is erased comes back out of the spool.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use diachiso_model::Timestamp;

use super::{Desk, DeskError};
use crate::{Acceptance, Erased, Errand, Seek, Silent, Whom, erase_on_record, retained};

/// How often the right to work is asked for before whoever asks is told to come again; each waits a second at most.
const TRIES: u32 = 10;

/// How long is waited between two of them, where the database answers at once.
const PAUSE: Duration = Duration::from_millis(300);

impl Desk {
    /// Erases whom are sought: out of what is published, of batches that are held, and of what waited when this was asked,
    /// which is published or held first.
    ///
    /// # Errors
    /// [`DeskError::Busy`] where another server has work to do first; else as [`crate::erase`].
    pub async fn erase(
        &self,
        seek: Seek<'_>,
        errand: Errand<'_>,
        by: &Acceptance,
    ) -> Result<Erased, DeskError> {
        let _own = self.turns.lock().await;
        let mut lock = None;
        for _ in 0..TRIES {
            lock = self.service.work_lock().await?;
            if lock.is_some() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let lock = lock.ok_or(DeskError::Busy)?;
        let done = self.erase_in_turn(seek, errand, by).await;
        lock.release().await;
        done
    }

    async fn erase_in_turn(
        &self,
        seek: Seek<'_>,
        errand: Errand<'_>,
        by: &Acceptance,
    ) -> Result<Erased, DeskError> {
        let since = Timestamp::now();
        loop {
            if self.step().await? {
                continue;
            }
            match self.service.waiting().await? {
                (_, Some(oldest)) if oldest < since => self.bundle_now().await?,
                _ => break,
            }
        }
        let here = self.spool.names()?;
        if self.service.spooled().await?.iter().any(|name| !here.contains(name)) {
            return Err(DeskError::Busy);
        }
        // The next run makes the state anew, without whom are erased.
        self.resident.clear();
        let (store, service) = (Arc::clone(&self.store), self.service.as_ref());
        let key = self.settings.key.clone();
        let errand = (errand, by);
        Ok(erase_on_record((store, service), seek, errand, key, Arc::new(Silent)).await?)
    }

    /// Erases the personal cells of the files of submissions that are past their end, once for each as long as the process
    /// runs; `None` where none is.
    ///
    /// # Errors
    /// As [`Desk::erase`].
    pub async fn let_go(&self) -> Result<Option<Erased>, DeskError> {
        let retention = &self.settings.retention;
        if retention.is_empty() {
            return Ok(None);
        }
        let today = self.today();
        let done = || self.let_go_of.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = retained(self.store.as_ref(), self.service.as_ref(), retention).await?;
        let ended = kept.into_iter();
        let ended = ended.filter(|file| file.has_ended(today) && !done().contains(&file.hash));
        let hashes: Vec<Box<str>> = ended.map(|file| file.hash).collect();
        if hashes.is_empty() {
            return Ok(None);
        }
        let why = format!("hết thời hạn giữ {retention} ngày / kept for {retention} days");
        let by = Acceptance { by: "service".to_owned(), why };
        let occasion = format!("retention: {} files", hashes.len());
        let errand =
            Errand { who: "service", operation: "sweep", occasion: &occasion, request: None };
        let whom: Vec<Whom> = hashes.iter().cloned().map(Whom::File).collect();
        let erased = self.erase(&|_| Some(whom.clone()), errand, &by).await?;
        done().extend(hashes);
        Ok(Some(erased))
    }

    /// The same, said in the log; what fails is tried again with the next sweep.
    pub(super) async fn sweep(&self) {
        match self.let_go().await {
            Ok(None) => {}
            Ok(Some(erased)) => tracing::info!(
                rows.erased = erased.submissions,
                run.number = erased.run,
                "files past their end were erased"
            ),
            Err(error) => {
                tracing::warn!(error = %error, "files past their end stay for now");
            }
        }
    }
}
