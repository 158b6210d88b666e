//! The container of xls files (MS-CFB), walked before its reader is let in.
//!
//! The reader follows chains of sectors without counting them, and lays out a sheet as a full
//! rectangle from its first to its last cell: a file of a few kilobytes could ask for all the
//! memory there is. What is found here is what it will find.

use crate::xls_text::Texts;
use crate::zip_directory::{u16_at, u32_at};

/// Most cells of all sheets of an xls file, blank ones within the used rectangles included:
/// 16,777,216, one sheet filled from corner to corner; at 56 bytes each that is 0.9 GB.
pub(crate) const MAX_XLS_CELLS: u64 = 1 << 24;

const HEADER_BYTES: usize = 512;
/// From here on a sector number is a sign, not a number.
const FIRST_SIGN: u32 = 0xFFFF_FFFC;
const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
/// Streams shorter than this live in sectors of 64 bytes.
const SMALL_STREAM_BYTES: usize = 4_096;
const SMALL_SECTOR_BYTES: usize = 64;
const ENTRY_BYTES: usize = 128;

/// Why a file is not for the reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum XlsFault {
    /// Chains, entries or records lead nowhere or in circles.
    Broken,
    /// More than [`MAX_XLS_CELLS`].
    TooManyCells,
    /// More than [`crate::xls_text::MAX_XLS_TEXT_BYTES`].
    TooMuchText,
}

/// Checks that reading an xls file takes memory in proportion to its size and cells.
pub(crate) fn check(file: &[u8]) -> Result<(), XlsFault> {
    check_sheets(&workbook_stream(file).ok_or(XlsFault::Broken)?)
}

/// Sectors and the table that chains them.
struct Sectors<'a> {
    bytes: &'a [u8],
    size: usize,
    next: Vec<u32>,
}

impl Sectors<'_> {
    fn get(&self, id: u32) -> Option<&[u8]> {
        let start = (id as usize).checked_mul(self.size)?;
        let end = start.checked_add(self.size)?.min(self.bytes.len());
        self.bytes.get(start..end)
    }

    /// The bytes of a chain, at most `length`; `None` where it leaves the file or has more
    /// sectors than there are.
    fn chain(&self, first: u32, length: usize) -> Option<Vec<u8>> {
        let most = self.bytes.len() / self.size + 1;
        let (mut chain, mut id) = (Vec::new(), first);
        for _ in 0..=most {
            if id == END_OF_CHAIN || chain.len() >= length {
                chain.truncate(length);
                return Some(chain);
            }
            chain.extend_from_slice(self.get(id)?);
            id = *self.next.get(id as usize)?;
        }
        None
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}

/// The stream that holds the sheets.
fn workbook_stream(file: &[u8]) -> Option<Vec<u8>> {
    let header = file.get(..HEADER_BYTES)?;
    let word = |at| u32_at(header, at).ok();
    let size = match u16_at(header, 30).ok()? {
        9 => 512,
        12 => 4_096,
        _ => return None,
    };
    let mut sectors = Sectors { bytes: file.get(size..)?, size, next: Vec::new() };
    let most = sectors.bytes.len() / size + 1;
    let mut tables: Vec<u32> = words(&header[76..]).collect();
    let mut more = word(68)?;
    for _ in 0..=most {
        if more >= FIRST_SIGN {
            break;
        }
        tables.extend(words(sectors.get(more)?));
        more = tables.pop()?;
    }
    tables.retain(|id| *id < FIRST_SIGN);
    if more < FIRST_SIGN || tables.len() > most {
        return None;
    }
    for id in tables {
        let table: Vec<u32> = words(sectors.get(id)?).collect();
        sectors.next.extend(table);
    }
    let directory = sectors.chain(word(48)?, usize::MAX)?;
    let entries: Vec<Entry> =
        directory.chunks_exact(ENTRY_BYTES).map(|e| Entry::new(e, size)).collect();
    let mut small = Sectors { bytes: &[], size: SMALL_SECTOR_BYTES, next: Vec::new() };
    let (mut small_bytes, tables) = (Vec::new(), word(64)? as usize);
    if tables > 0 {
        small_bytes = sectors.chain(entries.first()?.first, entries.first()?.length)?;
        let table = sectors.chain(word(60)?, tables.checked_mul(size)?)?;
        small.next = words(&table).collect();
    }
    small.bytes = &small_bytes;
    let stream = |name: &str| {
        let entry = entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))?;
        let home = if entry.length < SMALL_STREAM_BYTES { &small } else { &sectors };
        home.chain(entry.first, entry.length)
    };
    stream("Workbook").or_else(|| stream("Book"))
}

/// A line of the directory.
struct Entry {
    name: String,
    first: u32,
    length: usize,
}

impl Entry {
    /// Reads [`ENTRY_BYTES`] bytes.
    fn new(entry: &[u8], sector_bytes: usize) -> Self {
        let units: Vec<u16> = entry[..64]
            .chunks_exact(2)
            .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
            .collect();
        let name = String::from_utf16_lossy(&units);
        let word = |at| u32_at(entry, at).unwrap_or(0);
        let high = if sector_bytes == 512 { 0 } else { word(124) as usize };
        Self {
            name: name.split('\0').next().unwrap_or_default().to_owned(),
            first: word(116),
            length: word(120) as usize | high << 32,
        }
    }
}

/// Records that hold cells, by their kind: number, texts, truth value, formula, its text, small
/// number, shared text, several small numbers.
const CELL_RECORDS: &[u16] = &[0x0203, 0x0204, 0x00D6, 0x0205, 0x0006, 0x027E, 0x00FD, 0x00BD];
const SEVERAL: u16 = 0x00BD;
const DIMENSIONS: u16 = 0x0200;
const SHEET: u16 = 0x0085;
const BEGIN: u16 = 0x0809;
const END: u16 = 0x000A;

/// The kind and the data of each record, until they run over the end.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let (kind, length) = (u16_at(rest, 0).ok()?, u16_at(rest, 2).ok()?);
        let end = 4 + usize::from(length);
        let data = rest.get(4..end)?;
        rest = &rest[end..];
        Some((kind, data))
    })
}

fn check_sheets(stream: &[u8]) -> Result<(), XlsFault> {
    let (mut cells, mut walked) = (0, 0);
    let mut texts = Texts::of_book(records(stream).take_while(|(kind, _)| *kind != END))?;
    for (kind, data) in records(stream).take_while(|(kind, _)| *kind != END) {
        if kind == SHEET {
            let at = u32_at(data, 0).map_err(|_| XlsFault::Broken)? as usize;
            let sheet_stream = stream.get(at..).ok_or(XlsFault::Broken)?;
            let (sheet_cells, length) = sheet(sheet_stream, &mut texts)?;
            cells += sheet_cells;
            walked += length;
        }
        // Sheets do not overlap: one read a thousand times over would take a thousand times.
        if walked > stream.len() {
            return Err(XlsFault::Broken);
        }
        if cells > MAX_XLS_CELLS {
            return Err(XlsFault::TooManyCells);
        }
    }
    Ok(())
}

/// Cells in the rectangle that a sheet uses or says it uses, and bytes of its records.
fn sheet(stream: &[u8], texts: &mut Texts) -> Result<(u64, usize), XlsFault> {
    let (mut begun, mut depth, mut length, mut stated) = (false, 0_usize, 0, 0);
    let (mut from, mut to) = ((u16::MAX, u16::MAX), (0, 0));
    for (kind, data) in records(stream) {
        length += 4 + data.len();
        if depth == 0 {
            texts.see(kind, data)?;
        }
        match kind {
            BEGIN if begun => depth += 1,
            BEGIN => begun = true,
            END if depth > 0 => depth -= 1,
            END => break,
            _ if depth > 0 => {}
            DIMENSIONS => stated = stated_cells(data).max(stated),
            _ if CELL_RECORDS.contains(&kind) && data.len() >= 4 => {
                let word = |at| u16_at(data, at).unwrap_or(0);
                let (row, column) = (word(0), word(2));
                let last = if kind == SEVERAL { word(data.len() - 2) } else { column };
                from = (from.0.min(row), from.1.min(column));
                to = (to.0.max(row), to.1.max(column.max(last)));
            }
            _ => {}
        }
    }
    let side = |from: u16, to: u16| u64::from(to.saturating_sub(from)) + 1;
    let used = side(from.0, to.0) * side(from.1, to.1);
    Ok((used.max(stated), length))
}

/// Cells that the sheet says it uses; the reader makes room for them before it sees one.
fn stated_cells(data: &[u8]) -> u64 {
    let (short, long) = (|at| u16_at(data, at).unwrap_or(0), |at| u32_at(data, at).unwrap_or(0));
    let [top, bottom, left, right] = if data.len() == 10 {
        [short(0), short(2), short(4), short(6)].map(u32::from)
    } else {
        [long(0), long(4), short(8).into(), short(10).into()]
    };
    let left = if left > 0xFF || right < left { 0 } else { left };
    if bottom == 0 || right == 0 {
        return 1;
    }
    u64::from(bottom.wrapping_sub(top)) * u64::from(right.wrapping_sub(left))
}
