//! What happens to a household on its way into a record.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::{DEGREE_M, House};
use crate::random::Rng;

/// Cells of a record, in the order of [`super::LINKAGE_COLUMNS`] without the first.
pub(super) type Cells = [String; 11];

const HEAD: usize = 0;
const PHONE: usize = 1;
const IDENTITY: usize = 2;
const CODE: usize = 3;
const NUMBER: usize = 4;
const STREET: usize = 5;
const VILLAGE: usize = 6;
const MEMBERS: usize = 8;
const LAT: usize = 9;
const LON: usize = 10;

/// A kind of error: its name, the share of first records and of repeats that bear it, and what it does.
struct Kind {
    name: &'static str,
    first: f64,
    repeat: f64,
    spoil: fn(&mut Cells, &House, &mut Rng),
}

/// Every kind of error.
const KINDS: &[Kind] = &[
    Kind {
        name: "other-head",
        first: 0.0,
        repeat: 0.04,
        spoil: |c, h, _| c[HEAD].clone_from(&h.other),
    },
    Kind {
        name: "name-typo",
        first: 0.01,
        repeat: 0.10,
        spoil: |c, _, r| c[HEAD] = typo(&c[HEAD], r),
    },
    Kind {
        name: "name-mark",
        first: 0.01,
        repeat: 0.08,
        spoil: |c, _, r| c[HEAD] = other_mark(&c[HEAD], r),
    },
    Kind {
        name: "name-plain",
        first: 0.02,
        repeat: 0.06,
        spoil: |c, _, _| c[HEAD] = plain(&c[HEAD]),
    },
    Kind {
        name: "name-initials",
        first: 0.0,
        repeat: 0.03,
        spoil: |c, _, _| c[HEAD] = initials(&c[HEAD]),
    },
    Kind {
        name: "name-order",
        first: 0.0,
        repeat: 0.02,
        spoil: |c, _, _| c[HEAD] = given_first(&c[HEAD]),
    },
    Kind {
        name: "name-short",
        first: 0.0,
        repeat: 0.03,
        spoil: |c, _, _| c[HEAD] = without_middle(&c[HEAD]),
    },
    Kind { name: "no-phone", first: 0.08, repeat: 0.12, spoil: |c, _, _| c[PHONE].clear() },
    Kind {
        name: "phone-digit",
        first: 0.01,
        repeat: 0.03,
        spoil: |c, _, r| c[PHONE] = digit(&c[PHONE], r),
    },
    Kind {
        name: "other-phone",
        first: 0.0,
        repeat: 0.08,
        spoil: |c, _, r| c[PHONE] = format!("09{:08}", r.below(100_000_000)),
    },
    Kind { name: "no-identity", first: 0.15, repeat: 0.20, spoil: |c, _, _| c[IDENTITY].clear() },
    Kind {
        name: "identity-digit",
        first: 0.01,
        repeat: 0.02,
        spoil: |c, _, r| c[IDENTITY] = digit(&c[IDENTITY], r),
    },
    Kind { name: "no-code", first: 0.10, repeat: 0.15, spoil: |c, _, _| c[CODE].clear() },
    Kind {
        name: "other-code",
        first: 0.0,
        repeat: 0.01,
        spoil: |c, _, r| c[CODE] = digit(&c[CODE], r),
    },
    Kind { name: "no-number", first: 0.10, repeat: 0.12, spoil: |c, _, _| c[NUMBER].clear() },
    Kind {
        name: "number-digit",
        first: 0.0,
        repeat: 0.03,
        spoil: |c, _, r| c[NUMBER] = digit(&c[NUMBER], r),
    },
    Kind { name: "no-street", first: 0.05, repeat: 0.08, spoil: |c, _, _| c[STREET].clear() },
    Kind { name: "no-village", first: 0.01, repeat: 0.03, spoil: |c, _, _| c[VILLAGE].clear() },
    Kind {
        name: "other-members",
        first: 0.0,
        repeat: 0.12,
        spoil: |c, h, r| c[MEMBERS] = (h.members + 1 + r.below(2)).to_string(),
    },
    Kind {
        name: "no-position",
        first: 0.03,
        repeat: 0.05,
        spoil: |c, _, _| (c[LAT].clear(), c[LON].clear()).0,
    },
    Kind { name: "far", first: 0.0, repeat: 0.02, spoil: |c, h, r| place(c, h, 150.0, r) },
];

/// A record of a household: its cells and the kinds of error in them. Record 0 is the first, others repeat it.
pub(super) fn record(
    house: &House,
    seed: u64,
    number: u64,
    time: u64,
) -> (Cells, Vec<&'static str>) {
    let mut rng = Rng::new(&[seed, 75, number, time]);
    let mut cells: Cells = [
        house.head.clone(),
        house.phone.clone(),
        house.identity.clone(),
        house.code.clone(),
        house.number.clone(),
        house.street.to_owned(),
        house.village.clone(),
        house.commune.clone(),
        house.members.to_string(),
        String::new(),
        String::new(),
    ];
    place(&mut cells, house, 5.0, &mut rng);
    let share = |kind: &Kind| if time == 0 { kind.first } else { kind.repeat };
    let mut kinds = Vec::new();
    for kind in KINDS {
        if rng.chance(share(kind)) {
            let before = cells.clone();
            (kind.spoil)(&mut cells, house, &mut rng);
            if cells != before {
                kinds.push(kind.name);
            }
        }
    }
    (cells, kinds)
}

/// Puts a record where a receiver with this error sees the house.
fn place(cells: &mut Cells, house: &House, spread_m: f64, rng: &mut Rng) {
    let (north, east) = (rng.gauss() * spread_m, rng.gauss() * spread_m);
    cells[LAT] = format!("{:.6}", house.lat + north / DEGREE_M);
    cells[LON] = format!("{:.6}", house.lon + east / DEGREE_M / house.lat.to_radians().cos());
}

/// One letter lost, doubled, replaced by another, or two turned round.
fn typo(text: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 3 {
        return text.to_owned();
    }
    let at = 1 + rng.below(letters.len() as u64 - 2) as usize;
    match rng.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 => letters[at] = *rng.pick(&['a', 'e', 'h', 'i', 'n', 'o', 't', 'u']),
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

/// One vowel with another tone: Thủy for Thúy.
fn other_mark(text: &str, rng: &mut Rng) -> String {
    let tones = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];
    let mut letters: Vec<char> = text.nfd().collect();
    let at: Vec<usize> = (0..letters.len()).filter(|i| tones.contains(&letters[*i])).collect();
    if let Some(at) = (!at.is_empty()).then(|| *rng.pick(&at)) {
        letters[at] = *rng.pick(&tones);
    }
    letters.into_iter().nfc().collect()
}

fn plain(text: &str) -> String {
    let bare = text.nfd().filter(|c| !is_combining_mark(*c));
    bare.map(|c| match c {
        'đ' => 'd',
        'Đ' => 'D',
        c => c,
    })
    .collect()
}

/// "Nguyễn Văn Hùng" → "N. V. Hùng".
fn initials(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let (given, rest) = words.split_last().unwrap_or((&"", &[]));
    let rest = rest.iter().filter_map(|w| w.chars().next()).map(|c| format!("{c}. "));
    rest.collect::<String>() + given
}

fn given_first(text: &str) -> String {
    text.rsplit_once(' ').map_or_else(|| text.to_owned(), |(rest, given)| format!("{given} {rest}"))
}

fn without_middle(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    match words[..] {
        [family, .., given] if words.len() > 2 => format!("{family} {given}"),
        _ => text.to_owned(),
    }
}

/// One digit is another.
fn digit(text: &str, rng: &mut Rng) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if let Some(at) = (!bytes.is_empty()).then(|| rng.below(bytes.len() as u64) as usize) {
        bytes[at] = b'0' + rng.below(10) as u8;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spoilt_as_people_spoil_them() {
        assert_eq!(plain("Đỗ Thị Thủy"), "Do Thi Thuy");
        assert_eq!(initials("Nguyễn Văn Hùng"), "N. V. Hùng");
        assert_eq!(given_first("Nguyễn Văn Hùng"), "Hùng Nguyễn Văn");
        assert_eq!(without_middle("Tôn Nữ Thị Lài"), "Tôn Lài");
        let mut rng = Rng::new(&[1]);
        let other = other_mark("Thúy", &mut rng);
        assert_eq!(plain(&other), "Thuy");
    }

    #[test]
    fn every_kind_of_error_occurs() {
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..3000 {
            let (_, kinds) = record(&House::new(1, number), 1, number, 1);
            seen.extend(kinds);
        }
        assert_eq!(seen.len(), KINDS.len(), "{seen:?}");
    }
}
