//! Room for what a check must remember of every row: a temporary file that has no name.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::FileExt as _,
};

use diachiso_pipeline::Scratch;

/// Bytes that wait in memory before they are written: 1 MiB.
const WAITING_BYTES: usize = 1 << 20;

/// A scratch in a temporary file that is gone with the program, however it ends.
pub(super) struct FileScratch {
    file: File,
    /// Bytes in the file.
    written: u64,
    /// Bytes behind them, not written yet.
    waiting: Vec<u8>,
}

impl FileScratch {
    pub(super) fn new() -> io::Result<Self> {
        let waiting = Vec::with_capacity(WAITING_BYTES + (1 << 14));
        Ok(Self { file: tempfile::tempfile()?, written: 0, waiting })
    }
}

impl Scratch for FileScratch {
    fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        if self.waiting.len() >= WAITING_BYTES {
            self.file.write_all(&self.waiting)?;
            self.written += self.waiting.len() as u64;
            self.waiting.clear();
        }
        let offset = self.written + self.waiting.len() as u64;
        self.waiting.extend_from_slice(bytes);
        Ok(offset)
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        if let Some(at) = offset.checked_sub(self.written) {
            let bytes =
                usize::try_from(at).ok().and_then(|at| self.waiting.get(at..at + into.len()));
            into.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
            return Ok(());
        }
        self.file.read_exact_at(into, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_the_file_and_from_memory() {
        let mut scratch = FileScratch::new().expect("room");
        let piece = |n: u64| n.to_le_bytes().repeat(400);
        let offsets: Vec<u64> =
            (0..1_000).map(|n| scratch.append(&piece(n)).expect("room")).collect();
        assert!(scratch.written > 0 && !scratch.waiting.is_empty());
        let mut bytes = vec![0; 3_200];
        for (n, offset) in (0_u64..).zip(&offsets) {
            scratch.read(*offset, &mut bytes).expect("there");
            assert_eq!(bytes, piece(n));
        }
    }
}
