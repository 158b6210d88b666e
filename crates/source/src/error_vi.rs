//! What cannot be used of a file, in Vietnamese; the errors themselves say it in English.

use crate::error::{SourceError, quoted};
use crate::mapping_file::{MAX_MAPPING_FILE_BYTES, MappingFileError};
use crate::row_block::MAX_COLUMNS;

impl SourceError {
    /// The same in Vietnamese, with what a mapping file says wrong; what only the reader of a format can tell stays in its
    /// own words.
    #[must_use]
    pub fn vi(&self) -> String {
        match self {
            Self::Empty { name } => {
                format!(
                    "`{name}` rỗng: hãy gửi tệp csv hoặc xlsx có dòng tiêu đề và các dòng dữ liệu"
                )
            }
            Self::Directory { name } => {
                format!("`{name}` là thư mục: hãy nêu các tệp csv hoặc xlsx bên trong")
            }
            Self::TooLarge { name, limit } => {
                format!("`{name}` quá lớn (hơn {limit}): hãy chia thành nhiều tệp")
            }
            Self::NotATable { name, reason } => {
                format!(
                    "`{name}` không phải bảng ({reason}): hãy lưu lại dạng csv (UTF-8) hoặc xlsx"
                )
            }
            Self::Truncated { name } => {
                format!("`{name}` bị cắt mất phần cuối: hãy chép hoặc tải lại tệp")
            }
            Self::OnlyHidden { name, sheets } => format!(
                "`{name}` không có trang tính nào đang hiện đủ cột, còn ẩn {}: hãy cho hiện trang cần đọc rồi lưu lại",
                quoted(sheets)
            ),
            Self::Csv { name, row, reason } => format!("`{name}`, dòng {row}: {reason}"),
            Self::Json { name, record, reason } => format!("`{name}`, bản ghi {record}: {reason}"),
            Self::MissingColumns { name, names, found } if found.is_empty() => {
                format!("`{name}` thiếu {} và không có tiêu đề nào", quoted(names))
            }
            Self::MissingColumns { name, names, found } => format!(
                "`{name}` thiếu {}: hãy thêm cột hoặc sửa tiêu đề; các tiêu đề tìm thấy: {}",
                quoted(names),
                quoted(found)
            ),
            Self::Mapping { name, source } => {
                format!("cách hiểu các cột không khớp với `{name}`: {}", source.vi())
            }
            Self::Io { name, .. } => format!("không đọc được `{name}`"),
        }
    }
}

impl MappingFileError {
    /// The same in Vietnamese.
    #[must_use]
    pub fn vi(&self) -> String {
        match self {
            Self::Syntax { reason } => format!("tệp chỉ dẫn không phải TOML: {reason}"),
            Self::TooLarge => {
                format!("tệp chỉ dẫn lớn hơn {} KiB", MAX_MAPPING_FILE_BYTES >> 10)
            }
            Self::UnknownPart { key } => {
                format!(
                    "`{key}` không có nghĩa trong tệp chỉ dẫn: chỉ có `heading_row` và `[columns]`"
                )
            }
            Self::BadValue { key, value } => format!(
                "`{key} = {value}` không chỉ cột nào: hãy ghi tiêu đề hoặc chữ cái của cột trong ngoặc kép, số thứ tự từ 1 đến {MAX_COLUMNS}, hoặc false nếu không có cột"
            ),
            Self::BadHeadingRow { value } => {
                format!("`heading_row = {value}` không phải số dòng: ghi 0 nếu không có tiêu đề")
            }
            Self::UnknownField { key, known } => {
                format!("loại tệp này không có cột `{key}`; các cột: {}", known.join(", "))
            }
            Self::NoSuchHeading { heading } => {
                format!("không cột nào có tiêu đề `{heading}`: hãy ghi đúng như trong tệp")
            }
            Self::HeadingTwice { heading, columns: [first, second] } => {
                format!(
                    "tiêu đề `{heading}` có ở hai cột {first} và {second}: hãy ghi chữ cái của cột"
                )
            }
            Self::NoSuchColumn { column, width } => {
                format!("không có cột {column}: tệp có {width} cột")
            }
            Self::ColumnTwice { column, heading, fields: [first, second] } => format!(
                "cột {column} (`{heading}`) được chọn cho cả `{first}` và `{second}`: mỗi cột chỉ có một nghĩa"
            ),
            Self::Identity { column, heading, field } => format!(
                "cột {column} (`{heading}`) chứa số định danh, chỉ được giữ dạng mã băm hoặc không giữ: hãy chọn cột khác cho `{field}`"
            ),
            Self::NoSuchRow { row, rows } => {
                format!(
                    "dòng {row} trống hoặc không nằm trong {rows} dòng đầu: xem lại `heading_row`"
                )
            }
            Self::NoHeading => {
                "không tìm thấy dòng tiêu đề: hãy ghi số dòng ở `heading_row`, 0 nếu không có"
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MappingFile, RowBlock, map_columns_with};
    use diachiso_model::{RegisterField, SubmissionField};

    fn refused(text: &str) -> SourceError {
        let mut block = RowBlock::new();
        block.push_row(1, ["Mã hộ", "Họ tên chủ hộ", "CCCD"]);
        block.push_row(2, ["H1", "Lài", "046086012345"]);
        let mapping: MappingFile = text.parse().expect("parses");
        map_columns_with::<RegisterField>("ho.csv", &block, &mapping).expect_err("is refused")
    }

    #[test]
    fn what_is_refused_is_told_in_either_language_with_the_same_names() {
        for (said, names) in [
            ("", ["`ho.csv`", "`Thôn/Tổ dân phố`"]),
            ("[columns]\nhousehold_id = 3\n", ["`CCCD`", "`household_id`"]),
            ("[columns]\nhousehold_id = 9\n", ["`ho.csv`", "9"]),
            ("[columns]\nvillage = \"Ô\"\n", ["`ho.csv`", "`Ô`"]),
            (
                "heading_row = 1\n[columns]\nhead = 1\nhousehold_id = 1\n",
                ["`head`", "`household_id`"],
            ),
        ] {
            let error = refused(said);
            let (vi, mut en) = (error.vi(), error.to_string());
            if let SourceError::Mapping { source, .. } = &error {
                en = format!("{en}: {source}");
            }
            for name in names {
                assert!(vi.contains(name) && en.contains(name), "{vi} | {en}");
            }
            assert!(!vi.contains("column") && !en.contains("cột"), "{vi} | {en}");
        }
        assert!(refused("").vi().contains("`Họ tên chủ hộ`"), "the headings that there are");
        let none = crate::map_columns::<SubmissionField>("x.csv", &RowBlock::new());
        assert!(none.expect_err("is refused").vi().contains("không có tiêu đề nào"));
    }

    #[test]
    fn what_is_no_mapping_file_is_told_in_vietnamese_too() {
        for (text, word) in [
            ("[columns", "không phải TOML"),
            ("x = 1", "`x`"),
            ("[columns]\nhead = 0", "`head = 0`"),
            ("heading_row = \"x\"", "`heading_row = \"x\"`"),
        ] {
            let error = text.parse::<MappingFile>().expect_err("is refused");
            assert!(error.vi().contains(word), "{}", error.vi());
        }
    }
}
