//! CQL2 JSON to a tree.

use serde_json::{Map, Value};

use crate::{
    error::{Fault, FilterError},
    tree::{Count, Node, OPERATORS, What, day},
};

/// Reads a whole filter.
pub(crate) fn read(text: &str) -> Result<Node, FilterError> {
    let value: Value = serde_json::from_str(text)
        .map_err(|e| FilterError::new(Fault::Json(e.to_string()), None))?;
    node(&value, 0, &mut Count::default())
}

fn expected(expected: &'static str, found: &Value) -> FilterError {
    let found = found.to_string().chars().take(60).collect::<String>();
    FilterError::new(Fault::Expected { expected, found: format!("`{found}`") }, None)
}

fn node(value: &Value, depth: usize, count: &mut Count) -> Result<Node, FilterError> {
    Count::depth(depth, None)?;
    count.part(None)?;
    let what = match value {
        Value::Bool(truth) => What::Truth(*truth),
        Value::String(text) => What::Text(text.clone()),
        Value::Number(number) => {
            What::Number(number.as_f64().ok_or_else(|| expected("a number", value))?)
        }
        Value::Object(object) => return self::object(object, value, depth, count),
        Value::Null | Value::Array(_) => {
            return Err(expected("an operator, an attribute or a value", value));
        }
    };
    Ok(Node { at: None, what })
}

fn object(
    object: &Map<String, Value>,
    value: &Value,
    depth: usize,
    count: &mut Count,
) -> Result<Node, FilterError> {
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let what = if let Some(op) = object.get("op") {
        let name = op.as_str().ok_or_else(|| expected("the name of an operator", op))?;
        let known = OPERATORS.into_iter().find(|known| *known == name);
        let known = known.ok_or_else(|| {
            FilterError::new(Fault::Operator(name.chars().take(60).collect()), None)
        })?;
        let args = object.get("args").and_then(Value::as_array);
        let args = args.ok_or_else(|| expected("a list `args`", value))?;
        What::Op(known, self::args(known, args, depth, count)?)
    } else if let Some(name) = text("property") {
        What::Property(name.to_owned())
    } else if let Some(written) = text("date").or_else(|| text("timestamp")) {
        What::Day(day(written, None)?)
    } else if let Some(bbox) = object.get("bbox") {
        count.shape(None)?;
        What::Box(numbers(bbox)?)
    } else if text("type") == Some("Point") {
        count.shape(None)?;
        What::Point(numbers(object.get("coordinates").unwrap_or(value))?)
    } else {
        return Err(expected("an operator, an attribute or a value", value));
    };
    Ok(Node { at: None, what })
}

/// What an operator is applied to; the values of `in` stand in a list of their own.
fn args(
    op: &str,
    args: &[Value],
    depth: usize,
    count: &mut Count,
) -> Result<Vec<Node>, FilterError> {
    let flat: Vec<&Value> = match args {
        [first, Value::Array(list)] if op == "in" => std::iter::once(first).chain(list).collect(),
        _ => args.iter().collect(),
    };
    flat.into_iter().map(|arg| node(arg, depth + 1, count)).collect()
}

fn numbers<const N: usize>(value: &Value) -> Result<[f64; N], FilterError> {
    let list = value.as_array().filter(|list| list.len() == N);
    let list = list.ok_or_else(|| expected("a list of two or four numbers", value))?;
    let mut numbers = [0.0; N];
    for (number, read) in numbers.iter_mut().zip(list) {
        *number = read.as_f64().ok_or_else(|| expected("a number", read))?;
    }
    Ok(numbers)
}
