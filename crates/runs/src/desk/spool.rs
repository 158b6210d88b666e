//! The folder of files that wait. It is for the service's user alone, and a file leaves it as soon as its batch is done.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::io::AsyncWriteExt as _;

use super::DeskError;

/// Largest file of a batch: 1 GiB, as of a file at the command line.
pub const MAX_BATCH_BYTES: u64 = 1 << 30;

/// Bytes of randomness in the name of a file.
const NAME_BYTES: usize = 16;

/// Ending of a file that has not come whole yet.
const PART: &str = ".part";

/// What the lock file is called.
const LOCK: &str = "lock";

/// Age from which a file that no batch needs is taken away: longer than any request that is still sending one.
const ORPHAN_AGE: Duration = Duration::from_hours(6);

/// The folder.
#[derive(Clone, Debug)]
pub(super) struct Spool {
    folder: PathBuf,
}

/// Makes files that only their owner reads, where the system knows owners.
fn private(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

impl Spool {
    pub(super) fn new(folder: &Path) -> Result<Self, DeskError> {
        let spool = Self { folder: folder.to_path_buf() };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(folder).map_err(|e| spool.failed(e))?;
        Ok(spool)
    }

    fn failed(&self, source: io::Error) -> DeskError {
        DeskError::Spool { path: self.folder.clone(), source }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A new file.
    pub(super) fn incoming(&self) -> Result<Incoming, DeskError> {
        let mut bytes = [0; NAME_BYTES];
        getrandom::fill(&mut bytes).map_err(|e| self.failed(io::Error::other(e)))?;
        let name = format!("{:032x}", u128::from_be_bytes(bytes));
        let path = self.path(&format!("{name}{PART}"));
        let file = private(fs::OpenOptions::new().write(true).create_new(true)).open(&path);
        let file = tokio::fs::File::from_std(file.map_err(|e| self.failed(e))?);
        let gone = Gone(Some(path));
        let hasher = blake3::Hasher::new();
        Ok(Incoming { spool: self.clone(), name, file, hasher, bytes: 0, gone })
    }

    pub(super) fn remove(&self, name: &str) {
        if let Err(error) = fs::remove_file(self.path(name))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(error = %error, "a file of a finished batch stays in the spool");
        }
    }

    /// The lock that makes its holder the only worker, if nobody holds it. The system lets go of it when the process
    /// ends, however it does; no clock is asked.
    pub(super) fn try_lock(&self) -> Result<Option<File>, DeskError> {
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let file = private(&mut options).open(self.path(LOCK)).map_err(|e| self.failed(e))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(self.failed(error)),
        }
    }

    /// The files that have come whole.
    pub(super) fn names(&self) -> Result<Vec<Box<str>>, DeskError> {
        let entries = fs::read_dir(&self.folder).map_err(|e| self.failed(e))?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().as_ref().into()));
        let names = names.collect::<Result<Vec<Box<str>>, io::Error>>();
        let mut names = names.map_err(|e| self.failed(e))?;
        names.retain(|name| &**name != LOCK && !name.ends_with(PART));
        Ok(names)
    }

    /// Takes away old files that no batch needs: what was being sent when a process ended.
    pub(super) fn sweep(&self, needed: &[Box<str>]) -> Result<(), DeskError> {
        for entry in fs::read_dir(&self.folder).map_err(|e| self.failed(e))? {
            let entry = entry.map_err(|e| self.failed(e))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let old =
                entry.metadata().and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
            let orphan = name != LOCK && !needed.iter().any(|n| **n == *name);
            if orphan && old.is_some_and(|age| age > ORPHAN_AGE) {
                self.remove(&name);
            }
        }
        Ok(())
    }
}

/// Takes a file away again unless it is kept.
#[derive(Debug)]
struct Gone(Option<PathBuf>);

impl Drop for Gone {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let _ = fs::remove_file(path);
        }
    }
}

/// A file that is coming. Dropped before it is whole, it leaves nothing.
#[derive(Debug)]
pub struct Incoming {
    spool: Spool,
    name: String,
    file: tokio::fs::File,
    hasher: blake3::Hasher,
    bytes: u64,
    gone: Gone,
}

impl Incoming {
    /// Adds what came next.
    ///
    /// # Errors
    /// [`DeskError::TooLarge`], or when the disk refuses.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), DeskError> {
        self.bytes += piece.len() as u64;
        if self.bytes > MAX_BATCH_BYTES {
            return Err(DeskError::TooLarge);
        }
        self.hasher.update(piece);
        self.file.write_all(piece).await.map_err(|e| self.spool.failed(e))
    }

    /// The whole file, flushed to disk under its last name.
    pub(super) async fn finish(mut self) -> Result<Whole, DeskError> {
        if self.bytes == 0 {
            return Err(DeskError::Empty);
        }
        let fail = |e| self.spool.failed(e);
        self.file.flush().await.map_err(fail)?;
        self.file.sync_all().await.map_err(fail)?;
        let path = self.spool.path(&self.name);
        tokio::fs::rename(self.spool.path(&format!("{}{PART}", self.name)), &path)
            .await
            .map_err(fail)?;
        self.gone.0 = Some(path);
        // The name is on disk only when the folder is.
        let folder = tokio::fs::File::open(&self.spool.folder).await.map_err(fail)?;
        folder.sync_all().await.map_err(fail)?;
        let hash = self.hasher.finalize().to_hex().as_str().into();
        Ok(Whole { name: self.name, hash, bytes: self.bytes, gone: self.gone })
    }
}

/// A file that has come whole; it goes away unless it is kept.
#[derive(Debug)]
pub(super) struct Whole {
    name: String,
    hash: Box<str>,
    bytes: u64,
    gone: Gone,
}

impl Whole {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A batch rests on it now.
    pub(super) fn keep(mut self) {
        self.gone.0 = None;
    }
}
