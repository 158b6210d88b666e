//! A stream of JSON text cut into records, one at a time, without keeping what is behind.

use super::scanner::{MAX_JSON_DEPTH, Scanner, is_space, quoted};
use crate::SourceError;
use crate::decode::TextStream;
use crate::delimited::MAX_RECORD_BYTES;
use std::io::Read;

/// Members of an object under which exports keep their records: `GeoJSON`, the `KoboToolbox`
/// API, `OData` (ODK Central), and what others call them.
const LISTS: &[&str] = &["features", "results", "value", "data", "records", "items"];

/// Members that say, when not empty, that the file is one page of several.
const NEXT_PAGE: &[&str] = &["next", "@odata.nextLink"];

/// Member of a feature collection that names the coordinate system of its geometries (`GeoJSON` of 2008; the standard of
/// 2016 knows WGS 84 alone, and programs go on writing it).
const SYSTEM: &str = "crs";

/// How the records stand in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Layout {
    /// One object after another, as a rule one a line.
    Sequence,
    /// An array of objects.
    Array,
    /// An object around an array of objects, which is its member of this name.
    Wrapped(&'static str),
}

impl Layout {
    /// The layout by the beginning of a file that starts with `{` or `[`.
    ///
    /// An object is a wrapper when it is a `GeoJSON` feature collection, or when one of its
    /// members bears a name of [`LISTS`] and is an array of objects, unless another object
    /// follows it: then each object is a record.
    pub(super) fn sniff(sample: &str) -> Self {
        let mut scanner = Scanner::new(sample);
        if scanner.peek() == Some(b'[') {
            return Self::Array;
        }
        let (mut list, mut collection) = (None, false);
        let whole = scanner.members(&mut |inner, key| {
            match inner.peek() {
                Some(b'[') => {
                    let mut ahead = Scanner::new(inner.rest());
                    let objects = ahead.eat(b'[') && matches!(ahead.peek(), Some(b'{' | b']'));
                    let known = LISTS.iter().find(|name| **name == key).filter(|_| objects);
                    list = list.or(known.copied());
                    inner.raw(0)?;
                }
                Some(b'"') => {
                    let text = inner.string()?;
                    collection |= key == "type" && text == "FeatureCollection";
                }
                _ => drop(inner.raw(0)?),
            }
            Ok(())
        });
        if collection {
            return Self::Wrapped("features");
        }
        match list {
            Some(list) if whole.is_err() || scanner.peek() != Some(b'{') => Self::Wrapped(list),
            _ => Self::Sequence,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first byte.
    Start,
    /// In the list, before a record or the end.
    Records,
    /// Behind the last record.
    Done,
}

/// Cuts records from text.
pub(super) struct Cutter<R> {
    name: String,
    text: TextStream<R>,
    chunk: String,
    at: usize,
    layout: Layout,
    place: Place,
    /// Records begun.
    records: u32,
    value: String,
    system: Option<String>,
}

impl<R: Read> Cutter<R> {
    pub(super) fn new(name: &str, text: TextStream<R>, layout: Layout) -> Self {
        Self {
            name: name.to_owned(),
            text,
            chunk: String::new(),
            at: 0,
            layout,
            place: Place::Start,
            records: 0,
            value: String::new(),
            system: None,
        }
    }

    /// The JSON that names the coordinate system of all features, if it was met so far.
    pub(super) fn system(&self) -> Option<&str> {
        self.system.as_deref()
    }

    /// The text of the next record, which begins with `{` and may be wrong behind it; `None` at
    /// the end of a whole file.
    pub(super) fn next(&mut self) -> Result<Option<&str>, SourceError> {
        if self.place == Place::Start {
            self.place = Place::Records;
            match self.layout {
                Layout::Sequence => {}
                Layout::Array => self.expect(b'[')?,
                Layout::Wrapped(list) => {
                    self.expect(b'{')?;
                    self.find_list(list)?;
                }
            }
        } else if self.place == Place::Records && self.layout != Layout::Sequence {
            match self.peek()? {
                Some(b',') => {
                    self.at += 1;
                    if self.peek()? == Some(b']') {
                        return Err(self.fault("a comma stands behind the last record; remove it"));
                    }
                }
                Some(b']') => {}
                _ => return Err(self.unexpected("`,` or `]` behind a record")?),
            }
        }
        if self.place == Place::Done || self.at_end()? {
            self.place = Place::Done;
            return Ok(None);
        }
        self.records = self.records.saturating_add(1);
        if self.peek()? != Some(b'{') {
            return Err(self.unexpected("a record in braces")?);
        }
        self.take_value()?;
        Ok(Some(&self.value))
    }

    /// Whether the list ends here; what stands behind it is read and checked.
    fn at_end(&mut self) -> Result<bool, SourceError> {
        let next = self.peek()?;
        match (self.layout, next) {
            (Layout::Sequence, None) => return Ok(true),
            (Layout::Array | Layout::Wrapped(_), Some(b']')) => self.at += 1,
            _ => return Ok(false),
        }
        if let Layout::Wrapped(_) = self.layout {
            while self.peek()? == Some(b',') {
                self.at += 1;
                self.member(None)?;
            }
            self.expect(b'}')?;
        }
        match self.peek()? {
            None => Ok(true),
            Some(_) => Err(self.unexpected("the end of the file")?),
        }
    }

    /// Reads members of the wrapper up to the first byte of its list.
    fn find_list(&mut self, list: &str) -> Result<(), SourceError> {
        while self.peek()? == Some(b'"') {
            if self.member(Some(list))? {
                return Ok(());
            }
            if self.peek()? == Some(b',') {
                self.at += 1;
            }
        }
        let reason = format!("it is a JSON object without a list of records under `{list}`");
        Err(SourceError::not_a_table(&self.name, reason))
    }

    /// Reads a member; `true`, right behind the `[`, when it is the list looked for.
    fn member(&mut self, list: Option<&str>) -> Result<bool, SourceError> {
        if self.peek()? != Some(b'"') {
            return Err(self.unexpected("a name in quotes")?);
        }
        self.take_value()?;
        let key = Scanner::new(&self.value).string().map_err(|fault| self.fault(fault))?;
        let (wanted, paging) = (list == Some(&*key), NEXT_PAGE.contains(&&*key));
        let names_system = self.layout == Layout::Wrapped("features") && key == SYSTEM;
        let again = list.is_none() && matches!(self.layout, Layout::Wrapped(list) if list == key);
        self.expect(b':')?;
        let is_array = self.peek()? == Some(b'[');
        if wanted && is_array {
            self.at += 1;
            return Ok(true);
        }
        if again {
            return Err(self.fault("the list of records stands twice"));
        }
        self.take_value()?;
        if names_system {
            self.system = Some(self.value.trim().to_owned());
        }
        if paging && !matches!(self.value.trim(), "null" | "\"\"" | "false") {
            return Err(self.fault(
                "the file is one page of several and the others are missing; ask for all records \
                 at once",
            ));
        }
        Ok(false)
    }

    /// Takes the value that comes next, by its brackets and quotes alone.
    fn take_value(&mut self) -> Result<(), SourceError> {
        self.value.clear();
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        loop {
            let bytes = self.chunk.as_bytes();
            let from = self.at;
            let mut ended = false;
            while let Some(&byte) = bytes.get(self.at) {
                if in_string {
                    self.at += 1;
                    if escaped {
                        escaped = false;
                    } else if byte == b'\\' {
                        escaped = true;
                    } else if byte == b'"' {
                        in_string = false;
                        ended = depth == 0;
                    } else if byte < 0x20 {
                        // The scanner names the string; what follows may be all of the file.
                        ended = true;
                    }
                } else {
                    match byte {
                        b'"' => in_string = true,
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' if depth > 0 => {
                            depth -= 1;
                            ended = depth == 0;
                        }
                        // A value without quotes and brackets ends where the next thing begins.
                        b',' | b'}' | b']' if depth == 0 => return self.keep(from),
                        _ => {}
                    }
                    self.at += 1;
                }
                if ended {
                    return self.keep(from);
                }
                if depth > MAX_JSON_DEPTH {
                    let deep =
                        format!("objects and arrays are nested more than {MAX_JSON_DEPTH} deep");
                    return Err(self.fault(deep));
                }
            }
            self.keep(from)?;
            if !self.refill()? {
                return Err(self.cut_off(in_string));
            }
        }
    }

    /// Adds the text from `from` to here to the value.
    fn keep(&mut self, from: usize) -> Result<(), SourceError> {
        if self.value.len() + (self.at - from) > MAX_RECORD_BYTES {
            let kib = MAX_RECORD_BYTES >> 10;
            return Err(self.fault(format!(
                "the record is longer than {kib} KiB, often because a quote or a brace is never \
                 closed"
            )));
        }
        self.value.push_str(&self.chunk[from..self.at]);
        Ok(())
    }

    fn cut_off(&self, in_string: bool) -> SourceError {
        let start = quoted(&self.value);
        if in_string {
            self.fault(format!(
                "the file ends inside a string of {start}: its quote is never closed"
            ))
        } else {
            self.fault(format!("the file ends inside {start}; copy or download it again"))
        }
    }

    /// The next byte that is no white space; `None` at the end of the file.
    fn peek(&mut self) -> Result<Option<u8>, SourceError> {
        loop {
            let rest = &self.chunk.as_bytes()[self.at..];
            self.at += rest.iter().take_while(|byte| is_space(**byte)).count();
            if let Some(&byte) = self.chunk.as_bytes().get(self.at) {
                return Ok(Some(byte));
            }
            if !self.refill()? {
                return Ok(None);
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), SourceError> {
        if self.peek()? == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.unexpected(&format!("`{}`", byte as char))?)
    }

    fn refill(&mut self) -> Result<bool, SourceError> {
        self.at = 0;
        let more = self.text.next_chunk(&mut self.chunk)?;
        if !more {
            self.chunk.clear();
        }
        Ok(more)
    }

    fn unexpected(&mut self, wanted: &str) -> Result<SourceError, SourceError> {
        if self.peek()?.is_none() {
            let reason = format!("the file ends where {wanted} should stand; copy it again");
            return Ok(self.fault(reason));
        }
        let found = quoted(&self.chunk[self.at..]);
        Ok(self.fault(format!("{found} stands where {wanted} should")))
    }

    fn fault(&self, reason: impl Into<String>) -> SourceError {
        SourceError::json(&self.name, self.records, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delimited::MAX_FILE_BYTES;

    /// Hands out one byte at a time.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let some = buffer.len().min(1);
            self.0.read(&mut buffer[..some])
        }
    }

    fn cut(text: &str) -> Result<Vec<String>, SourceError> {
        let stream = TextStream::new("t.json", Drops(text.as_bytes()), MAX_FILE_BYTES, None);
        let mut cutter = Cutter::new("t.json", stream, Layout::sniff(text));
        let mut records = Vec::new();
        while let Some(record) = cutter.next()? {
            records.push(record.to_owned());
        }
        assert_eq!(cutter.records as usize, records.len());
        Ok(records)
    }

    #[test]
    fn the_layout_is_found_by_what_stands_around_the_records() {
        #[track_caller]
        fn check(text: &str, expected: Layout) {
            assert_eq!(Layout::sniff(text), expected, "{text}");
        }
        check("{\"a\":1}\n{\"a\":2}", Layout::Sequence);
        check("  [ {\"a\":1} ]", Layout::Array);
        check("{\"name\":\"x\",\"features\":[{\"a", Layout::Wrapped("features"));
        check("{\"type\":\"FeatureCollection\",\"crs\":{}", Layout::Wrapped("features"));
        check("{\"count\":1,\"next\":null,\"results\":[{\"a\":1}]}", Layout::Wrapped("results"));
        check("{\"@odata.context\":\"x\",\"value\":[]}", Layout::Wrapped("value"));
        check("{\"value\":[{\"a\":1}]}\n{\"value\":[]}", Layout::Sequence);
        check("{\"value\":[1,2]}", Layout::Sequence);
        check("{\"a\":1", Layout::Sequence);
    }

    #[test]
    fn records_are_cut_in_every_layout() {
        let records = ["{\"a\":\"x}]\\\"\"}", "{\"b\":{\"c\":[1]}}"];
        let [one, two] = records;
        for text in [
            format!("{one}\n{two}\n"),
            format!("\u{1e}{one}\n\u{1e}{two}"),
            format!("{one}{two}"),
            format!(" [{one} ,\n{two}] "),
            format!("{{\"next\":null,\"results\":[{one},{two}],\"n\":2}}"),
            format!("{{\"value\":[{one},{two}]}}"),
        ] {
            assert_eq!(cut(&text).expect("cuts"), records, "{text}");
        }
        for text in ["[]", "{\"features\":[]}", "{\"results\":[],\"count\":0}"] {
            assert_eq!(cut(text).expect("cuts"), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_coordinate_system_is_met_before_the_features_or_behind_them() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            let stream = TextStream::new("t.json", Drops(text.as_bytes()), MAX_FILE_BYTES, None);
            let mut cutter = Cutter::new("t.json", stream, Layout::sniff(text));
            while cutter.next().expect("cuts").is_some() {}
            assert_eq!(cutter.system(), expected, "{text}");
        }
        let head = "{\"type\":\"FeatureCollection\"";
        check(&format!("{head},\"crs\":{{\"a\":1}} ,\"features\":[{{}}]}}"), Some("{\"a\":1}"));
        check(&format!("{head},\"features\":[{{}}],\"crs\": null}}"), Some("null"));
        check(&format!("{head},\"features\":[{{\"crs\":1}}]}}"), None);
        check("{\"crs\":1,\"value\":[{\"a\":1}]}", None);
    }

    #[test]
    fn a_file_that_breaks_off_or_goes_on_is_refused() {
        #[track_caller]
        fn check(text: &str, words: &str) {
            let error = cut(text).expect_err("is refused").to_string();
            assert!(error.contains(words), "{error}");
        }
        check("[{\"a\":1}", "the file ends where `,` or `]`");
        check("[{\"a\":1},", "the file ends where a record");
        check("[{\"a\":1},]", "a comma stands behind");
        check("[{\"a\":1}{\"a\":1}]", "record 1");
        check("[{\"a\":1}] x", "`x` stands where the end of the file");
        check("[{\"a\":1},2]", "record 2: `2]` stands where a record");
        check("{\"a\":1}\nx", "record 2");
        check("{\"a\":\"b", "its quote is never closed");
        check("{\"a\":[1", "the file ends inside `{\"a\":[1`");
        check("{\"results\":[{\"a\":1}]", "the file ends where `}`");
        check("{\"results\":[],\"results\":[]}", "stands twice");
        check("{\"next\":\"http://x\",\"results\":[{\"a\":1}]}", "one page of several");
        check("{\"value\":[{\"a\":1}],\"@odata.nextLink\":\"x\"}", "one page of several");
        check("{\"type\":\"FeatureCollection\"}", "without a list of records under `features`");
        check(&"{\"a\":".repeat(100), "32 deep");
    }
}
