//! Why a filter cannot be used, in both languages.

use crate::{MAX_BYTES, MAX_DEPTH, MAX_PARTS, MAX_SHAPES};

/// Why a filter cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{fault}{}", place(.at.as_ref(), " (at character ", ")"))]
pub struct FilterError {
    /// What is wrong.
    pub fault: Fault,
    /// The character at which it is, from 1; none of JSON.
    pub at: Option<usize>,
}

/// What is wrong with a filter.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// It is too long.
    #[error("a filter has at most {MAX_BYTES} bytes")]
    Long,
    /// It is nested too deeply.
    #[error("a filter is nested at most {MAX_DEPTH} deep")]
    Deep,
    /// It has too many parts.
    #[error("a filter has at most {MAX_PARTS} operators, attributes and values")]
    Parts,
    /// It has too many boxes and points.
    #[error("a filter has at most {MAX_SHAPES} boxes and points")]
    Shapes,
    /// Something else stands where something is needed.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What is needed.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A quotation has no end.
    #[error("a quotation has no end")]
    Quote,
    /// An attribute that may not be asked for.
    #[error("there is no attribute `{name}`; there are {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that may be.
        known: String,
    },
    /// Values of two kinds are compared.
    #[error("{left} cannot be compared with {right}")]
    Kinds {
        /// What one side is.
        left: &'static str,
        /// What the other is.
        right: &'static str,
    },
    /// An operator that is not known.
    #[error("there is no operator `{0}` here")]
    Operator(String),
    /// The JSON cannot be read.
    #[error("the JSON cannot be read: {0}")]
    Json(String),
}

impl FilterError {
    pub(crate) fn new(fault: Fault, at: Option<usize>) -> Self {
        Self { fault, at }
    }

    /// The same in Vietnamese.
    #[must_use]
    pub fn vi(&self) -> String {
        let words = match &self.fault {
            Fault::Long => format!("bộ lọc dài quá {MAX_BYTES} byte"),
            Fault::Deep => format!("bộ lọc lồng sâu quá {MAX_DEPTH} mức"),
            Fault::Parts => format!("bộ lọc có quá {MAX_PARTS} phép, thuộc tính và giá trị"),
            Fault::Shapes => format!("bộ lọc có quá {MAX_SHAPES} khung và điểm"),
            Fault::Expected { expected, found } => {
                format!("cần {}, gặp {}", in_vietnamese(expected), in_vietnamese(found))
            }
            Fault::Quote => "thiếu dấu đóng ngoặc kép hay nháy".to_owned(),
            Fault::Unknown { name, known } => format!("không có thuộc tính `{name}`; có {known}"),
            Fault::Kinds { left, right } => {
                format!("không so sánh được {} với {}", in_vietnamese(left), in_vietnamese(right))
            }
            Fault::Operator(name) => format!("không có phép `{name}` ở đây"),
            Fault::Json(why) => format!("JSON không đọc được: {why}"),
        };
        format!("{words}{}", place(self.at.as_ref(), " (ký tự thứ ", ")"))
    }
}

fn place(at: Option<&usize>, before: &str, after: &str) -> String {
    at.map(|at| format!("{before}{at}{after}")).unwrap_or_default()
}

/// What the messages name, in English and Vietnamese; signs and keywords are the same in both.
const WORDS: [(&str, &str); 24] = [
    ("text", "chữ"),
    ("a text", "chữ"),
    ("a number", "số"),
    ("true/false", "đúng/sai"),
    ("a date", "ngày"),
    ("a geometry", "hình"),
    ("the end", "hết bộ lọc"),
    ("AND, OR or the end", "AND, OR hay hết bộ lọc"),
    ("LIKE, BETWEEN or IN", "LIKE, BETWEEN hay IN"),
    ("an attribute", "một thuộc tính"),
    ("an attribute or a value", "một thuộc tính hay giá trị"),
    ("an operator or a value", "một phép hay giá trị"),
    ("an operator, an attribute or a value", "một phép, thuộc tính hay giá trị"),
    ("an attribute that is no geometry", "một thuộc tính không phải hình"),
    ("a value that is no geometry", "một giá trị không phải hình"),
    ("the attribute of the geometry", "thuộc tính hình (geometry)"),
    ("a condition", "một điều kiện"),
    ("a pattern between quotes", "một mẫu trong dấu nháy"),
    ("a point or a box", "một điểm hay khung"),
    ("a list `args`", "danh sách `args`"),
    ("the name of an operator", "tên một phép"),
    ("a list of two or four numbers", "hai hay bốn số"),
    ("true", "đúng"),
    ("false", "sai"),
];

fn in_vietnamese(words: &str) -> &str {
    WORDS.iter().find(|(english, _)| *english == words).map_or(words, |(_, vietnamese)| vietnamese)
}
