//! Where the heading is and which column is which.

use crate::SourceError;
use crate::candidate::{Candidate, Place, column_letters};
use crate::heading::{Headings, MatchKind};
use crate::mapping_file::{MappingFile, MappingFileError, Overrides};
use crate::repeats::is_marked;
use crate::row_block::{Row, RowBlock};
use crate::sensitive::is_sensitive;
use diachiso_model::Field;

/// Rows among which the heading is looked for: letterheads run to a dozen.
pub const HEADER_SEARCH_ROWS: usize = 30;

/// Most rows that merged headings run over.
const MAX_HEADER_ROWS: usize = 3;

/// The column of each field of a file.
#[derive(Clone, Debug)]
pub struct Mapping<F> {
    columns: Vec<Option<u16>>,
    header_row: u32,
    header: Vec<String>,
    unknown: Vec<usize>,
    sensitive: Vec<usize>,
    /// The place of each field, by its index.
    places: Vec<Option<Place>>,
    /// Keys of the heading's cells, row by row, to know them again further down.
    pub(crate) heading_keys: Vec<Vec<String>>,
    /// The heading's own text in the head's column.
    pub(crate) head_heading: String,
    pub(crate) head: Option<usize>,
    pub(crate) commune: Option<usize>,
    pub(crate) required: Vec<usize>,
    /// The column in which rows of repeat groups are marked.
    pub(crate) repeat: Option<usize>,
    field: std::marker::PhantomData<F>,
}

/// What became of a column of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ColumnUse<'a, F> {
    /// The column, counted from 0.
    pub column: usize,
    /// Its heading as it stands in the file; empty where it has none.
    pub heading: &'a str,
    /// The field it was taken for, and how; `None` when it means nothing here.
    pub field: Option<(F, MatchKind)>,
    /// Whether it holds sensitive data that is not needed (C02), to be blanked before it is kept.
    pub sensitive: bool,
}

impl<F> ColumnUse<'_, F> {
    /// The letters by which spreadsheets call the column.
    #[must_use]
    pub fn letters(&self) -> String {
        column_letters(self.column)
    }
}

impl<F: Field> Mapping<F> {
    /// The column of a field, counted from 0.
    #[must_use]
    pub fn column(&self, field: F) -> Option<usize> {
        self.columns[field.index()].map(usize::from)
    }

    /// The cell of a field as it stands in the file; empty where there is none.
    #[must_use]
    pub fn get<'r>(&self, row: Row<'r>, field: F) -> &'r str {
        match self.columns[field.index()] {
            Some(column) => row.get(column.into()),
            None => "",
        }
    }

    /// Number of the heading's last row; households stand below it.
    #[must_use]
    pub fn header_row(&self) -> u32 {
        self.header_row
    }

    /// The heading of each column, as it stands in the file.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Columns with a heading that means nothing here.
    #[must_use]
    pub fn unknown(&self) -> Vec<usize> {
        self.unknown.clone()
    }

    /// Columns of sensitive data that nothing here needs (C02), in order: religion, ethnicity,
    /// health, bank accounts, passwords and their kin, identity numbers beside the column that was
    /// taken for them, which is not among these, and whatever repeat groups say of persons. [`RowBlock::blank`] takes them out.
    #[must_use]
    pub fn sensitive(&self) -> &[usize] {
        &self.sensitive
    }

    /// Every column of the file with what it was taken for, from left to right: what a person
    /// should see before anything is done with the rows.
    #[must_use]
    pub fn describe(&self) -> Vec<ColumnUse<'_, F>> {
        let last = self.places.iter().flatten().map(|place| place.column + 1).max().unwrap_or(0);
        let field = |column: usize| {
            let taken = |place: &Option<Place>| place.is_some_and(|place| place.column == column);
            let index = self.places.iter().position(taken)?;
            Some((F::ALL[index], self.places[index]?.how))
        };
        (0..self.header.len().max(last))
            .map(|column| ColumnUse {
                column,
                heading: self.header.get(column).map_or("", String::as_str),
                field: field(column),
                sensitive: self.sensitive.contains(&column),
            })
            .collect()
    }

    /// Titles of required fields that have no column, nor others that stand in for theirs.
    fn missing(&self) -> Vec<String> {
        let stands_in = |field: F| {
            let columns = field.stand_ins();
            !columns.is_empty() && columns.iter().all(|column| self.column(*column).is_some())
        };
        F::ALL
            .iter()
            .filter(|field| field.required() && self.column(**field).is_none())
            .filter(|field| !stands_in(**field))
            .map(|field| field.title().to_owned())
            .collect()
    }

    fn of(candidate: Candidate<F>) -> Self {
        let place = |field: F| candidate.places[field.index()].map(|place| place.column);
        let by_key = |key: &str| F::ALL.iter().copied().find(|f| f.key() == key).and_then(place);
        let used = |column: &usize| candidate.places.iter().flatten().any(|p| p.column == *column);
        let unknown: Vec<usize> = (0..candidate.header.len())
            .filter(|column| !candidate.header[*column].is_empty() && !used(column))
            .collect();
        let is_sensitive = |column: &usize| {
            candidate.personal[*column]
                || is_sensitive(&candidate.header[*column])
                || is_sensitive(&candidate.whole_headings[*column])
        };
        let head = by_key("head");
        Self {
            head,
            // Where the place is told in one line, that line tells a household from a signature.
            commune: by_key("commune").or_else(|| by_key("address")),
            required: F::ALL.iter().filter(|f| f.required()).filter_map(|f| place(*f)).collect(),
            head_heading: head
                .and_then(|column| candidate.header.get(column).cloned())
                .unwrap_or_default(),
            repeat: candidate.header.iter().position(|heading| is_marked(heading)),
            sensitive: unknown.iter().copied().filter(is_sensitive).collect(),
            unknown,
            columns: candidate.places.iter().map(|p| p.map(|p| p.column as u16)).collect(),
            places: candidate.places,
            header_row: candidate.last_row,
            heading_keys: candidate.heading_keys,
            header: candidate.header,
            field: std::marker::PhantomData,
        }
    }
}

/// Finds the heading among the first rows of a file: the row, or the two or three rows of a
/// merged heading, in which most columns are known by title or synonym.
///
/// Names of groups before a heading are left out, as survey tools write them. Where two columns
/// bear names of one field, the one closer to the title wins, then the one further left.
///
/// # Errors
/// [`SourceError::MissingColumns`] (F02) when required columns are missing.
pub fn map_columns<F: Field>(name: &str, preview: &RowBlock) -> Result<Mapping<F>, SourceError> {
    map_columns_with(name, preview, &MappingFile::default())
}

/// Finds the heading and the columns as [`map_columns`] does, but where the mapping file says
/// which column a field has, that is so; its headings count as known ones.
///
/// # Errors
/// [`SourceError::Mapping`] (F02) when the mapping file names a field, a heading, a column or a
/// row that does not exist, or one column twice; [`SourceError::MissingColumns`] (F02) when
/// required columns are missing still.
pub fn map_columns_with<F: Field>(
    name: &str,
    preview: &RowBlock,
    mapping_file: &MappingFile,
) -> Result<Mapping<F>, SourceError> {
    let (mapping, missing) = find_columns(name, preview, mapping_file)?;
    if missing.is_empty() {
        return Ok(mapping);
    }
    let found = listed(mapping.header.iter().map(String::as_str));
    Err(SourceError::MissingColumns { name: name.to_owned(), names: missing, found })
}

/// Finds as much of the heading and the columns as there is, and the titles of required columns that are missing: what a
/// person should see who is to say which they are.
///
/// # Errors
/// As [`map_columns_with`]; [`SourceError::MissingColumns`] only where no row is like a heading and the mapping file says
/// nothing.
pub fn find_columns<F: Field>(
    name: &str,
    preview: &RowBlock,
    mapping_file: &MappingFile,
) -> Result<(Mapping<F>, Vec<String>), SourceError> {
    let fault = |source| SourceError::Mapping { name: name.to_owned(), source };
    let overrides = mapping_file.overrides::<F>().map_err(fault)?;
    let rows: Vec<Row<'_>> = preview.rows().take(HEADER_SEARCH_ROWS).collect();
    let width = preview.rows().map(|row| row.len()).max().unwrap_or(0);
    let best = match overrides.heading_row {
        Some(row) => Some(at_row(row, preview, &overrides, width).map_err(fault)?),
        None => most_known(&rows, &overrides, width),
    };
    if let Some(mut best) = best {
        if best.faults.is_empty() {
            let mapping = Mapping::of(best);
            let missing = mapping.missing();
            return Ok((mapping, missing));
        }
        return Err(fault(best.faults.swap_remove(0)));
    }
    if !overrides.choices.is_empty() {
        return Err(fault(MappingFileError::NoHeading));
    }
    let widest = rows.iter().copied().max_by_key(|row| {
        (row.cells().filter(|c| !c.trim().is_empty()).count(), std::cmp::Reverse(row.number))
    });
    Err(SourceError::MissingColumns {
        name: name.to_owned(),
        names: F::ALL.iter().filter(|f| f.required()).map(|f| f.title().to_owned()).collect(),
        found: widest.map_or_else(Vec::new, |row| listed(row.cells())),
    })
}

/// The rows among the first in which most headings are known; the upper and shorter of equals.
fn most_known<F: Field>(
    rows: &[Row<'_>],
    overrides: &Overrides<F>,
    width: usize,
) -> Option<Candidate<F>> {
    let known = Headings::<F>::new();
    // A mapping file that names one heading of the row is enough to know it.
    let enough = if overrides.choices.is_empty() { F::FEWEST_KNOWN } else { 1 };
    let mut best: Option<Candidate<F>> = None;
    for top in 0..rows.len() {
        for height in 1..=MAX_HEADER_ROWS.min(rows.len() - top) {
            let stack = &rows[top..top + height];
            if !is_stack(stack) {
                break;
            }
            let candidate = Candidate::new(&known, stack, overrides, width);
            if candidate.known() > best.as_ref().map_or(0, Candidate::known) {
                best = Some(candidate);
            }
        }
    }
    best.filter(|best| best.known() >= enough)
}

/// The heading that ends in a given row; no row at all where it is 0.
fn at_row<F: Field>(
    row: u32,
    preview: &RowBlock,
    overrides: &Overrides<F>,
    width: usize,
) -> Result<Candidate<F>, MappingFileError> {
    let known = Headings::<F>::new();
    if row == 0 {
        return Ok(Candidate::new(&known, &[], overrides, width));
    }
    let rows: Vec<Row<'_>> = preview.rows().take_while(|other| other.number <= row).collect();
    if rows.last().is_none_or(|last| last.number != row) {
        return Err(MappingFileError::NoSuchRow { row, rows: preview.len() });
    }
    let mut best = Candidate::new(&known, &rows[rows.len() - 1..], overrides, width);
    for height in 2..=MAX_HEADER_ROWS.min(rows.len()) {
        let stack = &rows[rows.len() - height..];
        if !is_stack(stack) {
            break;
        }
        let candidate = Candidate::new(&known, stack, overrides, width);
        if candidate.known() > best.known() {
            best = candidate;
        }
    }
    Ok(best)
}

/// Whether rows can be those of one heading: rows of a merged heading touch, and none but the
/// last row of letters holds data.
fn is_stack(rows: &[Row<'_>]) -> bool {
    let touch = rows.windows(2).all(|pair| pair[1].number == pair[0].number + 1);
    let is_data = |row: &Row<'_>| row.cells().any(is_number);
    rows.len() < 2 || touch && !rows.last().is_some_and(is_data)
}

/// Headings for a message: not blank, cut short, not too many.
fn listed<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<String> {
    const MOST: usize = 40;
    const LONGEST: usize = 60;
    let shorten = |cell: &str| cell.trim().chars().take(LONGEST).collect();
    cells.filter(|cell| !cell.trim().is_empty()).map(shorten).take(MOST).collect()
}

/// Digits and no letter: data, or a numbering row.
fn is_number(cell: &str) -> bool {
    cell.bytes().any(|b| b.is_ascii_digit()) && !cell.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diachiso_model::{RegisterField, SubmissionField as S};

    fn preview(rows: &[&[&str]]) -> RowBlock {
        let mut block = RowBlock::new();
        for (number, row) in (1..).zip(rows) {
            block.push_row(number, row.iter().copied());
        }
        block
    }

    #[track_caller]
    fn check(rows: &[&[&str]], header_row: u32, expected: &[(S, usize)]) {
        let mapping = map_columns::<S>("t.csv", &preview(rows)).expect("maps");
        let found: Vec<(S, usize)> =
            S::ALL.iter().filter_map(|&field| Some((field, mapping.column(field)?))).collect();
        assert_eq!(found, expected);
        assert_eq!(mapping.header_row(), header_row);
    }

    #[test]
    fn the_heading_is_found_below_a_letterhead() {
        check(
            &[
                &["UBND HUYỆN QUẢNG ĐIỀN"],
                &["TỔ CÔNG NGHỆ SỐ", "", "", "Xã Quảng Phước"],
                &["NGAY", "chu ho", "XA", "Màu cửa"],
                &["1/3/2024", "Võ Thị Lài", "Quảng Phước", "xanh"],
            ],
            3,
            &[(S::Head, 1), (S::Commune, 2), (S::CollectedOn, 0)],
        );
    }

    #[test]
    fn two_and_three_merged_heading_rows_are_read_together() {
        check(
            &[
                &["STT", "Họ tên chủ hộ", "Địa chỉ", "", "Tọa độ", "", "Ngày"],
                &["", "", "Thôn", "Xã", "X (m)", "Y (m)", ""],
                &["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"],
                &["1", "Võ Thị Lài", "Phước Lập", "Quảng Phước", "1833104", "553801", "1/3/2024"],
            ],
            2,
            &[
                (S::Ordinal, 0),
                (S::Head, 1),
                (S::Village, 2),
                (S::Commune, 3),
                (S::Latitude, 4),
                (S::Longitude, 5),
                (S::CollectedOn, 6),
            ],
        );
        check(
            &[
                &["STT", "Chủ hộ", "Nơi ở", "", "", "Ngày"],
                &["", "", "Đơn vị", "", "Ảnh chụp", ""],
                &["", "", "Thôn", "Xã", "x", ""],
            ],
            3,
            &[(S::Ordinal, 0), (S::Head, 1), (S::Village, 2), (S::Commune, 3), (S::CollectedOn, 5)],
        );
    }

    #[test]
    fn a_first_row_of_data_is_not_taken_for_a_second_heading_row() {
        check(
            &[
                &["Chủ hộ", "Xã", "Ngày", "Loại"],
                &["Võ Thị Lài", "Quảng Phước", "1/3/2024", "Hộ nghèo"],
            ],
            1,
            &[(S::Head, 0), (S::Commune, 1), (S::CollectedOn, 2)],
        );
    }

    #[test]
    fn of_two_columns_for_one_field_the_title_wins_then_the_left_one() {
        check(
            &[&["Họ tên", "Họ và tên chủ hộ", "Xã", "Phường", "Ngày nhập"]],
            1,
            &[(S::Head, 1), (S::Commune, 2), (S::CollectedOn, 4)],
        );
    }

    #[test]
    fn missing_columns_are_named_beside_the_headings_found() {
        let rows: &[&[&str]] = &[&["STT", "Họ tên chủ hộ", "Địa chỉ"], &["1", "Võ Thị Lài", "x"]];
        let error = map_columns::<RegisterField>("ho.csv", &preview(rows)).expect_err("misses");
        assert_eq!(error.rule().as_str(), "F02");
        let text = error.to_string();
        for word in ["ho.csv", "`Mã hộ`", "`Thôn/Tổ dân phố`", "`Xã/Phường`", "`Họ tên chủ hộ`"]
        {
            assert!(text.contains(word), "{text}");
        }
        assert!(!text.contains("lacks `Họ"), "{text}");
        let error = map_columns::<S>("x.csv", &preview(&[&["a", "b"]])).expect_err("misses");
        assert!(matches!(error, SourceError::MissingColumns { found, .. } if found == ["a", "b"]));
        assert!(map_columns::<S>("x.csv", &RowBlock::new()).is_err());
    }

    #[test]
    fn headings_that_mean_nothing_are_listed() {
        let rows: &[&[&str]] = &[&["Chủ hộ", "Tôn giáo", "", "Xã", "Ngày"]];
        let block = preview(rows);
        let mapping = map_columns::<S>("t.csv", &block).expect("maps");
        assert_eq!(mapping.unknown(), [1]);
        assert_eq!(mapping.header()[1], "Tôn giáo");
        assert_eq!(mapping.get(block.row(0), S::Phone), "");
    }
}
