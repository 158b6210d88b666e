//! A file in memory that lets itself be read a few times over, and no more.
//!
//! The list of a workbook's sheets may name one part a thousand times, and each time it is
//! unpacked again.

use std::io::{Cursor, Error, Read, Result, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often a reader may go over the whole file: each of the formats that it tries looks at the
/// directory, and one reads every part once.
const TIMES: u64 = 4;

/// What it may read on top of that: 1 MiB, so that small files are no special case.
const BYTES_ON_TOP: u64 = 1 << 20;

/// Bytes that count how many of them were read, by all clones together.
#[derive(Clone)]
pub(crate) struct Metered<'a> {
    bytes: Cursor<&'a [u8]>,
    left: Arc<AtomicU64>,
}

impl<'a> Metered<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let left = TIMES * bytes.len() as u64 + BYTES_ON_TOP;
        Self { bytes: Cursor::new(bytes), left: Arc::new(AtomicU64::new(left)) }
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.bytes.read(buffer)?;
        let take = |left: u64| left.checked_sub(read as u64);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(_) => Ok(read),
            Err(_) => Err(Error::other("its list of sheets names the same part again and again")),
        }
    }
}

impl Seek for Metered<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.bytes.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_a_few_times_by_all_clones_together() {
        let bytes = vec![0; 1 << 20];
        let first = Metered::new(&bytes);
        let reads = |mut clone: Metered<'_>| clone.read_to_end(&mut Vec::new()).is_ok();
        assert_eq!((0..9).take_while(|_| reads(first.clone())).count(), 5);
        assert!(Metered::new(&[]).read(&mut [0]).is_ok_and(|read| read == 0));
    }
}
