//! Rows that are no household: headings, numbering rows, subtotals, signatures (F03).

use crate::heading::heading_key;
use crate::mapping::Mapping;
use crate::repeats::Mark;
use crate::row_block::Row;
use diachiso_model::Field;
use diachiso_text::{
    clean::{clean, trimmed},
    legacy::repair,
};

/// Beginnings of subtotals, lower case with accents.
const SUBTOTAL: &[&str] = &[
    "tổng cộng",
    "cộng thôn",
    "cộng tổ",
    "cộng tdp",
    "cộng xã",
    "cộng phường",
    "cộng huyện",
    "cộng toàn",
    "cộng trang",
    "cộng:",
    "cộng dồn",
    "cộng khu",
    "cộng xóm",
    "tổng số",
    "tổng hợp",
    "tổng:",
    "toàn xã",
    "toàn thôn",
];

/// The same without accents; more is asked of such a row, since *Tống Công* is a name.
const SUBTOTAL_PLAIN: &[&str] = &[
    "tong cong",
    "cong thon",
    "cong to",
    "cong tdp",
    "cong xa",
    "cong phuong",
    "cong huyen",
    "cong toan",
    "cong trang",
    "tong so",
];

/// Whole texts of a lone subtotal cell.
const SUBTOTAL_WHOLE: &[&str] = &["cộng", "tổng", "cong", "tong"];

/// Beginnings or parts of what stands below a list, lower case with accents.
const SIGNATURE: &[&str] = &[
    "người lập",
    "người tổng hợp",
    "người thống kê",
    "cán bộ lập",
    "ký tên",
    "(ký",
    "ký và ghi",
    "ký, ghi",
    "thủ trưởng",
    "xác nhận của",
    "chủ tịch",
    "phó chủ tịch",
    "tm. ",
    "tm.ubnd",
    "t/m ",
    "kt. ",
    "kt.chủ",
    "tl. ",
    "trưởng thôn",
    "tổ trưởng",
    "trưởng ban",
    "công chức",
    "kế toán",
    "nơi nhận",
    "như trên",
    "lưu vt",
    "- lưu",
    "lưu:",
    "nguoi lap",
    "ky ten",
    "xac nhan cua",
    "chu tich",
    "noi nhan",
    "danh sách này có",
    "ấn định danh sách",
];

/// Beginnings of a line that stands alone over the households of one place.
const SECTION: &[&str] = &[
    "thôn ",
    "tổ dân phố",
    "tổ ",
    "tdp ",
    "xã ",
    "phường ",
    "thị trấn ",
    "huyện ",
    "thị xã ",
    "thành phố ",
    "khu vực ",
    "xóm ",
    "thon ",
    "to dan pho",
    "xa ",
    "phuong ",
    "thi tran ",
];

/// Columns whose cells are numbers or days, by the keys of their fields: a person's name has no place there.
const NUMBERS: &[&str] = &[
    "ordinal",
    "code",
    "identity",
    "phone",
    "house_number",
    "members",
    "latitude",
    "longitude",
    "accuracy",
    "collected_on",
    "household_id",
    "birth_year",
    "commune_code",
    "closed_on",
];

/// Most filled cells a signature row has.
const SIGNATURE_CELLS: usize = 4;

/// Every reason why a row is no household, in Vietnamese and in English.
const REASONS: &[(&str, &str, &str)] = &[
    ("heading", "tiêu đề", "heading"),
    ("numbering", "dòng đánh số", "numbering"),
    ("subtotal", "dòng cộng", "subtotal"),
    ("signature", "chữ ký", "signature"),
    ("blank", "dòng trống", "blank"),
    ("member", "thành viên của hộ", "member"),
    ("member without household", "thành viên không có hộ", "member without household"),
    ("member of several households", "khoá của nhiều hộ", "member of several households"),
    ("row of a repeat group", "dòng của nhóm lặp khác", "row of a repeat group"),
];

/// A reason why a row is no household in words, Vietnamese and English.
#[must_use]
pub fn reason_words(reason: &'static str) -> (&'static str, &'static str) {
    let known = REASONS.iter().find(|(key, ..)| *key == reason);
    known.map_or((reason, reason), |(_, vi, en)| (vi, en))
}

/// Why a row is no household, or `None` where it may be one: `heading`, `numbering`, `subtotal`,
/// `signature`, `blank`, or what a row of a repeat group in a table of its own is (`member`,
/// `member without household`, `member of several households`, `row of a repeat group`).
///
/// A row with a head's name and a commune is a household, unless both cells are words of a
/// signature. An ordinary row is settled by its first look, without allocating.
#[must_use]
pub fn non_record<F: Field>(mapping: &Mapping<F>, row: Row<'_>) -> Option<&'static str> {
    if row.number <= mapping.header_row() {
        return Some("heading");
    }
    let cell = |column: Option<usize>| trimmed(column.map_or("", |column| row.get(column)));
    let (head, commune) = (cell(mapping.head), cell(mapping.commune));
    let named =
        head.len() > 1 && !head.as_bytes()[0].is_ascii_digit() && head.as_bytes()[0] != b'(';
    if named && !commune.is_empty() && head != mapping.head_heading {
        // The heading in other capitals or spacing is as long, give or take a few bytes.
        let alike = head.len().abs_diff(mapping.head_heading.len()) <= 2
            && alike_initials(head, &mapping.head_heading)
            && heading_key(head) == heading_key(&mapping.head_heading);
        let whole = || mapping.required.iter().all(|column| !trimmed(row.get(*column)).is_empty());
        if !alike && whole() {
            return None;
        }
    }
    slow(mapping, row, (head, commune), named && !commune.is_empty())
}

/// Whether two texts may have one [`heading_key`]: not where both begin with letters of ASCII and these differ.
fn alike_initials(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes().first(), b.as_bytes().first());
    a.zip(b).is_none_or(|(a, b)| {
        !a.is_ascii_alphabetic() || !b.is_ascii_alphabetic() || a.eq_ignore_ascii_case(b)
    })
}

/// The patterns, for the few rows that look odd.
#[cold]
fn slow<F: Field>(
    mapping: &Mapping<F>,
    row: Row<'_>,
    (head, commune): (&str, &str),
    named: bool,
) -> Option<&'static str> {
    let filled: Vec<(usize, &str)> =
        row.cells().map(str::trim).enumerate().filter(|(_, cell)| !cell.is_empty()).collect();
    if filled.is_empty() {
        return Some("blank");
    }
    if let [(column, word)] = filled[..]
        && mapping.repeat == Some(column)
        && let Some(mark) = Mark::from_word(word)
    {
        return Some(mark.as_str());
    }
    if repeats_heading(mapping, &filled) {
        return Some("heading");
    }
    if named {
        let signed = [head, commune].iter().all(|cell| is_signature(&legible(cell).to_lowercase()));
        return signed.then_some("signature");
    }
    if is_numbering(&filled) {
        return Some("numbering");
    }
    let mut words = filled.iter().filter(|(_, cell)| has_letter(cell) && !is_label(cell));
    let (first_column, first) = *words.next()?;
    let alone = words.next().is_none();
    let text = legible(first).to_lowercase();
    let required = mapping.required.iter().filter(|c| !row.get(**c).trim().is_empty()).count();
    if required > 1 {
        return None;
    }
    if is_subtotal(&text, alone) {
        return Some("subtotal");
    }
    if filled.len() > SIGNATURE_CELLS || holds_long_number(mapping, &filled) {
        return None;
    }
    // A lone name may be a household that somebody has yet to fill in: then only its own words
    // can make it a signature, not a note beside it.
    let is_head = mapping.head == Some(first_column);
    if is_signature(&text)
        || is_head && is_pair_of_names(mapping, &filled)
        || !is_head && filled.iter().any(|(_, cell)| is_signature(&legible(cell).to_lowercase()))
    {
        return Some("signature");
    }
    if filled.len() <= 2 && alone && SECTION.iter().any(|start| text.starts_with(start)) {
        return Some("heading");
    }
    let numbered = |cell: &str| cell.bytes().any(|b| b.is_ascii_digit());
    (filled.len() == 1 && required == 0 && !numbered(first)).then_some("signature")
}

/// The words of a cell whatever font they were typed in, letters composed.
fn legible(cell: &str) -> String {
    repair(cell).map_or_else(|| clean(cell).into_owned(), |repaired| repaired.text)
}

fn has_letter(cell: &str) -> bool {
    cell.chars().any(char::is_alphabetic)
}

/// A Roman number or a single letter, as sections are numbered.
fn is_label(cell: &str) -> bool {
    let bare = cell.trim_matches(|c: char| !c.is_alphanumeric());
    bare.chars().count() == 1 || bare.chars().all(|c| matches!(c, 'I' | 'V' | 'X' | 'L'))
}

/// At least two cells, and more than half of all, say what the heading says in their column.
fn repeats_heading<F: Field>(mapping: &Mapping<F>, filled: &[(usize, &str)]) -> bool {
    let same = filled.iter().filter(|(column, cell)| {
        let key = heading_key(cell);
        !key.is_empty()
            && mapping.heading_keys.iter().any(|row| row.get(*column).is_some_and(|h| *h == key))
    });
    let same = same.count();
    same >= 2 && same * 2 > filled.len()
}

/// `(1) (2) (3)`, `1 2 3`, `A B 1 2`, `[1] [2]=[3]+[4]`: short cells, letters first, then
/// numbers that never fall.
fn is_numbering(filled: &[(usize, &str)]) -> bool {
    if filled.len() < 3 {
        return false;
    }
    let mut last = 0;
    for (_, cell) in filled {
        let bare = cell.trim_matches(|c: char| !c.is_alphanumeric());
        if bare.len() == 1 && bare.as_bytes()[0].is_ascii_alphabetic() && last == 0 {
            continue;
        }
        let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
        let Ok(number) = bare[..digits].parse::<u32>() else { return false };
        if number < last.max(1)
            || number > last + 4
            || bare.bytes().any(|b| b.is_ascii_alphabetic())
        {
            return false;
        }
        last = number;
    }
    last >= 2
}

fn is_subtotal(text: &str, alone: bool) -> bool {
    if SUBTOTAL.iter().any(|start| text.starts_with(start)) {
        return true;
    }
    let bare = text.trim_end_matches(|c: char| !c.is_alphanumeric());
    if SUBTOTAL_WHOLE.contains(&bare) {
        return true;
    }
    alone
        && SUBTOTAL_PLAIN.iter().any(|start| {
            // "tong cong hung" is a person in a file without accents.
            text.strip_prefix(start).is_some_and(|rest| {
                *start != "tong cong"
                    || !rest.trim().starts_with(|c: char| c.is_alphabetic())
                    || SECTION.iter().any(|section| rest.trim_start().starts_with(section))
            })
        })
}

fn is_signature(text: &str) -> bool {
    let text = text.trim_start_matches(['"', '*', ' ']);
    SIGNATURE.iter().any(|start| text.starts_with(start))
        || text.contains("ghi rõ họ tên")
        || (text.contains("ngày") && text.contains("tháng") && text.contains("năm"))
        || (text.contains("ngay") && text.contains("thang") && text.contains(" nam "))
}

/// Two names and nothing else, the second in a column of numbers: who made the list and who answers for it.
fn is_pair_of_names<F: Field>(mapping: &Mapping<F>, filled: &[(usize, &str)]) -> bool {
    let [(_, first), (column, second)] = filled else { return false };
    let is_number = |field: &F| NUMBERS.contains(&field.key());
    let mut numbers = F::ALL.iter().copied().filter(is_number);
    is_name(&legible(first))
        && is_name(&legible(second))
        && numbers.any(|field| mapping.column(field) == Some(*column))
}

/// Two to six words of letters that begin with capitals.
fn is_name(cell: &str) -> bool {
    let words = || cell.split_whitespace();
    (2..=6).contains(&words().count())
        && words().all(|word| {
            word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic)
        })
}

/// Whether a cell holds a number as only households have them: phone, identity, coordinate.
fn holds_long_number<F: Field>(mapping: &Mapping<F>, filled: &[(usize, &str)]) -> bool {
    const DIGITS: usize = 6;
    let long = |cell: &str| cell.bytes().filter(u8::is_ascii_digit).count() >= DIGITS;
    filled
        .iter()
        .any(|(column, cell)| Some(*column) != mapping.head && long(cell) && !has_letter(cell))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RowBlock, map_columns};
    use diachiso_model::SubmissionField;

    /// `STT | Họ và tên chủ hộ | Số điện thoại | Thôn | Xã | Ngày thu thập | Ghi chú`, row 4.
    #[track_caller]
    fn check(cells: &[&str], expected: Option<&str>) {
        let mut block = RowBlock::new();
        let heading =
            ["STT", "Họ và tên chủ hộ", "Số điện thoại", "Thôn", "Xã", "Ngày thu thập", "Ghi chú"];
        block.push_row(1, ["UBND XÃ QUẢNG PHƯỚC"]);
        block.push_row(4, heading);
        let mapping = map_columns::<SubmissionField>("t.csv", &block).expect("maps");
        block.push_row(9, cells.iter().copied());
        assert_eq!(non_record(&mapping, block.row(2)), expected, "{cells:?}");
        assert_eq!(non_record(&mapping, block.row(0)), Some("heading"));
        assert_eq!(non_record(&mapping, block.row(1)), Some("heading"));
    }

    #[test]
    fn households_are_never_skipped_however_poor_the_row() {
        check(&["1", "Võ Thị Lài", "", "", "Quảng Phước", "", ""], None);
        check(&["1", "Võ Thị Lài"], None);
        check(&["", "Võ Thị Lài"], None);
        check(&["1", "", "0905123456", "Phước Lập", "Quảng Phước", "1/3/2024"], None);
        check(&["1", "A", "", "B", "Quảng Phước", "1/3/2024"], None);
        check(&["1", "Tống Công Hùng", "", "", "", "", ""], None);
        check(&["1", "Tong Cong Hung", "905123456", "", "", "", ""], None);
        check(&["", "Võ Thị Lài", "", "Phước Lập"], None);
        check(&["", "Võ Thị Lài", "chưa rõ"], None);
        check(&["1", "Tổng Cộng", "", "Phước Lập", "Quảng Phước", "1/3/2024"], None);
        check(&["1", "Nguyễn Văn Xã", "", "", "", "", ""], None);
        check(&["1", "Người lập biểu", "", "", "Quảng Phước", "", ""], None);
        check(&["", "", "0905123456", "", "", "", ""], None);
        check(&["7", "", "", "", "", "", ""], None);
        check(&["1", "Lê Thị Bé", "", "", "", "", "chủ tịch xã xác nhận"], None);
        check(&["1", "123456789012", "905123456", "1", "2", "3"], None);
        check(&["1", "2 Lê", "3", "4"], None);
    }

    #[test]
    fn what_is_no_household_is_named() {
        check(&["", " ", "\u{a0}"], Some("blank"));
        check(&[], Some("blank"));
        check(&["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"], Some("numbering"));
        check(&["A", "B", "1", "2", "3", "4", "5"], Some("numbering"));
        check(&["1", "2", "3", "4", "5=3+4"], Some("numbering"));
        check(&["STT", "HỌ VÀ TÊN CHỦ HỘ", "Số điện thoại", "Thôn", "Xã"], Some("heading"));
        check(&["Thôn Phước Lập"], Some("heading"));
        check(&["II", "Xã Quảng Phước"], Some("heading"));
        check(&["", "Cộng thôn Phước Lập", "", "", "", "", "45 hộ"], Some("subtotal"));
        check(&["Tổng cộng: 120 hộ", "", "", "", "", "", "350"], Some("subtotal"));
        check(&["", "TONG CONG", "", "120", "", "", ""], Some("subtotal"));
        check(&["", "Cộng", "", "12"], Some("subtotal"));
        check(&["", "", "", "Quảng Phước, ngày 5 tháng 3 năm 2024"], Some("signature"));
        check(&["", "Người lập biểu", "", "", "TM. UBND XÃ", "", ""], Some("signature"));
        check(&["", "(Ký, ghi rõ họ tên)"], Some("signature"));
        check(&["", "Phan Thị Tình", "Nguyễn Đức Toản"], Some("signature"));
        check(&["", "Phan ThÞ T×nh", "NguyÔn §øc To¶n"], Some("signature"));
        check(&["", "Co\u{323}\u{302}ng thôn Phước Lập", "", "12"], Some("subtotal"));
        check(&["", "Người lâ\u{323}p biểu"], Some("signature"));
        check(&["", "", "", "", "", "Nguyễn Văn Bình"], None);
        check(&["", "", "", "Nguyễn Văn Bình"], Some("signature"));
    }
}
