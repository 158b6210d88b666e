//! Batches that the guard rails keep back, and what becomes of them.

use std::sync::Arc;

use diachiso_model::{Choice, Date, GuardLimits, Profile, Published};
use diachiso_store::{HeldBatch, NewHeld, NewSource, Release, Settled, Store};

use crate::{
    JobError, Watch,
    guard::Acceptance,
    job::{At, Job},
    key::Key,
    mappings::Mappings,
};

/// A held batch that is let pass, with its rows.
pub struct Kept {
    pub(crate) batch: i64,
    pub(crate) sources: Vec<NewSource>,
}

/// The batch of a number.
///
/// # Errors
/// [`JobError::NoBatch`] when there is none.
pub async fn find_held(store: &dyn Store, id: i64) -> Result<HeldBatch, JobError> {
    let batches = store.held().await?;
    batches.into_iter().find(|b| b.id == id).ok_or(JobError::NoBatch(id))
}

/// The batch of a number, which nobody has settled yet.
///
/// # Errors
/// [`JobError::NoBatch`] when there is none, [`JobError::Settled`] when somebody has.
pub async fn open_held(store: &dyn Store, id: i64) -> Result<HeldBatch, JobError> {
    let batch = find_held(store, id).await?;
    let status = batch.status();
    match batch.settled {
        None => Ok(batch),
        Some(Settled { by, at, why, .. }) => {
            Err(JobError::Settled { batch: id, status, by, at: format!("{at:.0}"), why })
        }
    }
}

/// The job that publishes a held batch as the run that held it would have, had somebody answered for it then.
///
/// # Errors
/// When it is not held (any more), or its numbers were sealed with another key.
pub async fn release(
    store: Arc<dyn Store>,
    id: i64,
    acceptance: Acceptance,
    key: Key,
) -> Result<Job, JobError> {
    let batch = open_held(store.as_ref(), id).await?;
    key.check(&batch.sealed)?;
    let last = store.latest_run().await?;
    // Where others ran since, their profile holds, and the day never goes back: rows of theirs would lie in the future.
    let later = last.filter(|last| last.number != batch.after_run);
    let profile: Profile = later.as_ref().map_or(batch.profile, |last| last.profile);
    let today: Date = later.map_or(batch.today, |last| last.today.max(batch.today));
    let sources = sources_of(store.as_ref(), &batch).await?;
    Ok(Job {
        store: At::Open(store),
        files: Vec::new(),
        sheets: Vec::new(),
        key,
        today,
        profile,
        mappings: Mappings::default(),
        legal_basis: None,
        guard: batch.guard,
        acceptance: Some(acceptance),
        kept: Some(Kept { batch: batch.id, sources }),
        decisions: Vec::new(),
        full: false,
    })
}

/// The files of a held batch as they would be taken in.
pub(crate) async fn sources_of(
    store: &dyn Store,
    batch: &HeldBatch,
) -> Result<Vec<NewSource>, JobError> {
    let mut sources = Vec::with_capacity(batch.files.len());
    for file in &batch.files {
        sources.push(NewSource {
            name: file.report.name.clone(),
            hash: file.report.hash.clone(),
            bytes: file.report.bytes,
            kind: file.report.kind,
            legal_basis: file.legal_basis.clone(),
            mapping: file.mapping.clone(),
            archive: store.held_archive(file.id).await?,
        });
    }
    Ok(sources)
}

/// Lets go of the rows of a held batch; who decided so, when and why stays on record.
///
/// # Errors
/// When it is not held (any more), or nobody answers for it.
pub async fn discard(store: &dyn Store, id: i64, by: &Acceptance) -> Result<(), JobError> {
    let batch = open_held(store, id).await?;
    let decision = by.decision(&id.to_string(), Choice::Refuse)?;
    Ok(store.discard(batch.id, &decision).await?)
}

/// The release of a batch, by who answers for it.
pub(crate) fn released(batch: i64, by: &Acceptance) -> Result<Release, JobError> {
    Ok(Release { batch, decision: by.decision(&batch.to_string(), Choice::Apply)? })
}

/// Refuses files, told by name and hash, that are held already; says of those that were discarded that they were.
pub(crate) async fn refuse(
    store: &dyn Store,
    taken: &[(Box<str>, Box<str>)],
    watch: &dyn Watch,
) -> Result<(), JobError> {
    let batches = store.held().await?;
    for (path, hash) in taken {
        let holds = |b: &&HeldBatch| b.files.iter().any(|f| f.report.hash == *hash);
        for batch in batches.iter().filter(holds) {
            let (id, at) = (batch.id, batch.held_at);
            match &batch.settled {
                None => {
                    let (path, at) = (path.to_string(), format!("{at:.0}"));
                    let steps = next_steps(store, id);
                    return Err(JobError::HeldAlready { path, batch: id, at, steps });
                }
                Some(s) if s.run.is_none() => watch.say(&format!(
                    "{path}: đã từng bị bỏ trong lô {id} / was discarded in batch {id}: {} · {:.0} · {}",
                    s.by, s.at, s.why
                )),
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// Keeps a batch back; what it answers with tells so.
pub(crate) async fn keep(
    store: &dyn Store,
    state: &Published,
    sources: Vec<NewSource>,
    (after_run, guard, key): (i64, GuardLimits, &Key),
    reasons: Vec<String>,
) -> Result<JobError, JobError> {
    let earlier = state.files.len() - sources.len();
    let files = sources.into_iter().zip(state.files[earlier..].iter().cloned()).collect();
    let (profile, today) = (state.profile, state.today);
    let key = key.kept(state);
    let held = NewHeld { reasons, after_run, profile, today, guard, key, files };
    let batch = store.hold(&held).await?;
    Ok(JobError::Held { batch, reasons: held.reasons, steps: next_steps(store, batch) })
}

/// What people can do about a held batch.
fn next_steps(store: &dyn Store, id: i64) -> String {
    let store = store.name();
    format!(
        "Hãy kiểm tra, rồi cho qua hoặc bỏ / check it, then let it pass or discard it:\n  \
         diachiso held show {id} --store {store}\n  \
         diachiso held release {id} --by \"TÊN\" --why \"LÝ DO\" --store {store}\n  \
         diachiso held discard {id} --by \"TÊN\" --why \"LÝ DO\" --store {store}"
    )
}
