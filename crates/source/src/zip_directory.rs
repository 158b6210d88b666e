//! The central directory of a zip archive, read before anything is unpacked.

/// End-of-central-directory record without its comment.
const END_BYTES: usize = 22;
/// The longest comment behind it.
const MAX_COMMENT_BYTES: usize = u16::MAX as usize;
const END_MAGIC: &[u8] = b"PK\x05\x06";
const ENTRY_MAGIC: &[u8] = b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
const LOCAL_HEADER_BYTES: usize = 30;

/// One file inside an archive, as its directory states it.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) packed_bytes: u64,
    pub(crate) unpacked_bytes: u64,
    /// CRC-32 of what it unpacks to.
    pub(crate) checksum: u32,
    /// Where its own header stands.
    pub(crate) offset: usize,
}

/// Why a directory cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DirectoryError {
    /// There is no end record: the file is cut off.
    Missing,
    /// The record points outside the file or at something else.
    Broken,
}

/// The entries of the archive. Sizes of 4 GiB and more come out as 4 GiB, far above any limit.
pub(crate) fn entries(archive: &[u8]) -> Result<Vec<Entry<'_>>, DirectoryError> {
    let from = archive.len().saturating_sub(END_BYTES + MAX_COMMENT_BYTES);
    let end = archive[from..]
        .windows(END_BYTES)
        .rposition(|window| window.starts_with(END_MAGIC))
        .ok_or(DirectoryError::Missing)?;
    let end = &archive[from + end..];
    let count = u16_at(end, 10)?;
    let mut at = u32_at(end, 16)? as usize;
    let mut entries = Vec::with_capacity(count.into());
    for _ in 0..count {
        let entry = archive.get(at..).ok_or(DirectoryError::Broken)?;
        if !entry.starts_with(ENTRY_MAGIC) {
            return Err(DirectoryError::Broken);
        }
        let lengths = [u16_at(entry, 28)?, u16_at(entry, 30)?, u16_at(entry, 32)?].map(usize::from);
        let name =
            entry.get(ENTRY_BYTES..ENTRY_BYTES + lengths[0]).ok_or(DirectoryError::Broken)?;
        entries.push(Entry {
            name,
            checksum: u32_at(entry, 16)?,
            packed_bytes: u32_at(entry, 20)?.into(),
            unpacked_bytes: u32_at(entry, 24)?.into(),
            offset: u32_at(entry, 42)? as usize,
        });
        at += ENTRY_BYTES + lengths.iter().sum::<usize>();
    }
    Ok(entries)
}

/// What stands before the bytes of a file inside an archive.
pub(crate) struct LocalHeader {
    pub(crate) flags: u16,
    pub(crate) method: u16,
    /// Where the bytes begin.
    pub(crate) start: usize,
}

/// The own header of an entry.
pub(crate) fn local_header(
    archive: &[u8],
    entry: &Entry<'_>,
) -> Result<LocalHeader, DirectoryError> {
    let header = archive.get(entry.offset..).ok_or(DirectoryError::Broken)?;
    let [name, extra] = [u16_at(header, 26)?, u16_at(header, 28)?].map(usize::from);
    Ok(LocalHeader {
        flags: u16_at(header, 6)?,
        method: u16_at(header, 8)?,
        start: entry.offset + LOCAL_HEADER_BYTES + name + extra,
    })
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Result<u16, DirectoryError> {
    let bytes = bytes.get(at..at + 2).ok_or(DirectoryError::Broken)?;
    Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Result<u32, DirectoryError> {
    let bytes = bytes.get(at..at + 4).ok_or(DirectoryError::Broken)?;
    Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}
