//! A record as pairs of a column's name and its text.

use super::persons::{Held, held};
use super::scanner::{Fault, Scanner, check_depth, quoted};
use crate::repeats::{count_heading, dropped_heading, names_persons, rows_heading};
use std::borrow::Cow;

/// Longest name of a column: 1 KiB; names of nested groups are joined.
const MAX_KEY_BYTES: usize = 1 << 10;

/// What parts the elements of an array in a cell.
const BETWEEN_ELEMENTS: &str = "; ";

/// Column of a feature's own `id`, apart from an `id` among its properties.
const FEATURE_ID: &str = "feature.id";

/// Kobo's pair of numbers, latitude first, and the columns of its csv exports.
const GEOLOCATION: (&str, &str, &str) =
    ("_geolocation", "_geolocation_latitude", "_geolocation_longitude");

/// The point of a `GeoJSON` feature, its numbers as they are written; empty for other shapes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Point<'a> {
    pub(super) longitude: &'a str,
    pub(super) latitude: &'a str,
}

/// Takes a pair of a name and a text.
pub(super) type Each<'e> = dyn FnMut(&str, &str) -> Result<(), Fault> + 'e;

/// Hands every value of a record to `each`, under the names of the objects around it joined by
/// points; `Some` when the record is a `GeoJSON` feature.
///
/// Numbers, `true` and `false` are handed out as they are written, `null` as nothing, the
/// elements of an array in one text, and objects within arrays as JSON, but of arrays of persons
/// how many there are.
pub(super) fn flatten<'a>(text: &'a str, each: &mut Each<'_>) -> Result<Option<Point<'a>>, Fault> {
    let mut scanner = Scanner::new(text);
    if !text.contains("\"Feature\"") {
        object(&mut scanner, &mut String::new(), 1, each)?;
        scanner.end()?;
        return Ok(None);
    }
    let mut members: Vec<(Cow<'a, str>, &'a str)> = Vec::new();
    scanner.members(&mut |inner, key| {
        let value = inner.raw(1)?;
        members.push((key, value));
        Ok(())
    })?;
    scanner.end()?;
    let has = |name: &str| members.iter().any(|(key, _)| key == name);
    let is_type = |(key, value): &(Cow<'a, str>, &str)| key == "type" && *value == "\"Feature\"";
    if !members.iter().any(is_type) || !(has("geometry") || has("properties")) {
        object(&mut Scanner::new(text), &mut String::new(), 1, each)?;
        return Ok(None);
    }
    let mut at = Point::default();
    for (key, value) in members {
        let mut inner = Scanner::new(value);
        match &*key {
            "type" | "bbox" => {}
            "geometry" => at = point(value).unwrap_or_default(),
            "properties" if value.starts_with('{') => {
                object(&mut inner, &mut String::new(), 2, each)?;
            }
            "properties" if value == "null" => {}
            "id" => self::value(&mut inner, &mut FEATURE_ID.to_owned(), 1, each)?,
            "crs" => each("crs", &system_name(value))?,
            _ => self::value(&mut inner, &mut key.into_owned(), 1, each)?,
        }
    }
    Ok(Some(at))
}

/// What a `crs` member says in a cell: the name or code in it (`urn:ogc:def:crs:EPSG::9214`), nothing where it is null,
/// else its JSON as it came, so that nobody takes it for degrees of WGS 84.
pub(super) fn system_name(crs: &str) -> Cow<'_, str> {
    let (mut kind, mut name) = (Cow::Borrowed(""), None);
    let read = Scanner::new(crs).members(&mut |inner, key| {
        match (&*key, inner.peek()) {
            ("type", Some(b'"')) => kind = inner.string()?,
            ("properties", Some(b'{')) => inner.members(&mut |inner, key| {
                match &*key {
                    "name" | "code" => name = Some(scalar(inner)?),
                    _ => drop(inner.raw(3)?),
                }
                Ok(())
            })?,
            _ => drop(inner.raw(2)?),
        }
        Ok(())
    });
    match name.filter(|_| read.is_ok()) {
        _ if crs == "null" => Cow::Borrowed(""),
        Some(name) if kind == "name" && name.contains(':') => name,
        Some(code) if kind == "EPSG" => Cow::Owned(format!("EPSG:{code}")),
        _ => Cow::Borrowed(crs),
    }
}

fn object(
    scanner: &mut Scanner<'_>,
    path: &mut String,
    depth: usize,
    each: &mut Each<'_>,
) -> Result<(), Fault> {
    check_depth(depth)?;
    let length = path.len();
    scanner.members(&mut |inner, key| {
        if length > 0 {
            path.push('.');
        }
        path.push_str(&key);
        if path.len() > MAX_KEY_BYTES {
            return Err(format!("the name {} is longer than {MAX_KEY_BYTES} bytes", quoted(path)));
        }
        value(inner, path, depth, each)?;
        path.truncate(length);
        Ok(())
    })
}

fn value(
    scanner: &mut Scanner<'_>,
    path: &mut String,
    depth: usize,
    each: &mut Each<'_>,
) -> Result<(), Fault> {
    match scanner.peek() {
        Some(b'{') => object(scanner, path, depth + 1, each),
        Some(b'[') => {
            let before = scanner.rest();
            let elements = array(scanner, depth)?;
            let text = &before[..before.len() - scanner.rest().len()];
            match persons(path, text)? {
                Held::Persons(count) => return count_of(path, &count_heading(path), count, each),
                Held::Personal(count) => return count_of(path, &rows_heading(path), count, each),
                Held::Other => {}
            }
            match &elements[..] {
                [latitude, longitude] if path == GEOLOCATION.0 => {
                    each(GEOLOCATION.1, latitude)?;
                    each(GEOLOCATION.2, longitude)
                }
                _ => each(path, &elements.join(BETWEEN_ELEMENTS)),
            }
        }
        _ => each(path, &scalar(scanner)?),
    }
}

/// What an array holds, where it can hold persons at all.
fn persons(path: &str, array: &str) -> Result<Held, Fault> {
    if array.contains('{') || names_persons(path) { held(path, array) } else { Ok(Held::Other) }
}

/// Hands out how many there are in an array of which nothing else is kept; of none, nothing.
fn count_of(path: &str, heading: &str, count: u64, each: &mut Each<'_>) -> Result<(), Fault> {
    let text = if count == 0 { String::new() } else { count.to_string() };
    each(heading, &text)?;
    each(&dropped_heading(path), "")
}

/// The elements of an array as texts.
fn array<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Vec<Cow<'a, str>>, Fault> {
    let mut elements = Vec::new();
    scanner.elements(&mut |inner| {
        elements.push(match inner.peek() {
            Some(b'{' | b'[') => Cow::Borrowed(inner.raw(depth + 1)?),
            _ => scalar(inner)?,
        });
        Ok(())
    })?;
    Ok(elements)
}

fn scalar<'a>(scanner: &mut Scanner<'a>) -> Result<Cow<'a, str>, Fault> {
    if scanner.peek() == Some(b'"') {
        return scanner.string();
    }
    Ok(Cow::Borrowed(match scanner.plain()? {
        "null" => "",
        word => word,
    }))
}

/// The position of a `Point`, or of a `MultiPoint` that has one only, as QGIS writes points.
fn point(geometry: &str) -> Option<Point<'_>> {
    let (mut kind, mut coordinates) = (Cow::Borrowed(""), "");
    Scanner::new(geometry)
        .members(&mut |inner, key| {
            let value = inner.raw(2)?;
            match &*key {
                "type" => kind = Scanner::new(value).string()?,
                "coordinates" => coordinates = value,
                _ => {}
            }
            Ok(())
        })
        .ok()?;
    if kind == "MultiPoint" {
        let mut positions = Vec::new();
        Scanner::new(coordinates)
            .elements(&mut |inner| {
                positions.push(inner.raw(3)?);
                Ok(())
            })
            .ok()?;
        let [only] = positions[..] else { return None };
        coordinates = only;
    } else if kind != "Point" {
        return None;
    }
    let mut numbers = Vec::new();
    Scanner::new(coordinates)
        .elements(&mut |inner| {
            numbers.push(inner.plain()?);
            Ok(())
        })
        .ok()?;
    let number = |text: &&str| text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let [longitude, latitude, ..] = numbers[..] else { return None };
    [longitude, latitude].iter().all(number).then_some(Point { longitude, latitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Flat = (Vec<(String, String)>, Option<(String, String)>);

    fn flat(text: &str) -> Result<Flat, Fault> {
        let mut pairs = Vec::new();
        let point = flatten(text, &mut |key, value| {
            pairs.push((key.to_owned(), value.to_owned()));
            Ok(())
        })?;
        Ok((pairs, point.map(|at| (at.latitude.to_owned(), at.longitude.to_owned()))))
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)], point: Option<(&str, &str)>) {
        let (pairs, at) = flat(text).expect("a record");
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(pairs, expected, "{text}");
        assert_eq!(at.as_ref().map(|(a, b)| (&**a, &**b)), point, "{text}");
    }

    #[test]
    fn values_become_text_as_they_are_written() {
        check("{}", &[], None);
        check(
            "{\"a\":1.50,\"b\":046086012345e0,\"c\":1}".replace("046", "46").as_str(),
            &[("a", "1.50"), ("b", "46086012345e0"), ("c", "1")],
            None,
        );
        check(
            "{\"a\":123456789012345678901234567890,\"b\":true,\"c\":false,\"d\":null}",
            &[("a", "123456789012345678901234567890"), ("b", "true"), ("c", "false"), ("d", "")],
            None,
        );
        check("{\"t\\u00ean\":\"L\\u00ea\\n\\u0000\"}", &[("tên", "Lê\n\u{FFFD}")], None);
    }

    #[test]
    fn nested_objects_are_joined_by_points_and_arrays_by_semicolons() {
        check(
            "{\"a\":{\"b\":{\"c\":1},\"d\":2},\"e\":[1,\"x\",null,true],\"f\":[]}",
            &[("a.b.c", "1"), ("a.d", "2"), ("e", "1; x; ; true"), ("f", "")],
            None,
        );
        check("{\"n\":[{\"a\": 1},[2]]}", &[("n", "{\"a\": 1}; [2]")], None);
        check(
            "{\"_geolocation\":[16.5735,107.5060]}",
            &[("_geolocation_latitude", "16.5735"), ("_geolocation_longitude", "107.5060")],
            None,
        );
    }

    #[test]
    fn the_point_of_a_feature_stands_beside_its_properties() {
        let feature = |geometry: &str| {
            format!(
                "{{\"type\":\"Feature\",\"id\":7,\"properties\":{{\"a\":1,\"id\":2}},\
                 \"geometry\":{geometry}}}"
            )
        };
        let pairs = [("feature.id", "7"), ("a", "1"), ("id", "2")];
        for (geometry, point) in [
            ("{\"type\":\"Point\",\"coordinates\":[107.5060,16.5735]}", ("16.5735", "107.5060")),
            ("{\"coordinates\":[107.5,16.5,3],\"type\":\"Point\"}", ("16.5", "107.5")),
            ("{\"type\":\"MultiPoint\",\"coordinates\":[[107.5,16.5]]}", ("16.5", "107.5")),
            ("{\"type\":\"MultiPoint\",\"coordinates\":[[1,2],[3,4]]}", ("", "")),
            ("{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[3,4],[1,2]]]}", ("", "")),
            ("{\"type\":\"Point\",\"coordinates\":[]}", ("", "")),
            ("{\"type\":\"Point\",\"coordinates\":[null,true]}", ("", "")),
            ("null", ("", "")),
        ] {
            check(&feature(geometry), &pairs, Some(point));
        }
        check("{\"type\":\"Feature\",\"geometry\":null,\"properties\":null}", &[], Some(("", "")));
        check("{\"type\":\"Feature\",\"a\":1}", &[("type", "Feature"), ("a", "1")], None);
    }

    #[test]
    fn a_coordinate_system_is_told_by_its_name_or_as_it_came() {
        for (crs, expected) in [
            (
                "{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::9214\"}}",
                "urn:ogc:def:crs:EPSG::9214",
            ),
            ("{\"properties\":{\"name\":\"EPSG:3405\"},\"type\":\"name\"}", "EPSG:3405"),
            ("{\"type\":\"EPSG\",\"properties\":{\"code\":4756}}", "EPSG:4756"),
            ("null", ""),
            (
                "{\"type\":\"name\",\"properties\":{\"name\":\"x\"}}",
                "{\"type\":\"name\",\"properties\":{\"name\":\"x\"}}",
            ),
            (
                "{\"type\":\"link\",\"properties\":{\"href\":\"a:b\"}}",
                "{\"type\":\"link\",\"properties\":{\"href\":\"a:b\"}}",
            ),
            ("7", "7"),
        ] {
            assert_eq!(system_name(crs), expected, "{crs}");
        }
        let feature = "{\"type\":\"Feature\",\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"EPSG:4756\"}},\"geometry\":null}";
        check(feature, &[("crs", "EPSG:4756")], Some(("", "")));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        #[track_caller]
        fn refuse(text: &str, words: &str) {
            let fault = flat(text).expect_err("is refused");
            assert!(fault.contains(words), "{fault}");
        }
        refuse("{\"a\":1}}", "`}` stands where the end of the record");
        refuse("{\"a\":1]", "`]` stands where");
        refuse("{\"a\":{\"a\":".repeat(20).as_str(), "deep");
        refuse(&format!("{{\"{}\":1}}", "k".repeat(2_000)), "longer than 1024 bytes");
    }
}
