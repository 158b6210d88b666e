//! Where to look for the households of a village that have no position yet, and in which order to walk to them.
//!
//! A household is looked for where its own submission puts it, else where the geocoder put the address of a submission
//! without coordinates (G07), else between the covered houses of its street whose numbers are next to its own, else in its
//! street, else in the middle of the village. Each place has a radius. The nearest covered neighbour says where it is in
//! words that a team can follow.

use std::collections::BTreeMap;

use diachiso_model::{LonLat, PrecisionClass, SuggestedPosition};
use diachiso_spatial::{
    distance::{self, DegreeLength},
    tour::open_tour,
};
use diachiso_text::{fold, house, name};
use geo_types::Coord;
use rstar::{RTree, primitives::GeomWithData};

/// House numbers further apart than this say nothing of each other's place.
const KIN_NUMBERS: u32 = 30;

/// Metres within which a house is whose own submission states no accuracy, in a fix by hand.
const SUBMITTED_M: f64 = 50.0;
/// Metres that a house may be off between two others: how deep it stands, the fix of each.
const BESIDE_NUMBERS_M: f64 = 25.0;
/// Part of the distance between two houses by which one between them may be off.
const SHARE_BETWEEN: f64 = 0.35;
/// Metres of street front per number on one side.
const FRONT_M: f64 = 8.0;
/// Metres by which a street or a village may reach beyond its known houses.
const BEYOND_M: f64 = 50.0;
/// Part of a village's covered houses that its radius holds.
const HELD: f64 = 0.95;

/// Nearer than this a house is beside its neighbour.
const BESIDE_M: f64 = 15.0;

/// A household of the village as the list knows it.
#[derive(Clone, Debug)]
pub struct WalkHousehold<'a> {
    /// Id inside the register.
    pub id: &'a str,
    /// Head of the household.
    pub head: &'a str,
    /// Address in one line.
    pub address: &'a str,
    /// Its place: of a covered household its own, of another what its submission says, where that is not in doubt.
    pub point: Option<LonLat>,
    /// What the geocoder made of the address of its submission without coordinates.
    pub suggested: Option<SuggestedPosition>,
    /// Whether it is covered: the others are to be found.
    pub covered: bool,
}

/// What a suggested position rests on, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Basis {
    /// The household's own submission, which is held or rejected for something else.
    Submission,
    /// The address of its submission, among all known addresses of its commune.
    Address,
    /// House numbers of the same street or alley.
    Numbers,
    /// The same street, alley or hamlet.
    Street,
    /// The village's centre.
    Village,
}

impl Basis {
    /// Stable name for machines, then in Vietnamese and in English.
    #[must_use]
    pub fn words(self) -> [&'static str; 3] {
        [
            ["submission", "theo phiếu đang chờ", "by its own submission"],
            ["address", "theo địa chỉ trên phiếu", "by the address of its submission"],
            ["numbers", "theo số nhà lân cận", "by the house numbers beside it"],
            ["street", "theo đường/xóm", "by its street"],
            ["village", "giữa thôn", "the village's centre"],
        ][self as usize]
    }
}

/// A covered household near a suggested position.
#[derive(Clone, PartialEq, Debug)]
pub struct Neighbour {
    /// Index among the households given.
    pub household: usize,
    /// Metres from the neighbour's house to the position.
    pub distance_m: f64,
    /// The direction from the neighbour's house to the position, degrees clockwise from north.
    pub azimuth_deg: f64,
    /// Head of the neighbour's household, masked, with a form of address: "ông N. V. H.".
    pub masked_vi: String,
    /// The same without a form of address.
    pub masked: String,
}

/// Where to look for a household that is not covered.
#[derive(Clone, PartialEq, Debug)]
pub struct GapHint {
    /// Index among the households given.
    pub household: usize,
    /// Where to look; none only in a village of which no place is known.
    pub position: Option<LonLat>,
    /// Metres around the position within which the house is likely to be; none where nothing tells.
    pub radius_m: Option<f64>,
    /// What the position rests on.
    pub basis: Basis,
    /// The covered household beside it.
    pub neighbour: Option<Neighbour>,
    /// Place in the walk through the village, from 1.
    pub walk: u32,
}

impl GapHint {
    /// Where to look, in Vietnamese: "cách nhà ông N. V. H. 120 m về phía Đông Bắc (theo số nhà lân cận)".
    #[must_use]
    pub fn vi(&self) -> String {
        let basis = self.basis.words()[1];
        match &self.neighbour {
            None if self.position.is_none() => String::new(),
            None => basis.to_owned(),
            Some(n) if n.distance_m < BESIDE_M => format!("cạnh nhà {} ({basis})", n.masked_vi),
            Some(n) => {
                let wind = title(distance::direction_vi(n.azimuth_deg));
                let away = length(n.distance_m).replace('.', ",");
                format!("cách nhà {} {away} về phía {wind} ({basis})", n.masked_vi)
            }
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(&self) -> String {
        let basis = self.basis.words()[2];
        match &self.neighbour {
            None if self.position.is_none() => String::new(),
            None => basis.to_owned(),
            Some(n) if n.distance_m < BESIDE_M => {
                format!("beside the house of {} ({basis})", n.masked)
            }
            Some(n) => {
                let wind = distance::direction_en(n.azimuth_deg);
                format!("{} {wind} of the house of {} ({basis})", length(n.distance_m), n.masked)
            }
        }
    }
}

/// Hints for all households of a village that are not covered, in the order given.
///
/// A function of the values alone: equal households give equal hints, in whatever order they come. Costs n log n.
#[must_use]
pub fn gap_hints(households: &[WalkHousehold<'_>], centre: Option<LonLat>) -> Vec<GapHint> {
    let known = Known::of(households, centre);
    let mut hints: Vec<GapHint> = (0..)
        .zip(households)
        .filter(|(_, own)| !own.covered)
        .map(|(at, own)| {
            let (place, basis) = known.place(own, centre);
            let (position, radius_m) = (place.map(|p| p.at), place.and_then(|p| p.radius_m));
            let neighbour = position.and_then(|position| known.neighbour(households, position));
            GapHint { household: at, position, radius_m, basis, neighbour, walk: 0 }
        })
        .collect();
    number(&mut hints, households);
    hints
}

/// Numbers the hints along a short walk: one stop a position, households of one stop by id, those without at the end.
fn number(hints: &mut [GapHint], households: &[WalkHousehold<'_>]) {
    let mut stops: BTreeMap<(u64, u64), (LonLat, Vec<usize>)> = BTreeMap::new();
    let mut lost: Vec<usize> = Vec::new();
    for (at, hint) in hints.iter().enumerate() {
        match hint.position {
            // Coordinates of one sign: their bits are in their order.
            Some(p) => {
                let stop = stops.entry((p.lon().to_bits(), p.lat().to_bits()));
                stop.or_insert_with(|| (p, Vec::new())).1.push(at);
            }
            None => lost.push(at),
        }
    }
    let stops: Vec<(LonLat, Vec<usize>)> = stops.into_values().collect();
    let degree = DegreeLength::at(stops.first().map_or(0.0, |(p, _)| p.lat()));
    let plane: Vec<Coord<f64>> = stops
        .iter()
        .map(|(p, _)| Coord { x: p.lon() * degree.lon_m, y: p.lat() * degree.lat_m })
        .collect();
    let walked = open_tour(&plane).into_iter().map(|stop| stops[stop as usize].1.clone());
    let mut next = 1;
    for mut together in walked.chain([lost]) {
        together.sort_by_key(|at| households[hints[*at].household].id);
        for at in together {
            hints[at].walk = next;
            next += 1;
        }
    }
}

/// Street and alley of an address, unaccented; empty where it names neither.
fn street_key(address: &house::HouseAddress) -> String {
    let bare = house::HouseAddress { number: String::new(), ..address.clone() };
    bare.key()
}

/// The number that a house number begins with.
fn leading(number: &str) -> Option<u32> {
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    number[..digits].parse().ok()
}

/// Metres around a centre that hold nearly all houses; none where there is none.
fn reach_m(centre: [f64; 2], houses: impl Iterator<Item = [f64; 2]>) -> Option<f64> {
    let mut far: Vec<f64> = houses.map(|at| (at[0] - centre[0]).hypot(at[1] - centre[1])).collect();
    let at = ((far.len() as f64 * HELD).ceil() as usize).checked_sub(1)?;
    let (_, held, _) = far.select_nth_unstable_by(at, f64::total_cmp);
    Some(*held + BEYOND_M)
}

type Indexed = GeomWithData<[f64; 2], usize>;

/// Where to look for a household.
#[derive(Clone, Copy)]
struct Likely {
    at: LonLat,
    radius_m: Option<f64>,
}

/// The covered households of a village.
struct Known {
    /// By street key: house number and place, by number.
    numbered: BTreeMap<String, Vec<(u32, LonLat)>>,
    /// By street key: all places.
    streets: BTreeMap<String, Vec<LonLat>>,
    places: RTree<Indexed>,
    degree: DegreeLength,
    /// Metres around the village's centre that hold nearly all of its covered houses; none where none is covered.
    reach_m: Option<f64>,
}

impl Known {
    fn of(households: &[WalkHousehold<'_>], centre: Option<LonLat>) -> Self {
        let covered = || {
            let all = (0..).zip(households).filter(|(_, own)| own.covered);
            all.filter_map(|(at, own)| Some((at, own, own.point?)))
        };
        let mut numbered: BTreeMap<String, Vec<(u32, LonLat)>> = BTreeMap::new();
        let mut streets: BTreeMap<String, Vec<LonLat>> = BTreeMap::new();
        for (_, own, point) in covered() {
            let address = house::parse_line(own.address);
            let street = street_key(&address);
            if street.is_empty() {
                continue;
            }
            if let Some(number) = leading(&address.number) {
                numbered.entry(street.clone()).or_default().push((number, point));
            }
            streets.entry(street).or_default().push(point);
        }
        let by_place =
            |a: &LonLat, b: &LonLat| a.lon().total_cmp(&b.lon()).then(a.lat().total_cmp(&b.lat()));
        for houses in numbered.values_mut() {
            houses.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| by_place(&a.1, &b.1)));
            houses.dedup_by_key(|(number, _)| *number);
        }
        for places in streets.values_mut() {
            places.sort_by(by_place);
        }
        // Of the southernmost house, not of the first: which of two is nearer must not hang on their order.
        let south = covered().map(|(_, _, point)| point.lat()).min_by(f64::total_cmp);
        let degree = DegreeLength::at(south.unwrap_or(0.0));
        let local = |p: LonLat| [p.lon() * degree.lon_m, p.lat() * degree.lat_m];
        let reach_m = centre
            .and_then(|centre| reach_m(local(centre), covered().map(|(_, _, point)| local(point))));
        let places = covered().map(|(at, _, point)| GeomWithData::new(local(point), at)).collect();
        Self { numbered, streets, places: RTree::bulk_load(places), degree, reach_m }
    }

    /// Where to look for a household.
    fn place(&self, own: &WalkHousehold<'_>, centre: Option<LonLat>) -> (Option<Likely>, Basis) {
        let likely = |at, radius_m| Some(Likely { at, radius_m: Some(radius_m) });
        if let Some(at) = own.point {
            return (likely(at, SUBMITTED_M), Basis::Submission);
        }
        // Of a village's or commune's middle this village's houses tell more.
        let by_address = own.suggested.filter(|s| s.class <= PrecisionClass::C);
        if let Some(SuggestedPosition { point, radius_m, .. }) = by_address {
            return (likely(point, f64::from(radius_m)), Basis::Address);
        }
        let address = house::parse_line(own.address);
        let street = street_key(&address);
        let numbered = self.numbered.get(&street).filter(|_| !street.is_empty());
        let between = leading(&address.number).zip(numbered);
        let found = between.and_then(|(number, houses)| interpolate(number, houses, self.degree));
        if found.is_some() {
            return (found, Basis::Numbers);
        }
        match self.streets.get(&street) {
            Some(places) if !street.is_empty() => {
                let middle = self.middle(places);
                let far = places.iter().map(|p| metres(self.degree, middle, *p));
                (likely(middle, far.fold(0.0, f64::max) + BEYOND_M), Basis::Street)
            }
            _ => (centre.map(|at| Likely { at, radius_m: self.reach_m }), Basis::Village),
        }
    }

    fn local(&self, at: LonLat) -> [f64; 2] {
        [at.lon() * self.degree.lon_m, at.lat() * self.degree.lat_m]
    }

    /// The place nearest to the mean of several: a house, not the field between two.
    fn middle(&self, places: &[LonLat]) -> LonLat {
        let count = places.len() as f64;
        let mean = |of: fn(LonLat) -> f64| places.iter().map(|p| of(*p)).sum::<f64>() / count;
        let (lon, lat) = (mean(LonLat::lon), mean(LonLat::lat));
        let from = |p: &LonLat| {
            ((p.lon() - lon) * self.degree.lon_m).hypot((p.lat() - lat) * self.degree.lat_m)
        };
        places.iter().copied().min_by(|a, b| from(a).total_cmp(&from(b))).unwrap_or(places[0])
    }

    /// The covered household nearest to a position; of several equally near the one with the lowest id.
    fn neighbour(&self, households: &[WalkHousehold<'_>], position: LonLat) -> Option<Neighbour> {
        let mut near = self.places.nearest_neighbor_iter_with_distance_2(self.local(position));
        let (first, least) = near.next()?;
        let same = near.take_while(|(_, distance)| *distance <= least).map(|(place, _)| place.data);
        let at = std::iter::once(first.data).chain(same).min_by_key(|at| households[*at].id)?;
        let house = households[at].point?;
        let (title, masked) = masked(households[at].head);
        Some(Neighbour {
            household: at,
            distance_m: distance::metres(house, position),
            azimuth_deg: distance::azimuth_deg(house, position),
            masked_vi: format!("{title} {masked}"),
            masked,
        })
    }
}

fn metres(degree: DegreeLength, a: LonLat, b: LonLat) -> f64 {
    ((a.lon() - b.lon()) * degree.lon_m).hypot((a.lat() - b.lat()) * degree.lat_m)
}

/// The place of a house number between those known on its side of the street, else beside the nearest of them; then the
/// same among both sides.
fn interpolate(number: u32, houses: &[(u32, LonLat)], degree: DegreeLength) -> Option<Likely> {
    let side: Vec<(u32, LonLat)> =
        houses.iter().copied().filter(|(other, _)| other % 2 == number % 2).collect();
    among(number, &side, degree).or_else(|| among(number, houses, degree))
}

fn among(number: u32, houses: &[(u32, LonLat)], degree: DegreeLength) -> Option<Likely> {
    let after = houses.partition_point(|(other, _)| *other < number);
    let kin = |house: Option<&(u32, LonLat)>| {
        house.copied().filter(|(other, _)| other.abs_diff(number) <= KIN_NUMBERS)
    };
    let above = kin(houses.get(after));
    let below = kin(after.checked_sub(1).and_then(|before| houses.get(before)));
    let likely = |at, beside_m: f64| Likely { at, radius_m: Some(BESIDE_NUMBERS_M + beside_m) };
    match (below, above) {
        (_, Some((other, place))) if other == number => Some(likely(place, 0.0)),
        (Some((low, from)), Some((high, to))) => {
            let share = f64::from(number - low) / f64::from(high - low);
            let along = |from: f64, to: f64| from + (to - from) * share;
            let at = LonLat::new(along(from.lon(), to.lon()), along(from.lat(), to.lat())).ok()?;
            Some(likely(at, SHARE_BETWEEN * metres(degree, from, to)))
        }
        (Some((other, place)), None) | (None, Some((other, place))) => {
            Some(likely(place, FRONT_M * f64::from(other.abs_diff(number))))
        }
        (None, None) => None,
    }
}

/// A name as neighbours may read it: how to address the person, and initials.
///
/// *Thị* and *Văn* in the middle tell women and men; other names do not.
fn masked(head: &str) -> (&'static str, String) {
    let key = fold::strong_key(head);
    let middle = name::split(&key).middle;
    let says = |word: &str| middle.split(' ').any(|part| part == word);
    let title = match (says("thị"), says("văn")) {
        (true, false) => "bà",
        (false, true) => "ông",
        _ => "ông/bà",
    };
    let initials: Vec<String> = head
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphabetic()))
        .map(|first| format!("{}.", first.to_uppercase()))
        .collect();
    (title, initials.join(" "))
}

/// A distance as it is said: tens of metres, from a kilometre on with one decimal.
fn length(metres: f64) -> String {
    let tens = (metres / 10.0).round().max(1.0) * 10.0;
    if tens < 1_000.0 { format!("{tens:.0} m") } else { format!("{:.1} km", metres / 1_000.0) }
}

/// Each word with a capital: "Đông Bắc".
fn title(words: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        first + letters.as_str()
    };
    words.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
