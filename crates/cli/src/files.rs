//! Files as the user names them: checked before anything is done with them.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use diachiso_model::SourceKind;
use diachiso_source::{Opened, RowSource};
use diachiso_store::TableRows;

use crate::user;

/// Largest file taken in, the same for csv and workbooks: 1 GiB is about four million rows.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Bytes by which a GeoPackage is told from other files.
const HEAD_BYTES: u64 = 64;

/// A file that exists, is a file, and is not too large.
pub(crate) struct Named {
    pub(crate) path: PathBuf,
    pub(crate) name: Box<str>,
    pub(crate) kind: SourceKind,
    pub(crate) bytes: u64,
    /// BLAKE3 of its bytes, hexadecimal; empty where nobody asks for it.
    pub(crate) hash: Box<str>,
}

fn hash(path: &Path) -> io::Result<Box<str>> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().as_str().into())
}

impl Named {
    /// Looks at a file and hashes it.
    pub(crate) fn new(path: &Path, kind: SourceKind) -> anyhow::Result<Self> {
        let named = Self::unhashed(path, kind)?;
        let hash = hash(path).with_context(|| format!("F01 {}", path.display())).map_err(user)?;
        Ok(Self { hash, ..named })
    }

    /// Looks at a file of which nothing is kept, so that it needs no hash.
    pub(crate) fn unhashed(path: &Path, kind: SourceKind) -> anyhow::Result<Self> {
        Self::look(path, kind).with_context(|| format!("F01 {}", path.display())).map_err(user)
    }

    fn look(path: &Path, kind: SourceKind) -> anyhow::Result<Self> {
        let meta = path.metadata().context("cannot be read")?;
        if meta.is_dir() {
            bail!("is a folder; name the files inside it");
        }
        if !meta.is_file() {
            bail!("is no regular file");
        }
        if meta.len() == 0 {
            bail!("is empty; export it again");
        }
        if meta.len() > MAX_FILE_BYTES {
            bail!(
                "has {} MiB, more than the {} MiB that are taken in at once; cut it into several files",
                meta.len() >> 20,
                MAX_FILE_BYTES >> 20
            );
        }
        let name = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy());
        Ok(Self {
            path: path.to_path_buf(),
            name: name.as_ref().into(),
            kind,
            bytes: meta.len(),
            hash: "".into(),
        })
    }

    /// Its rows, whatever they are; of a workbook those of one sheet.
    pub(crate) fn rows(&self) -> anyhow::Result<Box<dyn RowSource>> {
        match self.table()? {
            Some(rows) => Ok(rows),
            None => diachiso_source::open(&self.name, self.open()?).map_err(user),
        }
    }

    /// Its rows, or its sheets.
    pub(crate) fn open_sheets(&self) -> anyhow::Result<Opened<'static>> {
        match self.table()? {
            Some(rows) => Ok(Opened::Rows(rows)),
            None => diachiso_source::open_sheets(&self.name, self.open()?).map_err(user),
        }
    }

    /// Its rows if it is a GeoPackage.
    fn table(&self) -> anyhow::Result<Option<Box<dyn RowSource>>> {
        let mut head = Vec::new();
        self.open()?.take(HEAD_BYTES).read_to_end(&mut head)?;
        let is_table = diachiso_store::is_geopackage(&head);
        Ok(is_table
            .then(|| Box::new(TableRows::open(&self.path, &self.name)) as Box<dyn RowSource>))
    }

    /// Opens it for reading.
    fn open(&self) -> anyhow::Result<impl Read + Send + use<>> {
        let file = File::open(&self.path)
            .with_context(|| format!("F01 {}", self.path.display()))
            .map_err(user)?;
        Ok(io::BufReader::with_capacity(1 << 18, file).take(MAX_FILE_BYTES))
    }
}
