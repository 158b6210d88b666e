//! What kind of file the bytes are, and opening it.

use crate::SourceError;
use crate::decode::{TextStream, guess, utf16_without_mark};
use crate::delimited::{Delimited, MAX_FILE_BYTES, sniff_delimiter};
use crate::json::{JsonRows, starts_like_json};
use crate::repeats::{Appended, WideCounter};
use crate::row_block::RowSource;
use crate::tables_archive;
use crate::workbook::{self, Workbook};
use encoding_rs::{Encoding, UTF_8};
use std::io::{Cursor, Read};
use std::sync::Arc;

/// Bytes looked at before anything is decided: 64 KiB, some 300 rows.
const HEAD_BYTES: usize = 64 << 10;

/// Bytes in which a text shows what it is: 1 KiB.
const FIRST_WORDS_BYTES: usize = 1 << 10;

/// Share of control characters, in thousandths, from which text is taken for binary data. Some
/// Vietnamese fonts keep a few capitals there, so one alone says nothing.
const MAX_CONTROL_PER_MILLE: usize = 10;

/// The kinds of file that hold rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Text with a delimiter: csv, tsv and their kin, in any encoding.
    Delimited,
    /// A workbook: xlsx, xlsm, xlsb, xls, ods; or an archive of tables.
    Workbook,
    /// JSON: objects one a line, an array of objects, `GeoJSON` features.
    Json,
}

/// First bytes of files that people send by mistake, and what to call them.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"%PDF", "it is a PDF"),
    (b"\x89PNG", "it is an image (PNG)"),
    (b"\xFF\xD8\xFF", "it is an image (JPEG)"),
    (b"GIF8", "it is an image (GIF)"),
    (b"RIFF", "it is an image or a recording (RIFF)"),
    (b"II*\0", "it is an image (TIFF)"),
    (b"MM\0*", "it is an image (TIFF)"),
    (b"\x1F\x8B", "it is packed (gzip): unpack it"),
    (b"\x28\xB5\x2F\xFD", "it is packed (zstd): unpack it"),
    (b"7z\xBC\xAF\x27\x1C", "it is packed (7-Zip): unpack it"),
    (b"Rar!", "it is packed (RAR): unpack it"),
    (b"SQLite format 3\0", "it is a database (SQLite, GeoPackage)"),
    (b"\x7FELF", "it is a program"),
    (b"{\\rtf", "it is a text document (RTF)"),
    (b"PAR1", "it is a Parquet file"),
];

/// First words of text files that are no tables, in lower case.
const FOREIGN_TEXT: &[(&str, &str)] =
    &[("<!doctype", "it is a web page"), ("<html", "it is a web page"), ("<?xml", "it is XML")];

impl Format {
    /// The format by the first bytes of a file, and by the extension where they are silent.
    ///
    /// # Errors
    /// [`SourceError::NotATable`] when the bytes are those of another kind of file, and when a
    /// file named as a workbook is none.
    pub fn sniff(name: &str, head: &[u8]) -> Result<Self, SourceError> {
        let not = |reason: &str| Err(SourceError::not_a_table(name, reason));
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
        {
            return Ok(Self::Workbook);
        }
        if let Some((_, what)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)) {
            return not(what);
        }
        let start = first_words(head);
        if starts_like_json(&start) {
            return Ok(Self::Json);
        }
        let start = start.trim_start().to_ascii_lowercase();
        if let Some((_, what)) = FOREIGN_TEXT.iter().find(|(words, _)| start.starts_with(words)) {
            return not(what);
        }
        match extension(name).as_str() {
            "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" if binary(head).is_some() => {
                not("its name promises a workbook and its content is none")
            }
            _ => Ok(Self::Delimited),
        }
    }
}

/// The beginning of a text in any encoding, as far as plain characters tell.
fn first_words(head: &[u8]) -> String {
    let head = &head[..head.len().min(FIRST_WORDS_BYTES)];
    let (encoding, mark_bytes) = Encoding::for_bom(head)
        .or_else(|| utf16_without_mark(head).map(|encoding| (encoding, 0)))
        .unwrap_or((UTF_8, 0));
    encoding.decode_without_bom_handling(&head[mark_bytes..]).0.into_owned()
}

fn extension(name: &str) -> String {
    name.rsplit_once('.').map_or_else(String::new, |(_, end)| end.to_ascii_lowercase())
}

/// Why bytes in no multi-byte encoding cannot be text.
fn binary(head: &[u8]) -> Option<&'static str> {
    if head.contains(&0) {
        return Some("it holds zero bytes");
    }
    let is_control = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0B | 0x0C | 0x1A);
    let controls = head.iter().filter(|b| is_control(**b)).count();
    (controls * 1_000 > head.len() * MAX_CONTROL_PER_MILLE)
        .then_some("it is full of control characters")
}

/// The delimiter that parts the cells of a text file, by its first bytes (64 KiB are plenty); `None` for workbooks and
/// JSON.
///
/// # Errors
/// [`SourceError::NotATable`] when the bytes are those of no table.
pub fn delimiter(name: &str, head: &[u8]) -> Result<Option<u8>, SourceError> {
    if Format::sniff(name, head)? != Format::Delimited {
        return Ok(None);
    }
    let marked = Encoding::for_bom(head).map(|(encoding, _)| encoding);
    let encoding = marked.or_else(|| utf16_without_mark(head)).unwrap_or_else(|| guess(head));
    let (sample, _, _) = encoding.decode(head);
    let preferred = matches!(extension(name).as_str(), "tsv" | "tab").then_some(b'\t');
    Ok(Some(sniff_delimiter(&sample, preferred)))
}

/// What a file holds.
pub enum Opened<'a> {
    /// Rows, to be read as a stream.
    Rows(Box<dyn RowSource + 'a>),
    /// A workbook in memory, whose sheets are chosen by what they are read as.
    Workbook(Workbook),
}

/// Opens a file as [`open_sheets`] does and hands out its rows; of a workbook the visible sheet with the most rows, among
/// those that have the columns of households where there is one: cover pages and code lists beside it are left alone,
/// however long.
///
/// Where a file shows a repeat group of persons (columns `members[1]/name`, an array, a sheet or a
/// table of its own), one more column with the number of persons of each household, headed
/// `persons(members)`, stands behind those of the heading. Rows of a sheet or table of persons
/// follow those of the households, each with a word in that column alone, by which [`non_record`]
/// tells what it is; nothing else of them is handed out.
///
/// [`non_record`]: crate::non_record
///
/// # Errors
/// [`SourceError`] when the file is empty, too large, cut off or no table.
pub fn open<'a>(
    name: &str,
    bytes: impl Read + Send + 'a,
) -> Result<Box<dyn RowSource + 'a>, SourceError> {
    match open_sheets(name, bytes)? {
        Opened::Rows(rows) => Ok(rows),
        Opened::Workbook(book) => book.best(),
    }
}

/// Opens a file whose name serves for messages and, through its extension, as a hint.
///
/// Text may be UTF-8, UTF-16 (with a mark or without) or a Vietnamese single-byte encoding, and
/// be parted by commas, semicolons, tabs or bars; it is read as a stream. A workbook is read
/// into memory as a whole. An archive of csv tables is read as one where ODK Central made it, and
/// read into memory as it is packed.
///
/// # Errors
/// [`SourceError`] when the file is empty, too large, cut off or no table.
pub fn open_sheets<'a>(
    name: &str,
    mut bytes: impl Read + Send + 'a,
) -> Result<Opened<'a>, SourceError> {
    let head = read_head(name, &mut bytes)?;
    let rows = match Format::sniff(name, &head)? {
        Format::Workbook => {
            let file = Arc::new(workbook::read_file(name, head, bytes)?);
            let tables =
                if file.starts_with(b"PK") { tables_archive::open(name, &file)? } else { None };
            match tables {
                Some(rows) => rows,
                None => return Ok(Opened::Workbook(Workbook::read(name, &file)?)),
            }
        }
        format => open_by_head(name, head, bytes, format)?,
    };
    Ok(Opened::Rows(Box::new(Appended::new(rows, WideCounter::default()))))
}

/// Opens text with a delimiter, and nothing else, as it comes.
pub(crate) fn open_text<'a>(
    name: &str,
    mut bytes: impl Read + Send + 'a,
) -> Result<Box<dyn RowSource + 'a>, SourceError> {
    let head = read_head(name, &mut bytes)?;
    match Format::sniff(name, &head)? {
        Format::Delimited => open_by_head(name, head, bytes, Format::Delimited),
        Format::Workbook | Format::Json => Err(SourceError::not_a_table(name, "it is no csv")),
    }
}

fn read_head(name: &str, bytes: &mut impl Read) -> Result<Vec<u8>, SourceError> {
    let mut head = Vec::new();
    bytes
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|source| SourceError::io(name, source))?;
    if head.is_empty() { Err(SourceError::Empty { name: name.to_owned() }) } else { Ok(head) }
}

/// Opens text of a format that was told by its head.
fn open_by_head<'a>(
    name: &str,
    mut head: Vec<u8>,
    bytes: impl Read + Send + 'a,
    format: Format,
) -> Result<Box<dyn RowSource + 'a>, SourceError> {
    let (marked, mark_bytes) = match Encoding::for_bom(&head) {
        Some((encoding, length)) => (Some(encoding), length),
        None => (utf16_without_mark(&head), 0),
    };
    if marked.is_none_or(|encoding| encoding == UTF_8)
        && let Some(reason) = binary(&head)
    {
        return Err(SourceError::not_a_table(name, reason));
    }
    head.drain(..mark_bytes);
    let (sample, _) = marked.unwrap_or_else(|| guess(&head)).decode_without_bom_handling(&head);
    if sample.chars().all(char::is_whitespace) && head.len() < HEAD_BYTES / 2 {
        return Err(SourceError::Empty { name: name.to_owned() });
    }
    if format == Format::Json {
        let sample = sample.into_owned();
        let text = TextStream::new(name, Cursor::new(head).chain(bytes), MAX_FILE_BYTES, marked);
        return Ok(Box::new(JsonRows::new(name, text, &sample)?));
    }
    let preferred = matches!(extension(name).as_str(), "tsv" | "tab").then_some(b'\t');
    let delimiter = sniff_delimiter(&sample, preferred);
    let text = TextStream::new(name, Cursor::new(head).chain(bytes), MAX_FILE_BYTES, marked);
    Ok(Box::new(Delimited::new(name, text, delimiter)))
}
