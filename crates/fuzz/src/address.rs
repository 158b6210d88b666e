//! Houses, alleys, streets; villages, communes, districts.

use crate::text::{stays_in_proportion, text};
use diachiso_text::fold::{strong_key, unaccent_key};
use diachiso_text::house::{HouseWords, looks_like_excel_date, parse, parse_line};
use diachiso_text::place::{commune_key, commune_strong, district_key, village_fold, village_key};

/// Reads the bytes as an address in one line and in three columns, and as names of places.
///
/// # Panics
/// When something does not hold that should.
pub fn check(data: &[u8]) {
    let text = text(data);
    let line = parse_line(&text);
    let mut columns = text.splitn(3, '|');
    let mut column = || columns.next().unwrap_or_default();
    let (number, alley, street) = (column(), column(), column());
    let parsed = parse(number, alley, street);
    let mut words = HouseWords::default();
    for _ in 0..2 {
        let (again, key) = words.parse(number, alley, street);
        assert_eq!((&again, key), (&parsed, parsed.key().as_str()), "{text:?}");
    }
    for address in [&line, &parsed] {
        for part in [&address.number, &address.alley, &address.street] {
            stays_in_proportion("an address", &text, part, 3);
        }
        let key = address.key();
        assert_eq!(key.is_empty(), *address == <_>::default());
        assert!(key.is_empty() || key.matches('|').count() == 2, "{key:?} of {text:?}");
        stays_in_proportion("the key of an address", &text, &key, 6);
    }
    if let Some(house) = looks_like_excel_date(&text) {
        let (first, second) = house.split_once('/').expect("a day and a month");
        assert!(first.parse::<u8>().is_ok() && second.parse::<u8>().is_ok(), "{house:?}");
    }
    let village = village_key(&text);
    assert_eq!(strong_key(&village), village, "the village {text:?}");
    assert_eq!(village_fold(&text), unaccent_key(&village));
    let (kind, strong) = commune_strong(&text);
    assert_eq!(commune_key(&text), (kind, unaccent_key(&strong)));
    for key in [&village, &strong, &district_key(&text)] {
        stays_in_proportion("the key of a place", &text, key, 12);
    }
}
