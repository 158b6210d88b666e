//! One packed part of an archive, read as often as one likes.

use crate::zip_directory::{Entry, local_header};
use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::io::{Error, Read, Result as IoResult};
use std::ops::Range;
use std::sync::Arc;

/// The flag of a part that a password protects.
const ENCRYPTED: u16 = 1;

/// Why a part cannot be read, as the end of a sentence that names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum PartError {
    /// It does not lie where the directory says.
    #[error("is not where the archive says: copy or download it again")]
    Misplaced,
    /// A password protects it.
    #[error("is protected by a password: unpack the archive")]
    Encrypted,
    /// It is packed in another way than everybody's.
    #[error("is packed in a way that is not read (method {0}): unpack the archive")]
    Method(u16),
}

/// A part, and the archive around it.
#[derive(Clone)]
pub(crate) struct Part {
    archive: Arc<Vec<u8>>,
    packed: Range<usize>,
    is_deflated: bool,
    unpacked_bytes: u64,
    checksum: u32,
}

impl Part {
    /// The part of an entry of the directory.
    pub(crate) fn of(archive: &Arc<Vec<u8>>, entry: &Entry<'_>) -> Result<Self, PartError> {
        let header = local_header(archive, entry).map_err(|_| PartError::Misplaced)?;
        if header.flags & ENCRYPTED != 0 {
            return Err(PartError::Encrypted);
        }
        let is_deflated = match header.method {
            0 => false,
            8 => true,
            method => return Err(PartError::Method(method)),
        };
        let length = usize::try_from(entry.packed_bytes).map_err(|_| PartError::Misplaced)?;
        let end = header.start.checked_add(length).filter(|end| *end <= archive.len());
        Ok(Self {
            archive: Arc::clone(archive),
            packed: header.start..end.ok_or(PartError::Misplaced)?,
            is_deflated,
            unpacked_bytes: entry.unpacked_bytes,
            checksum: entry.checksum,
        })
    }

    /// What it unpacks to, from its beginning.
    pub(crate) fn read(&self) -> Unpacked {
        let bytes = Bytes { archive: Arc::clone(&self.archive), left: self.packed.clone() };
        let bytes: Box<dyn Read + Send> =
            if self.is_deflated { Box::new(DeflateDecoder::new(bytes)) } else { Box::new(bytes) };
        let (left, checksum) = (self.unpacked_bytes, self.checksum);
        Unpacked { bytes, left, checksum, seen: Crc::new(), ended: false }
    }
}

/// The bytes of a part.
struct Bytes {
    archive: Arc<Vec<u8>>,
    left: Range<usize>,
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let read = (&self.archive[self.left.clone()]).read(buffer)?;
        self.left.start += read;
        Ok(read)
    }
}

/// What a part unpacks to: as many bytes as the archive says, with its checksum, or an error.
pub(crate) struct Unpacked {
    bytes: Box<dyn Read + Send>,
    left: u64,
    checksum: u32,
    seen: Crc,
    ended: bool,
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let read = self.bytes.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| Error::other("a part unpacks to more than the archive says"))?;
        self.seen.update(&buffer[..read]);
        if read == 0 {
            self.ended = true;
            if self.left > 0 || self.seen.sum() != self.checksum {
                return Err(Error::other("a part is not what the archive says: it is damaged"));
            }
        }
        Ok(read)
    }
}
