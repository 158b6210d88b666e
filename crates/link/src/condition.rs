//! What must hold of two cells for a level of a comparison, and how that is written in a model file.

use std::fmt;

/// How two cells of one column agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    /// They are the same text or number.
    Exact,
    /// They are the same but for marks, and one of them bears none at all: *Thuy* and *Thúy*, not *Thủy* and *Thúy*.
    Unmarked,
    /// They are the same but for marks.
    Unaccented,
    /// They have the same words in any order.
    SameWords,
    /// Every word of the one with fewer words, two at least, is in the other.
    WordsWithin,
    /// Word by word, each is the other or the other's first letter, and at least one word is written out in both.
    Initials,
    /// Word by word the same but for one, which is one edit from the other's and is no Vietnamese syllable in one of the
    /// two: *Hnùg* is a slip of *Hùng*, *Hưng* is another name. Marks count unless one of the two texts bears none.
    Slip,
    /// So many edits at most lead from one to the other; what an edit costs is told by [`crate::edits`].
    Edits(f32),
    /// Their Jaro–Winkler similarity is at least this.
    JaroWinkler(f32),
    /// Of all words that either has, at least this share is in both.
    Words(f32),
    /// They share at least so many first letters.
    Prefix(f32),
    /// What one states in this column the other states in that one, both ways.
    Crossed(usize),
    /// Two numbers differ by this at most; two dates by so many days.
    Difference(f64),
    /// Two positions are at most so many metres apart.
    Metres(f64),
    /// One of the two states something and the other does not.
    OneStates,
    /// At least one of the two states nothing.
    Unstated,
    /// Anything.
    Otherwise,
}

/// A test of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// Index of the column in the model.
    pub column: usize,
    /// What is asked of it.
    pub test: Test,
}

/// How a test is written.
#[derive(Clone, Copy)]
enum Shape {
    /// The word alone.
    Word(Test),
    /// `<=` a number between the bounds.
    AtMost(fn(f64) -> Test, f64, f64),
    /// `>=` a number between the bounds.
    AtLeast(fn(f64) -> Test, f64, f64),
    /// Another column in the brackets.
    Other,
}

/// Every test by name: the language of `when` in a model file.
const TESTS: [(&str, Shape); 17] = [
    ("exact", Shape::Word(Test::Exact)),
    ("unmarked", Shape::Word(Test::Unmarked)),
    ("unaccented", Shape::Word(Test::Unaccented)),
    ("same_words", Shape::Word(Test::SameWords)),
    ("words_within", Shape::Word(Test::WordsWithin)),
    ("initials", Shape::Word(Test::Initials)),
    ("slip", Shape::Word(Test::Slip)),
    ("edits", Shape::AtMost(|x| Test::Edits(x as f32), 0.0, 16.0)),
    ("jaro_winkler", Shape::AtLeast(|x| Test::JaroWinkler(x as f32), 0.0, 1.0)),
    ("words", Shape::AtLeast(|x| Test::Words(x as f32), 0.0, 1.0)),
    ("prefix", Shape::AtLeast(|x| Test::Prefix(x as f32), 1.0, 64.0)),
    ("crossed", Shape::Other),
    ("difference", Shape::AtMost(Test::Difference, 0.0, 1e15)),
    ("metres", Shape::AtMost(Test::Metres, 0.0, 1e7)),
    ("one_states", Shape::Word(Test::OneStates)),
    ("unstated", Shape::Word(Test::Unstated)),
    ("otherwise", Shape::Word(Test::Otherwise)),
];

/// Why a condition cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// No test of that name.
    #[error("{0:?} is no test; tests are {names}", names = test_names())]
    Test(String),
    /// No column of that name.
    #[error("{0:?} is no column of the model")]
    Column(String),
    /// A number is missing, is none, or is out of range.
    #[error("{test} wants {sign} and a number from {from} to {to}, not {found:?}")]
    Number {
        /// The test.
        test: &'static str,
        /// The sign it is written with.
        sign: &'static str,
        /// Least number.
        from: String,
        /// Largest number.
        to: String,
        /// What stands there.
        found: String,
    },
    /// Something stands behind a test that takes nothing.
    #[error("{test} takes no number, but {found:?} follows it")]
    Trailing {
        /// The test.
        test: &'static str,
        /// What follows.
        found: String,
    },
    /// A bracket is not closed.
    #[error("the bracket in {0:?} is not closed")]
    Bracket(String),
}

fn test_names() -> String {
    TESTS.map(|(name, _)| name).join(", ")
}

/// Reads conditions joined by `and`, such as `metres(position) <= 50 and exact(village)`.
///
/// A test without brackets looks at `column`. `find` gives the index of a column by its name.
///
/// # Errors
/// When a test or column is unknown, or a number is missing or out of range.
pub fn parse(
    text: &str,
    column: usize,
    find: &dyn Fn(&str) -> Option<usize>,
) -> Result<Vec<Condition>, ConditionError> {
    text.split(" and ").map(|part| parse_one(part.trim(), column, find)).collect()
}

fn parse_one(
    text: &str,
    column: usize,
    find: &dyn Fn(&str) -> Option<usize>,
) -> Result<Condition, ConditionError> {
    let word_end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let (word, rest) = text.split_at(word_end.unwrap_or(text.len()));
    let Some((name, shape)) = TESTS.iter().find(|(name, _)| *name == word) else {
        return Err(ConditionError::Test(word.to_owned()));
    };
    let (other, rest) = match rest.trim_start().strip_prefix('(') {
        None => (None, rest.trim()),
        Some(inside) => {
            let (column, rest) =
                inside.split_once(')').ok_or_else(|| ConditionError::Bracket(text.to_owned()))?;
            let column = column.trim();
            let at = find(column).ok_or_else(|| ConditionError::Column(column.to_owned()))?;
            (Some(at), rest.trim())
        }
    };
    let number = |sign: &'static str, from: f64, to: f64| {
        let value = rest.strip_prefix(sign).and_then(|n| n.trim().parse::<f64>().ok());
        value.filter(|x| (from..=to).contains(x)).ok_or_else(|| ConditionError::Number {
            test: name,
            sign,
            from: from.to_string(),
            to: to.to_string(),
            found: rest.to_owned(),
        })
    };
    let bare = |test| {
        if rest.is_empty() {
            Ok(test)
        } else {
            Err(ConditionError::Trailing { test: name, found: rest.to_owned() })
        }
    };
    let condition = |test| Condition { column: other.unwrap_or(column), test };
    match shape {
        Shape::Word(plain) => bare(*plain).map(condition),
        Shape::AtMost(make, from, to) => Ok(condition(make(number("<=", *from, *to)?))),
        Shape::AtLeast(make, from, to) => Ok(condition(make(number(">=", *from, *to)?))),
        Shape::Other => {
            let other = other.ok_or_else(|| ConditionError::Column(String::new()))?;
            Ok(Condition { column, test: bare(Test::Crossed(other))? })
        }
    }
}

impl Test {
    /// Its name in a model file.
    #[must_use]
    pub fn name(self) -> &'static str {
        let at = match self {
            Self::Exact => 0,
            Self::Unmarked => 1,
            Self::Unaccented => 2,
            Self::SameWords => 3,
            Self::WordsWithin => 4,
            Self::Initials => 5,
            Self::Slip => 6,
            Self::Edits(_) => 7,
            Self::JaroWinkler(_) => 8,
            Self::Words(_) => 9,
            Self::Prefix(_) => 10,
            Self::Crossed(_) => 11,
            Self::Difference(_) => 12,
            Self::Metres(_) => 13,
            Self::OneStates => 14,
            Self::Unstated => 15,
            Self::Otherwise => 16,
        };
        TESTS[at].0
    }
}

/// A condition with the names of a model's columns, as the model file writes it.
pub(crate) struct Written<'a> {
    pub(crate) condition: Condition,
    /// The comparison's own column, which is not written.
    pub(crate) own: usize,
    pub(crate) names: &'a [Box<str>],
}

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Condition { column, test } = self.condition;
        f.write_str(test.name())?;
        match test {
            Test::Crossed(other) => return write!(f, "({})", self.names[other]),
            Test::Otherwise => return Ok(()),
            _ if column != self.own => write!(f, "({})", self.names[column])?,
            _ => {}
        }
        match test {
            Test::Edits(x) => write!(f, " <= {x}"),
            Test::JaroWinkler(x) | Test::Words(x) | Test::Prefix(x) => write!(f, " >= {x}"),
            Test::Difference(x) | Test::Metres(x) => write!(f, " <= {x}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&str; 3] = ["name", "village", "position"];

    fn read(text: &str) -> Result<Vec<Condition>, ConditionError> {
        parse(text, 0, &|name| COLUMNS.iter().position(|c| *c == name))
    }

    #[track_caller]
    fn check(text: &str, expected: &[(usize, Test)]) {
        let found = read(text).expect(text);
        let expected: Vec<Condition> = expected
            .iter()
            .map(|(column, test)| Condition { column: *column, test: *test })
            .collect();
        assert_eq!(found, expected);
        let names = COLUMNS.map(Box::from);
        let written: Vec<String> = found
            .iter()
            .map(|c| Written { condition: *c, own: 0, names: &names }.to_string())
            .collect();
        assert_eq!(written.join(" and "), text);
    }

    #[test]
    fn conditions_are_read_and_written_alike() {
        check("exact", &[(0, Test::Exact)]);
        check("unmarked(village)", &[(1, Test::Unmarked)]);
        check("edits <= 1.5", &[(0, Test::Edits(1.5))]);
        check(
            "metres(position) <= 50 and exact(village)",
            &[(2, Test::Metres(50.0)), (1, Test::Exact)],
        );
        check("crossed(village)", &[(0, Test::Crossed(1))]);
        check("jaro_winkler >= 0.9", &[(0, Test::JaroWinkler(0.9))]);
        check("otherwise", &[(0, Test::Otherwise)]);
        check("slip", &[(0, Test::Slip)]);
        check("unstated(village) and one_states", &[(1, Test::Unstated), (0, Test::OneStates)]);
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        assert!(matches!(read("equal"), Err(ConditionError::Test(t)) if t == "equal"));
        assert!(matches!(read("exact(street)"), Err(ConditionError::Column(c)) if c == "street"));
        assert!(matches!(read("exact(village"), Err(ConditionError::Bracket(_))));
        assert!(matches!(read("edits"), Err(ConditionError::Number { .. })));
        assert!(matches!(read("edits <= -1"), Err(ConditionError::Number { .. })));
        assert!(matches!(read("jaro_winkler >= 2"), Err(ConditionError::Number { .. })));
        assert!(matches!(read("exact <= 3"), Err(ConditionError::Trailing { .. })));
        assert!(matches!(read("crossed"), Err(ConditionError::Column(_))));
    }
}
