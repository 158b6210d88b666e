//! Places of reference files: tables of addresses with points, and extracts of `OpenStreetMap`.

use std::{
    collections::HashMap,
    io::{self, Read},
};

use diachiso_model::{AddressField, LonLat, PlaceKind, ReferencePlace};
use diachiso_text::number;
use osmpbf::{Element, ElementReader};

use crate::{AddressColumns, MappingFile, Row, RowBlock, RowSource, SourceError};

/// Rows read at a time.
const ROWS: usize = 4_096;
/// Most corners of ways that are looked up: those of all streets and houses of a province several times.
const MAX_CORNERS: usize = 20_000_000;
/// Metres between points of a street that are kept.
const STEP_DEG: f64 = 0.000_4;

/// What a file of places came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlacesRead {
    /// The places.
    pub places: Vec<ReferencePlace>,
    /// Rows that tell no place, by number.
    pub rejected: Vec<u32>,
    /// Of an extract, what bears an address or a name and has no point here: relations, whose members are not put together,
    /// and ways whose corners lie beyond the extract.
    pub left_out: u64,
}

/// Why a file of places cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PlacesError {
    /// The table cannot be read.
    #[error(transparent)]
    Table(#[from] SourceError),
    /// No heading tells where street and point stand.
    #[error(
        "{0}: không thấy cột vĩ độ, kinh độ và tên đường / no columns of latitude, longitude and street"
    )]
    Columns(Box<str>),
    /// The extract cannot be read.
    #[error("{file}: {source}")]
    Extract {
        /// The file.
        file: Box<str>,
        /// Why.
        source: osmpbf::Error,
    },
    /// The file cannot be opened a second time.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: Box<str>,
        /// Why.
        source: io::Error,
    },
    /// The extract is larger than a province.
    #[error(
        "{0}: more than {MAX_CORNERS} corners of streets and houses; cut the extract to the province first"
    )]
    TooLarge(Box<str>),
}

/// Reads a table: house number, alley, street (or `name`), latitude, longitude; `kind` says `house`, `street` or `village`,
/// else a row with a number is a house and one without a street.
///
/// # Errors
/// When the table is damaged or has no such columns.
pub fn read_places(name: &str, rows: &mut dyn RowSource) -> Result<PlacesRead, PlacesError> {
    let (mut block, mut read) = (RowBlock::new(), PlacesRead::default());
    let mut columns: Option<AddressColumns> = None;
    while rows.next_block(&mut block, ROWS)? > 0 {
        if columns.is_none() {
            let found = AddressColumns::find(name, &block, &MappingFile::default());
            let found = found.ok().filter(|columns| {
                let named = [AddressField::Street, AddressField::Name, AddressField::Village];
                columns.has(AddressField::Latitude)
                    && columns.has(AddressField::Longitude)
                    && named.into_iter().any(|part| columns.has(part))
            });
            columns = Some(found.ok_or_else(|| PlacesError::Columns(name.into()))?);
        }
        let Some(columns) = &columns else { break };
        for row in block.rows().filter(|row| row.number > columns.header_row() && !row.is_empty()) {
            match place(columns, row) {
                Some(place) => read.places.push(place),
                None => read.rejected.push(row.number),
            }
        }
    }
    Ok(read)
}

fn place(columns: &AddressColumns, row: Row<'_>) -> Option<ReferencePlace> {
    let get = |part| columns.get(row, part);
    let degrees = |part| number::parse_decimal(get(part)).map(|number| number.value);
    let point =
        LonLat::new(degrees(AddressField::Longitude)?, degrees(AddressField::Latitude)?).ok()?;
    let number = get(AddressField::HouseNumber);
    let street = [AddressField::Street, AddressField::Name].map(get);
    let street = street.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let (kind, name) = match (PlaceKind::from_key(get(AddressField::Kind)), street) {
        (Some(PlaceKind::Village) | None, "") => (PlaceKind::Village, get(AddressField::Village)),
        (Some(kind), name) => (kind, name),
        (None, name) if number.is_empty() => (PlaceKind::Street, name),
        (None, name) => (PlaceKind::House, name),
    };
    (!name.is_empty()).then(|| ReferencePlace {
        kind,
        name: name.into(),
        number: number.into(),
        alley: get(AddressField::Alley).into(),
        point,
    })
}

/// Whether bytes begin an extract of `OpenStreetMap` in the PBF format.
#[must_use]
pub fn is_osm_pbf(head: &[u8]) -> bool {
    head.get(4..).is_some_and(|rest| rest.starts_with(b"\x0a\x09OSMHeader"))
}

/// A way that names something, before its corners are known.
struct Way {
    kind: PlaceKind,
    name: Box<str>,
    number: Box<str>,
    corners: Vec<i64>,
}

/// Reads an extract of `OpenStreetMap` (`.osm.pbf`): houses with `addr:housenumber` and `addr:street`, named streets as
/// points along them, and villages (`place` = village, hamlet, neighbourhood, quarter). It is read twice, for ways name
/// their corners by number. Relations are counted and left out.
///
/// # Errors
/// When it is damaged, or larger than a province.
pub fn read_osm_pbf<R: Read + Send>(
    name: &str,
    mut open: impl FnMut() -> io::Result<R>,
) -> Result<PlacesRead, PlacesError> {
    let extract = |source| PlacesError::Extract { file: name.into(), source };
    let io = |source| PlacesError::Io { file: name.into(), source };
    let mut read = PlacesRead::default();
    let mut ways: Vec<Way> = Vec::new();
    let mut corners: HashMap<i64, Option<LonLat>> = HashMap::new();
    let mut too_large = false;
    ElementReader::new(io_buffered(open().map_err(io)?))
        .for_each(|element| match element {
            Element::Node(node) => {
                read.places.extend(named(node.tags(), LonLat::new(node.lon(), node.lat()).ok()));
            }
            Element::DenseNode(node) => {
                read.places.extend(named(node.tags(), LonLat::new(node.lon(), node.lat()).ok()));
            }
            Element::Way(way) => {
                if let Some((kind, name, number)) = tagged(way.tags(), true) {
                    let refs: Vec<i64> = way.refs().collect();
                    too_large |= corners.len() + refs.len() > MAX_CORNERS;
                    if !too_large {
                        corners.extend(refs.iter().map(|id| (*id, None)));
                        ways.push(Way { kind, name, number, corners: refs });
                    }
                }
            }
            Element::Relation(relation) => {
                read.left_out += u64::from(tagged(relation.tags(), true).is_some());
            }
        })
        .map_err(extract)?;
    if too_large {
        return Err(PlacesError::TooLarge(name.into()));
    }
    let mut put = |id: i64, lon: f64, lat: f64| {
        if let Some(corner) = corners.get_mut(&id) {
            *corner = LonLat::new(lon, lat).ok();
        }
    };
    ElementReader::new(io_buffered(open().map_err(io)?))
        .for_each(|element| match element {
            Element::Node(node) => put(node.id(), node.lon(), node.lat()),
            Element::DenseNode(node) => put(node.id(), node.lon(), node.lat()),
            Element::Way(_) | Element::Relation(_) => {}
        })
        .map_err(extract)?;
    for way in ways {
        let points: Vec<LonLat> = way.corners.iter().filter_map(|id| *corners.get(id)?).collect();
        read.left_out += u64::from(points.is_empty());
        let place = |point| ReferencePlace {
            kind: way.kind,
            name: way.name.clone(),
            number: way.number.clone(),
            alley: "".into(),
            point,
        };
        match way.kind {
            PlaceKind::Street => read.places.extend(along(&points).into_iter().map(place)),
            PlaceKind::House | PlaceKind::Village => read.places.extend(middle(&points).map(place)),
        }
    }
    Ok(read)
}

fn io_buffered<R: Read>(bytes: R) -> io::BufReader<R> {
    io::BufReader::with_capacity(1 << 18, bytes)
}

fn named<'a>(
    tags: impl Iterator<Item = (&'a str, &'a str)>,
    point: Option<LonLat>,
) -> Option<ReferencePlace> {
    let (kind, name, number) = tagged(tags, false)?;
    Some(ReferencePlace { kind, name, number, alley: "".into(), point: point? })
}

/// What tags name: a house, a village, or, of a way, a street.
fn tagged<'a>(
    tags: impl Iterator<Item = (&'a str, &'a str)>,
    way: bool,
) -> Option<(PlaceKind, Box<str>, Box<str>)> {
    let (mut name, mut number, mut street, mut place, mut highway) = ("", "", "", "", false);
    for (key, value) in tags {
        match key {
            "name" => name = value,
            "addr:housenumber" => number = value,
            "addr:street" => street = value,
            "place" => place = value,
            "highway" => highway = true,
            _ => {}
        }
    }
    let none = || Box::from("");
    if !number.is_empty() && !street.is_empty() {
        Some((PlaceKind::House, street.into(), number.into()))
    } else if matches!(place, "village" | "hamlet" | "neighbourhood" | "quarter")
        && !name.is_empty()
    {
        Some((PlaceKind::Village, name.into(), none()))
    } else if way && highway && !name.is_empty() {
        Some((PlaceKind::Street, name.into(), none()))
    } else {
        None
    }
}

/// The middle of a ring or line: the mean of its corners, the closing one once.
fn middle(points: &[LonLat]) -> Option<LonLat> {
    let ring =
        if points.len() > 1 && points.first() == points.last() { &points[1..] } else { points };
    let count = ring.len() as f64;
    let mean = |of: fn(&LonLat) -> f64| ring.iter().map(of).sum::<f64>() / count;
    LonLat::new(mean(|p| p.lon()), mean(|p| p.lat())).ok()
}

/// Points along a line, about 40 m apart.
fn along(points: &[LonLat]) -> Vec<LonLat> {
    let mut out: Vec<LonLat> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (east, north) = (pair[1].lon() - pair[0].lon(), pair[1].lat() - pair[0].lat());
        let steps = (east.hypot(north) / STEP_DEG).ceil().clamp(1.0, 1_000.0);
        out.extend((1..=steps as u32).filter_map(|step| {
            let share = f64::from(step) / steps;
            LonLat::new(pair[0].lon() + east * share, pair[0].lat() + north * share).ok()
        }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PlacesRead, PlacesError> {
        let mut rows = crate::open("noi.csv", text.as_bytes()).expect("a table");
        read_places("noi.csv", &mut *rows)
    }

    #[test]
    fn a_table_of_houses_streets_and_villages_is_read() {
        let read = read(
            "Số nhà,Kiệt,Tên đường,Thôn,Vĩ độ,Kinh độ\n\
             31,22,Cao Bá Quát,,\"16,485\",107.585\n\
             ,,Tố Hữu,,16.46,107.60\n\
             ,,,An Xuân,16.55,107.53\n\
             5,,Lê Lợi,,x,107.5\n",
        )
        .expect("places");
        let kinds: Vec<_> = read.places.iter().map(|p| (p.kind, &*p.name, &*p.number)).collect();
        assert_eq!(
            kinds,
            [
                (PlaceKind::House, "Cao Bá Quát", "31"),
                (PlaceKind::Street, "Tố Hữu", ""),
                (PlaceKind::Village, "An Xuân", "")
            ]
        );
        assert_eq!(&*read.places[0].alley, "22");
        assert_eq!(read.rejected, [5]);
        assert!(matches!(self::read("a,b\n1,2\n"), Err(PlacesError::Columns(_))));
    }

    #[test]
    fn geojson_points_are_places_too() {
        let text = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","geometry":{"type":"Point","coordinates":[107.585,16.485]},
             "properties":{"addr:housenumber":"31","addr:street":"Cao Bá Quát"}}]}"#;
        let mut rows = crate::open("noi.geojson", text.as_bytes()).expect("a table");
        let read = read_places("noi.geojson", &mut *rows).expect("places");
        assert_eq!(read.places.len(), 1, "{read:?}");
        assert_eq!(read.places[0].point, LonLat::new(107.585, 16.485).expect("a point"));
    }

    #[test]
    fn a_street_is_points_along_it_and_a_building_its_middle() {
        let at = |lon, lat| LonLat::new(lon, lat).expect("a point");
        let points = along(&[at(107.0, 16.0), at(107.004, 16.0)]);
        let last = points.last().expect("an end");
        assert!((11..=12).contains(&points.len()) && (last.lon() - 107.004).abs() < 1e-9);
        let ring =
            [at(107.0, 16.0), at(107.2, 16.0), at(107.2, 16.2), at(107.0, 16.2), at(107.0, 16.0)];
        let middle = middle(&ring).expect("a middle");
        assert!((middle.lon() - 107.1).abs() < 1e-9 && (middle.lat() - 16.1).abs() < 1e-9);
        assert_eq!(self::middle(&[]), None);
    }

    #[test]
    fn what_is_no_extract_is_refused_by_name() {
        let bytes: &[u8] = b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x05broken";
        assert!(is_osm_pbf(bytes) && !is_osm_pbf(b"a,b\n"));
        let error = read_osm_pbf("hue.osm.pbf", || Ok(bytes)).expect_err("it is cut off");
        assert!(error.to_string().starts_with("hue.osm.pbf: "), "{error}");
    }
}
