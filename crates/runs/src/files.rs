//! Files as the user names them: checked before anything is done with them.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use diachiso_model::SourceKind;
use diachiso_source::{Opened, RowSource};
use diachiso_store::TableRows;

use crate::{FileFault, JobError};

/// Largest file taken in, the same for csv and workbooks: 1 GiB is about four million rows.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Bytes by which a GeoPackage is told from other files.
const HEAD_BYTES: u64 = 64;

/// A file that exists, is a file, and is not too large.
pub struct Named {
    /// Where it lies.
    pub path: PathBuf,
    /// What people call it.
    pub name: Box<str>,
    /// How messages call it: its path, or the name that it was given.
    pub(crate) shown: Box<str>,
    /// What it holds.
    pub kind: SourceKind,
    /// Its size.
    pub bytes: u64,
    /// BLAKE3 of its bytes, hexadecimal; empty where nobody asks for it.
    pub hash: Box<str>,
}

fn hash(path: &Path) -> io::Result<Box<str>> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().as_str().into())
}

impl Named {
    /// Looks at a file and hashes it.
    ///
    /// # Errors
    /// [`JobError::File`] when it is none that can be taken in.
    pub fn new(path: &Path, kind: SourceKind) -> Result<Self, JobError> {
        let named = Self::unhashed(path, kind)?;
        let hash = hash(path).map_err(|e| named.fault(e))?;
        Ok(Self { hash, ..named })
    }

    /// Looks at a file of which nothing is kept, so that it needs no hash.
    ///
    /// # Errors
    /// [`JobError::File`] when it is none that can be taken in.
    pub fn unhashed(path: &Path, kind: SourceKind) -> Result<Self, JobError> {
        let path_text = || path.display().to_string();
        Self::look(path, kind).map_err(|fault| JobError::File { path: path_text(), fault })
    }

    /// The same file, under the name that people gave it.
    #[must_use]
    pub fn called(self, name: &str) -> Self {
        Self { name: name.into(), shown: name.into(), ..self }
    }

    fn fault(&self, fault: impl Into<FileFault>) -> JobError {
        JobError::File { path: self.shown.to_string(), fault: fault.into() }
    }

    fn look(path: &Path, kind: SourceKind) -> Result<Self, FileFault> {
        let meta = path.metadata().map_err(FileFault::Unreadable)?;
        if meta.is_dir() {
            return Err(FileFault::Folder);
        }
        if !meta.is_file() {
            return Err(FileFault::NotRegular);
        }
        if meta.len() == 0 {
            return Err(FileFault::Empty);
        }
        if meta.len() > MAX_FILE_BYTES {
            let (mib, most_mib) = (meta.len() >> 20, MAX_FILE_BYTES >> 20);
            return Err(FileFault::TooLarge { mib, most_mib });
        }
        let name = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy());
        Ok(Self {
            path: path.to_path_buf(),
            name: name.as_ref().into(),
            shown: path.display().to_string().into(),
            kind,
            bytes: meta.len(),
            hash: "".into(),
        })
    }

    /// Its rows, whatever they are; of a workbook those of one sheet.
    ///
    /// # Errors
    /// When it cannot be read as a table.
    pub fn rows(&self) -> Result<Box<dyn RowSource>, JobError> {
        match self.table()? {
            Some(rows) => Ok(rows),
            None => Ok(diachiso_source::open(&self.name, self.open()?)?),
        }
    }

    /// Its rows, or its sheets.
    ///
    /// # Errors
    /// When it cannot be read as a table.
    pub fn open_sheets(&self) -> Result<Opened<'static>, JobError> {
        match self.table()? {
            Some(rows) => Ok(Opened::Rows(rows)),
            None => Ok(diachiso_source::open_sheets(&self.name, self.open()?)?),
        }
    }

    /// Its rows if it is a GeoPackage.
    fn table(&self) -> Result<Option<Box<dyn RowSource>>, JobError> {
        let mut head = Vec::new();
        self.open()?.take(HEAD_BYTES).read_to_end(&mut head).map_err(JobError::ours)?;
        let is_table = diachiso_store::is_geopackage(&head);
        Ok(is_table
            .then(|| Box::new(TableRows::open(&self.path, &self.name)) as Box<dyn RowSource>))
    }

    /// Opens it for reading.
    fn open(&self) -> Result<impl Read + Send + use<>, JobError> {
        let file = File::open(&self.path).map_err(|e| self.fault(e))?;
        Ok(io::BufReader::with_capacity(1 << 18, file).take(MAX_FILE_BYTES))
    }
}
