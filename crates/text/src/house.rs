//! House numbers, alleys and streets (rule A06 and the address part of linking).
//!
//! Huế says *kiệt* for an alley where other cities say *ngõ*, *ngách* or *hẻm*, and writes house 31 in kiệt 22 as
//! `22/31 Cao Bá Quát`. All spellings of one address come down to the same three keys.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::date;
use crate::fold::{push_unaccented, strong_key_keeping, unaccent_key};

/// An address within a village or ward, as canonical keys; any part may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct HouseAddress {
    /// The house in its alley or street: `31`, `12b`.
    pub number: String,
    /// The alley, outermost first where alleys nest: `22`, `22/5`; a named alley keeps its name.
    pub alley: String,
    /// The street's bare name with tones, or a hamlet or team (`xóm 3`).
    pub street: String,
}

impl HouseAddress {
    /// A key equal for equal addresses however spelt, and empty for the empty address.
    ///
    /// Marks are left out, because half of the hands leave them out.
    #[must_use]
    pub fn key(&self) -> String {
        let room = self.number.len() + self.alley.len() + self.street.len() + 2;
        let mut key = String::with_capacity(room);
        self.push_key(&mut key, |key| push_unaccented(key, &self.street));
        key
    }

    /// Adds the key to others, the street by a way of its own.
    fn push_key(&self, key: &mut String, push_street: impl FnOnce(&mut String)) {
        if self.number.is_empty() && self.alley.is_empty() && self.street.is_empty() {
            return;
        }
        key.push_str(&self.number);
        for (at, part) in self.alley.split('/').enumerate() {
            key.push(if at == 0 { '|' } else { '/' });
            push_unaccented(key, part);
        }
        key.push('|');
        push_street(key);
    }
}

/// Reads an address from its three columns; each may hold more than its heading says (`Kiệt 22 Tố Hữu`).
#[must_use]
pub fn parse(number: &str, alley: &str, street: &str) -> HouseAddress {
    let mut reading = Reading::default();
    reading.line(number, Column::Number);
    reading.line(alley, Column::Alley);
    reading.line(street, Column::Street);
    reading.finish()
}

/// Reads an address from one line: `31 kiệt 22 Cao Bá Quát`, `22/31 Cao Bá Quát`, `Số 12 đường Tố Hữu`, `Xóm 3`.
///
/// Village, ward and district behind the street are left out.
#[must_use]
pub fn parse_line(line: &str) -> HouseAddress {
    let mut reading = Reading::default();
    reading.line(line, Column::Line);
    reading.finish()
}

/// Reads addresses from columns and remembers the words of alleys and streets, which come again and again, in memory
/// that does not grow with the number of addresses.
#[derive(Default)]
pub struct HouseWords {
    parted: FxHashMap<Box<str>, Box<str>>,
    plain: FxHashMap<Box<str>, Box<str>>,
    key: String,
}

/// Stretches remembered at most: a province has some three thousand streets.
const MOST_STRETCHES: usize = 1 << 13;
/// Bytes of the longest stretch worth remembering.
const MAX_STRETCH_BYTES: usize = 64;

impl HouseWords {
    /// What [`parse`] makes of an address, with its [`HouseAddress::key`].
    pub fn parse(&mut self, number: &str, alley: &str, street: &str) -> (HouseAddress, &str) {
        let mut reading = Reading::default();
        if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            reading.stretch(number, Column::Number);
        } else {
            reading.line(number, Column::Number);
        }
        for (line, column) in [(alley, Column::Alley), (street, Column::Street)] {
            for part in stretches(line) {
                reading.stretch(remembered(&mut self.parted, part, parted), column);
            }
        }
        let address = reading.finish();
        self.key.clear();
        let plain = &mut self.plain;
        address.push_key(&mut self.key, |key| {
            key.push_str(remembered(plain, &address.street, unaccent_key));
        });
        (address, &self.key)
    }
}

/// What a function makes of a text, of which the last few thousand are remembered.
fn remembered<'m>(
    known: &'m mut FxHashMap<Box<str>, Box<str>>,
    text: &str,
    make: impl FnOnce(&str) -> String,
) -> &'m str {
    if !known.contains_key(text) {
        if known.len() >= MOST_STRETCHES || text.len() > MAX_STRETCH_BYTES {
            known.clear();
        }
        known.insert(text.into(), make(text).into());
    }
    &known[text]
}

#[derive(Clone, Copy, PartialEq)]
enum Column {
    Number,
    Alley,
    Street,
    Line,
}

/// Words for an alley; those without marks are read only before a number.
const ALLEYS: [&str; 9] = ["kiệt", "ngõ", "hẻm", "ngách", "kiet", "ngo", "hem", "ngach", "k"];
/// Words that stand before a street's name.
const STREETS: [&str; 4] = ["đường", "duong", "đ", "phố"];
/// Words that stand before a house number.
const NUMBERS: [&str; 5] = ["số", "so", "nhà", "nha", "sn"];
/// Words that begin a larger unit.
const AREAS: [&str; 17] = [
    "thôn",
    "thon",
    "tổ",
    "tdp",
    "phường",
    "phuong",
    "p",
    "xã",
    "xa",
    "x",
    "tt",
    "huyện",
    "h",
    "tx",
    "tp",
    "tỉnh",
    "thành",
];
/// Of those, the ones that end a street's name without a comma.
const AREAS_WITHIN: [&str; 6] = ["thôn", "tổ", "tdp", "phường", "xã", "tp"];
/// Abbreviated roads.
const ROADS: [(&str, &str); 3] = [("ql", "quốc lộ"), ("tl", "tỉnh lộ"), ("hl", "hương lộ")];

#[derive(Default)]
struct Reading {
    number: Option<String>,
    alleys: Vec<String>,
    street: String,
}

impl Reading {
    fn line(&mut self, line: &str, column: Column) {
        for part in stretches(line) {
            self.stretch(&parted(part), column);
        }
    }

    /// One stretch without commas, [`parted`].
    fn stretch(&mut self, text: &str, column: Column) {
        let words: SmallVec<[&str; USUAL_WORDS]> =
            text.split(' ').filter(|word| !word.is_empty()).collect();
        let Some(first) = words.first() else { return };
        let larger = !self.is_empty() && AREAS.contains(first);
        if !larger {
            self.part(&words, column);
        }
    }

    fn is_empty(&self) -> bool {
        self.number.is_none() && self.alleys.is_empty() && self.street.is_empty()
    }

    fn part(&mut self, words: &[&str], column: Column) {
        let mut at = 0;
        while let Some(word) = words.get(at).copied() {
            let next = words.get(at + 1).copied();
            let before_number = next.is_some_and(is_number);
            if ALLEYS.contains(&word) && (before_number || (!word.is_ascii() && next.is_some())) {
                at = self.alley(words, at + 1);
            } else if NUMBERS.contains(&word)
                && (before_number || next.is_some_and(|next| NUMBERS.contains(&next)))
            {
                at += 1;
            } else if is_number(word) && self.takes_number(column) {
                at = self.house(words, at, column);
            } else {
                self.street_name(&words[at..]);
                return;
            }
        }
    }

    fn takes_number(&self, column: Column) -> bool {
        match column {
            Column::Number | Column::Line => self.number.is_none(),
            // A bare number in the alley column is the alley.
            Column::Alley => true,
            Column::Street => false,
        }
    }

    /// Reads the alley whose number or name begins at `at`; returns where reading goes on.
    fn alley(&mut self, words: &[&str], at: usize) -> usize {
        let word = words[at];
        if !is_number(word) {
            // A named alley runs up to the street word.
            let rest = &words[at..];
            let end = rest.iter().position(|word| STREETS.contains(word)).unwrap_or(rest.len());
            self.add_alleys(&[&rest[..end].join(" ")]);
            return at + end;
        }
        let mut parts = path(word);
        if parts.len() > 1 && self.number.is_none() {
            self.number = parts.pop().map(str::to_owned);
        }
        self.add_alleys(&parts);
        at + 1
    }

    /// Reads the house number at `at`; returns where reading goes on.
    fn house(&mut self, words: &[&str], at: usize, column: Column) -> usize {
        let mut word = Cow::Borrowed(words[at]);
        let mut end = at + 1;
        // `12 B` is `12b`.
        if let Some(letter) =
            words.get(end).filter(|next| next.len() == 1 && **next != "k" && !is_number(next))
            && word.ends_with(|last: char| last.is_ascii_digit())
        {
            word.to_mut().push_str(letter);
            end += 1;
        }
        let mut parts = path(&word);
        let is_house = match column {
            Column::Alley => parts.len() > 1 && self.number.is_none(),
            _ => true,
        };
        if is_house {
            self.number = parts.pop().map(str::to_owned);
        }
        self.add_alleys(&parts);
        end
    }

    /// Alleys come outermost first; those said twice count once.
    fn add_alleys(&mut self, parts: &[&str]) {
        let known = |alleys: &[String], parts: &[&str]| alleys.iter().eq(parts);
        if parts.is_empty() {
            return;
        }
        let behind = self.alleys.len().checked_sub(parts.len());
        if behind.is_some_and(|at| known(&self.alleys[at..], parts)) {
            return;
        }
        let before = parts.len().checked_sub(self.alleys.len());
        if before.is_some_and(|at| known(&self.alleys, &parts[at..])) {
            self.alleys.clear();
        }
        self.alleys.extend(parts.iter().map(|part| (*part).to_owned()));
    }

    fn street_name(&mut self, words: &[&str]) {
        let start = words.iter().take_while(|word| STREETS.contains(word)).count();
        let mut name = &words[start..];
        if let Some(end) = name.iter().skip(1).position(|word| AREAS_WITHIN.contains(word)) {
            name = &name[..=end];
        }
        if let [street @ .., "số" | "sn", number] = name
            && !street.is_empty()
            && is_number(number)
            && self.number.is_none()
        {
            let mut parts = path(number);
            self.number = parts.pop().map(str::to_owned);
            self.add_alleys(&parts);
            name = street;
        }
        if !self.street.is_empty() {
            return;
        }
        self.street.reserve(name.iter().map(|word| word.len() + 1).sum());
        for word in name {
            if !self.street.is_empty() {
                self.street.push(' ');
            }
            self.street.push_str(without_zeros(word));
        }
    }

    fn finish(self) -> HouseAddress {
        let mut street = self.street;
        for (short, long) in ROADS {
            if let Some(rest) = street.strip_prefix(short)
                && rest.trim_start().starts_with(|letter: char| letter.is_ascii_digit())
            {
                street = format!("{long} {}", rest.trim_start());
                break;
            }
        }
        HouseAddress {
            number: self.number.unwrap_or_default(),
            alley: self.alleys.join("/"),
            street,
        }
    }
}

/// Words of a stretch beyond which memory is asked for.
const USUAL_WORDS: usize = 12;

/// The stretches of a line that commas part.
fn stretches(line: &str) -> impl Iterator<Item = &str> {
    line.split([',', ';']).filter(|part| !part.is_empty())
}

/// The words of a stretch in lower case, parted by spaces; `/` and `-` stay within numbers and are closed up.
fn parted(part: &str) -> String {
    let key = strong_key_keeping(part, |letter| matches!(letter, '/' | '-'));
    let signs = key.bytes().any(|byte| matches!(byte, b'/' | b'-'));
    let text = if signs { closed_up(&key) } else { key };
    // `k22/31` is `k` and `22/31`.
    let glued = |word: &str| word.strip_prefix('k').is_some_and(is_number);
    if !text.split(' ').any(glued) {
        return text;
    }
    let mut words = String::with_capacity(text.len() + 1);
    for word in text.split(' ') {
        let at = usize::from(glued(word));
        for piece in [&word[..at], &word[at..]].into_iter().filter(|piece| !piece.is_empty()) {
            words.push_str(piece);
            words.push(' ');
        }
    }
    words
}

/// `/` and `-` without spaces around them within numbers, and a space elsewhere.
fn closed_up(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for (at, letter) in key.char_indices() {
        match letter {
            '/' | '-' => {
                let before = text.trim_end_matches(' ');
                let word = before.rsplit(' ').next().unwrap_or_default();
                let after = key[at + 1..].trim_start_matches(' ');
                let within = word.ends_with(|last: char| last.is_ascii_alphanumeric())
                    && word.contains(|letter: char| letter.is_ascii_digit())
                    && is_number(after);
                text.truncate(before.len());
                text.push(if within { letter } else { ' ' });
            }
            ' ' if text.ends_with(['/', '-', ' ']) => {}
            _ => text.push(letter),
        }
    }
    text
}

fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
}

/// The parts of `22/31`, each without leading zeros.
fn path(word: &str) -> SmallVec<[&str; 4]> {
    word.split('/').filter(|part| !part.is_empty()).map(without_zeros).collect()
}

fn without_zeros(part: &str) -> &str {
    let bare = part.trim_start_matches('0');
    if is_number(bare) { bare } else { part }
}

/// The house number behind a cell that a spreadsheet turned into a date (A06): `12-Mar` was `12/3`.
///
/// Knows day and month named, month and year (`Mar-12` was `3/12`), whole dates and serial numbers. `None` for cells
/// that are no date.
#[must_use]
pub fn looks_like_excel_date(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some((first, second)) = text.split_once(['-', ' ', '/'])
        && !second.contains(['-', '/'])
    {
        let day = |part: &str| part.parse::<u8>().ok().filter(|_| part.len() <= 2);
        if let (Some(day), Some(month)) = (day(first), date::month_named(second)) {
            return (1..=31).contains(&day).then(|| format!("{day}/{month}"));
        }
        if let (Some(month), Some(year)) = (date::month_named(first), day(second)) {
            return Some(format!("{month}/{year}"));
        }
    }
    let whole = text.bytes().filter(u8::is_ascii_digit).count() >= 5 && text.len() >= 5;
    let date::DateOutcome::Valid { date, serial } =
        (if whole { date::parse(text) } else { date::DateOutcome::Empty })
    else {
        return None;
    };
    // `12/5/20` may be house 20 in kiệt 12/5: a date has its year in full.
    let full_year =
        serial || text.split(|sign: char| !sign.is_ascii_digit()).any(|part| part.len() == 4);
    full_year.then(|| format!("{}/{}", date.day(), date.month()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_by_remembered_words_are_what_they_are_alone() {
        let cells = ["", "31", "022", "22/31", "Kiệt 22 Tố Hữu", "Đường Tố Hữu, P. Phú Hậu", "k7"];
        let more = ["Xóm 3", "Tố Hữu số 12", "Số 9", "Thôn An Xuân; xã Quảng An", "QL 1A"];
        let cells = || cells.iter().chain(&more);
        let mut words = HouseWords::default();
        for _ in 0..2 {
            for (number, alley) in cells().flat_map(|number| cells().map(move |a| (number, a))) {
                for street in cells() {
                    let alone = parse(number, alley, street);
                    let key = alone.key();
                    assert_eq!(words.parse(number, alley, street), (alone, key.as_str()));
                }
            }
        }
    }

    #[track_caller]
    fn check(address: &HouseAddress, number: &str, alley: &str, street: &str) {
        assert_eq!(
            (address.number.as_str(), address.alley.as_str(), address.street.as_str()),
            (number, alley, street)
        );
    }

    #[test]
    fn a_stroke_parts_alley_and_house() {
        check(&parse("22/31", "", "Cao Bá Quát"), "31", "22", "cao bá quát");
        check(&parse("22 / 31", "", "Cao Bá Quát"), "31", "22", "cao bá quát");
        check(&parse("22/5/31", "", "Cao Bá Quát"), "31", "22/5", "cao bá quát");
        check(&parse_line("22/31 Cao Bá Quát"), "31", "22", "cao bá quát");
        check(&parse_line("K22/31 Cao Bá Quát"), "31", "22", "cao bá quát");
        check(&parse_line("kiệt 22/31 Cao Bá Quát"), "31", "22", "cao bá quát");
    }

    #[test]
    fn every_word_for_an_alley_is_one() {
        for line in [
            "31 kiệt 22 Cao Bá Quát",
            "31 ngõ 22 Cao Bá Quát",
            "Số 31, hẻm 22, đường Cao Bá Quát",
            "31 K22 Cao Bá Quát",
            "số nhà 31 Kiệt 22 đường Cao Bá Quát",
            "SN 31 ngách 22 Cao Bá Quát",
            "31 kiệt 022 CAO BÁ QUÁT",
        ] {
            check(&parse_line(line), "31", "22", "cao bá quát");
        }
        check(&parse_line("31 kiet 22 Cao Ba Quat"), "31", "22", "cao ba quat");
        check(&parse_line("5 ngõ 22 ngách 31 Tố Hữu"), "5", "22/31", "tố hữu");
        check(&parse_line("Kiệt Bà Đội đường Tố Hữu"), "", "bà đội", "tố hữu");
    }

    #[test]
    fn columns_may_hold_more_than_their_heading() {
        check(&parse("31", "Kiệt 22 Tố Hữu", ""), "31", "22", "tố hữu");
        check(&parse("31", "Kiệt 22 Tố Hữu", "Tố Hữu"), "31", "22", "tố hữu");
        check(&parse("31", "22", "Tố Hữu"), "31", "22", "tố hữu");
        check(&parse("22/31", "Kiệt 22", "Tố Hữu"), "31", "22", "tố hữu");
        check(&parse("", "22/31", "Tố Hữu"), "31", "22", "tố hữu");
        check(&parse("Xóm 3", "", ""), "", "", "xóm 3");
        check(&parse("", "", "Xóm 03"), "", "", "xóm 3");
    }

    #[test]
    fn numbers_and_streets_are_brought_to_one_form() {
        check(&parse_line("Số 12 đường Tố Hữu"), "12", "", "tố hữu");
        check(&parse("012B", "", "Đường Tố Hữu"), "12b", "", "tố hữu");
        check(&parse("12 B", "", "Đ. Tố Hữu"), "12b", "", "tố hữu");
        check(&parse("12-14", "", "Tố Hữu"), "12-14", "", "tố hữu");
        check(&parse_line("12 QL1A"), "12", "", "quốc lộ 1a");
        check(&parse_line("12 Quốc lộ 1A"), "12", "", "quốc lộ 1a");
        check(&parse("5", "", "Nguyễn Huệ - Huế"), "5", "", "nguyễn huệ huế");
        check(&parse_line("Tố Hữu số 12"), "12", "", "tố hữu");
        check(&parse_line("12 Ngô Quyền"), "12", "", "ngô quyền");
        check(&parse_line("12 Ngo Quyen"), "12", "", "ngo quyen");
        check(&parse_line("12 Thuỵ Khuê"), "12", "", "thụy khuê");
    }

    #[test]
    fn rural_addresses_keep_their_hamlet() {
        check(&parse_line("Xóm 3"), "", "", "xóm 3");
        check(&parse_line("Đội 4"), "", "", "đội 4");
        check(&parse_line("Đội 4, thôn An Xuân, xã Quảng An"), "", "", "đội 4");
        check(&parse_line("Thôn An Xuân"), "", "", "thôn an xuân");
    }

    #[test]
    fn larger_units_behind_the_street_are_left_out() {
        check(
            &parse_line("31 kiệt 22, Cao Bá Quát, P. Phú Hậu, TP Huế"),
            "31",
            "22",
            "cao bá quát",
        );
        check(&parse_line("12 Tố Hữu phường Xuân Phú"), "12", "", "tố hữu");
        check(&parse_line(""), "", "", "");
    }

    #[test]
    fn equal_addresses_have_equal_keys() {
        let key = parse("22/31", "", "Cao Bá Quát").key();
        assert_eq!(key, "31|22|cao ba quat");
        for other in [
            parse_line("31 kiệt 22 Cao Bá Quát"),
            parse("31", "Ngõ 22 Cao Ba Quat", ""),
            parse("Số 31", "K22", "đường CAO BÁ QUÁT"),
            parse_line("K22/31 Cao Ba Quat"),
        ] {
            assert_eq!(other.key(), key, "{other:?}");
        }
        assert_ne!(parse("31", "", "Cao Bá Quát").key(), key);
        assert_eq!(parse("", "", "").key(), "");
        assert_eq!(parse_line("Xóm 3").key(), parse("", "", "Xóm 3").key());
    }

    #[test]
    fn dates_made_by_spreadsheets_are_seen() {
        for (text, meant) in [
            ("12-Mar", "12/3"),
            ("12-mar", "12/3"),
            ("Mar-12", "3/12"),
            ("Mar-31", "3/31"),
            ("12-Thg3", "12/3"),
            ("12-Thg 3", "12/3"),
            ("2024-03-12 00:00:00", "12/3"),
            ("2024-03-12", "12/3"),
            ("12/03/2024", "12/3"),
            ("45363", "12/3"),
        ] {
            assert_eq!(looks_like_excel_date(text).as_deref(), Some(meant), "{text}");
        }
    }

    #[test]
    fn house_numbers_are_no_dates() {
        for text in [
            "12/3", "22/31", "12", "12B", "", "1234", "99999", "12/5/20", "Mar", "40-Mar",
            "12 Mai", "12-14",
        ] {
            assert_eq!(looks_like_excel_date(text), None, "{text}");
        }
    }
}
