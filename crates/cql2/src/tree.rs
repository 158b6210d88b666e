//! What both forms of a filter are read into, before it is known which attributes there are.

use crate::error::{Fault, FilterError};
use crate::{MAX_DEPTH, MAX_PARTS, MAX_SHAPES};

/// A part of a filter and the character at which it begins.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Node {
    pub(crate) at: Option<usize>,
    pub(crate) what: What,
}

/// An operator with what it is applied to, or a value.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum What {
    Property(String),
    Text(String),
    Number(f64),
    Truth(bool),
    /// A day or a moment, checked.
    Day(String),
    Point([f64; 2]),
    Box([f64; 4]),
    /// By the name that it has in JSON.
    Op(&'static str, Vec<Node>),
}

/// The operators by their names in JSON.
pub(crate) const OPERATORS: [&str; 17] = [
    "and",
    "or",
    "not",
    "=",
    "<>",
    "<",
    ">",
    "<=",
    ">=",
    "like",
    "between",
    "in",
    "isNull",
    "casei",
    "accenti",
    "s_intersects",
    "+",
];

/// Counts the parts of a filter while it is read.
#[derive(Default)]
pub(crate) struct Count {
    parts: usize,
    shapes: usize,
}

impl Count {
    pub(crate) fn part(&mut self, at: Option<usize>) -> Result<(), FilterError> {
        self.parts += 1;
        if self.parts > MAX_PARTS { Err(FilterError::new(Fault::Parts, at)) } else { Ok(()) }
    }

    pub(crate) fn shape(&mut self, at: Option<usize>) -> Result<(), FilterError> {
        self.shapes += 1;
        if self.shapes > MAX_SHAPES { Err(FilterError::new(Fault::Shapes, at)) } else { Ok(()) }
    }

    pub(crate) fn depth(depth: usize, at: Option<usize>) -> Result<(), FilterError> {
        if depth > MAX_DEPTH { Err(FilterError::new(Fault::Deep, at)) } else { Ok(()) }
    }
}

/// A day `YYYY-MM-DD`, or the day of a moment `YYYY-MM-DDThh:mm:ss[.s]Z`.
pub(crate) fn day(text: &str, at: Option<usize>) -> Result<String, FilterError> {
    let expected = || {
        let found = format!("`{}`", text.chars().take(40).collect::<String>());
        FilterError::new(Fault::Expected { expected: "YYYY-MM-DD", found }, at)
    };
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let number = |text: &str, len: usize| {
        let digits = text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let parts: Vec<&str> = day.split('-').collect();
    let [year, month, of_month] = parts.as_slice() else { return Err(expected()) };
    let year = number(year, 4).ok_or_else(expected)?;
    let month = number(month, 2).filter(|m| (1..=12).contains(m)).ok_or_else(expected)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 31,
    };
    number(of_month, 2).filter(|d| (1..=last).contains(d)).ok_or_else(expected)?;
    if let Some(time) = time {
        let clock = time.strip_suffix('Z').ok_or_else(expected)?;
        let whole = clock.split('.').next().unwrap_or_default();
        let parts: Vec<Option<u32>> = whole.split(':').map(|part| number(part, 2)).collect();
        let [Some(hour), Some(minute), Some(second)] = parts.as_slice() else {
            return Err(expected());
        };
        if *hour > 23 || *minute > 59 || *second > 60 {
            return Err(expected());
        }
    }
    Ok(day.to_owned())
}
