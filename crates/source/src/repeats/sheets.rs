//! Sheets of persons in a workbook, as `KoboToolbox` exports them: `_parent_index` of a person is
//! `_index` of the household.

use super::{Branch, Families, FamilyCounter, HeadingRow, Joined, Keys, Leaves, choose, column_of};
use crate::SourceError;
use crate::blocks::Blocks;
use crate::mapping::HEADER_SEARCH_ROWS;
use crate::row_block::{Row, RowBlock, RowSource};
use std::collections::VecDeque;

/// Heading of the household's key among the households.
const INDEX: &str = "_index";

/// Heading of the household's key among the persons.
const PARENT_INDEX: &str = "_parent_index";

/// Heading of the sheet in which the key is looked up.
const PARENT_TABLE: &str = "_parent_table_name";

/// Longest title of a sheet, in characters; exports cut longer names of groups, and the last few
/// characters may say that they did.
const MAX_TITLE: usize = 31;
const CUT_TITLE: usize = 27;

/// A sheet of rows that belong to those of another; of each, the key and that other's name are
/// kept.
pub(crate) struct PersonSheet {
    title: String,
    leaves: Leaves,
    rows: VecDeque<RowBlock>,
}

impl PersonSheet {
    /// The sheet with these rows, if it is one.
    pub(crate) fn of(title: &str, blocks: &VecDeque<RowBlock>) -> Option<Self> {
        let first = blocks.front()?.rows().take(HEADER_SEARCH_ROWS);
        let heading = first.into_iter().find(|row| column_of(*row, PARENT_INDEX).is_some())?;
        let (key, table) = (column_of(heading, PARENT_INDEX)?, column_of(heading, PARENT_TABLE));
        let mut leaves = Leaves::default();
        heading.cells().for_each(|cell| leaves.learn(cell));
        let keys = |block: &RowBlock| {
            let mut keys = RowBlock::new();
            for row in block.rows().filter(|row| row.number > heading.number) {
                let table = table.map_or("", |table| row.get(table).trim());
                keys.push_row(row.number, [row.get(key).trim(), table]);
            }
            keys
        };
        Some(Self { title: title.to_owned(), leaves, rows: blocks.iter().map(keys).collect() })
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().flat_map(RowBlock::rows)
    }

    /// Takes out the rows that belong to rows of other sheets of persons, all but their numbers.
    fn drop_nested(&mut self, titles: &[String]) {
        for block in &mut self.rows {
            let mut direct = RowBlock::new();
            for row in block.rows() {
                let is_nested = titles.iter().any(|title| is_called(title, row.get(1)));
                direct.push_row(row.number, (!is_nested).then(|| row.get(0)));
            }
            *block = direct;
        }
    }

    /// Takes the keys out of all rows.
    fn drop_keys(&mut self) {
        self.drop_nested(&[]);
        for block in &mut self.rows {
            let mut bare = RowBlock::new();
            block.rows().for_each(|row| bare.push_row(row.number, []));
            *block = bare;
        }
    }
}

/// Whether a sheet has the name of a group, which it may have cut.
fn is_called(title: &str, group: &str) -> bool {
    let start = |text: &str| text.chars().take(CUT_TITLE).collect::<String>();
    let is_cut = title.chars().count() == MAX_TITLE && group.chars().count() >= MAX_TITLE;
    title == group || is_cut && start(title) == start(group)
}

impl Keys for PersonSheet {
    fn open(self: Box<Self>) -> Result<Box<dyn RowSource>, SourceError> {
        Ok(Box::new(Blocks::new(self.rows)))
    }
}

/// Whether rows begin with a heading that has the key of households.
pub(crate) fn has_key(block: &RowBlock) -> bool {
    block.rows().take(HEADER_SEARCH_ROWS).any(|row| column_of(row, INDEX).is_some())
}

/// Joins the sheets to that of the households, whose heading is the row of this number, else the
/// first with the households' key. Households without any heading stay alone: they need a mapping
/// file, and have no key by which members could be told to belong to them.
pub(crate) fn join_sheets(
    name: &str,
    households: VecDeque<RowBlock>,
    heading_row: Option<u32>,
    mut sheets: Vec<PersonSheet>,
) -> Result<Box<dyn RowSource>, SourceError> {
    let heading_row = match heading_row {
        Some(number) => HeadingRow::Number(number),
        None if households.front().is_some_and(has_key) => HeadingRow::OfKey,
        None => return Ok(Box::new(Blocks::new(households))),
    };
    let titles: Vec<String> = sheets.iter().map(|sheet| sheet.title.clone()).collect();
    for (at, sheet) in sheets.iter_mut().enumerate() {
        let others: Vec<String> = titles
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(_, t)| t.clone())
            .collect();
        sheet.drop_nested(&others);
    }
    let branches: Vec<Branch<'_>> = sheets
        .iter()
        .map(|sheet| Branch {
            group: &sheet.title,
            leaves: sheet.leaves,
            is_nested: sheet.rows().all(|row| row.is_empty()),
        })
        .collect();
    let (persons, headings) = choose(&branches);
    let mut families = Families::default();
    for (at, sheet) in sheets.iter_mut().enumerate() {
        if Some(at) != persons {
            sheet.drop_keys();
            continue;
        }
        for row in sheet.rows().filter(|row| !row.is_empty()) {
            families.add_person(name, row.get(0))?;
        }
    }
    let mut counter = FamilyCounter::new(families, heading_row, INDEX, headings);
    households.iter().flat_map(RowBlock::rows).for_each(|row| counter.look(row));
    let tables = sheets.into_iter().map(|sheet| Box::new(sheet) as Box<dyn Keys>).collect();
    Ok(Box::new(Joined::new(name, Blocks::new(households), counter, tables)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_whose_title_was_cut_is_known_by_its_beginning() {
        assert!(is_called("members", "members"));
        assert!(!is_called("members", "member"));
        assert!(!is_called("", "members"));
        let long = "thong_tin_cac_thanh_vien_trong_ho_gia_dinh";
        assert!(is_called("thong_tin_cac_thanh_vien_tro...", long));
        assert!(is_called(&long[..31], long));
        assert!(!is_called("thong_tin_cac_khach_den_choi...", long));
    }
}
