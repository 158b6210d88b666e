//! Lists of poor households: no ids, and the place in one line.

use diachiso_model::{Date, PovertyClass, UnitId};
use diachiso_text::{
    fold, house, place,
    place_line::{self, PlaceLine},
};

use crate::{Reference, gazetteer::Resolution};

/// Begins the ids that are made here, so that nobody takes them for those of an office.
const ID_PREFIX: &str = "HN-";
/// Hexadecimal digits of an id: 64 bits, in which a million lines meet by chance once in 37 million times.
const ID_DIGITS: usize = 16;

/// The source of lists that name none: the welfare office decides who is poor.
pub(crate) const SOURCE: &str = "welfare";

/// Where a line says that the household lives.
pub(crate) struct Place {
    pub(crate) commune: UnitId,
    /// Village, commune and what stands before them, as they are written.
    pub(crate) said: PlaceLine,
}

/// The place of an address in one line; `None` where it lacks something, which [`place_line::lacks`] tells.
pub(crate) fn place(reference: &Reference, line: &str, on: Date) -> Option<Place> {
    let known = |said: PlaceLine| {
        let units = &reference.units;
        match reference.gazetteer.resolve(units, &said.commune, &said.district, on) {
            Resolution::Exact(commune) | Resolution::Converted(commune) => {
                Some(Place { commune, said })
            }
            Resolution::Ambiguous(_) | Resolution::Unknown => None,
        }
    };
    let place = place_line::readings(line).into_iter().find_map(known);
    place.filter(|place| !place.said.village.is_empty())
}

/// An id for a line that has none, from what it says of the household: the same for the same household in a list sent
/// again, in whatever order and spelling. Class, decision and note are left out, since they change from year to year;
/// the members are in, since two heads of one village often bear one name.
pub(crate) fn id(
    head: &str,
    birth_year: Option<u16>,
    [village, commune, address]: [&str; 3],
    members: u16,
) -> Box<str> {
    let parts = [
        fold::strong_key(head),
        birth_year.map_or_else(String::new, |year| year.to_string()),
        place::village_key(village),
        place::commune_key(commune).1,
        house::parse_line(address).key(),
        members.to_string(),
    ];
    let hash = blake3::hash(parts.join("\u{1f}").as_bytes()).to_hex();
    format!("{ID_PREFIX}{}", &hash[..ID_DIGITS]).into()
}

/// Whether an id is one that was made for a line of a list without ids.
#[must_use]
pub fn is_list_id(text: &str) -> bool {
    let digits = text.strip_prefix(ID_PREFIX);
    digits.is_some_and(|d| d.len() == ID_DIGITS && d.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Classes as lists of poor households write them short.
const SHORT: [(&str, PovertyClass); 4] = [
    ("hn", PovertyClass::Poor),
    ("hcn", PovertyClass::NearPoor),
    ("cn", PovertyClass::NearPoor),
    ("n", PovertyClass::Poor),
];

/// The class of a line of such a list: a cell that says nothing is no answer there.
pub(crate) fn class(cell: &str, read: impl Fn(&str) -> PovertyClass) -> Option<PovertyClass> {
    let folded = fold::unaccent_key(cell);
    let short = SHORT.iter().find(|(word, _)| *word == folded).map(|(_, class)| *class);
    let says = folded.contains("ngheo") || folded.starts_with("khong");
    short.or_else(|| says.then(|| read(cell)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_id(head: &str, birth_year: Option<u16>, line: &str, members: u16) -> Box<str> {
        let said = place_line::readings(line).swap_remove(0);
        id(head, birth_year, [&said.village, &said.commune, &said.address], members)
    }

    #[test]
    fn an_id_stays_with_a_household_in_any_spelling_and_no_two_share_one() {
        let (head, line) = ("Võ Thị Lài", "Thôn Hà Hải, xã Quảng Phước");
        let own = own_id(head, None, line, 4);
        assert_eq!(own, own_id("VÕ THỊ LÀI", None, "thôn Hà Hải - X. Quảng Phước", 4));
        assert!(own.starts_with("HN-") && own.len() == 19, "{own}");
        for other in [
            own_id("Võ Thị Lai", None, line, 4),
            own_id(head, None, line, 5),
            own_id(head, Some(1960), line, 4),
            own_id(head, None, "Thôn Phò Mai, xã Quảng Phước", 4),
            own_id(head, None, "Thôn Hà Hải, xã Quảng Thái", 4),
            own_id(head, None, "3 Xóm 1, Thôn Hà Hải, xã Quảng Phước", 4),
        ] {
            assert_ne!(own, other);
        }
    }

    #[test]
    fn a_class_is_read_in_words_and_short_and_never_guessed() {
        for (cell, expected) in [
            ("Hộ nghèo", Some(PovertyClass::Poor)),
            ("Cận nghèo", Some(PovertyClass::NearPoor)),
            ("HN", Some(PovertyClass::Poor)),
            ("HCN", Some(PovertyClass::NearPoor)),
            ("thoát nghèo", Some(PovertyClass::None)),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(class(cell, crate::register::poverty), expected, "{cell}");
        }
    }
}
