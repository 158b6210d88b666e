//! JSON to rows: newline-delimited objects, arrays of objects, `GeoJSON` features, and the
//! envelopes in which survey servers send them.
//!
//! The first row handed out is a heading made of the names in the records, in order of first
//! appearance among the first [`PREVIEW_BYTES`] of text (and [`PREVIEW_RECORDS`]). Row 1 is the
//! heading, and record *n* is row *n* + 1, as it would be in a spreadsheet of the same records.
//! The points of `GeoJSON` features become columns of their own, and the coordinate system that a
//! `crs` member names for all of them stands in the column of systems, in rows that name none.
//! An array of persons is a count of them: `persons(members)`; what it says of them is not kept,
//! which the empty column `members[]` tells.
//!
//! A name that first bears a value further down is an error that names the record, since a
//! column cannot be added to rows already handed out and nothing may be dropped in silence.

mod cutter;
mod persons;
mod record;
mod scanner;

use crate::SourceError;
use crate::decode::TextStream;
use crate::delimited::MAX_CELL_BYTES;
use crate::heading::Headings;
use crate::repeats::{count_heading, names_persons};
use crate::row_block::{MAX_COLUMNS, RowBlock, RowSource};
use crate::survey::Survey;
use cutter::{Cutter, Layout};
use diachiso_model::{Field as _, SubmissionField};
use record::{Point, flatten, system_name};
pub use scanner::MAX_JSON_DEPTH;
use std::collections::HashMap;
use std::io::Read;

/// Text read before the columns are settled: 64 MiB, some 100,000 records; files below this size
/// may bear their names in any record.
pub const PREVIEW_BYTES: usize = 64 << 20;

/// Records read before the columns are settled, which bounds what is kept of very short ones.
pub const PREVIEW_RECORDS: usize = 1 << 18;

/// Hands out the records of a stream of JSON.
pub(crate) struct JsonRows<R> {
    name: String,
    cutter: Cutter<R>,
    columns: Columns,
    heading_due: bool,
    /// The records read ahead, one behind the other, and the end of each.
    ahead: String,
    ends: Vec<u32>,
    /// Records handed out.
    taken: usize,
    row: Cells,
}

impl<R: Read + Send> JsonRows<R> {
    /// `sample` is the beginning of the text.
    ///
    /// # Errors
    /// [`SourceError`] when no record can be read, or one of the first is wrong.
    pub(crate) fn new(name: &str, text: TextStream<R>, sample: &str) -> Result<Self, SourceError> {
        let mut rows = Self {
            name: name.to_owned(),
            cutter: Cutter::new(name, text, Layout::sniff(sample)),
            columns: Columns::default(),
            heading_due: true,
            ahead: String::new(),
            ends: Vec::new(),
            taken: 0,
            row: Cells::default(),
        };
        rows.look_ahead()?;
        if rows.ends.is_empty() {
            return Err(SourceError::Empty { name: name.to_owned() });
        }
        rows.columns.settle(rows.cutter.system());
        Ok(rows)
    }

    fn look_ahead(&mut self) -> Result<(), SourceError> {
        while self.ahead.len() < PREVIEW_BYTES && self.ends.len() < PREVIEW_RECORDS {
            let Some(text) = self.cutter.next()? else { break };
            let columns = &mut self.columns;
            let mut full = false;
            let found = flatten(text, &mut |key, value| {
                let open = value.is_empty() && columns.put_off(key);
                full |= !open && !columns.learn(key);
                if full { Err(String::new()) } else { Ok(()) }
            });
            if full {
                return Err(SourceError::too_large(&self.name, format!("{MAX_COLUMNS} columns")));
            }
            let at = |fault| SourceError::json(&self.name, self.ends.len() as u32 + 1, fault);
            columns.points |= found.map_err(at)?.is_some();
            self.ahead.push_str(text);
            self.ends.push(self.ahead.len() as u32);
        }
        if !self.columns.settle_put_off() {
            return Err(SourceError::too_large(&self.name, format!("{MAX_COLUMNS} columns")));
        }
        Ok(())
    }

    /// Adds the next record to the block; `false` at the end.
    fn push_next(&mut self, into: &mut RowBlock) -> Result<bool, SourceError> {
        let text = if let Some(&end) = self.ends.get(self.taken) {
            let start = self.taken.checked_sub(1).map_or(0, |last| self.ends[last]);
            &self.ahead[start as usize..end as usize]
        } else {
            if !self.ahead.is_empty() {
                self.ahead = String::new();
            }
            match self.cutter.next()? {
                Some(text) => text,
                None => {
                    return match self.cutter.system() {
                        Some(late) if self.columns.misses(late) => Err(self.late_system()),
                        _ => Ok(false),
                    };
                }
            }
        };
        self.taken += 1;
        let record = u32::try_from(self.taken).unwrap_or(u32::MAX);
        self.row
            .read(&self.columns, text)
            .map_err(|fault| SourceError::json(&self.name, record, fault))?;
        into.push_row(record.saturating_add(1), self.row.texts());
        Ok(true)
    }

    /// Points were handed out as if nobody had named their system.
    fn late_system(&self) -> SourceError {
        let mib = PREVIEW_BYTES >> 20;
        SourceError::json(
            &self.name,
            self.taken as u32,
            format!(
                "the member `crs` stands behind the records, which are more than {mib} MiB; move it before `features`, \
                 or cut the file into several"
            ),
        )
    }
}

impl<R: Read + Send> RowSource for JsonRows<R> {
    fn next_block(&mut self, into: &mut RowBlock, max_rows: usize) -> Result<usize, SourceError> {
        into.clear();
        if self.heading_due && max_rows > 0 {
            self.heading_due = false;
            into.push_row(1, self.columns.names.iter().map(String::as_str));
        }
        while !into.is_full(max_rows) && self.push_next(into)? {}
        Ok(into.len())
    }
}

/// The columns of a file of records.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    /// Whether some record is a `GeoJSON` feature.
    points: bool,
    /// Names of persons under which nothing stood so far: where others bear an array, it is no
    /// column of its own.
    put_off: Vec<String>,
    /// Columns of the latitude and longitude of features, where no property bears them.
    point: Option<(usize, usize)>,
    /// The coordinate system of these points, where the file names one, and its column.
    system: Option<(usize, String)>,
}

impl Columns {
    /// Adds a name if it is new; `false` when there are too many.
    fn learn(&mut self, name: &str) -> bool {
        if self.by_name.contains_key(name) {
            return true;
        }
        self.by_name.insert(name.to_owned(), self.names.len());
        self.names.push(name.to_owned());
        self.names.len() <= MAX_COLUMNS
    }

    /// Leaves open whether an empty value under a new name is one of no persons.
    fn put_off(&mut self, name: &str) -> bool {
        if self.by_name.contains_key(name) || !name.ends_with(char::is_alphanumeric) {
            return false;
        }
        let known = self.put_off.iter().any(|other| other == name);
        if !known && names_persons(name) {
            self.put_off.push(name.to_owned());
            return true;
        }
        known
    }

    /// Adds the names that turned out to be no arrays; `false` when there are too many.
    fn settle_put_off(&mut self) -> bool {
        let names = std::mem::take(&mut self.put_off);
        let is_array = |name: &String| self.by_name.contains_key(&count_heading(name));
        let names: Vec<String> = names.into_iter().filter(|name| !is_array(name)).collect();
        names.iter().all(|name| self.learn(name))
    }

    /// Adds columns for the points of features, unless properties bear a latitude and a longitude, and one for their
    /// coordinate system, unless a property bears it.
    fn settle(&mut self, crs: Option<&str>) {
        let (known, survey) = (Headings::<SubmissionField>::new(), Survey::default());
        let fields = [SubmissionField::Latitude, SubmissionField::Longitude];
        let borne = |field| {
            self.names
                .iter()
                .any(|name| known.find(name, &survey).is_some_and(|found| found.field == field))
        };
        if self.points && !fields.into_iter().all(borne) {
            let first = self.names.len();
            self.names.extend(fields.map(|field| field.title().to_owned()));
            self.point = Some((first, first + 1));
        }
        let system = crs.map(system_name).filter(|name| !name.is_empty() && self.point.is_some());
        let Some(name) = system.map(std::borrow::Cow::into_owned) else { return };
        let rank = |heading: &String| {
            known
                .find(heading, &survey)
                .filter(|m| m.field == SubmissionField::System)
                .map(|m| m.rank)
        };
        let ranks = self.names.iter().enumerate();
        let best = ranks.filter_map(|(at, name)| Some((rank(name)?, at))).min();
        let column = best.map_or(self.names.len(), |(_, at)| at);
        if best.is_none() {
            self.names.push(SubmissionField::System.title().to_owned());
        }
        self.system = Some((column, name));
    }

    /// Whether points were read without the system that the file names.
    fn misses(&self, crs: &str) -> bool {
        self.point.is_some() && self.system.is_none() && !system_name(crs).is_empty()
    }

    /// The column of a name; `hint` is tried first, since records are much alike.
    fn find(&self, name: &str, hint: usize) -> Option<usize> {
        if self.names.get(hint).is_some_and(|known| known == name) && self.by_name.len() > hint {
            return Some(hint);
        }
        self.by_name.get(name).copied()
    }
}

/// The cells of the record under way.
#[derive(Default)]
struct Cells {
    cells: Vec<String>,
    /// Columns that the record has named.
    named: Vec<bool>,
}

impl Cells {
    fn read(&mut self, columns: &Columns, text: &str) -> Result<(), String> {
        self.cells.resize_with(columns.names.len(), String::new);
        self.cells.iter_mut().for_each(String::clear);
        self.named.clear();
        self.named.resize(columns.names.len(), false);
        let mut hint = 0;
        let point = flatten(text, &mut |name, value| {
            let Some(column) = columns.find(name, hint) else {
                return late(name, value);
            };
            hint = column + 1;
            if std::mem::replace(&mut self.named[column], true) {
                return Err(format!("the name `{name}` stands twice"));
            }
            self.put(column, name, value)
        })?;
        match (point, columns.point) {
            (Some(Point { longitude, latitude }), Some((lat, lon))) => {
                self.put(lat, "coordinates", latitude)?;
                self.put(lon, "coordinates", longitude)?;
                match &columns.system {
                    Some((at, name))
                        if !latitude.is_empty() && self.cells[*at].trim().is_empty() =>
                    {
                        self.cells[*at].clear();
                        self.put(*at, "crs", name)
                    }
                    _ => Ok(()),
                }
            }
            (Some(_), None) if !columns.points => {
                Err("it is a GeoJSON feature and the first records are none".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn put(&mut self, column: usize, name: &str, value: &str) -> Result<(), String> {
        if value.len() > MAX_CELL_BYTES {
            let kib = MAX_CELL_BYTES >> 10;
            return Err(format!("the value of `{name}` is longer than {kib} KiB; mend the record"));
        }
        self.cells[column].push_str(value);
        Ok(())
    }

    /// The cells up to the last that holds something.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let width = self.cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        self.cells[..width].iter().map(String::as_str)
    }
}

/// A name that no record of the preview bears: lost only if it holds nothing.
fn late(name: &str, value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the name `{name}` first appears here, behind the first {} MiB, where the columns are \
         settled; move this record to the start of the file, or cut the file into several",
        PREVIEW_BYTES >> 20
    ))
}

/// Whether text begins as JSON records do: `{` before a name or its end, `[` before an object or
/// its end. A csv heading in brackets does not.
pub(crate) fn starts_like_json(text: &str) -> bool {
    let space = |c: char| c.is_ascii_whitespace() || c == '\u{1E}';
    let text = text.trim_start_matches(space);
    let mut rest = text.chars();
    let first = rest.next();
    let second = rest.find(|c| !space(*c));
    matches!((first, second), (Some('{'), Some('"' | '}')) | (Some('['), Some('{' | ']')))
}
