//! A house's address as one hand may write it.

use diachiso_text::fold::unaccent_key;

use crate::{
    addresses::{AddressHouse, AddressWorld},
    random::Rng,
};

/// How often what goes wrong, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AddressNoise {
    /// No accents at all.
    pub unaccented: f64,
    /// The commune and district of before the last reform.
    pub old_names: f64,
    /// A part left out.
    pub missing: f64,
    /// A letter too many, too few, another or swapped, in a name.
    pub typing: f64,
    /// Kind words abbreviated or left out.
    pub abbreviated: f64,
    /// The larger units first.
    pub turned: f64,
}

impl AddressNoise {
    /// Accents, old names and missing parts at 30 % each, and some of the rest.
    pub const HEAVY: Self = Self {
        unaccented: 0.3,
        old_names: 0.3,
        missing: 0.3,
        typing: 0.15,
        abbreviated: 0.4,
        turned: 0.05,
    };
}

/// A text and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenAddress {
    /// The text.
    pub text: String,
    /// Whether it states the village.
    pub village: bool,
    /// Whether it states street and number, if there are any.
    pub house: bool,
    /// Whether the commune is that of before the last reform.
    pub old: bool,
}

impl AddressWorld {
    /// The address of a house as the `hand`-th hand writes it; `None` for no such house.
    #[must_use]
    pub fn written(&self, house: usize, hand: u64, noise: &AddressNoise) -> Option<WrittenAddress> {
        let of = self.houses.get(house)?;
        let village = self.villages.get(of.village as usize)?;
        let commune = self.communes.get(village.commune)?;
        let mut rng = Rng::new(&[self.seed, 41, house as u64, hand]);
        let rng = &mut rng;
        let short = rng.chance(noise.abbreviated);
        let old = rng.chance(noise.old_names);
        let left_out = if rng.chance(noise.missing) { 1 + rng.below(3) } else { 0 };
        // In town the street says more than the group; in the country nothing does but the village.
        let with_village = left_out != 2 && (of.street.is_none() || rng.chance(0.5));
        let with_house = left_out != 1;
        let mut parts: Vec<String> = Vec::new();
        if with_house && let Some(line) = self.house_line(of, short, rng) {
            parts.push(line);
        }
        if with_village {
            parts.push(kind_of_village(&village.name, commune.urban, short, rng));
        }
        let mut house_or_village = parts.len();
        let unit = if old { &commune.then.0 } else { &commune.now };
        parts.push(if short { abbreviated(unit, rng) } else { unit.clone() });
        if old && left_out != 3 && !commune.then.1.is_empty() {
            let district = &commune.then.1;
            parts.push(if short { abbreviated(district, rng) } else { district.clone() });
        }
        if rng.chance(0.3) {
            let province = ["Thừa Thiên Huế", "TT Huế", "TP Huế", "tỉnh Thừa Thiên Huế"];
            parts.push((*rng.pick(&province)).to_owned());
        }
        if rng.chance(noise.typing) {
            let at = rng.below(house_or_village as u64 + 1) as usize;
            misspell(&mut parts[at], rng);
        }
        if rng.chance(noise.turned) {
            parts.reverse();
            house_or_village = 0;
        }
        let comma = if house_or_village > 0 && rng.chance(0.1) { " - " } else { ", " };
        let mut text = parts.join(comma);
        if rng.chance(noise.unaccented) {
            text = parts.iter().map(|part| plain(part)).collect::<Vec<_>>().join(", ");
        }
        Some(WrittenAddress { text, village: with_village, house: with_house, old })
    }

    fn house_line(&self, of: &AddressHouse, short: bool, rng: &mut Rng) -> Option<String> {
        let AddressHouse { number, alley, hamlet, .. } = *of;
        if let Some(street) = of.street {
            let name = self.streets.get(street as usize)?;
            let road = ["", "", "đường ", "Đ. "][rng.below(4) as usize];
            let said = match (alley, short) {
                (0, false) => format!("Số {number} "),
                (0, true) => format!("{number} "),
                (_, true) if rng.chance(0.5) => format!("{alley}/{number} "),
                (_, true) => format!("K{alley}/{number} "),
                (_, false) => format!("{number} kiệt {alley} "),
            };
            return Some(format!("{said}{road}{name}"));
        }
        match (number, hamlet) {
            (0, 0) => None,
            (0, _) => Some(format!("Xóm {hamlet}")),
            (_, 0) => Some(format!("Số {number}")),
            (..) => Some(format!("Số {number} xóm {hamlet}")),
        }
    }
}

fn kind_of_village(name: &str, urban: bool, short: bool, rng: &mut Rng) -> String {
    let kinds: &[&str] = match (urban, short) {
        (true, false) => &["Tổ dân phố ", "TDP "],
        (true, true) => &["TDP ", "tdp "],
        (false, false) => &["Thôn ", "thôn "],
        (false, true) => &["T. ", "", "Th. "],
    };
    format!("{}{name}", rng.pick(kinds))
}

/// `Xã Quảng Phú` as `X. Quảng Phú`, or without its kind.
fn abbreviated(unit: &str, rng: &mut Rng) -> String {
    const KINDS: [(&str, &[&str]); 7] = [
        ("Thị trấn ", &["TT. ", "TT "]),
        ("Thành phố ", &["TP. ", "TP "]),
        ("Thị xã ", &["TX. ", "TX "]),
        ("Phường ", &["P. ", "P.", ""]),
        ("Huyện ", &["H. ", ""]),
        ("Quận ", &["Q. ", ""]),
        ("Xã ", &["X. ", "xã ", ""]),
    ];
    for (kind, shorts) in KINDS {
        if let Some(name) = unit.strip_prefix(kind) {
            return format!("{}{name}", rng.pick(shorts));
        }
    }
    unit.to_owned()
}

/// One wrong letter in the longest word.
fn misspell(part: &mut String, rng: &mut Rng) {
    let letters: Vec<char> = part.chars().collect();
    let alphabetic: Vec<usize> = (1..letters.len().saturating_sub(1))
        .filter(|at| (at - 1..=at + 1).all(|near| letters[near].is_alphabetic()))
        .collect();
    if alphabetic.is_empty() {
        return;
    }
    let at = *rng.pick(&alphabetic);
    let mut wrong = letters;
    match rng.below(4) {
        0 => {
            wrong.remove(at);
        }
        1 => wrong.insert(at, wrong[at]),
        2 => wrong.swap(at, at + 1),
        _ => wrong[at] = *rng.pick(&['a', 'n', 'g', 'o', 'h', 't', 'u']),
    }
    *part = wrong.into_iter().collect();
}

/// Without accents, strokes and commas kept.
fn plain(part: &str) -> String {
    let words = part.split(' ').map(|word| {
        let pieces: Vec<String> = word.split('/').map(unaccent_key).collect();
        pieces.join("/")
    });
    words.collect::<Vec<_>>().join(" ")
}
