//! Arrays of persons within a record: `"members": [{"name": …}, …]`.

use super::scanner::{Fault, Scanner};
use crate::repeats::{Leaves, is_blank, names_persons};
use std::borrow::Cow;

/// Names within elements that are remembered: a person is asked some ten questions.
const MOST_KNOWN: usize = 64;

/// What an array holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Held {
    /// The persons of the household, as many as have something said of them.
    Persons(u64),
    /// Something else that tells of persons, as many elements as that.
    Personal(u64),
    /// Nothing that concerns a person.
    Other,
}

/// What an array under this name holds; `array` is JSON that was scanned before.
///
/// Arrays within the elements count, where the elements themselves are no persons: the persons of
/// several houses, say.
pub(super) fn held(path: &str, array: &str) -> Result<Held, Fault> {
    let named = names_persons(path);
    let mut seen = Seen { is_named: named, ..Seen::default() };
    Scanner::new(array).elements(&mut |inner| seen.element(path, inner))?;
    let is_list = seen.lists || seen.elements == seen.blank;
    Ok(if (named && is_list) || seen.leaves.are_persons() {
        Held::Persons(seen.elements - seen.blank)
    } else if let Some(persons) = seen.within {
        Held::Persons(persons)
    } else if seen.leaves.are_personal() || seen.personal_within {
        Held::Personal(seen.elements)
    } else {
        Held::Other
    })
}

/// What the elements of an array say together.
#[derive(Default)]
struct Seen<'a> {
    /// Whether the array's name says what it holds, so that its elements need not.
    is_named: bool,
    /// Names within elements that were looked at; the elements of an array are much alike.
    known: Vec<Cow<'a, str>>,
    elements: u64,
    /// Elements that say nothing.
    blank: u64,
    /// Whether some element is an object, an array or a text of letters.
    lists: bool,
    leaves: Leaves,
    /// Persons in arrays within the elements.
    within: Option<u64>,
    personal_within: bool,
}

impl<'a> Seen<'a> {
    fn element(&mut self, path: &str, inner: &mut Scanner<'a>) -> Result<(), Fault> {
        self.elements += 1;
        let filled = match inner.peek() {
            Some(b'{') => {
                self.lists = true;
                self.object(inner)?
            }
            Some(b'[') => {
                self.lists = true;
                self.array(path, inner)?
            }
            Some(b'"') => {
                let text = inner.string()?;
                self.lists |= text.chars().any(char::is_alphabetic);
                !is_blank(&text)
            }
            _ => inner.plain()? != "null",
        };
        self.blank += u64::from(!filled);
        Ok(())
    }

    /// Whether some value of an object says something.
    fn object(&mut self, inner: &mut Scanner<'a>) -> Result<bool, Fault> {
        let mut filled = false;
        inner.members(&mut |inner, key| {
            filled |= match inner.peek() {
                Some(b'{') => self.object(inner)?,
                Some(b'[') => self.array(&key, inner)?,
                Some(b'"') => !is_blank(&inner.string()?),
                _ => inner.plain()? != "null",
            };
            self.learn(key);
            Ok(())
        })?;
        Ok(filled)
    }

    fn learn(&mut self, key: Cow<'a, str>) {
        if self.is_named || self.known.contains(&key) {
            return;
        }
        self.leaves.learn(&key);
        if self.known.len() < MOST_KNOWN {
            self.known.push(key);
        }
    }

    fn array(&mut self, path: &str, inner: &mut Scanner<'a>) -> Result<bool, Fault> {
        let array = inner.raw(1)?;
        if !self.is_named {
            match held(path, array)? {
                Held::Persons(persons) => *self.within.get_or_insert(0) += persons,
                Held::Personal(_) => self.personal_within = true,
                Held::Other => {}
            }
        }
        Ok(array.len() > "[]".len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, array: &str, expected: Held) {
        assert_eq!(held(path, array), Ok(expected), "{path}: {array}");
    }

    #[test]
    fn persons_are_known_by_the_name_of_the_array_or_by_what_it_asks() {
        check("members", "[{\"a\":1},{\"a\":2}]", Held::Persons(2));
        check("ho/thanh_vien", "[{\"ho/thanh_vien/ten\":\"x\"}]", Held::Persons(1));
        check("members", "[]", Held::Persons(0));
        check("members", "[\"Võ Thị Lài\",\"n/a\"]", Held::Persons(1));
        check("members", "[[\"Võ Thị Lài\"]]", Held::Persons(1));
        check("members", "[4]", Held::Other);
        check("g", "[{\"ho_ten\":\"x\",\"ngay_sinh\":null}]", Held::Persons(1));
        check("g", "[{\"ho_ten\":\"x\",\"so\":\"1\"}]", Held::Personal(1));
        check("anh", "[{\"url\":\"x\"}]", Held::Other);
        check("a", "[1,[2],\"x\"]", Held::Other);
    }

    #[test]
    fn an_element_that_says_nothing_is_nobody() {
        check(
            "members",
            "[{},null,{\"a\":null,\"b\":\" \"},{\"a\":{\"b\":\"n/a\"}}]",
            Held::Persons(0),
        );
        check("members", "[{\"a\":{\"b\":false}},{\"c\":[]},{\"c\":[1]}]", Held::Persons(2));
    }

    #[test]
    fn persons_within_something_else_count_and_something_within_persons_does_not() {
        let houses = "[{\"so\":1,\"members\":[{\"a\":1},{\"a\":1}]},{\"members\":[{\"a\":1}]}]";
        check("nha", houses, Held::Persons(3));
        check("members", "[{\"a\":1,\"members\":[{\"a\":1},{\"a\":2}]}]", Held::Persons(1));
        check("nha", "[[{\"ho_ten\":\"x\",\"dob\":1}]]", Held::Persons(1));
        check("nha", "[{\"lien_he\":[{\"ho_ten\":\"x\"}]}]", Held::Personal(1));
    }
}
