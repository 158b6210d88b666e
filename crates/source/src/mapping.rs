//! Where the heading is and which column is which.

use crate::SourceError;
use crate::heading::{Headings, heading_key};
use crate::row_block::{Row, RowBlock};
use diachiso_model::Field;

/// Rows among which the heading is looked for: letterheads run to a dozen.
pub const HEADER_SEARCH_ROWS: usize = 30;

/// Most rows that merged headings run over.
const MAX_HEADER_ROWS: usize = 3;

/// Fewest known headings that make a row a heading row.
const MIN_KNOWN: usize = 2;

/// The column of each field of a file.
#[derive(Clone, Debug)]
pub struct Mapping<F> {
    columns: Vec<Option<u16>>,
    header_row: u32,
    header: Vec<String>,
    unknown: Vec<usize>,
    /// Keys of the heading's cells, row by row, to know them again further down.
    pub(crate) heading_keys: Vec<Vec<String>>,
    /// The heading's own text in the head's column.
    pub(crate) head_heading: String,
    pub(crate) head: Option<usize>,
    pub(crate) commune: Option<usize>,
    pub(crate) required: Vec<usize>,
    field: std::marker::PhantomData<F>,
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
}

/// Finds the heading among the first rows of a file: the row, or the two or three rows of a
/// merged heading, in which most columns are known by title or synonym.
///
/// Where two columns bear names of one field, the one closer to the title wins, then the one
/// further left.
///
/// # Errors
/// [`SourceError::MissingColumns`] (F02) when required columns are missing.
pub fn map_columns<F: Field>(name: &str, preview: &RowBlock) -> Result<Mapping<F>, SourceError> {
    let known = Headings::<F>::new();
    let rows: Vec<Row<'_>> = preview.rows().take(HEADER_SEARCH_ROWS).collect();
    let mut best: Option<Candidate<F>> = None;
    for top in 0..rows.len() {
        for height in 1..=MAX_HEADER_ROWS.min(rows.len() - top) {
            let stack = &rows[top..top + height];
            // Rows of a merged heading touch, and none but the last row of letters holds data.
            let apart = stack.windows(2).any(|pair| pair[1].number != pair[0].number + 1);
            if height > 1 && (apart || stack[height - 1].cells().any(is_number)) {
                break;
            }
            let candidate = Candidate::new(&known, stack);
            if candidate.known() > best.as_ref().map_or(0, Candidate::known) {
                best = Some(candidate);
            }
        }
    }
    let Some(best) = best.filter(|best| best.known() >= MIN_KNOWN) else {
        let widest = rows.iter().copied().max_by_key(|row| {
            (row.cells().filter(|c| !c.trim().is_empty()).count(), std::cmp::Reverse(row.number))
        });
        return Err(SourceError::MissingColumns {
            name: name.to_owned(),
            names: F::ALL.iter().filter(|f| f.required()).map(|f| f.title().to_owned()).collect(),
            found: widest.map_or_else(Vec::new, |row| listed(row.cells())),
        });
    };
    best.into_mapping(name)
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

/// One way to read the heading.
struct Candidate<F> {
    last_row: u32,
    header: Vec<String>,
    heading_keys: Vec<Vec<String>>,
    /// Field index to column and rank.
    columns: Vec<Option<(usize, usize)>>,
    field: std::marker::PhantomData<F>,
}

impl<F: Field> Candidate<F> {
    fn new(known: &Headings<F>, stack: &[Row<'_>]) -> Self {
        let width = stack.iter().map(Row::len).max().unwrap_or(0);
        let mut columns: Vec<Option<(usize, usize)>> = vec![None; F::ALL.len()];
        let mut header = Vec::with_capacity(width);
        for column in 0..width {
            let (text, found) = read_heading(known, stack, column);
            if let Some((field, rank)) = found {
                let place = &mut columns[field.index()];
                if place.is_none_or(|(_, best)| rank < best) {
                    *place = Some((column, rank));
                }
            }
            header.push(text);
        }
        Self {
            last_row: stack.last().map_or(0, |row| row.number),
            header,
            heading_keys: stack.iter().map(|row| row.cells().map(heading_key).collect()).collect(),
            columns,
            field: std::marker::PhantomData,
        }
    }

    fn known(&self) -> usize {
        self.columns.iter().flatten().count()
    }

    fn into_mapping(self, name: &str) -> Result<Mapping<F>, SourceError> {
        let place = |field: F| self.columns[field.index()].map(|(column, _)| column);
        let missing: Vec<String> = F::ALL
            .iter()
            .filter(|field| field.required() && place(**field).is_none())
            .map(|field| field.title().to_owned())
            .collect();
        if !missing.is_empty() {
            return Err(SourceError::MissingColumns {
                name: name.to_owned(),
                names: missing,
                found: listed(self.header.iter().map(String::as_str)),
            });
        }
        let by_key = |key: &str| F::ALL.iter().copied().find(|f| f.key() == key).and_then(place);
        let used = |column: &usize| self.columns.iter().flatten().any(|(c, _)| c == column);
        let head = by_key("head");
        Ok(Mapping {
            head,
            commune: by_key("commune"),
            required: F::ALL.iter().filter(|f| f.required()).filter_map(|f| place(*f)).collect(),
            head_heading: head.map_or_else(String::new, |column| self.header[column].clone()),
            unknown: (0..self.header.len())
                .filter(|column| !self.header[*column].is_empty() && !used(column))
                .collect(),
            columns: self.columns.iter().map(|c| c.map(|(column, _)| column as u16)).collect(),
            header_row: self.last_row,
            heading_keys: self.heading_keys,
            header: self.header,
            field: std::marker::PhantomData,
        })
    }
}

/// The heading of a column and what it means: the lowest cell of the stack speaks first, then
/// those above, then the cells together ("Toạ độ" over "X (m)"), where a blank upper cell
/// belongs to the merged cell on its left.
fn read_heading<'r, F: Field>(
    known: &Headings<F>,
    stack: &[Row<'r>],
    column: usize,
) -> (String, Option<(F, usize)>) {
    let own: Vec<&str> = stack
        .iter()
        .rev()
        .map(|row| row.get(column).trim())
        .filter(|cell| !cell.is_empty())
        .collect();
    let Some(&lowest) = own.first() else { return (String::new(), None) };
    for cell in &own {
        if let Some(found) = known.find(cell) {
            return ((*cell).to_owned(), Some(found));
        }
    }
    if stack.len() > 1 && !stack[stack.len() - 1].get(column).trim().is_empty() {
        let merged = |row: &Row<'r>| -> Option<&'r str> {
            let row = *row;
            (0..=column).rev().map(|c| row.get(c).trim()).find(|cell| !cell.is_empty())
        };
        let (bottom, above) = stack.split_last().expect("more than one row");
        let mut words: Vec<&str> = above.iter().filter_map(merged).collect();
        words.push(bottom.get(column).trim());
        let together = words.join(" ");
        if let Some((field, rank)) = known.find(&together) {
            return (together, Some((field, rank)));
        }
    }
    (lowest.to_owned(), None)
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
                &["", "", "Đơn vị", "", "Tọa độ", ""],
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
