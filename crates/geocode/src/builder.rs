//! From units, villages, streets and known houses to an index.

use std::{collections::BTreeMap, sync::Arc};

use diachiso_model::{Date, Level, LonLat, UnitCode, UnitId, Units};
use diachiso_text::{house::HouseAddress, place};
use rustc_hash::FxHashMap;

use crate::{
    answer::VillageId,
    builder::{grouping::RawDoor, units::Atoms},
    doors::{Door, NO_ATOM, NO_VILLAGE, Spot},
    house_key::{AlleyKey, NumberKey},
    index::{Index, Stats, UnitPlace, VillagePlace},
    lexicon::{LexiconBuilder, Role},
    place::Extent,
    suggest::Completions,
    territory::{MAX_ATOMS, Territory},
    tokens::{Column, Tokens},
};

mod frame;
mod grouping;
mod strays;
mod units;

pub use frame::Frame;
pub(crate) use frame::Kin;

/// Fewest houses whose middle may be shown to anybody as that of their street or village.
pub const FEWEST_FOR_PUBLIC: usize = 5;
/// Fewest houses by which a village is placed rather than by its stated extent.
const FEWEST_FOR_VILLAGE: usize = 20;

/// Why no index can be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The oldest period has too many communes.
    #[error("{0} communes in the oldest period, at most {MAX_ATOMS}")]
    TooManyCommunes(usize),
    /// More villages than can be counted.
    #[error("{0} villages, at most 65534")]
    TooManyVillages(usize),
    /// More houses than can be counted.
    #[error("{0} houses, at most 4294967295")]
    TooManyHouses(usize),
}

/// A village to be known.
#[derive(Clone, Copy, Debug)]
pub struct NewVillage<'a> {
    /// Its code.
    pub code: &'a UnitCode,
    /// Full name: "Thôn An Xuân".
    pub name: &'a str,
    /// The version of the commune that it is of.
    pub commune: UnitId,
    /// Where it lies, if that is known otherwise than by its houses.
    pub extent: Option<Extent>,
}

/// Where a known house comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An accepted submission: personal data.
    Submission,
    /// A reference file that anybody may see.
    Reference,
}

/// A known house, or a point of a street.
#[derive(Clone, Copy, Debug)]
pub struct NewHouse<'a> {
    /// House, alley and street; a point of a street has no number.
    pub address: &'a HouseAddress,
    /// Its village.
    pub village: Option<VillageId>,
    /// The version of its commune.
    pub commune: Option<UnitId>,
    /// The commune of the oldest period whose boundary holds the point, where there are boundaries: it tells which of the
    /// old communes of a merged one the house is of.
    pub oldest: Option<UnitId>,
    /// Where it is.
    pub point: LonLat,
    /// Metres within which that holds.
    pub radius_m: f64,
    /// Where it comes from.
    pub origin: Origin,
}

/// Collects what an index is made of.
pub struct IndexBuilder {
    units: Arc<Units>,
    today: Date,
    atoms: Arc<Atoms>,
    postal: Arc<FxHashMap<u32, Territory>>,
    villages: Vec<VillagePlace>,
    doors: Vec<RawDoor>,
    streets: StreetNames,
    left_out: usize,
}

/// Names of streets by their folded text, each with its spellings.
#[derive(Default)]
struct StreetNames {
    by_fold: FxHashMap<Box<str>, u32>,
    spellings: Vec<FxHashMap<Box<str>, u32>>,
    scratch: Tokens,
}

impl StreetNames {
    fn fold(&mut self, text: &str) -> &str {
        self.scratch.clear();
        self.scratch.push(text, Column::Any);
        self.scratch.text(0, self.scratch.list.len())
    }

    fn add(&mut self, name: &str) -> Option<u32> {
        let fold: Box<str> = self.fold(name).into();
        if fold.is_empty() {
            return None;
        }
        let id = *self.by_fold.entry(fold).or_insert_with(|| {
            self.spellings.push(FxHashMap::default());
            (self.spellings.len() - 1) as u32
        });
        *self.spellings[id as usize].entry(name.into()).or_default() += 1;
        Some(id)
    }

    /// The spelling most used, those with marks first.
    fn display(&self, id: u32) -> String {
        let spellings = &self.spellings[id as usize];
        let best = spellings
            .iter()
            .max_by_key(|(text, count)| (!text.is_ascii(), **count, std::cmp::Reverse(*text)));
        best.map_or_else(String::new, |(text, _)| title(text))
    }
}

/// A name with capitals.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(' ') {
        if !out.is_empty() {
            out.push(' ');
        }
        let mut letters = word.chars();
        out.extend(letters.next().map(diachiso_text::letter::upper));
        out.push_str(letters.as_str());
    }
    out
}

impl IndexBuilder {
    /// Begins with units; `extent` tells where a commune version lies.
    ///
    /// # Errors
    /// When there are more communes than an index can tell apart.
    pub fn new(
        units: &Units,
        today: Date,
        extent: impl Fn(UnitId) -> Option<Extent>,
    ) -> Result<Self, BuildError> {
        Ok(Self::over(&Frame::new(units, extent)?, today))
    }

    /// Begins with what indexes have in common.
    #[must_use]
    pub fn over(frame: &Frame, today: Date) -> Self {
        Self {
            units: Arc::clone(&frame.units),
            today,
            atoms: Arc::clone(&frame.atoms),
            postal: Arc::clone(&frame.postal),
            villages: Vec::new(),
            doors: Vec::new(),
            streets: StreetNames::default(),
            left_out: 0,
        }
    }

    /// Adds a village.
    ///
    /// # Errors
    /// When there are too many.
    pub fn village(&mut self, village: NewVillage<'_>) -> Result<VillageId, BuildError> {
        let id = self.villages.len();
        if id >= usize::from(NO_VILLAGE) {
            return Err(BuildError::TooManyVillages(id + 1));
        }
        self.villages.push(VillagePlace {
            code: village.code.clone(),
            name: village.name.into(),
            commune: village.commune,
            territory: self.atoms.of(village.commune),
            extent: village.extent,
            public: village.extent.is_some(),
            houses: None,
        });
        Ok(VillageId(id as u16))
    }

    /// Adds a known house or a point of a street. One that neither a street nor a village tells is left out and counted.
    ///
    /// # Errors
    /// When there are too many.
    pub fn house(&mut self, house: &NewHouse<'_>) -> Result<(), BuildError> {
        let NewHouse { address, village, commune, oldest, point, radius_m, origin } = *house;
        if self.doors.len() >= u32::MAX as usize {
            return Err(BuildError::TooManyHouses(self.doors.len() + 1));
        }
        let street = self.streets.add(&address.street);
        let number = NumberKey::read(&address.number);
        let village = village.filter(|id| usize::from(id.0) < self.villages.len());
        if street.is_none() && (village.is_none() || number.is_none()) {
            // It still tells where its village lies.
            if let Some(id) = village {
                self.doors.push(RawDoor::of_village(id, point, origin));
            }
            self.left_out += 1;
            return Ok(());
        }
        let mut alley = String::new();
        for part in address.alley.split('/').filter(|part| !part.is_empty()) {
            if !alley.is_empty() {
                alley.push('/');
            }
            alley.push_str(self.streets.fold(part));
        }
        let within = commune.or_else(|| village.map(|id| self.villages[usize::from(id.0)].commune));
        let territory = within.map_or(Territory::default(), |unit| self.atoms.of(unit));
        let door = Door {
            alley: AlleyKey::of(&alley),
            number: number.unwrap_or(NumberKey::NONE),
            village: village.map_or(NO_VILLAGE, |id| id.0),
            atom: self.atoms.holding(territory, oldest, Spot::of(point)).unwrap_or(NO_ATOM),
            public: origin == Origin::Reference,
            ..Door::new(point, if radius_m.is_finite() { radius_m } else { f64::MAX })
        };
        self.doors.push(RawDoor { street, door, addressed: true });
        Ok(())
    }

    /// The index.
    #[must_use]
    pub fn build(mut self) -> Index {
        self.place_villages();
        let mut lexicon = LexiconBuilder::default();
        let unit_places = self.add_units(&mut lexicon);
        self.add_villages(&mut lexicon);
        let houses = self.doors.iter().filter(|door| door.addressed).count();
        let raw = std::mem::take(&mut self.doors);
        let names = &self.streets;
        let doors = grouping::group(
            raw,
            &mut self.villages,
            |name| names.spellings[name as usize].keys().next().is_some_and(|n| is_hamlet(n)),
            |name, street, territory| {
                lexicon.add(Role::Street, &names.display(name), street, territory)
            },
        );
        let lexicon = lexicon.build();
        let completions = Completions::new(&lexicon, &doors);
        let mut periods = BTreeMap::new();
        for day in self.units.reforms() {
            let communes: Vec<UnitId> =
                self.units.on(Level::Commune, *day).map(|(id, _)| id).collect();
            periods.insert(*day, communes);
        }
        let bytes = lexicon.bytes()
            + completions.bytes()
            + doors.list.capacity() * size_of::<Door>()
            + doors.streets.capacity() * size_of::<crate::doors::Street>()
            + self.villages.capacity() * size_of::<VillagePlace>()
            + unit_places.len() * size_of::<UnitPlace>();
        let stats = Stats {
            units: unit_places.len(),
            villages: self.villages.len(),
            streets: doors.streets.len(),
            houses,
            left_out: self.left_out,
            bytes,
        };
        Index {
            capital: self.capital(),
            units: self.units,
            today: self.today,
            unit_places,
            periods: periods.into_iter().collect(),
            villages: self.villages,
            doors,
            lexicon,
            postal: self.postal,
            completions,
            stats,
        }
    }

    /// Places villages by their houses, where there are enough.
    fn place_villages(&mut self) {
        let mut spots: Vec<Vec<Spot>> = vec![Vec::new(); self.villages.len()];
        for raw in &self.doors {
            if let Some(spots) = spots.get_mut(usize::from(raw.door.village)) {
                spots.push(raw.door.at());
            }
        }
        for (village, spots) in self.villages.iter_mut().zip(spots) {
            let many = spots.len() >= FEWEST_FOR_VILLAGE;
            let Some(extent) = Extent::around(spots.iter().copied()) else { continue };
            if many || village.extent.is_none() {
                // Of few houses the next may lie beyond.
                let doubt = if many { 1.1 } else { 2.0 };
                village.extent =
                    Some(Extent { radius_m: extent.radius_m * doubt + 50.0, ..extent });
                village.public = spots.len() >= FEWEST_FOR_PUBLIC;
            }
        }
    }

    /// The city that gave its name to the province later.
    fn capital(&self) -> Territory {
        let provinces: Vec<String> = self
            .units
            .iter()
            .filter(|(_, unit)| unit.level == Level::Province)
            .map(|(_, unit)| place::district_key(&unit.name))
            .collect();
        let of_capital = self.units.iter().filter(|(_, unit)| {
            unit.level == Level::District && provinces.contains(&place::district_key(&unit.name))
        });
        of_capital.fold(Territory::default(), |sum, (id, _)| sum.or(self.atoms.of(id)))
    }

    fn add_units(&self, lexicon: &mut LexiconBuilder) -> Vec<UnitPlace> {
        let everywhere = Territory::EVERYWHERE;
        for name in ["Việt Nam", "VN", "TT Huế", "TTH", "T.T.Huế", "T T Huế", "Thừa Thiên - Huế"]
        {
            lexicon.add(Role::Province, name, 0, everywhere);
        }
        let capital = self.capital();
        for (id, unit) in self.units.iter() {
            let (bearer, territory) = (u32::from(id.0), self.atoms.of(id));
            match unit.level {
                Level::Province => {
                    lexicon.add(Role::Province, &unit.name, bearer, everywhere);
                }
                // The city of Huế and the province of that name hold different communes, and nobody tells which is meant.
                Level::District
                    if territory.within(capital) && unit_is_capital(&self.units, id) =>
                {
                    lexicon.add(Role::Province, &unit.name, bearer, everywhere);
                }
                Level::District => {
                    lexicon.add(Role::District, &unit.name, bearer, territory);
                }
                Level::Commune => {
                    lexicon.add(Role::Commune, &unit.name, bearer, territory);
                    // Counts where the column says that it is a commune.
                    lexicon.add(Role::Commune, unit.code.as_str(), bearer, territory);
                    // "Phường Đúc" is a name, and people leave its first word out.
                    let bare = place::commune_strong(&unit.name).1;
                    if bare != diachiso_text::fold::strong_key(&unit.name) {
                        lexicon.add(Role::Commune, &bare, bearer, territory);
                    }
                }
                Level::Village => {}
            }
        }
        (0..self.units.iter().count())
            .map(|at| {
                let id = UnitId(at as u16);
                UnitPlace { territory: self.atoms.of(id), extent: self.atoms.extent(id) }
            })
            .collect()
    }

    fn add_villages(&self, lexicon: &mut LexiconBuilder) {
        for (id, village) in (0..).zip(&self.villages) {
            let key = place::village_key(&village.name);
            if let Some(name) = lexicon.add(Role::Village, &key, id, village.territory) {
                lexicon.display(name, &village.name);
            }
        }
    }
}

/// Whether a district bears the name that the province bears at some time.
fn unit_is_capital(units: &Units, id: UnitId) -> bool {
    let key = place::district_key(&units.get(id).name);
    units
        .iter()
        .any(|(_, unit)| unit.level == Level::Province && place::district_key(&unit.name) == key)
}

/// Whether a "street" is a part of a village: `xóm 3`, `tổ 5`.
fn is_hamlet(name: &str) -> bool {
    let first = name.split(' ').next().unwrap_or_default();
    ["xóm", "xom", "đội", "doi", "tổ", "to", "cụm", "cum", "thôn", "thon", "tdp", "kdc"]
        .contains(&first)
}
