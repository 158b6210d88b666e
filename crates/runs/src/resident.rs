//! The state of a store that stays in memory from one run to the next, so that a run judges what is new and not everything.
//!
//! Which of the two makes a run is a matter of work done, not of what comes out: [`Live`] ends where a run over everything
//! does. Whether what is kept is still what the store holds is asked before each run – its newest run, the files in force,
//! the record of decisions, boundaries, masks, the day and the profile – and where it is not, because another program ran
//! or a register came, the state is made anew from the archives.

use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use diachiso_geocode::BuildError;
use diachiso_model::{Decision, Published, ReferencePlace};
use diachiso_pipeline::{Input, Live, Options, Reference, RunError};
use diachiso_store::{BoundaryRecord, StoredSource};
use geo_types::MultiPolygon;

use crate::{JobError, Positions, Watch, reference_of};

/// A place where the state of a store stays between runs of one process; of one store, and with one key.
pub struct Resident {
    kept: Mutex<Option<Box<Kept>>>,
    /// Rows and households up to which one is kept.
    most: usize,
    /// Whether the last was larger.
    too_large: AtomicBool,
}

/// What a state was made on, beside files and decisions.
#[derive(PartialEq)]
pub(crate) struct Land {
    pub(crate) boundaries: Vec<BoundaryRecord>,
    pub(crate) masks: Vec<MultiPolygon<f64>>,
}

/// A state and what it was made of.
pub(crate) struct Kept {
    live: Live,
    /// Hash of each file, and its number in `live`, in the order of files.
    files: Vec<(Box<str>, u32)>,
    land: Land,
    /// What suggests positions on it, once a row lacks one.
    positions: Option<Positions>,
    /// Number of the run that published it.
    run: i64,
}

impl Land {
    /// Units and boundaries on it.
    pub(crate) fn reference(&self) -> Result<Reference, JobError> {
        let reference = reference_of(self.boundaries.clone()).map_err(JobError::ours)?;
        Ok(reference.with_masks(self.masks.clone()))
    }
}

impl Resident {
    /// An empty place for states of up to so many rows and households.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { kept: Mutex::new(None), most, too_large: AtomicBool::new(most == 0) }
    }

    /// Whether a state is to be made so that it can be kept; a run that keeps none is faster than one that does.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.too_large.load(Relaxed)
    }

    /// Lets go of the state.
    pub(crate) fn clear(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes the state out. It is let go of where it cannot go on to what these options say: where it is not that of run
    /// `run`, or other files, land, day or profile hold.
    pub(crate) fn take(
        &self,
        run: i64,
        in_force: &[StoredSource],
        land: &Land,
        options: &Options,
    ) -> Option<Box<Kept>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let own = kept.live.options();
        let goes_on = kept.run == run
            && kept.land == *land
            && own.today == options.today
            && own.profile == options.profile
            && options.decisions.starts_with(&own.decisions)
            && kept.gone(in_force).is_some();
        goes_on.then_some(kept)
    }

    /// Keeps the state that run `run` published, unless it is too large.
    pub(crate) fn put(&self, mut kept: Box<Kept>, run: i64) {
        kept.run = run;
        let size = kept.live.rows() + kept.live.households().len();
        self.too_large.store(size > self.most, Relaxed);
        if size <= self.most {
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        }
    }
}

impl Kept {
    /// A state of all files, with the hash of each in their order.
    pub(crate) fn new(
        (land, reference): (Land, Arc<Reference>),
        inputs: Vec<Input<'_>>,
        hashes: impl Iterator<Item = Box<str>>,
        options: Options,
        watch: &dyn Watch,
    ) -> Result<Box<Self>, RunError> {
        let live = Live::new(reference, inputs, options, watch)?;
        let files = hashes.zip(0..).collect();
        Ok(Box::new(Self { live, files, land, positions: None, run: 0 }))
    }

    /// The files that are in force no more; `None` where others are in force than were, or in another order.
    fn gone(&self, in_force: &[StoredSource]) -> Option<Vec<u32>> {
        let mut left = in_force.iter().peekable();
        let stays = |(hash, _): &&(Box<str>, u32)| left.next_if(|f| f.hash == *hash).is_none();
        let gone = self.files.iter().filter(stays).map(|(_, number)| *number).collect();
        left.next().is_none().then_some(gone)
    }

    /// The run that published it.
    pub(crate) fn run(&self) -> i64 {
        self.run
    }

    /// Lets go of files that are not published after all.
    pub(crate) fn forget(&mut self, numbers: Range<u32>) {
        for number in numbers.clone() {
            self.live.withdraw(number);
        }
        self.files.retain(|(_, own)| !numbers.contains(own));
    }

    /// Goes on to the files in force, the record of decisions and new files of submissions; answers with the numbers of
    /// those.
    pub(crate) fn go_on(
        &mut self,
        in_force: &[StoredSource],
        record: &[Decision],
        (inputs, hashes): (Vec<Input<'_>>, impl Iterator<Item = Box<str>>),
        watch: &dyn Watch,
    ) -> Result<Range<u32>, RunError> {
        for number in self.gone(in_force).unwrap_or_default() {
            self.live.withdraw(number);
            self.files.retain(|(_, own)| *own != number);
        }
        let heeded = self.live.options().decisions.len();
        if record.len() > heeded {
            watch.stage("decisions", None);
            self.live.decide(record[heeded..].iter().cloned());
        }
        if inputs.is_empty() {
            return Ok(0..0);
        }
        watch.stage("submissions", None);
        let (numbers, _) = self.live.add_all(inputs, watch)?;
        self.files.extend(hashes.zip(numbers.clone()));
        Ok(numbers)
    }

    /// The state as it is to be published.
    pub(crate) fn published(&mut self) -> Result<Published, RunError> {
        self.live.published()
    }

    /// Gives the rows of the state without coordinates their suggestions, by indexes that stay with it: only where houses
    /// changed are they made anew.
    pub(crate) fn suggest_positions(
        &mut self,
        state: &mut Published,
        places: &[ReferencePlace],
    ) -> Result<(), BuildError> {
        let reference = self.live.reference();
        let positions = match &mut self.positions {
            Some(positions) => positions,
            none => none.insert(Positions::new(reference)?),
        };
        positions.suggest(state, reference, places)
    }

    /// What the units and boundaries are.
    pub(crate) fn reference(&self) -> Arc<Reference> {
        Arc::clone(self.live.reference())
    }
}
