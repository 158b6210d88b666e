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
    let known = Known::of(households);
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
}

impl Known {
    fn of(households: &[WalkHousehold<'_>]) -> Self {
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
        let places = covered().map(|(at, _, point)| GeomWithData::new(local(point), at)).collect();
        Self { numbered, streets, places: RTree::bulk_load(places), degree }
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
            _ => (centre.map(|at| Likely { at, radius_m: self.reach_m(at) }), Basis::Village),
        }
    }

    /// Metres around the middle of the village that hold nearly all of its covered houses; none where none is covered.
    fn reach_m(&self, centre: LonLat) -> Option<f64> {
        let place =
            |at: [f64; 2]| (at[0] - self.local(centre)[0]).hypot(at[1] - self.local(centre)[1]);
        let mut far: Vec<f64> = self.places.iter().map(|house| place(*house.geom())).collect();
        let at = ((far.len() as f64 * HELD).ceil() as usize).checked_sub(1)?;
        let (_, held, _) = far.select_nth_unstable_by(at, f64::total_cmp);
        Some(*held + BEYOND_M)
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(east_m: f64, north_m: f64) -> LonLat {
        let degree = DegreeLength::at(16.5);
        LonLat::new(107.5 + east_m / degree.lon_m, 16.5 + north_m / degree.lat_m)
            .expect("on the globe")
    }

    fn covered<'a>(
        id: &'a str,
        head: &'a str,
        address: &'a str,
        point: LonLat,
    ) -> WalkHousehold<'a> {
        WalkHousehold { id, head, address, point: Some(point), suggested: None, covered: true }
    }

    fn gap<'a>(id: &'a str, address: &'a str) -> WalkHousehold<'a> {
        WalkHousehold {
            id,
            head: "Trần Thị B",
            address,
            point: None,
            suggested: None,
            covered: false,
        }
    }

    /// The hint for the only gap among households of a street that runs north.
    #[track_caller]
    fn check(address: &str, expected: &str) {
        let households = [
            covered("1", "Nguyễn Văn Hùng", "10 Tố Hữu", at(0.0, 100.0)),
            covered("2", "Lê Thị Mai", "20 Tố Hữu", at(0.0, 200.0)),
            covered("3", "Phan Hoà", "11 Tố Hữu", at(30.0, 100.0)),
            covered("4", "Hồ Đắc Ý", "5 kiệt 22 Tố Hữu", at(-400.0, 300.0)),
            gap("5", address),
        ];
        let hints = gap_hints(&households, Some(at(1_500.0, 0.0)));
        assert_eq!((hints.len(), hints[0].household, hints[0].walk), (1, 4, 1));
        assert_eq!(hints[0].vi(), expected);
    }

    #[test]
    fn a_house_is_looked_for_between_the_numbers_of_its_side() {
        check("Số 14 đường Tố Hữu", "cách nhà ông N. V. H. 40 m về phía Bắc (theo số nhà lân cận)");
        check("20 Tố Hữu", "cạnh nhà bà L. T. M. (theo số nhà lân cận)");
        check("13 Tố Hữu", "cạnh nhà ông/bà P. H. (theo số nhà lân cận)");
        check("22/5 Tố Hữu", "cạnh nhà ông/bà H. Đ. Ý. (theo số nhà lân cận)");
    }

    #[test]
    fn numbers_far_apart_say_nothing_and_the_street_does() {
        check("400 Tố Hữu", "cạnh nhà ông N. V. H. (theo đường/xóm)");
        check("Tố Hữu", "cạnh nhà ông N. V. H. (theo đường/xóm)");
    }

    #[test]
    fn without_a_street_it_is_the_centre_of_the_village() {
        check("", "cách nhà ông/bà P. H. 1,5 km về phía Đông (giữa thôn)");
        check("3 Lê Lợi", "cách nhà ông/bà P. H. 1,5 km về phía Đông (giữa thôn)");
        let alone = [gap("1", "")];
        let hints = gap_hints(&alone, Some(at(0.0, 0.0)));
        assert_eq!(
            (hints[0].vi(), hints[0].en()),
            ("giữa thôn".into(), "the village's centre".into())
        );
        let hints = gap_hints(&alone, None);
        assert_eq!((hints[0].vi(), hints[0].walk), (String::new(), 1));
    }

    #[test]
    fn its_own_submission_comes_before_all() {
        let households = [
            covered("1", "Nguyễn Văn Hùng", "10 Tố Hữu", at(0.0, 0.0)),
            WalkHousehold { point: Some(at(85.0, 85.0)), ..gap("2", "10 Tố Hữu") },
        ];
        let hint = &gap_hints(&households, None)[0];
        assert_eq!(hint.vi(), "cách nhà ông N. V. H. 120 m về phía Đông Bắc (theo phiếu đang chờ)");
        assert_eq!(hint.en(), "120 m north-east of the house of N. V. H. (by its own submission)");
    }

    #[test]
    fn the_address_of_a_submission_counts_where_it_tells_more_than_the_village() {
        let suggested = |class| SuggestedPosition::new(at(60.0, 80.0), 70.0, class);
        let households = |class| {
            [
                covered("1", "Nguyễn Văn Hùng", "", at(0.0, 0.0)),
                covered("2", "Lê Thị Mai", "", at(-400.0, 0.0)),
                WalkHousehold { suggested: Some(suggested(class)), ..gap("3", "9 Tố Hữu") },
            ]
        };
        let by_number = &gap_hints(&households(PrecisionClass::C), Some(at(0.0, 0.0)))[0];
        assert_eq!(
            by_number.vi(),
            "cách nhà ông N. V. H. 100 m về phía Đông Bắc (theo địa chỉ trên phiếu)"
        );
        assert_eq!((by_number.basis, by_number.radius_m), (Basis::Address, Some(70.0)));
        // A village's middle is known better by its houses.
        let by_village = &gap_hints(&households(PrecisionClass::D), Some(at(0.0, 0.0)))[0];
        assert_eq!((by_village.basis, by_village.position), (Basis::Village, Some(at(0.0, 0.0))));
        let reach = by_village.radius_m.expect("houses");
        assert!((reach - 450.0).abs() < 1.0, "{reach}");
    }

    #[test]
    fn the_radius_grows_with_what_is_not_known() {
        let radius = |address: &str| {
            let households = [
                covered("1", "A", "10 Tố Hữu", at(0.0, 100.0)),
                covered("2", "B", "20 Tố Hữu", at(0.0, 200.0)),
                covered("3", "C", "60 Tố Hữu", at(0.0, 900.0)),
                gap("4", address),
            ];
            let hint = gap_hints(&households, Some(at(0.0, 400.0))).remove(0);
            (hint.basis, hint.radius_m.expect("houses").round())
        };
        assert_eq!(radius("20 Tố Hữu"), (Basis::Numbers, 25.0));
        assert_eq!(radius("14 Tố Hữu"), (Basis::Numbers, 60.0));
        assert_eq!(radius("64 Tố Hữu"), (Basis::Numbers, 57.0));
        assert_eq!(radius("Tố Hữu").0, Basis::Street);
        let (street, village) = (radius("Tố Hữu").1, radius("").1);
        assert!(street > 600.0 && village > 500.0, "{street} {village}");
    }

    #[test]
    fn gaps_are_walked_along_the_street() {
        let addresses: Vec<String> = (1..=9).map(|n| format!("{} Tố Hữu", n * 10)).collect();
        let mut households = vec![
            covered("a", "A", "2 Tố Hữu", at(0.0, 0.0)),
            covered("b", "B", "30 Tố Hữu", at(0.0, 300.0)),
            covered("c", "C", "60 Tố Hữu", at(0.0, 600.0)),
            covered("d", "D", "92 Tố Hữu", at(0.0, 920.0)),
        ];
        for n in [4, 8, 1, 6, 3, 9, 2, 7, 5] {
            households.push(gap(&addresses[n - 1][..2], &addresses[n - 1]));
        }
        let hints = gap_hints(&households, None);
        let mut walked: Vec<(u32, &str)> =
            hints.iter().map(|hint| (hint.walk, households[hint.household].id)).collect();
        walked.sort_unstable();
        let ids: Vec<&str> = walked.into_iter().map(|(_, id)| id).collect();
        let along = ["10", "20", "30", "40", "50", "60", "70", "80", "90"];
        assert!(ids == along || ids.iter().rev().eq(&along), "{ids:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn hints_do_not_depend_on_the_order_and_number_every_gap_once(
            raw in prop::collection::vec(
                (any::<bool>(), 0_u8..3, 0_u32..60, prop::option::of((-500.0..500.0_f64, -500.0..500.0_f64))), 1..60
            ),
            by in 0_usize..60,
        ) {
            let ids: Vec<String> = (0..raw.len()).map(|n| format!("H{n:03}")).collect();
            let lines: Vec<String> = raw
                .iter()
                .map(|(_, street, number, _)| match street {
                    0 => String::new(),
                    1 => format!("{number} Tố Hữu"),
                    _ => format!("Xóm {}", number % 4),
                })
                .collect();
            let mut households: Vec<WalkHousehold<'_>> = (0..raw.len())
                .map(|n| WalkHousehold {
                    id: &ids[n], head: "Nguyễn Văn An", address: &lines[n],
                    point: raw[n].3.map(|(x, y)| at(x, y)).filter(|_| raw[n].0 || n % 3 > 0),
                    suggested: raw[n].3.map(|(x, y)| {
                        let class = [PrecisionClass::C, PrecisionClass::D][n % 2];
                        SuggestedPosition::new(at(y, x), 40.0 + n as f64, class)
                    }),
                    covered: raw[n].0,
                })
                .collect();
            let told = |households: &[WalkHousehold<'_>]| {
                let hints = gap_hints(households, Some(at(0.0, 0.0)));
                let mut walks: Vec<u32> = hints.iter().map(|hint| hint.walk).collect();
                walks.sort_unstable();
                assert_eq!(walks, (1..=hints.len() as u32).collect::<Vec<_>>());
                let mut told: Vec<_> = hints
                    .iter()
                    .map(|hint| (households[hint.household].id.to_owned(), hint.walk, hint.vi(), hint.position, hint.radius_m))
                    .collect();
                told.sort_by(|a, b| a.0.cmp(&b.0));
                told
            };
            let first = told(&households);
            let by = by % households.len();
            households.rotate_left(by);
            prop_assert_eq!(first, told(&households));
        }
    }
}
