//! A csv file that is written in pieces and goes on where it was stopped.

use std::{
    fs::{self, File, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::user;

/// How far the rows of a file are written: a table of it, by number, and a row of that table.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Done {
    pub(super) table: usize,
    pub(super) row: u32,
}

/// `FILE.part`, with `FILE.part.done` beside it that says how far it is.
pub(super) struct Resumable {
    path: PathBuf,
    part: PathBuf,
    note: PathBuf,
    /// What the output is the result of; another one begins anew.
    stamp: String,
    file: File,
    done: Done,
    bytes: u64,
}

impl Resumable {
    pub(super) fn open(path: &Path, stamp: &str) -> anyhow::Result<Self> {
        let beside = |ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
        let (part, note) = (beside(".part"), beside(".part.done"));
        let kept = fs::read_to_string(&note).ok().and_then(|text| {
            let mut lines = text.lines();
            let same = lines.next()? == stamp;
            let mut number = || lines.next()?.parse::<u64>().ok();
            let (table, row, bytes) = (number()?, number()?, number()?);
            let done = Done { table: table.try_into().ok()?, row: row.try_into().ok()? };
            same.then_some((done, bytes))
        });
        let named = || format!("{}", part.display());
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&part)
            .with_context(named)
            .map_err(user)?;
        let length = file.metadata()?.len();
        let (done, bytes) = kept.filter(|(_, bytes)| *bytes <= length).unwrap_or_default();
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        if bytes > 0 {
            eprintln!("Làm tiếp từ sau dòng {} / going on behind row {0}", done.row);
        }
        let (path, stamp) = (path.to_owned(), stamp.to_owned());
        Ok(Self { path, part, note, stamp, file, done, bytes })
    }

    /// How far the rows are written already.
    pub(super) fn done(&self) -> Done {
        self.done
    }

    /// Whether nothing is written yet, not even a heading.
    pub(super) fn is_new(&self) -> bool {
        self.bytes == 0
    }

    /// Writes the next rows and keeps them, come what may.
    pub(super) fn keep(&mut self, bytes: &[u8], done: Done) -> anyhow::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_data()?;
        self.bytes += bytes.len() as u64;
        self.done = done;
        let Done { table, row } = done;
        let note = format!("{}\n{table}\n{row}\n{}\n", self.stamp, self.bytes);
        let new = PathBuf::from(format!("{}.new", self.note.display()));
        fs::write(&new, note)?;
        Ok(fs::rename(new, &self.note)?)
    }

    /// Puts the whole file in its place.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.part, &self.path)
            .with_context(|| format!("{}", self.path.display()))
            .map_err(user)?;
        match fs::remove_file(&self.note) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
