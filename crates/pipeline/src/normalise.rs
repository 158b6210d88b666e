//! Cells to clean text: rules F05, F06 and F07.

use std::borrow::Cow;

use diachiso_model::{Finding, RuleCode};
use diachiso_text::{
    clean,
    legacy::{self, LegacyEncoding},
    letter,
};

/// Collects the findings of one row.
pub(crate) type Findings = Vec<Finding>;

/// The encoding that the words of one row were typed in: people do not change fonts within a row, so that
/// a cell which proves nothing alone follows its neighbours.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct RowEncoding(Option<LegacyEncoding>);

impl RowEncoding {
    /// The encoding that most cells prove, if they are more than the `typed` cells that are surely Unicode. Names of
    /// communes and districts (`listed`) often come from a list, whatever the font of the others: they prove a font and
    /// never the lack of one.
    pub(crate) fn of(typed: &[&str], listed: &[&str]) -> Self {
        Self::proved(typed, listed).0
    }

    /// The same with the cells that were brought back on the way: the place of each among `typed` and `listed`, and its text.
    pub(crate) fn proved(typed: &[&str], listed: &[&str]) -> (Self, Vec<(usize, String)>) {
        let (mut telling, mut unicode) = (0, 0);
        for cell in typed.iter().filter(|cell| !plain(cell)) {
            telling += 1;
            unicode += usize::from(legacy::is_surely_unicode(cell));
        }
        if unicode * 2 >= telling {
            return (Self::default(), Vec::new());
        }
        let mut proofs = [0; LegacyEncoding::ALL.len()];
        let mut repaired = Vec::new();
        for (at, cell) in typed.iter().chain(listed).enumerate() {
            if at < typed.len() && plain(cell) {
                continue;
            }
            if let Some(cell) = legacy::repair(cell) {
                proofs[cell.from as usize] += 1;
                repaired.push((at, cell));
            }
        }
        let most = LegacyEncoding::ALL.into_iter().max_by_key(|from| proofs[*from as usize]);
        let encoding = Self(most.filter(|from| proofs[*from as usize] > unicode));
        // What another encoding reads as well follows the row.
        repaired.retain(|(_, cell)| encoding.0.is_none_or(|from| from == cell.from));
        (encoding, repaired.into_iter().map(|(at, cell)| (at, cell.text)).collect())
    }

    /// What [`Self::text`] makes of a cell that was brought back while the encoding was found.
    pub(crate) fn brought_back<'c>(
        cell: &'c str,
        repaired: &str,
        field: &'static str,
        findings: &mut Findings,
    ) -> Cow<'c, str> {
        let text = clean::clean(repaired).into_owned();
        findings.push(Finding::new(RuleCode::F05, Some(field), cell).with(text.as_str()));
        Cow::Owned(text)
    }

    /// The text of a cell as it ought to be, with what had to be done to it noted in `findings`.
    pub(crate) fn text<'c>(
        self,
        cell: &'c str,
        field: &'static str,
        findings: &mut Findings,
    ) -> Cow<'c, str> {
        // Legacy bytes come first: what reads as a soft hyphen or a no-break space may be a letter of theirs.
        let alone = || legacy::repair(cell).map(|repaired| repaired.text);
        let repaired = match self.0 {
            Some(from) => legacy::repair_beside(cell, from).or_else(alone),
            None if settled(cell) => return Cow::Borrowed(cell),
            None => alone(),
        };
        if let Some(repaired) = repaired {
            return Self::brought_back(cell, &repaired, field, findings);
        }
        let cleaned = clean::clean(cell);
        if legacy::is_damaged(&cleaned) {
            findings.push(Finding::new(RuleCode::F07, Some(field), cell));
        }
        if *cleaned != *clean::trimmed(cell) {
            findings.push(Finding::new(RuleCode::F06, Some(field), cell).with(&*cleaned));
        }
        cleaned
    }
}

/// Whether there is nothing to clean, convert or repair in a cell, by one look at it: letters and digits, single spaces
/// between them, and the signs of numbers and addresses that no old encoding writes letters with. Letters with marks must be
/// Vietnamese and one of them must be in Unicode alone, which proves the others.
fn settled(cell: &str) -> bool {
    let (mut before, mut marked, mut unicode) = (' ', false, false);
    let inside = cell.chars().all(|letter| {
        let doubled = letter == ' ' && before == ' ';
        before = letter;
        if letter.is_ascii() {
            return !doubled
                && (letter.is_ascii_alphanumeric() || matches!(letter, ' ' | '/' | '-' | ','));
        }
        marked = true;
        unicode |= letter > '\u{ff}';
        letter::is_marked(letter)
    });
    inside && marked == unicode && (before != ' ' || cell.is_empty())
}

/// Whether a cell is plain letters and digits with single spaces: nothing to clean, convert or repair.
fn plain(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    bytes.first().is_none_or(|b| *b != b' ')
        && bytes.last().is_none_or(|b| *b != b' ')
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b' ')
        && !bytes.windows(2).any(|pair| pair == b"  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, expected: &str, codes: &[RuleCode]) {
        check_beside(&[], &[], cell, expected, codes);
    }

    #[track_caller]
    fn check_beside(row: &[&str], listed: &[&str], cell: &str, expected: &str, codes: &[RuleCode]) {
        let mut findings = Findings::new();
        let encoding = RowEncoding::of(row, listed);
        assert_eq!(encoding.text(cell, "head", &mut findings), expected);
        assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), codes);
    }

    #[test]
    fn what_had_to_be_done_to_a_cell_is_noted() {
        check("Nguyễn Văn An", "Nguyễn Văn An", &[]);
        check("Nguyễn  Văn\u{a0}An", "Nguyễn Văn An", &[RuleCode::F06]);
        check("Nguye\u{302}\u{303}n Văn An", "Nguyễn Văn An", &[RuleCode::F06]);
        check("Nguy?n V?n An", "Nguy?n V?n An", &[RuleCode::F07]);
    }

    #[test]
    fn a_cell_that_proves_nothing_alone_follows_its_row() {
        let f05 = &[RuleCode::F05][..];
        check("Xãm 4", "Xãm 4", &[]);
        check_beside(&["NguyÔn V¨n An", "Xãm 4"], &[], "Xãm 4", "Xóm 4", f05);
        check_beside(&["NguyÔn V¨n An", "Thôn Sịa"], &[], "Xãm 4", "Xãm 4", &[]);
        check_beside(&["NguyÔn V¨n An", "Xãm 4"], &["Xã Quảng Phú"], "Xãm 4", "Xóm 4", f05);
        check_beside(&["Tra^`n Thi. Hu+o+ng"], &[], "Bi'ch", "Bích", f05);
        let (row, listed) = (["NguyÔn TÊn Phong", "§éi 4", "Kiệt 17"], ["HuyÖn Qu¶ng §iÒn"]);
        check("NguyÔn TÊn Phong", "NguyÔn TÊn Phong", &[]);
        check_beside(&row, &listed, "NguyÔn TÊn Phong", "Nguyễn Tấn Phong", f05);
    }
}
