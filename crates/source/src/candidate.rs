//! One way to read the heading of a file: which rows it is, and what each column then means.

use crate::heading::{Headings, Match, MatchKind, heading_key};
use crate::mapping_file::{Choice, MappingFileError, Overrides};
use crate::row_block::{MAX_COLUMNS, Row};
use crate::sensitive::is_identity;
use crate::survey::Survey;
use diachiso_model::Field;

/// Headings that say no more than that a number stands below, as keys.
const NUMBER_KEYS: &[&str] = &["so", "maso", "number", "no"];

/// Key of the field whose cells are sealed before anything is kept.
const IDENTITY: &str = "identity";

/// The column taken for a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) column: usize,
    pub(crate) how: MatchKind,
    rank: usize,
}

/// Rows read as a heading.
pub(crate) struct Candidate<F> {
    pub(crate) last_row: u32,
    pub(crate) header: Vec<String>,
    /// What stands in each column of the heading, upper cells included.
    pub(crate) whole_headings: Vec<String>,
    /// Columns that tell of the persons of a repeat group.
    pub(crate) personal: Vec<bool>,
    pub(crate) heading_keys: Vec<Vec<String>>,
    /// The place of each field, by its index.
    pub(crate) places: Vec<Option<Place>>,
    /// Where the mapping file and these rows do not fit.
    pub(crate) faults: Vec<MappingFileError>,
    known: usize,
    field: std::marker::PhantomData<F>,
}

impl<F: Field> Candidate<F> {
    /// Reads a stack of rows, none for a file without a heading; `width` is that of the widest
    /// row of the file.
    pub(crate) fn new(
        known: &Headings<F>,
        stack: &[Row<'_>],
        overrides: &Overrides<F>,
        width: usize,
    ) -> Self {
        let columns = stack.iter().map(Row::len).max().unwrap_or(0);
        let survey = Survey::of(stack);
        let mut header = Vec::with_capacity(columns);
        let mut matches = Vec::with_capacity(columns);
        for column in 0..columns {
            let (text, found) = read_heading(known, &survey, stack, column);
            header.push(text);
            matches.push(found);
        }
        let mut candidate = Self {
            last_row: stack.last().map_or(0, |row| row.number),
            whole_headings: (0..columns).map(|column| whole_heading(stack, column)).collect(),
            header,
            personal: (0..columns).map(|column| is_personal(&survey, stack, column)).collect(),
            heading_keys: stack.iter().map(|row| row.cells().map(heading_key).collect()).collect(),
            places: vec![None; F::ALL.len()],
            faults: Vec::new(),
            known: 0,
            field: std::marker::PhantomData,
        };
        candidate.override_with(overrides, stack, width);
        let chosen = |field: F| overrides.choices.iter().any(|(other, _)| *other == field);
        for (column, found) in matches.iter().enumerate() {
            let Some(Match { field, how, rank }) = *found else { continue };
            let taken = |place: &Place| place.column == column && place.how == MatchKind::Override;
            if chosen(field) || candidate.places.iter().flatten().any(taken) {
                continue;
            }
            let place = &mut candidate.places[field.index()];
            if place.is_none_or(|best| rank < best.rank) {
                candidate.known += usize::from(place.is_none());
                *place = Some(Place { column, how, rank });
            }
        }
        candidate
    }

    /// How many fields have a column by the text of its heading.
    pub(crate) fn known(&self) -> usize {
        self.known
    }

    fn override_with(&mut self, overrides: &Overrides<F>, stack: &[Row<'_>], width: usize) {
        for (field, choice) in &overrides.choices {
            let found = match choice {
                Choice::Nothing => continue,
                Choice::Column(column) if *column < width => Ok((*column, false)),
                Choice::Column(column) => {
                    Err(MappingFileError::NoSuchColumn { column: column + 1, width })
                }
                Choice::Heading(text) => self.find_heading(text, stack, width),
            };
            let (column, by_heading) = match found {
                Ok(found) => found,
                Err(fault) => {
                    self.faults.push(fault);
                    continue;
                }
            };
            let other = self
                .places
                .iter()
                .position(|place| place.is_some_and(|place| place.column == column));
            if let Some(other) = other {
                self.faults.push(MappingFileError::ColumnTwice {
                    heading: self.header.get(column).cloned().unwrap_or_default(),
                    column: column + 1,
                    fields: [F::ALL[other].key(), field.key()],
                });
                continue;
            }
            if field.key() != IDENTITY && self.is_identity(column) {
                self.faults.push(MappingFileError::Identity {
                    heading: self.header[column].clone(),
                    column: column + 1,
                    field: field.key(),
                });
                continue;
            }
            self.known += usize::from(by_heading);
            self.places[field.index()] = Some(Place { column, how: MatchKind::Override, rank: 0 });
        }
    }

    /// Whether a column holds identity numbers, by its heading; a merged heading above says so only of the column below it
    /// that calls itself no more than a number.
    fn is_identity(&self, column: usize) -> bool {
        let Some(own) = self.header.get(column) else { return false };
        let number = || NUMBER_KEYS.contains(&heading_key(own).as_str());
        is_identity(own) || number() && is_identity(&self.whole_headings[column])
    }

    /// The column with a heading: as it stands in the file, else without regard to accents and
    /// case, else the column of that letter.
    fn find_heading(
        &self,
        text: &str,
        stack: &[Row<'_>],
        width: usize,
    ) -> Result<(usize, bool), MappingFileError> {
        let columns = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let own = |column: usize| stack.iter().any(|row| same(row.get(column).trim()));
            let whole =
                |column: usize| same(&self.header[column]) || same(&self.whole_headings[column]);
            (0..self.header.len()).filter(|column| own(*column) || whole(*column)).collect()
        };
        let (text, key) = (text.trim(), heading_key(text));
        let mut found = columns(&|cell| cell == text);
        if found.is_empty() && !key.is_empty() {
            found = columns(&|cell| heading_key(cell) == key);
        }
        match found[..] {
            [column] => Ok((column, true)),
            [] => match column_of_letters(text) {
                Some(column) if column < width => Ok((column, false)),
                _ => Err(MappingFileError::NoSuchHeading { heading: text.to_owned() }),
            },
            [first, second, ..] => Err(MappingFileError::HeadingTwice {
                heading: text.to_owned(),
                columns: [column_letters(first), column_letters(second)],
            }),
        }
    }
}

/// The letters by which spreadsheets call a column counted from 0: `A` … `Z`, `AA`, …
#[must_use]
pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// The column, counted from 0, of up to three capital letters.
fn column_of_letters(text: &str) -> Option<usize> {
    if !(1..=3).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let number = text.bytes().fold(0, |number, b| number * 26 + usize::from(b - b'A') + 1);
    (number <= MAX_COLUMNS).then_some(number - 1)
}

/// The heading of a column and what it means: the lowest cell of the stack speaks first, then
/// those above, then the cells together ("Toạ độ" over "X (m)"), where a blank upper cell
/// belongs to the merged cell on its left.
fn read_heading<'r, F: Field>(
    known: &Headings<F>,
    survey: &Survey<'_>,
    stack: &[Row<'r>],
    column: usize,
) -> (String, Option<Match<F>>) {
    let own: Vec<&str> = stack
        .iter()
        .rev()
        .map(|row| row.get(column).trim())
        .filter(|cell| !cell.is_empty())
        .collect();
    let Some(&lowest) = own.first() else { return (String::new(), None) };
    for cell in &own {
        if let Some(found) = known.find(cell, survey) {
            return ((*cell).to_owned(), Some(found));
        }
    }
    if let Some((bottom, above)) = stack.split_last()
        && !above.is_empty()
        && !bottom.get(column).trim().is_empty()
    {
        let merged = |row: &Row<'r>| -> Option<&'r str> {
            let row = *row;
            (0..=column).rev().map(|c| row.get(c).trim()).find(|cell| !cell.is_empty())
        };
        let mut words: Vec<&str> = above.iter().filter_map(merged).collect();
        words.push(bottom.get(column).trim());
        let together = words.join(" ");
        if let Some(found) = known.find(&together, survey) {
            return (together, Some(found));
        }
    }
    (lowest.to_owned(), None)
}

/// Whether a cell of the heading of a column is that of a person in a repeat group.
fn is_personal(survey: &Survey<'_>, stack: &[Row<'_>], column: usize) -> bool {
    stack.iter().any(|row| survey.repeats.is_personal(row.get(column)))
}

/// All that stands over a column: a blank upper cell belongs to the cell on its left where both
/// have a cell of their own below.
fn whole_heading(stack: &[Row<'_>], column: usize) -> String {
    let Some((bottom, above)) = stack.split_last() else { return String::new() };
    let lowest = bottom.get(column).trim();
    let mut words: Vec<&str> = Vec::new();
    for row in above {
        let left = (0..=column).rev().find(|c| !row.get(*c).trim().is_empty());
        let is_over =
            |c: &usize| *c == column || !(lowest.is_empty() || bottom.get(*c).trim().is_empty());
        words.extend(left.filter(is_over).map(|c| row.get(c).trim()));
    }
    words.push(lowest);
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_called_by_letters_as_in_a_spreadsheet() {
        for (column, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(column_letters(column), letters);
            assert_eq!(column_of_letters(letters), Some(column));
        }
        for text in ["", "a", "A1", "AAAA", "ZZZ", "Ă"] {
            assert_eq!(column_of_letters(text), None, "{text}");
        }
    }
}
