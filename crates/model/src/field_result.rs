//! What a team found at a household of a gap list, and why a row that says so cannot be used.

use std::{fmt, str::FromStr};

use crate::HouseholdState;

/// The word of a result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ResultWord {
    /// The team says that it collected the address: a claim, until a submission comes.
    Done,
    /// Visited, nobody home.
    Absent,
    /// Away for long.
    Away,
    /// The household refuses.
    Refused,
    /// Moved elsewhere.
    Moved,
    /// Deceased or dissolved.
    Gone,
    /// A household that no list names, found in the field.
    New,
}

impl ResultWord {
    const TABLE: [(Self, &'static str, &'static str, &'static str); 7] = [
        (Self::Done, "done", "Đã làm", "Done"),
        (Self::Absent, "absent", "Vắng nhà", "Nobody home"),
        (Self::Away, "away", "Vắng dài ngày", "Away for long"),
        (Self::Refused, "refused", "Từ chối", "Refused"),
        (Self::Moved, "moved", "Đã chuyển đi", "Moved away"),
        (Self::Gone, "gone", "Không còn", "No longer exists"),
        (Self::New, "new", "Hộ mới", "New household"),
    ];

    /// All words, in the order in which lists offer them.
    pub const ALL: [Self; 7] =
        [Self::Done, Self::Absent, Self::Away, Self::Refused, Self::Moved, Self::Gone, Self::New];

    /// Stable name for machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::TABLE[self as usize].1
    }

    /// The word of a stable name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.as_str() == key)
    }

    /// The word in Vietnamese, as lists offer it.
    #[must_use]
    pub const fn vi(self) -> &'static str {
        Self::TABLE[self as usize].2
    }

    /// The word in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        Self::TABLE[self as usize].3
    }

    /// Whether the household would leave the denominator: another person than who handed it in has to approve.
    #[must_use]
    pub const fn leaves(self) -> bool {
        matches!(self, Self::Moved | Self::Gone)
    }

    /// What the household becomes where the word counts and no submission says more; `None` of a household in no list.
    #[must_use]
    pub const fn state(self) -> Option<HouseholdState> {
        match self {
            Self::Done => Some(HouseholdState::None),
            Self::Absent => Some(HouseholdState::Absent),
            Self::Away => Some(HouseholdState::Away),
            Self::Refused => Some(HouseholdState::Refused),
            Self::Moved => Some(HouseholdState::Moved),
            Self::Gone => Some(HouseholdState::Gone),
            Self::New => None,
        }
    }
}

/// A line of a register, whatever version of it: its source and the id of the household. Written `police|HO-0007`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RowKey {
    source: Box<str>,
    household: Box<str>,
}

/// A text that is no [`RowKey`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` names no line of a register; expected SOURCE|HOUSEHOLD")]
pub struct ParseRowKeyError(Box<str>);

/// Letters that part a written key, or the words around it, from the source: written as the percent sign and two digits.
const ESCAPED: [(char, &str); 3] = [('%', "%25"), (' ', "%20"), ('|', "%7C")];

impl RowKey {
    /// The line of a household in the register of a source; `None` where either is empty.
    #[must_use]
    pub fn new(source: &str, household: &str) -> Option<Self> {
        let (source, household) = (source.trim(), household.trim());
        let said = !source.is_empty() && !household.is_empty();
        said.then(|| Self { source: source.into(), household: household.into() })
    }

    /// Source of the register.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Id of the household in it.
    #[must_use]
    pub fn household(&self) -> &str {
        &self.household
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.source.chars() {
            match ESCAPED.iter().find(|(plain, _)| *plain == letter) {
                Some((_, written)) => f.write_str(written)?,
                None => write!(f, "{letter}")?,
            }
        }
        write!(f, "|{}", self.household)
    }
}

impl FromStr for RowKey {
    type Err = ParseRowKeyError;

    fn from_str(text: &str) -> Result<Self, ParseRowKeyError> {
        let error = || ParseRowKeyError(text.into());
        let (source, household) = text.split_once('|').ok_or_else(error)?;
        let mut source = source.to_owned();
        // The percent sign last: what it stands before is no mark any more.
        for (plain, written) in ESCAPED.iter().rev() {
            source = source.replace(written, plain.encode_utf8(&mut [0; 4]));
        }
        Self::new(&source, household).ok_or_else(error)
    }
}

/// Why a filled row cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ResultFault {
    /// The result is no word of the list.
    UnknownWord,
    /// No hidden id, and not a new household.
    NoId,
    /// The hidden id is none of ours.
    BadId,
    /// The hidden id and the id that people see are of two households.
    OtherHousehold,
    /// A new household in a row that a register has.
    NewListed,
    /// A new household without a name, or without an address and a village.
    Unnamed,
    /// No register lists the household (any more), or not in the areas of who hands it in.
    Unlisted,
    /// The hash fits no list: the row was edited, or the household's line in the register is another by now.
    Stale,
    /// The household has two results in what is handed in.
    Twice,
    /// The list was handed out by another service, or its id is none.
    UnknownExport,
    /// A new household whose village is none of those where who hands it in may.
    Outside,
}

impl ResultFault {
    const TABLE: [(Self, &'static str, &'static str, &'static str, &'static str, &'static str);
        11] = [
        (
            Self::UnknownWord,
            "unknown_word",
            "Kết quả không có trong danh mục",
            "The result is no word of the list",
            "Chọn một trong: Đã làm, Vắng nhà, Vắng dài ngày, Từ chối, Đã chuyển đi, Không còn, Hộ mới",
            "Choose one of: done, absent, away, refused, moved, gone, new",
        ),
        (
            Self::NoId,
            "no_id",
            "Dòng không có mã dòng",
            "The row has no row id",
            "Điền kết quả vào tệp đã tải về, không xoá cột ẩn; hộ chưa có trong danh sách thì chọn “Hộ mới”",
            "Fill in the file that was downloaded and keep its hidden columns; of a household in no list choose “new”",
        ),
        (
            Self::BadId,
            "bad_id",
            "Mã dòng không phải của danh sách này",
            "The row id is none of ours",
            "Tải lại danh sách và điền kết quả vào đó",
            "Download the list again and fill in that one",
        ),
        (
            Self::OtherHousehold,
            "other_household",
            "Mã dòng và mã hộ là của hai hộ khác nhau",
            "Row id and household id are of two households",
            "Có thể chỉ một phần cột được sắp xếp: tải lại danh sách, sắp xếp cả bảng",
            "Perhaps only some columns were sorted: download the list again and sort the whole table",
        ),
        (
            Self::NewListed,
            "new_listed",
            "Hộ có trong danh sách, không phải hộ mới",
            "The household is listed: it is not new",
            "Chọn kết quả khác; hộ mới ghi ở một dòng mới cuối bảng",
            "Choose another result; write a new household in a row of its own below the table",
        ),
        (
            Self::Unnamed,
            "unnamed",
            "Hộ mới thiếu tên chủ hộ, hoặc thiếu cả địa chỉ và thôn",
            "The new household lacks a name, or both address and village",
            "Ghi tên chủ hộ và địa chỉ hoặc thôn/tổ dân phố",
            "Write the head's name, and the address or the village",
        ),
        (
            Self::Unlisted,
            "unlisted",
            "Không có hộ này trong danh sách của địa bàn",
            "No register of your areas lists this household",
            "Tải lại danh sách của địa bàn",
            "Download the list of your area again",
        ),
        (
            Self::Stale,
            "stale",
            "Dòng đã bị sửa, hoặc thông tin của hộ trong danh sách đã thay đổi",
            "The row was edited, or the household's line in the register has changed",
            "Tải lại danh sách và điền kết quả vào đó; chỉ sửa các cột Kết quả và Ghi chú",
            "Download the list again and fill in that one; change only the columns of result and note",
        ),
        (
            Self::Twice,
            "twice",
            "Một hộ có hai kết quả khác nhau",
            "The household has two different results",
            "Giữ một dòng của hộ này rồi nạp lại",
            "Keep one row of this household and load again",
        ),
        (
            Self::UnknownExport,
            "unknown_export",
            "Không có bản xuất mà dòng này thuộc về",
            "There is no such list as the row is of",
            "Có thể tệp tải từ máy chủ khác: tải lại danh sách và điền kết quả vào đó",
            "The file may be of another service: download the list again and fill in that one",
        ),
        (
            Self::Outside,
            "outside",
            "Thôn của hộ mới không thuộc địa bàn được giao, hoặc không nhận ra",
            "The village of the new household is none of your areas, or is not known",
            "Ghi thôn/tổ dân phố và xã/phường như trong danh sách; hộ ngoài địa bàn thì báo cán bộ phụ trách nơi đó",
            "Write village and commune as the list has them; tell the officer in charge about a household elsewhere",
        ),
    ];

    /// All faults.
    pub const ALL: [Self; 11] = [
        Self::UnknownWord,
        Self::NoId,
        Self::BadId,
        Self::OtherHousehold,
        Self::NewListed,
        Self::Unnamed,
        Self::Unlisted,
        Self::Stale,
        Self::Twice,
        Self::UnknownExport,
        Self::Outside,
    ];

    /// Stable name for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::TABLE[self as usize].1
    }

    /// What is wrong: in Vietnamese, in English.
    #[must_use]
    pub fn words(self) -> [&'static str; 2] {
        let row = Self::TABLE[self as usize];
        [row.2, row.3]
    }

    /// What to do: in Vietnamese, in English.
    #[must_use]
    pub fn advice(self) -> [&'static str; 2] {
        let row = Self::TABLE[self as usize];
        [row.4, row.5]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_faults_stand_in_their_tables_in_order() {
        for (word, row) in ResultWord::ALL.into_iter().zip(ResultWord::TABLE) {
            assert_eq!((word, ResultWord::from_key(word.as_str())), (row.0, Some(word)));
            let leaves = word.state().is_some_and(|state| !state.in_denominator());
            assert_eq!(word.leaves(), leaves, "{word:?}");
        }
        for (fault, row) in ResultFault::ALL.into_iter().zip(ResultFault::TABLE) {
            assert_eq!(fault, row.0);
        }
    }

    #[test]
    fn a_row_key_reads_back_whatever_the_source_is_called() {
        for (source, household) in [("police", "HO-1"), ("sở a|b %20", "x|y z"), ("%", "%7C")] {
            let key = RowKey::new(source, household).expect("both are said");
            let text = key.to_string();
            assert!(!text.split_once('|').expect("parted").0.contains(' '), "{text}");
            assert_eq!(text.parse(), Ok(key));
        }
        assert!(RowKey::new(" ", "x").is_none() && "HO-1".parse::<RowKey>().is_err());
        assert!("police|".parse::<RowKey>().is_err());
    }
}
