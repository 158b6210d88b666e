//! What records of one block share, and how that is written in a model file.

/// What is taken of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// All of it.
    Whole,
    /// All of it without marks.
    Fold,
    /// Its first letters without marks.
    First(u8),
    /// Its last letters without marks.
    Last(u8),
    /// Its consonants in their order without marks and doublings, with the first letter: misspelt vowels fall together.
    Consonants,
    /// Its words in the order of the alphabet without marks.
    SortedWords,
    /// The first letters of its words in the order of the alphabet without marks: the same for a name with its words turned
    /// round, misspelt behind a first letter, or in initials.
    Initials,
    /// Its number divided by this and rounded down: 365.25 makes years of days.
    Step(f64),
    /// The square of a grid of so many metres in which it lies.
    Square(f64),
}

/// A part of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyPart {
    /// Index of the column in the model.
    pub column: usize,
    /// What is taken of its cell.
    pub part: Part,
}

/// Why a key cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not of the form `column` or `function(column)` or `function(column, number)`.
    #[error(
        "{0:?} is no key; keys are column, fold(column), first(column, n), last(column, n), consonants(column), sorted_words(column), initials(column), step(column, n) and square(column, metres)"
    )]
    Form(String),
    /// No column of that name.
    #[error("{0:?} is no column of the model")]
    Column(String),
    /// The number is missing or out of range.
    #[error("the number in {0:?} is missing or out of range")]
    Number(String),
}

/// Reads a key such as `first(name, 3)`.
///
/// # Errors
/// When its form, column or number is not known.
pub fn parse(text: &str, find: &dyn Fn(&str) -> Option<usize>) -> Result<KeyPart, KeyError> {
    let column = |name: &str| find(name).ok_or_else(|| KeyError::Column(name.to_owned()));
    let form = || KeyError::Form(text.to_owned());
    let Some((function, inside)) = text.trim().split_once('(') else {
        return Ok(KeyPart { column: column(text.trim())?, part: Part::Whole });
    };
    let inside = inside.strip_suffix(')').ok_or_else(form)?;
    let (name, number) = match inside.split_once(',') {
        Some((name, number)) => (name.trim(), Some(number.trim())),
        None => (inside.trim(), None),
    };
    let bad = || KeyError::Number(text.to_owned());
    let letters = || {
        let n = number.and_then(|n| n.parse::<u8>().ok());
        n.filter(|n| (1..=64).contains(n)).ok_or_else(bad)
    };
    let size = || {
        let n = number.and_then(|n| n.parse::<f64>().ok());
        n.filter(|n| (1e-6..=1e9).contains(n)).ok_or_else(bad)
    };
    let part = match (function.trim(), number) {
        ("fold", None) => Part::Fold,
        ("consonants", None) => Part::Consonants,
        ("sorted_words", None) => Part::SortedWords,
        ("first", _) => Part::First(letters()?),
        ("last", _) => Part::Last(letters()?),
        ("initials", None) => Part::Initials,
        ("step", _) => Part::Step(size()?),
        ("square", _) => Part::Square(size()?),
        _ => return Err(form()),
    };
    Ok(KeyPart { column: column(name)?, part })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<KeyPart, KeyError> {
        parse(text, &|name| ["name", "born"].iter().position(|c| *c == name))
    }

    #[test]
    fn keys_are_read() {
        for (text, column, part) in [
            ("name", 0, Part::Whole),
            ("fold(name)", 0, Part::Fold),
            ("first(name, 3)", 0, Part::First(3)),
            ("last( name ,2)", 0, Part::Last(2)),
            ("consonants(name)", 0, Part::Consonants),
            ("sorted_words(name)", 0, Part::SortedWords),
            ("initials(name)", 0, Part::Initials),
            ("step(born, 365.25)", 1, Part::Step(365.25)),
        ] {
            assert_eq!(read(text), Ok(KeyPart { column, part }), "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_said() {
        assert!(matches!(read("first(name)"), Err(KeyError::Number(_))));
        assert!(matches!(read("first(name, 0)"), Err(KeyError::Number(_))));
        assert!(matches!(read("street"), Err(KeyError::Column(_))));
        assert!(matches!(read("upper(name)"), Err(KeyError::Form(_))));
        assert!(matches!(read("fold(name"), Err(KeyError::Form(_))));
    }
}
