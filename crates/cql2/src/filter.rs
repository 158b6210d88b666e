//! A filter that was checked against what may be asked for, and what it says of a feature.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{
    MAX_BYTES,
    error::{Fault, FilterError},
    json,
    like::{Piece, is_like, pieces},
    text,
    tree::{Node, What},
};

/// What an attribute holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A text.
    Text,
    /// A number.
    Number,
    /// Yes or no.
    Truth,
    /// A day, `YYYY-MM-DD`.
    Day,
    /// The shape.
    Geometry,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Truth => "true/false",
            Self::Day => "a date",
            Self::Geometry => "a geometry",
        }
    }
}

/// An attribute that may be asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Queryable<'n> {
    /// Its name.
    pub name: &'n str,
    /// What it holds.
    pub kind: Kind,
}

/// A value of an attribute.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'v> {
    /// There is none.
    Nothing,
    /// A text, or a day.
    Text(Cow<'v, str>),
    /// A number.
    Number(f64),
    /// Yes or no.
    Truth(bool),
}

/// A point or a box, in the axes of the coordinate system of the filter.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Shape {
    /// First and second coordinate.
    Point([f64; 2]),
    /// Least first, least second, greatest first, greatest second coordinate.
    Box([f64; 4]),
}

/// A feature, as filters look at it.
pub trait Fields {
    /// The value of the attribute at a place in the list of those that may be asked for.
    fn value(&self, attribute: usize) -> Value<'_>;
    /// Whether its shape and another have a point in common.
    fn meets(&self, shape: Shape) -> bool;
}

/// A filter.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter(Test);

/// What is true, false or, for want of a value, neither.
#[derive(Clone, PartialEq, Debug)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Is(Term),
    Compare(Order, Term, Term),
    Between(Term, Term, Term),
    In(Term, Vec<Term>),
    Like(Term, Vec<Piece>),
    Null(usize),
    Meets(Shape),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Order {
    Equal,
    Other,
    Less,
    More,
    LessOrEqual,
    MoreOrEqual,
}

#[derive(Clone, PartialEq, Debug)]
enum Term {
    Attribute(usize, Kind),
    Text(String),
    Day(String),
    Number(f64),
    Truth(bool),
    Fold(Fold, Box<Term>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fold {
    /// Capital letters as small ones.
    Case,
    /// Letters without marks, `đ` as `d`.
    Accent,
}

impl Fold {
    fn of(self, text: &str) -> String {
        match self {
            Self::Case => text.nfc().flat_map(char::to_lowercase).collect(),
            Self::Accent => {
                let plain = |letter| match letter {
                    'đ' => 'd',
                    'Đ' => 'D',
                    other => other,
                };
                text.nfd().filter(|letter| !is_combining_mark(*letter)).map(plain).collect()
            }
        }
    }
}

impl Filter {
    /// Reads CQL2 text.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn of_text(text: &str, queryables: &[Queryable<'_>]) -> Result<Self, FilterError> {
        short(text)?;
        Checker(queryables).test(&text::read(text)?).map(Self)
    }

    /// Reads CQL2 JSON.
    ///
    /// # Errors
    /// What is wrong.
    pub fn of_json(text: &str, queryables: &[Queryable<'_>]) -> Result<Self, FilterError> {
        short(text)?;
        Checker(queryables).test(&json::read(text)?).map(Self)
    }

    /// The same with each point and box in another coordinate system; `None` where one has no place there.
    #[must_use]
    pub fn moved(self, place: &impl Fn(Shape) -> Option<Shape>) -> Option<Self> {
        self.0.moved(place).map(Self)
    }

    /// Whether it is true of a feature; what is neither true nor false, for want of a value, is not.
    #[must_use]
    pub fn holds(&self, of: &impl Fields) -> bool {
        self.0.says(of) == Some(true)
    }
}

fn short(text: &str) -> Result<(), FilterError> {
    if text.len() > MAX_BYTES { Err(FilterError::new(Fault::Long, None)) } else { Ok(()) }
}

impl Test {
    fn says(&self, of: &impl Fields) -> Option<bool> {
        match self {
            Self::All(tests) => all(tests.iter().map(|test| test.says(of))),
            Self::Any(tests) => all(tests.iter().map(|t| t.says(of).map(|yes| !yes))).map(|no| !no),
            Self::Not(test) => test.says(of).map(|yes| !yes),
            Self::Is(term) => match term.value(of) {
                Value::Truth(yes) => Some(yes),
                _ => None,
            },
            Self::Compare(order, a, b) => order.says(&a.value(of), &b.value(of)),
            Self::Between(term, low, high) => {
                let value = term.value(of);
                let above = Order::MoreOrEqual.says(&value, &low.value(of));
                all([above, Order::LessOrEqual.says(&value, &high.value(of))].into_iter())
            }
            Self::In(term, list) => {
                let value = term.value(of);
                let other = |one: &Term| Order::Other.says(&value, &one.value(of));
                all(list.iter().map(other)).map(|none| !none)
            }
            Self::Like(term, pattern) => match term.value(of) {
                Value::Text(text) => Some(is_like(&text, pattern)),
                _ => None,
            },
            Self::Null(attribute) => Some(of.value(*attribute) == Value::Nothing),
            Self::Meets(shape) => Some(of.meets(*shape)),
        }
    }

    fn moved(self, place: &impl Fn(Shape) -> Option<Shape>) -> Option<Self> {
        let each = |tests: Vec<Self>| -> Option<Vec<Self>> {
            tests.into_iter().map(|test| test.moved(place)).collect()
        };
        Some(match self {
            Self::All(tests) => Self::All(each(tests)?),
            Self::Any(tests) => Self::Any(each(tests)?),
            Self::Not(test) => Self::Not(Box::new(test.moved(place)?)),
            Self::Meets(shape) => Self::Meets(place(shape)?),
            other => other,
        })
    }
}

/// False where one is, else neither where one is neither, else true.
fn all(tests: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut sum = Some(true);
    for test in tests {
        match test {
            Some(false) => return Some(false),
            None => sum = None,
            Some(true) => {}
        }
    }
    sum
}

impl Order {
    fn says(self, a: &Value<'_>, b: &Value<'_>) -> Option<bool> {
        let order = match (a, b) {
            (Value::Text(a), Value::Text(b)) => a.as_ref().cmp(b.as_ref()),
            (Value::Number(a), Value::Number(b)) => a.partial_cmp(b)?,
            (Value::Truth(a), Value::Truth(b)) => a.cmp(b),
            _ => return None,
        };
        Some(match self {
            Self::Equal => order.is_eq(),
            Self::Other => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::More => order.is_gt(),
            Self::LessOrEqual => order.is_le(),
            Self::MoreOrEqual => order.is_ge(),
        })
    }
}

impl Term {
    fn value<'v>(&'v self, of: &'v impl Fields) -> Value<'v> {
        match self {
            Self::Attribute(at, _) => of.value(*at),
            Self::Text(text) | Self::Day(text) => Value::Text(text.as_str().into()),
            Self::Number(number) => Value::Number(*number),
            Self::Truth(truth) => Value::Truth(*truth),
            Self::Fold(fold, term) => match term.value(of) {
                Value::Text(text) => Value::Text(fold.of(&text).into()),
                other => other,
            },
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Attribute(_, kind) => *kind,
            Self::Text(_) | Self::Fold(..) => Kind::Text,
            Self::Day(_) => Kind::Day,
            Self::Number(_) => Kind::Number,
            Self::Truth(_) => Kind::Truth,
        }
    }
}

/// Knows what may be asked for.
struct Checker<'q>(&'q [Queryable<'q>]);

impl Checker<'_> {
    fn test(&self, node: &Node) -> Result<Test, FilterError> {
        let What::Op(op, args) = &node.what else {
            return self.truth(node).map(Test::Is);
        };
        let tests = || args.iter().map(|arg| self.test(arg)).collect::<Result<Vec<_>, _>>();
        Ok(match (*op, args.as_slice()) {
            ("and", [_, _, ..]) => Test::All(tests()?),
            ("or", [_, _, ..]) => Test::Any(tests()?),
            ("not", [arg]) => Test::Not(Box::new(self.test(arg)?)),
            ("isNull", [arg]) => match self.term(arg)? {
                Term::Attribute(at, _) => Test::Null(at),
                _ => return Err(expected("an attribute", arg)),
            },
            ("like", [arg, pattern]) => self.like(arg, pattern)?,
            ("between", [arg, low, high]) => {
                let (term, low, high) = (self.term(arg)?, self.term(low)?, self.term(high)?);
                same(&term, &low, node.at)?;
                same(&term, &high, node.at)?;
                Test::Between(term, low, high)
            }
            ("in", [arg, list @ ..]) if !list.is_empty() => {
                let term = self.term(arg)?;
                let list = list.iter().map(|one| self.term(one)).collect::<Result<Vec<_>, _>>()?;
                list.iter().try_for_each(|one| same(&term, one, node.at))?;
                Test::In(term, list)
            }
            ("s_intersects", [a, b]) => self.meets(a, b)?,
            (name, [a, b]) if order(name).is_some() => {
                let (left, right) = (self.term(a)?, self.term(b)?);
                same(&left, &right, node.at)?;
                Test::Compare(order(name).unwrap_or(Order::Equal), left, right)
            }
            (name, _) => return Err(FilterError::new(Fault::Operator(name.to_owned()), node.at)),
        })
    }

    fn truth(&self, node: &Node) -> Result<Term, FilterError> {
        let term = self.term(node)?;
        if term.kind() == Kind::Truth { Ok(term) } else { Err(expected("a condition", node)) }
    }

    fn term(&self, node: &Node) -> Result<Term, FilterError> {
        Ok(match &node.what {
            What::Property(name) => {
                let (at, kind) = self.attribute(name, node.at)?;
                if kind == Kind::Geometry {
                    return Err(expected("an attribute that is no geometry", node));
                }
                Term::Attribute(at, kind)
            }
            What::Text(text) => Term::Text(text.nfc().collect()),
            What::Day(day) => Term::Day(day.clone()),
            What::Number(number) => Term::Number(*number),
            What::Truth(truth) => Term::Truth(*truth),
            What::Op(name @ ("casei" | "accenti"), args) => {
                let [arg] = args.as_slice() else {
                    return Err(FilterError::new(Fault::Operator((*name).to_owned()), node.at));
                };
                let term = self.term(arg)?;
                let fold = if *name == "casei" { Fold::Case } else { Fold::Accent };
                match term {
                    _ if term.kind() != Kind::Text => return Err(expected("text", arg)),
                    // What does not change is folded once.
                    Term::Text(text) => Term::Text(fold.of(&text)),
                    term => Term::Fold(fold, Box::new(term)),
                }
            }
            What::Op(name, _) => {
                return Err(FilterError::new(Fault::Operator((*name).to_owned()), node.at));
            }
            What::Point(_) | What::Box(_) => {
                return Err(expected("a value that is no geometry", node));
            }
        })
    }

    fn attribute(&self, name: &str, at: Option<usize>) -> Result<(usize, Kind), FilterError> {
        let place = self.0.iter().position(|known| known.name == name);
        place.map(|place| (place, self.0[place].kind)).ok_or_else(|| {
            let known = self.0.iter().map(|q| q.name).collect::<Vec<_>>().join(", ");
            let name = name.chars().take(60).collect();
            FilterError::new(Fault::Unknown { name, known }, at)
        })
    }

    fn like(&self, arg: &Node, pattern: &Node) -> Result<Test, FilterError> {
        let term = self.term(arg)?;
        if term.kind() != Kind::Text {
            return Err(expected("text", arg));
        }
        match self.term(pattern)? {
            Term::Text(text) => Ok(Test::Like(term, pieces(&text))),
            _ => Err(expected("a pattern between quotes", pattern)),
        }
    }

    fn meets(&self, a: &Node, b: &Node) -> Result<Test, FilterError> {
        let (property, shape) = if matches!(a.what, What::Property(_)) { (a, b) } else { (b, a) };
        let What::Property(name) = &property.what else {
            return Err(expected("the attribute of the geometry", property));
        };
        if self.attribute(name, property.at)?.1 != Kind::Geometry {
            return Err(expected("the attribute of the geometry", property));
        }
        match shape.what {
            What::Point(at) => Ok(Test::Meets(Shape::Point(at))),
            What::Box(at) => Ok(Test::Meets(Shape::Box(at))),
            _ => Err(expected("a point or a box", shape)),
        }
    }
}

fn order(name: &str) -> Option<Order> {
    Some(match name {
        "=" => Order::Equal,
        "<>" => Order::Other,
        "<" => Order::Less,
        ">" => Order::More,
        "<=" => Order::LessOrEqual,
        ">=" => Order::MoreOrEqual,
        _ => return None,
    })
}

/// Whether two terms may be compared: days are also written as text.
fn same(a: &Term, b: &Term, at: Option<usize>) -> Result<(), FilterError> {
    match (a.kind(), b.kind()) {
        (a, b) if a == b => Ok(()),
        (Kind::Day, Kind::Text) | (Kind::Text, Kind::Day) => Ok(()),
        (a, b) => Err(FilterError::new(Fault::Kinds { left: a.words(), right: b.words() }, at)),
    }
}

fn expected(expected: &'static str, node: &Node) -> FilterError {
    let found = match &node.what {
        What::Property(name) => format!("`{}`", name.chars().take(60).collect::<String>()),
        What::Op(name, _) => format!("`{name}`"),
        What::Text(_) => "a text".to_owned(),
        What::Day(_) => "a date".to_owned(),
        What::Number(number) => number.to_string(),
        What::Truth(truth) => truth.to_string(),
        What::Point(_) | What::Box(_) => "a geometry".to_owned(),
    };
    FilterError::new(Fault::Expected { expected, found }, node.at)
}
