//! Everything between reading and publishing: files and what a store holds in, a state out.

use std::{ops::Range, sync::Arc};

use diachiso_model::{Published, ReferencePlace, SourceKind};
use diachiso_pipeline::{Input, Options, Reference, RowSink};
use diachiso_store::{NewSource, Store, StoredSource};

use crate::{
    Job, JobError, Watch,
    archive::Archive,
    erase,
    job::Taken,
    mappings::mapping_of,
    resident::{Kept, Land, Resident},
    suggest_positions,
};

/// What a store holds that every run rests on.
pub(crate) struct Ground {
    land: Land,
    /// Places of reference files.
    places: Vec<ReferencePlace>,
    /// Files of earlier runs that are not withdrawn.
    in_force: Vec<StoredSource>,
    options: Options,
    past: Past,
}

/// How rows of earlier runs come in.
enum Past {
    /// From the archives of their files, still compressed.
    Archives(Vec<Vec<u8>>),
    /// They are judged already.
    Kept(Box<Kept>),
}

/// What comes out.
pub(crate) struct Staged {
    pub(crate) state: Published,
    /// The new files, with their archives; they come last among the files of the state.
    pub(crate) sources: Vec<NewSource>,
    pub(crate) reference: Arc<Reference>,
    /// The state to be kept, where one is, and the numbers of the new files there.
    pub(crate) kept: Option<(Box<Kept>, Range<u32>)>,
}

impl Ground {
    /// Reads it; of the files only what `resident`, the state of run `run`, does not have already.
    pub(crate) async fn read(
        store: &dyn Store,
        in_force: Vec<StoredSource>,
        options: Options,
        resident: Option<(&Resident, i64)>,
    ) -> Result<Self, JobError> {
        let land = Land {
            boundaries: store.boundaries().await.map_err(JobError::ours)?,
            masks: store.masks().await.map_err(JobError::ours)?,
        };
        let kept =
            resident.and_then(|(resident, run)| resident.take(run, &in_force, &land, &options));
        let past = if let Some(kept) = kept {
            Past::Kept(kept)
        } else {
            let mut archives = Vec::with_capacity(in_force.len());
            for source in &in_force {
                archives.push(store.archive(source.id).await.map_err(JobError::ours)?);
            }
            Past::Archives(archives)
        };
        let places = store.places().await.map_err(JobError::ours)?;
        Ok(Self { land, places, in_force, options, past })
    }
}

impl Ground {
    /// Puts other rows in the place of those of files, by their hashes.
    pub(crate) fn put_instead(&mut self, rows: &[(Box<str>, Vec<u8>)]) {
        let Past::Archives(archives) = &mut self.past else { return };
        for (file, archive) in self.in_force.iter().zip(archives) {
            if let Some((_, instead)) = rows.iter().find(|(hash, _)| *hash == file.hash) {
                archive.clone_from(instead);
            }
        }
    }
}

/// Files that a run takes in, and their hashes.
struct New<'a> {
    inputs: Vec<Input<'a>>,
    hashes: Vec<Box<str>>,
}

/// A state, and what keeps it.
struct Judged {
    state: Published,
    reference: Arc<Reference>,
    kept: Option<(Box<Kept>, Range<u32>)>,
}

/// Judges everything; blocks. New are the files of a held batch and those that are named. Where the state is to be kept
/// in memory from now on, `resident` says in which place.
pub(crate) fn stages(
    taken: Vec<Taken>,
    released: Vec<NewSource>,
    ground: Ground,
    job: &Job,
    resident: Option<&Resident>,
    watch: &dyn Watch,
) -> Result<Staged, JobError> {
    let archives = taken.iter().map(|_| Archive::new()).collect::<Result<Vec<_>, _>>();
    let mut archives = archives.map_err(JobError::ours)?;
    let mut new = New { inputs: Vec::with_capacity(released.len() + taken.len()), hashes: vec![] };
    for s in &released {
        let (what, basis) = ((&*s.name, s.kind), s.legal_basis.is_some());
        new.inputs.push(archived(what, basis, s.mapping.as_deref(), &*s.archive)?);
    }
    let mut sources = named(taken, &mut archives, job, &mut new.inputs)?;
    new.hashes = released.iter().chain(&sources).map(|s| s.hash.clone()).collect();
    let Ground { land, places, in_force, options, past } = ground;
    let judged = match (past, resident) {
        (Past::Kept(kept), Some(resident)) => {
            go_on((kept, resident), &in_force, &options, new, watch)?
        }
        (past, resident) => {
            let archives = if let Past::Archives(archives) = past { archives } else { Vec::new() };
            let files = in_force.iter().zip(archives);
            anew(land, files, options, (new, resident.is_some()), watch)?
        }
    };
    let Judged { mut state, reference, mut kept } = judged;
    watch.stage("positions", None);
    match &mut kept {
        Some((kept, _)) => kept.suggest_positions(&mut state, &places),
        None => suggest_positions(&mut state, &reference, &places),
    }
    .map_err(JobError::ours)?;
    for (source, archive) in sources.iter_mut().zip(archives) {
        source.archive = archive.finish().map_err(JobError::ours)?;
    }
    let mut sources: Vec<NewSource> = released.into_iter().chain(sources).collect();
    erase::keep_out(&state, in_force.len(), &mut sources)?;
    name_files(&mut state, &in_force, &sources);
    Ok(Staged { state, sources, reference, kept })
}

/// Adds the files that are named to the inputs; each fills an archive, which its source is without until then.
fn named<'a>(
    taken: Vec<Taken>,
    archives: &'a mut [Archive],
    job: &Job,
    inputs: &mut Vec<Input<'a>>,
) -> Result<Vec<NewSource>, JobError> {
    let mut sources = Vec::with_capacity(taken.len());
    for (table, archive) in taken.into_iter().zip(archives) {
        let sink: &mut dyn RowSink = archive;
        inputs.push(Input {
            name: table.name,
            sheet: table.sheet,
            kind: table.kind,
            legal_basis: job.legal_basis.is_some(),
            mapping: job.mappings.read(table.kind)?,
            rows: table.rows,
            sink: Some(sink),
        });
        sources.push(NewSource {
            name: table.label,
            hash: table.hash,
            bytes: table.bytes,
            kind: table.kind,
            legal_basis: job.legal_basis.clone(),
            mapping: job.mappings.text(table.kind).map(Into::into),
            archive: Vec::new(),
        });
    }
    Ok(sources)
}

/// The state that a kept one becomes.
fn go_on(
    (mut kept, resident): (Box<Kept>, &Resident),
    in_force: &[StoredSource],
    options: &Options,
    new: New<'_>,
    watch: &dyn Watch,
) -> Result<Judged, JobError> {
    let run = kept.run();
    let given = (new.inputs, new.hashes.into_iter());
    let went = kept.go_on(in_force, &options.decisions, given, watch);
    match went.and_then(|numbers| Ok((kept.published()?, numbers))) {
        Ok((state, numbers)) => {
            Ok(Judged { state, reference: kept.reference(), kept: Some((kept, numbers)) })
        }
        Err(error) => {
            // It is as it was, or is found not to be before it is used.
            resident.put(kept, run);
            Err(error.into())
        }
    }
}

/// The state of all files, those of earlier runs out of their archives; kept from now on where that is wanted.
fn anew<'f>(
    land: Land,
    files: impl Iterator<Item = (&'f StoredSource, Vec<u8>)>,
    options: Options,
    (new, keep): (New<'_>, bool),
    watch: &dyn Watch,
) -> Result<Judged, JobError> {
    let (mut inputs, mut hashes) = (Vec::new(), Vec::new());
    for (s, archive) in files {
        let (what, basis) = ((&*s.name, s.kind), s.legal_basis.is_some());
        let archive = std::io::Cursor::new(archive);
        inputs.push(archived(what, basis, s.mapping.as_deref(), archive)?);
        hashes.push(s.hash.clone());
    }
    let first = inputs.len() as u32;
    inputs.extend(new.inputs);
    let numbers = first..inputs.len() as u32;
    let reference = Arc::new(land.reference()?);
    if !keep {
        let state = diachiso_pipeline::run(&reference, inputs, &options, watch)?;
        return Ok(Judged { state, reference, kept: None });
    }
    let files = hashes.into_iter().chain(new.hashes);
    let mut kept = Kept::new((land, Arc::clone(&reference)), inputs, files, options, watch)?;
    Ok(Judged { state: kept.published()?, reference, kept: Some((kept, numbers)) })
}

/// A file of which the store has the rows, as an input.
fn archived<'a>(
    (name, kind): (&str, SourceKind),
    legal_basis: bool,
    mapping: Option<&str>,
    archive: impl std::io::Read + Send + 'a,
) -> Result<Input<'a>, JobError> {
    let cells = zstd::Decoder::new(archive).map_err(JobError::ours)?;
    let rows = diachiso_source::archive::open(name, cells).map_err(JobError::ours)?;
    Ok(Input {
        mapping: mapping_of(&format!("mapping of {name}"), mapping)?,
        name: name.into(),
        sheet: None,
        kind,
        legal_basis,
        rows,
        sink: None,
    })
}

/// Gives every file report the hash and size of its file: earlier files first, then the new ones.
fn name_files(state: &mut Published, stored: &[StoredSource], new: &[NewSource]) {
    let known =
        stored.iter().map(|s| (&s.hash, s.bytes)).chain(new.iter().map(|s| (&s.hash, s.bytes)));
    for (report, (hash, bytes)) in state.files.iter_mut().zip(known) {
        report.hash.clone_from(hash);
        report.bytes = bytes;
    }
}
