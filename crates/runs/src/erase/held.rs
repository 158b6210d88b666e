//! Rows of batches that are held: who is erased goes out of them. They count nowhere, so that nothing stays of them.
//!
//! Which rows speak of whom is told by the state that would be there were the batch published now.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use diachiso_model::{Published, SourceKind};
use diachiso_store::{HeldBatch, NewSource, RunInfo, Store};

use super::{
    Chosen, Seek, copied,
    lines::{self, Lines},
};
use crate::{
    At, Job, JobError, Key, Watch,
    held::sources_of,
    job::in_force,
    stages::{self, Staged},
};

/// Other archives for files of held batches.
#[derive(Default)]
pub(super) struct Rewritten {
    /// By number of the file.
    pub(super) archives: Vec<(i64, Vec<u8>)>,
    /// Rows that go, and lines of registers that say nothing any more.
    pub(super) rows: usize,
    /// Lines that may be theirs; see [`super::Erased::left`].
    pub(super) left: Vec<String>,
    /// Whether a batch has somebody who is meant.
    pub(super) found: bool,
}

/// The archives of files of batches that nobody has settled yet, without whom are sought.
pub(super) async fn rewritten(
    store: &Arc<dyn Store>,
    seek: Seek<'_>,
    (last, key): (&RunInfo, &Key),
    watch: &Arc<dyn Watch>,
) -> Result<Rewritten, JobError> {
    let mut all = Rewritten::default();
    for batch in store.held().await?.into_iter().filter(|batch| batch.settled.is_none()) {
        // Numbers that were sealed with another key are no reason to keep the rest: they tell fewer households alike.
        let sources = sources_of(store.as_ref(), &batch).await?;
        let (staged, first) = with(store, sources.clone(), (last, key.clone()), watch).await?;
        if let Some(whom) = seek(&staged.state) {
            all.found = true;
            let chosen = Chosen::of(&staged.state, &whom)?;
            all.left.extend(lines::left(&staged.state, &chosen));
            let lines = Lines::of((&staged.state, &staged.reference), &chosen, last.today);
            all.take(&batch, &sources, &staged.state, (&chosen, &lines, first))?;
        }
    }
    Ok(all)
}

/// The state that is there with some files more, and the number of the first of them in it.
async fn with(
    store: &Arc<dyn Store>,
    sources: Vec<NewSource>,
    (last, key): (&RunInfo, Key),
    watch: &Arc<dyn Watch>,
) -> Result<(Staged, u32), JobError> {
    let job = Job::again(At::Open(Arc::clone(store)), last, key);
    let record = store.decisions().await?;
    let files = in_force(store.sources().await?, &record);
    let first = files.len() as u32;
    let ground = stages::Ground::read(store.as_ref(), files, job.options(record), None).await?;
    let watch = Arc::clone(watch);
    let work = move || stages::stages(Vec::new(), sources, ground, &job, None, watch.as_ref());
    let staged = tokio::task::spawn_blocking(work).await.map_err(JobError::ours)??;
    Ok((staged, first))
}

impl Rewritten {
    fn take(
        &mut self,
        batch: &HeldBatch,
        sources: &[NewSource],
        state: &Published,
        (chosen, lines, first): (&Chosen, &Lines<'_>, u32),
    ) -> Result<(), JobError> {
        let mut of_file: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for at in &chosen.submissions {
            let s = &state.submissions[*at as usize];
            of_file.entry(s.file).or_default().insert(s.row);
        }
        for repeat in state.repeats.iter().filter(|r| chosen.submissions.contains(&r.submission)) {
            of_file.entry(repeat.at.file).or_default().insert(repeat.at.row);
        }
        for (number, (file, source)) in (first..).zip(batch.files.iter().zip(sources)) {
            let (new, gone) = match (source.kind, of_file.get(&number)) {
                (SourceKind::Submissions, Some(rows)) => {
                    let new = copied(&source.name, &source.archive, |_, writer, row| {
                        if rows.contains(&row.number) {
                            return Ok(());
                        }
                        writer.push(row.number, row.cells())
                    })?;
                    (new, rows.len())
                }
                (SourceKind::Register, _) if !lines.is_empty() => {
                    let what = (&*source.name, source.mapping.as_deref());
                    let blanked = lines.blanked(what, &source.archive)?;
                    let left = blanked.left.iter();
                    self.left.extend(left.map(|row| format!("{}:{row}", source.name)));
                    (blanked.archive, blanked.lines)
                }
                _ => continue,
            };
            if gone > 0 {
                self.rows += gone;
                self.archives.push((file.id, new));
            }
        }
        Ok(())
    }
}
