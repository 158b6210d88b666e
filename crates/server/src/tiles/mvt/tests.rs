use mvt::{GeomEncoder, GeomType, Tile};
use proptest::prelude::*;

use super::*;

/// Numbers of packed bytes.
fn numbers(bytes: &[u8]) -> Vec<u64> {
    let mut numbers = Vec::new();
    let (mut number, mut shift) = (0, 0);
    for byte in bytes {
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            numbers.push(number);
            (number, shift) = (0, 0);
        }
    }
    numbers
}

#[test]
fn a_point_and_polygons_are_those_of_the_specification() {
    let point = Geometry::point([25, 17]);
    assert_eq!(numbers(&point.commands), [9, 50, 34]);
    let triangle: &[[i32; 2]] = &[[3, 6], [8, 12], [20, 34]];
    let one = Geometry::polygon([triangle].into_iter()).expect("a polygon");
    assert_eq!(numbers(&one.commands), [9, 6, 12, 18, 10, 12, 24, 44, 15]);
    let rings: [&[[i32; 2]]; 3] = [
        &[[0, 0], [10, 0], [10, 10], [0, 10]],
        &[[11, 11], [20, 11], [20, 20], [11, 20]],
        &[[13, 13], [13, 17], [17, 17], [17, 13]],
    ];
    let two = Geometry::polygon(rings.into_iter()).expect("two polygons, one with a hole");
    let expected = [
        9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15, 9, 22, 2, 26, 18, 0, 0, 18, 17, 0, 15, 9, 4, 13, 26,
        0, 8, 8, 0, 0, 7, 15,
    ];
    assert_eq!(numbers(&two.commands), expected);
}

#[test]
fn nothing_makes_no_polygon_and_no_tile() {
    assert!(Geometry::polygon(std::iter::empty()).is_none());
    assert!(LayerWriter::new("villages").finish().is_none());
}

#[derive(Clone, Debug)]
enum Said {
    Text(String),
    Uint(u64),
    Double(f64),
    Bool(bool),
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        "[a-zà-ỹ ]{0,200}".prop_map(Said::Text),
        any::<u64>().prop_map(Said::Uint),
        (0_u64..9).prop_map(Said::Uint),
        (1_u32..10_000).prop_map(|n| Said::Double(f64::from(n) / 100.0)),
        any::<bool>().prop_map(Said::Bool),
    ]
}

/// A ring whose points all differ, and of which no three run along an axis: the library drops the middle one.
fn ring() -> impl Strategy<Value = Vec<[i32; 2]>> {
    let points = prop::collection::btree_set(prop::array::uniform2(-64..4161_i32), 3..300);
    let turning = |points: std::collections::BTreeSet<[i32; 2]>| {
        let mut ring: Vec<[i32; 2]> = Vec::new();
        for p in points {
            let [.., a, b] = ring[..] else {
                ring.push(p);
                continue;
            };
            if (0..2).all(|axis| a[axis] != b[axis] || b[axis] != p[axis]) {
                ring.push(p);
            }
        }
        ring
    };
    points.prop_map(turning).prop_filter("three points", |ring| ring.len() > 2)
}

const KEYS: [&str; 6] = ["code", "name", "households", "covered", "percent", "schematic"];

proptest! {
    /// The same layer, feature by feature, made by a library from structs.
    #[test]
    fn the_bytes_are_those_of_a_library(
        features in prop::collection::vec(
            (prop::option::of(0..9_u64), ring(), prop::collection::btree_map(0..KEYS.len(), said(), 0..KEYS.len())),
            1..20,
        )
    ) {
        let mut own = LayerWriter::new("villages");
        let mut tile = Tile::new(EXTENT);
        let mut layer = tile.create_layer("villages");
        let mut ids = std::collections::BTreeSet::new();
        for (id, ring, said) in &features {
            let mut encoder = GeomEncoder::new(GeomType::Polygon);
            for at in ring {
                encoder.add_point(at[0], at[1]).expect("a point");
            }
            let mut feature = layer.into_feature(encoder.encode().expect("a polygon"));
            let id = id.filter(|id| ids.insert(*id));
            if let Some(id) = id {
                feature.set_id(id);
            }
            for (key, value) in said {
                let key = KEYS[*key];
                match value {
                    Said::Text(text) => {
                        own.tag(key, text.as_str());
                        feature.add_tag_string(key, text);
                    }
                    Said::Uint(n) => {
                        own.tag(key, *n);
                        feature.add_tag_uint(key, *n);
                    }
                    Said::Double(n) => {
                        own.tag(key, *n);
                        feature.add_tag_double(key, *n);
                    }
                    Said::Bool(is) => {
                        own.tag(key, *is);
                        feature.add_tag_bool(key, *is);
                    }
                }
            }
            own.feature(id, &Geometry::polygon([ring.as_slice()].into_iter()).expect("a polygon"));
            layer = feature.into_layer();
        }
        tile.add_layer(layer).expect("its extent");
        prop_assert_eq!(own.finish().expect("features"), tile.to_bytes().expect("bytes"));
    }
}
