//! One JSON value after another from a piece of text, each as it is written.

use std::borrow::Cow;

/// Deepest nesting of objects and arrays: 32; the survey tools nest groups some five deep.
pub const MAX_JSON_DEPTH: usize = 32;

/// Longest text quoted in a message, in characters.
const QUOTED_CHARS: usize = 40;

/// What is wrong, as the end of a sentence that names the file and the record.
pub(super) type Fault = String;

/// Takes the value of a member, whose name it is given.
pub(super) type EachMember<'a, 'e> =
    dyn FnMut(&mut Scanner<'a>, Cow<'a, str>) -> Result<(), Fault> + 'e;

/// Walks over JSON text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte that is no white space; `None` at the end.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| is_space(**byte)).count();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes the next byte that is no white space if it is `byte`.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.eat(byte) { Ok(()) } else { Err(self.unexpected(&format!("`{}`", byte as char))) }
    }

    /// Walks over the members of the object that comes next; `each` takes the value.
    pub(super) fn members(&mut self, each: &mut EachMember<'a, '_>) -> Result<(), Fault> {
        self.expect(b'{')?;
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            each(self, key)?;
            if !self.eat(b',') {
                return if self.eat(b'}') { Ok(()) } else { Err(self.unexpected("`,` or `}`")) };
            }
        }
    }

    /// Walks over the elements of the array that comes next; `each` takes the value.
    pub(super) fn elements(
        &mut self,
        each: &mut dyn FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.expect(b'[')?;
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if !self.eat(b',') {
                return if self.eat(b']') { Ok(()) } else { Err(self.unexpected("`,` or `]`")) };
            }
        }
    }

    /// The string that comes next, without quotes and escapes.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("`\"`"));
        }
        let (start, bytes) = (self.at, self.text.as_bytes());
        let mut escaped = false;
        let mut at = start + 1;
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                Some(byte) if *byte < 0x20 => {
                    return Err(format!(
                        "a line break or control character stands inside the string {}; close \
                         its quote or write the character as an escape",
                        quoted(&self.text[start..at])
                    ));
                }
                Some(_) => at += 1,
                None => {
                    return Err(format!(
                        "the string {} is opened and never closed",
                        quoted(&self.text[start..])
                    ));
                }
            }
        }
        self.at = at + 1;
        if !escaped {
            return Ok(Cow::Borrowed(&self.text[start + 1..at]));
        }
        let raw = &self.text[start..=at];
        match serde_json::from_str::<String>(raw) {
            Ok(text) if text.contains('\0') => Ok(Cow::Owned(text.replace('\0', "\u{FFFD}"))),
            Ok(text) => Ok(Cow::Owned(text)),
            Err(_) => Err(format!("the string {} holds an escape that is none", quoted(raw))),
        }
    }

    /// The number, `true`, `false` or `null` that comes next, as it is written.
    pub(super) fn plain(&mut self) -> Result<&'a str, Fault> {
        if self.peek().is_none() {
            return Err(self.unexpected("a value"));
        }
        let rest = &self.text[self.at..];
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        if !matches!(word, "true" | "false" | "null") && !is_number(word.as_bytes()) {
            return Err(if word.is_empty() {
                self.unexpected("a value")
            } else {
                format!("{} is no JSON value", quoted(word))
            });
        }
        self.at += length;
        Ok(word)
    }

    /// The value that comes next, checked and as it is written; `depth` values are open around it.
    pub(super) fn raw(&mut self, depth: usize) -> Result<&'a str, Fault> {
        check_depth(depth)?;
        let next = self.peek();
        let start = self.at;
        match next {
            Some(b'{') => self.members(&mut |inner, _| inner.raw(depth + 1).map(drop))?,
            Some(b'[') => self.elements(&mut |inner| inner.raw(depth + 1).map(drop))?,
            Some(b'"') => drop(self.string()?),
            _ => drop(self.plain()?),
        }
        Ok(&self.text[start..self.at])
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Nothing but white space may be left.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected("the end of the record")),
        }
    }

    pub(super) fn unexpected(&mut self, wanted: &str) -> Fault {
        match self.peek() {
            None => format!("it ends where {wanted} should stand"),
            Some(_) => format!("{} stands where {wanted} should", quoted(&self.text[self.at..])),
        }
    }
}

/// White space between values; the record separator of RFC 8142 (`GeoJSON` text sequences) is some.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x1E)
}

pub(super) fn check_depth(depth: usize) -> Result<(), Fault> {
    if depth < MAX_JSON_DEPTH {
        return Ok(());
    }
    Err(format!("objects and arrays are nested more than {MAX_JSON_DEPTH} deep"))
}

/// The beginning of a text, in quotes, for a message.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(QUOTED_CHARS).collect();
    let short = short.split(['\n', '\r']).next().unwrap_or_default();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("`{short}{more}`")
}

/// Whether a word is a number by the grammar of RFC 8259, section 6.
fn is_number(word: &[u8]) -> bool {
    let digits = |from: usize| word[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(word.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || whole > 1 && word[at] == b'0' {
        return false;
    }
    at += whole;
    if word.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if matches!(word.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(word.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == word.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<&str, Fault> {
        let mut scanner = Scanner::new(text);
        let raw = scanner.raw(0)?;
        scanner.end()?;
        Ok(raw)
    }

    #[test]
    fn values_come_back_as_they_are_written() {
        for text in ["1.50", "-0", "12e+3", "\"a\\u00e9\"", "{ \"a\" : [1, {}] }", "null", "[]"] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_fault_quotes_what_stands_there() {
        #[track_caller]
        fn check(text: &str, words: &str) {
            let fault = parse(text).expect_err("is refused");
            assert!(fault.contains(words), "{fault}");
        }
        check("{\"a\" 1}", "`1}` stands where `:` should");
        check("[1 2]", "`2]` stands where `,` or `]` should");
        check("nil", "`nil` is no JSON value");
        check("01", "`01` is no JSON value");
        check("\"abc", "`\"abc` is opened and never closed");
        check("\"a\nb\"", "line break");
        check("\"\\x\"", "escape");
        check("{\"a\":", "ends where a value");
        check(&"[".repeat(MAX_JSON_DEPTH + 1), "32 deep");
    }

    proptest! {
        #[test]
        fn what_is_json_is_decided_as_serde_json_does(
            text in "([\\[\\]{}:, \n]|\"[a\\\\u0ến]{0,6}\"|\"k\":|-?[0-9.eE+]{1,4}|true|null){0,12}"
        ) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert_eq!(parse(&text).is_ok(), theirs, "{:?}", text);
        }
    }
}
