//! Filters say what a slow and obvious evaluation says, in both forms, and refuse in words what they cannot be.
#![expect(
    clippy::float_cmp,
    reason = "numbers are counts and positions taken as they are, so equal means equal"
)]

use std::borrow::Cow;

use diachiso_cql2::{
    Fault, Fields, Filter, Kind, MAX_BYTES, MAX_DEPTH, MAX_PARTS, MAX_SHAPES, Queryable, Shape,
    Value,
};
use proptest::prelude::*;

const QUERYABLES: [Queryable<'static>; 5] = [
    Queryable { name: "name", kind: Kind::Text },
    Queryable { name: "covered", kind: Kind::Number },
    Queryable { name: "schematic", kind: Kind::Truth },
    Queryable { name: "closed_on", kind: Kind::Day },
    Queryable { name: "geometry", kind: Kind::Geometry },
];

/// A feature at a point; what is `None` it does not have.
#[derive(Clone, Debug)]
struct Unit {
    name: Option<String>,
    covered: Option<f64>,
    schematic: Option<bool>,
    closed_on: Option<String>,
    at: [f64; 2],
}

impl Fields for Unit {
    fn value(&self, attribute: usize) -> Value<'_> {
        let text = |text: &'_ Option<String>| {
            text.clone().map_or(Value::Nothing, |text| Value::Text(Cow::Owned(text)))
        };
        match attribute {
            0 => text(&self.name),
            1 => self.covered.map_or(Value::Nothing, Value::Number),
            2 => self.schematic.map_or(Value::Nothing, Value::Truth),
            _ => text(&self.closed_on),
        }
    }

    fn meets(&self, shape: Shape) -> bool {
        let [x, y] = self.at;
        match shape {
            Shape::Point(at) => at == self.at,
            Shape::Box([west, south, east, north]) => {
                west <= x && x <= east && south <= y && y <= north
            }
        }
    }
}

fn unit() -> Unit {
    Unit {
        name: Some("Xã Quảng Thái".into()),
        covered: Some(40.0),
        schematic: Some(false),
        closed_on: Some("2025-03-31".into()),
        at: [107.5, 16.5],
    }
}

#[test]
fn a_filter_holds_as_it_reads() {
    let nothing =
        Unit { name: None, covered: None, schematic: None, closed_on: None, at: [0.0, 0.0] };
    for (text, of_unit, of_nothing) in [
        ("covered = 40", true, false),
        ("covered<>40", false, false),
        ("NOT covered <> 40", true, false),
        ("covered > 39.5 AND covered <= 4e1", true, false),
        ("covered < -1 or schematic = false", true, false),
        ("schematic", false, false),
        ("not schematic", true, false),
        ("TRUE", true, true),
        ("name = 'Xã Quảng Thái'", true, false),
        ("name LIKE '%Thái'", true, false),
        ("name not like 'Phường%'", true, false),
        ("CASEI(name) = CASEI('XÃ QUẢNG THÁI')", true, false),
        ("ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('%quang thai'))", true, false),
        ("covered BETWEEN 30 AND 40", true, false),
        ("covered NOT BETWEEN 30 AND 40", false, false),
        ("covered IN (1, 40)", true, false),
        ("covered not in (1, 2)", true, false),
        ("name IS NULL", false, true),
        ("name IS NOT NULL", true, false),
        ("name IS NULL OR covered = 1", false, true),
        ("name = 'x' OR NOT (covered = 1 AND schematic)", true, false),
        ("closed_on < DATE('2025-04-01')", true, false),
        ("closed_on = TIMESTAMP('2025-03-31T10:00:00Z')", true, false),
        ("closed_on >= '2025-03-31'", true, false),
        ("\"name\" = name", true, false),
        ("S_INTERSECTS(geometry, BBOX(107, 16, 108, 17))", true, false),
        ("s_intersects(POINT(0 0), geometry)", false, true),
        ("'it''s' = 'it\\'s'", true, true),
    ] {
        let filter = Filter::of_text(text, &QUERYABLES).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(
            (filter.holds(&unit()), filter.holds(&nothing)),
            (of_unit, of_nothing),
            "{text}"
        );
    }
}

#[test]
fn both_forms_are_one_filter() {
    for (text, json) in [
        ("covered = 40", r#"{"op":"=","args":[{"property":"covered"},40]}"#),
        (
            "covered NOT BETWEEN 1 AND 2",
            r#"{"op":"not","args":[{"op":"between","args":[{"property":"covered"},1,2]}]}"#,
        ),
        ("name IN ('a','b')", r#"{"op":"in","args":[{"property":"name"},["a","b"]]}"#),
        (
            "name IS NULL AND schematic",
            r#"{"op":"and","args":[{"op":"isNull","args":[{"property":"name"}]},{"property":"schematic"}]}"#,
        ),
        (
            "CASEI(name) LIKE 'a%'",
            r#"{"op":"like","args":[{"op":"casei","args":[{"property":"name"}]},"a%"]}"#,
        ),
        (
            "closed_on > DATE('2025-01-01')",
            r#"{"op":">","args":[{"property":"closed_on"},{"date":"2025-01-01"}]}"#,
        ),
        (
            "S_INTERSECTS(geometry, BBOX(1,2,3,4))",
            r#"{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2,3,4]}]}"#,
        ),
        (
            "S_INTERSECTS(geometry, POINT(1 2))",
            r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[1,2]}]}"#,
        ),
    ] {
        let of = |read: Result<Filter, _>| read.unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(of(Filter::of_text(text, &QUERYABLES)), of(Filter::of_json(json, &QUERYABLES)));
    }
}

#[test]
fn what_is_no_filter_is_refused_with_the_place_and_what_would_do() {
    for (text, words, at) in [
        ("", "expected an attribute or a value, found the end", 1),
        ("covered =", "found the end", 10),
        ("covered = 1 covered", "expected AND, OR or the end", 13),
        ("coverd = 1", "no attribute `coverd`; there are name, covered", 1),
        ("head = 'x'", "no attribute `head`", 1),
        ("covered = 'x'", "a number cannot be compared with text", 1),
        ("name > 3", "text cannot be compared with a number", 1),
        ("covered", "expected a condition", 1),
        ("name = 'x", "a quotation has no end", 8),
        ("covered LIKE '1%'", "expected text", 1),
        ("name LIKE covered", "expected a pattern", 11),
        ("(covered = 1", "expected `)`", 13),
        ("covered = 1.2.3", "expected a number", 11),
        ("covered = #", "found `#`", 11),
        ("covered NOT = 1", "LIKE, BETWEEN or IN", 13),
        ("name IS 3", "expected NULL", 9),
        ("closed_on = DATE('2025-02-30')", "YYYY-MM-DD", 13),
        ("closed_on = DATE('2025-02-03T25:00:00Z')", "YYYY-MM-DD", 13),
        ("S_INTERSECTS(name, POINT(1 2))", "the attribute of the geometry", 14),
        ("S_INTERSECTS(geometry, covered)", "a point or a box", 24),
        ("S_WITHIN(geometry, POINT(1 2))", "no operator `S_WITHIN`", 1),
        ("geometry = 1", "that is no geometry", 1),
        ("BBOX(1,2,3,4) = 1", "that is no geometry", 1),
        ("AND = 1", "expected an attribute", 1),
    ] {
        let error = Filter::of_text(text, &QUERYABLES).expect_err(text);
        assert!(error.to_string().contains(words), "{text}: {error}");
        assert_eq!(error.at, Some(at), "{text}: {error}");
        assert!(!error.vi().is_empty());
    }
    for (json, words) in [
        ("[", "cannot be read"),
        ("[]", "expected an operator"),
        ("null", "expected an operator"),
        ("{}", "expected an operator"),
        (r#"{"op":"s_within","args":[]}"#, "no operator `s_within`"),
        (r#"{"op":"="}"#, "a list `args`"),
        (r#"{"op":"=","args":[1]}"#, "no operator `=` here"),
        (r#"{"op":"+","args":[1,2]}"#, "no operator `+` here"),
        (
            r#"{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2,3]}]}"#,
            "four numbers",
        ),
    ] {
        let error = Filter::of_json(json, &QUERYABLES).expect_err(json);
        assert!(error.to_string().contains(words), "{json}: {error}");
    }
}

#[test]
fn a_filter_is_bounded_in_length_depth_and_parts() {
    let fault = |text: &str| Filter::of_text(text, &QUERYABLES).map(drop).map_err(|e| e.fault);
    let nested = |n: usize| format!("{}covered = 1{}", "(".repeat(n), ")".repeat(n));
    assert_eq!(fault(&nested(MAX_DEPTH)), Ok(()));
    assert_eq!(fault(&nested(MAX_DEPTH + 1)), Err(Fault::Deep));
    assert_eq!(fault(&format!("{}schematic", "not ".repeat(MAX_DEPTH + 1))), Err(Fault::Deep));
    let folded = |n: usize| format!("{}name{} = 'x'", "casei(".repeat(n), ")".repeat(n));
    assert_eq!(fault(&folded(MAX_DEPTH + 1)), Err(Fault::Deep));
    let list = |n: usize| format!("covered in ({})", vec!["1"; n].join(","));
    assert_eq!(fault(&list(MAX_PARTS - 2)), Ok(()));
    assert_eq!(fault(&list(MAX_PARTS)), Err(Fault::Parts));
    assert_eq!(fault(&"x".repeat(MAX_BYTES + 1)), Err(Fault::Long));
    let boxes = ["S_INTERSECTS(geometry,POINT(1 2))"; MAX_SHAPES + 1].join(" or ");
    assert_eq!(fault(&boxes), Err(Fault::Shapes));
    let json = format!("{}true{}", r#"{"op":"not","args":["#.repeat(40), "]}".repeat(40));
    assert_eq!(Filter::of_json(&json, &QUERYABLES).map_err(|e| e.fault), Err(Fault::Deep));
}

/// A condition as a test thinks of it.
#[derive(Clone, Debug)]
enum Condition {
    Compare(&'static str, usize),
    Null,
    Within(usize, usize),
    OneOf(Vec<usize>),
    Schematic,
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}

impl Condition {
    fn text(&self) -> String {
        match self {
            Self::Compare(op, n) => format!("covered {op} {n}"),
            Self::Null => "covered IS NULL".into(),
            Self::Within(a, b) => format!("covered BETWEEN {a} AND {b}"),
            Self::OneOf(list) => {
                format!(
                    "covered IN ({})",
                    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                )
            }
            Self::Schematic => "schematic".into(),
            Self::Not(a) => format!("NOT ({})", a.text()),
            Self::And(a, b) => format!("({}) AND ({})", a.text(), b.text()),
            Self::Or(a, b) => format!("({}) OR ({})", a.text(), b.text()),
        }
    }

    fn json(&self) -> serde_json::Value {
        use serde_json::json;
        let covered = json!({"property": "covered"});
        match self {
            Self::Compare(op, n) => json!({"op": op, "args": [covered, n]}),
            Self::Null => json!({"op": "isNull", "args": [covered]}),
            Self::Within(a, b) => json!({"op": "between", "args": [covered, a, b]}),
            Self::OneOf(list) => json!({"op": "in", "args": [covered, list]}),
            Self::Schematic => json!({"property": "schematic"}),
            Self::Not(a) => json!({"op": "not", "args": [a.json()]}),
            Self::And(a, b) => json!({"op": "and", "args": [a.json(), b.json()]}),
            Self::Or(a, b) => json!({"op": "or", "args": [a.json(), b.json()]}),
        }
    }

    /// −1 is false, 0 is neither, 1 is true: then AND is the least of two, OR the greatest, and NOT the opposite.
    fn slowly(&self, of: &Unit) -> i8 {
        let sign = |yes: bool| if yes { 1 } else { -1 };
        let number = |test: &dyn Fn(f64) -> bool| of.covered.map_or(0, |n| sign(test(n)));
        match self {
            Self::Compare(op, n) => {
                let n = *n as f64;
                number(&|m| match *op {
                    "=" => m == n,
                    "<>" => m != n,
                    "<" => m < n,
                    "<=" => m <= n,
                    ">" => m > n,
                    _ => m >= n,
                })
            }
            Self::Null => sign(of.covered.is_none()),
            Self::Within(a, b) => number(&|m| (*a as f64..=*b as f64).contains(&m)),
            Self::OneOf(list) => number(&|m| list.iter().any(|n| *n as f64 == m)),
            Self::Schematic => of.schematic.map_or(0, sign),
            Self::Not(a) => -a.slowly(of),
            Self::And(a, b) => a.slowly(of).min(b.slowly(of)),
            Self::Or(a, b) => a.slowly(of).max(b.slowly(of)),
        }
    }
}

fn condition() -> impl Strategy<Value = Condition> {
    let op = prop::sample::select(vec!["=", "<>", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        (op, 0..4_usize).prop_map(|(op, n)| Condition::Compare(op, n)),
        Just(Condition::Null),
        Just(Condition::Schematic),
        (0..4_usize, 0..4_usize).prop_map(|(a, b)| Condition::Within(a, b)),
        prop::collection::vec(0..4_usize, 1..4).prop_map(Condition::OneOf),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            inner.prop_map(|a| Condition::Not(Box::new(a))),
            two.clone().prop_map(|(a, b)| Condition::And(Box::new(a), Box::new(b))),
            two.prop_map(|(a, b)| Condition::Or(Box::new(a), Box::new(b))),
        ]
    })
}

proptest! {
    #[test]
    fn what_a_filter_says_is_what_three_valued_logic_says(
        of in condition(), covered in prop::option::of(0..4_u8), schematic in any::<Option<bool>>(),
    ) {
        let unit = Unit { covered: covered.map(f64::from), schematic, ..unit() };
        let read = Filter::of_text(&of.text(), &QUERYABLES).expect("a filter");
        prop_assert_eq!(read.holds(&unit), of.slowly(&unit) == 1, "{}", of.text());
        let json = Filter::of_json(&of.json().to_string(), &QUERYABLES).expect("a filter");
        prop_assert_eq!(json.holds(&unit), read.holds(&unit), "{}", of.text());
    }

    #[test]
    fn any_text_is_a_filter_or_refused(text in "[a-z0-9 ()='\"<>,%.\\\\-]{0,60}|\\PC{0,40}") {
        for read in [Filter::of_text(&text, &QUERYABLES), Filter::of_json(&text, &QUERYABLES)] {
            match read {
                Ok(filter) => drop(filter.holds(&unit())),
                Err(error) => prop_assert!(!error.to_string().is_empty() && !error.vi().is_empty()),
            }
        }
    }
}
