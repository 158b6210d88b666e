//! One village: its houses, who lives in them and what becomes of each.

use diachiso_model::{HouseholdState, PovertyClass};
use diachiso_text::fold::unaccent_key;
use geo_types::Coord;
use rustc_hash::FxHashMap;

use crate::{
    dirt::{Dirt, DirtProfile, Place},
    ground::Spot,
    people::{Name, Phone, Sex, identity},
    plan::{Plan, Quota},
    random::{Rng, key},
    settle::{Address, Site, Street, settle},
};

/// Members of a household: most have 2 to 5.
const MEMBERS: [(u16, f64); 8] =
    [(1, 9.0), (2, 20.0), (3, 24.0), (4, 28.0), (5, 12.0), (6, 5.0), (7, 1.5), (8, 0.5)];
const MEMBERS_MAX: u64 = 12;
/// Near-poor households among those not poor.
const NEAR_POOR: f64 = 0.03;
/// Households that one shared phone stands for; six would do for rule P04.
const PHONE_SHARERS: usize = 7;
/// Serial numbers of a commune's codes: households of the register, then those outside, downwards.
const REGISTER_SERIALS: u64 = 90_000;
const SERIAL_MAX: u64 = 99_999;

/// What becomes of the uncovered, and how many of a hundred.
const UNCOVERED: [(Fate, f64); 6] = [
    (Fate::Unvisited, 52.0),
    (Fate::Held(Dirt::NoPosition), 34.0),
    (Fate::Rejected, 5.0),
    (Fate::Away, 5.0),
    (Fate::Moved, 3.0),
    (Fate::Gone, 1.0),
];

/// What becomes of a household.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// An acceptable submission.
    Covered,
    /// No submission.
    Unvisited,
    /// A submission that is held for this reason.
    Held(Dirt),
    /// The other line of an ambiguous pair: no submission of its own.
    Twin,
    /// A submission that is rejected.
    Rejected,
    Away,
    Moved,
    Gone,
    /// In no register.
    Outside,
}

/// A household.
pub(crate) struct House {
    /// Its id: the register's, or an invented one for those outside.
    pub(crate) id: String,
    pub(crate) head: String,
    pub(crate) sex: Sex,
    pub(crate) birth_year: u16,
    pub(crate) identity: u64,
    pub(crate) phone: Phone,
    /// Dirt that was laid out for it beforehand.
    pub(crate) planned: Vec<Dirt>,
    pub(crate) address: Address,
    pub(crate) spot: Spot,
    pub(crate) at: Coord<f64>,
    pub(crate) members: u16,
    pub(crate) poverty: PovertyClass,
    /// Ten digits, while the commune has serial numbers left.
    pub(crate) code: Option<String>,
    pub(crate) fate: Fate,
    /// A key of its own for whatever is drawn about it.
    pub(crate) key: u64,
}

/// A village with all its houses in walking order.
pub(crate) struct Village<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) quota: Quota,
    /// Full name: "Thôn Trung Làng".
    pub(crate) title: String,
    pub(crate) houses: Vec<House>,
}

/// Places of houses in a village, by what becomes of them.
struct Lots {
    covered: Vec<usize>,
    uncovered: Vec<usize>,
    outside: Vec<usize>,
}

impl Fate {
    /// The state that the published register must show.
    pub(crate) fn state(self) -> HouseholdState {
        match self {
            Self::Covered => HouseholdState::Covered,
            Self::Away => HouseholdState::Away,
            Self::Held(_) => HouseholdState::Pending,
            Self::Rejected => HouseholdState::Rejected,
            Self::Moved => HouseholdState::Moved,
            Self::Gone => HouseholdState::Gone,
            Self::Unvisited | Self::Twin | Self::Outside => HouseholdState::None,
        }
    }
}

impl<'a> Village<'a> {
    /// The village at a place in the whole; the same whenever and wherever it is made.
    pub(crate) fn new(plan: &'a Plan<'a>, overall: u64) -> Self {
        let quota = plan.quota(overall);
        let seed = plan.config.seed;
        let mut rng = Rng::new(&[seed, 51, overall]);
        let sites = settle(plan, &quota);
        let lots = Lots::draw(seed, &quota, sites.len());
        let mut fates = vec![Fate::Covered; sites.len()];
        lay_fates(&plan.config.dirt, &quota, &lots, &mut fates, &mut rng);
        if plan.communes[quota.commune].shifted {
            for fate in &mut fates {
                if matches!(fate, Fate::Unvisited) || is_drawn(*fate) {
                    *fate = Fate::Held(Dirt::Shifted);
                }
            }
        }
        let mut village =
            Self { plan, quota, title: plan.village_title(&quota), houses: Vec::new() };
        village.build(&sites, &fates);
        village.share_houses();
        village.settle_members(&lots, &mut rng);
        village.settle_poverty(&lots, &mut rng);
        village.name_heads(&mut rng);
        village.share_phone(&lots, &mut rng);
        village
    }

    fn build(&mut self, sites: &[Site], fates: &[Fate]) {
        let (plan, q) = (self.plan, self.quota);
        let (seed, commune) = (plan.config.seed, &plan.communes[q.commune]);
        let (mut inside, mut outside) = (0, 0);
        self.houses = sites
            .iter()
            .zip(fates)
            .map(|(site, &fate)| {
                let (number, serial, id) = if fate == Fate::Outside {
                    outside += 1;
                    let nth = q.outside_in_commune + outside;
                    let serial = SERIAL_MAX.checked_sub(nth - 1).filter(|&s| s > REGISTER_SERIALS);
                    let id = format!("O{}-{nth:05}", commune.input.code);
                    (plan.config.households + q.outside_before + outside - 1, serial, id)
                } else {
                    inside += 1;
                    let nth = q.before_in_commune + inside;
                    let serial = Some(nth).filter(|&s| s <= REGISTER_SERIALS);
                    let id = format!("H{}-{nth:06}", commune.input.code);
                    (q.before + inside - 1, serial, id)
                };
                let (sex, birth_year, identity) = identity(seed, number);
                let own = key(&[seed, 52, number]);
                let pair = matches!(fate, Fate::Twin | Fate::Held(Dirt::Ambiguous));
                House {
                    id,
                    head: String::new(),
                    sex,
                    birth_year,
                    identity,
                    phone: Phone::draw(&mut Rng::new(&[own, 1])),
                    planned: Vec::new(),
                    address: if pair { Address::UNSTATED } else { site.address },
                    spot: site.spot,
                    at: commune.ground.degrees(site.spot),
                    members: 0,
                    poverty: PovertyClass::None,
                    code: commune.input.postal.zip(serial).map(|(p, s)| format!("{p:05}{s:05}")),
                    fate,
                    key: own,
                }
            })
            .collect();
    }

    /// Puts a covered household here and there into the house before it.
    fn share_houses(&mut self) {
        let share = self.plan.config.dirt.share(Dirt::SharedHouse);
        for i in 1..self.houses.len() {
            let (before, rest) = self.houses.split_at_mut(i);
            let (host, guest) = (&mut before[i - 1], &mut rest[0]);
            let fits =
                [&*host, &*guest].iter().all(|h| h.fate == Fate::Covered && h.planned.is_empty());
            if fits && host.address.number > 0 && Rng::new(&[guest.key, 3]).chance(share) {
                (guest.address, guest.spot, guest.at) = (host.address, host.spot, host.at);
                guest.planned.push(Dirt::SharedHouse);
                host.planned.push(Dirt::SharedHouse);
            }
        }
    }

    /// Draws members, then adds or takes away one here and there until the covered have their quota.
    fn settle_members(&mut self, lots: &Lots, rng: &mut Rng) {
        for house in &mut self.houses {
            let draw = rng.weighted(MEMBERS.iter().map(|m| m.1)).unwrap_or(0);
            house.members = MEMBERS[draw].0;
        }
        if let Some((first, second)) = self.pair() {
            self.houses[second].members = self.houses[first].members;
        }
        let sum: u64 = lots.covered.iter().map(|&i| u64::from(self.houses[i].members)).sum();
        let (want, mut have) = (self.quota.persons_covered, sum);
        for &i in lots.covered.iter().cycle().take(lots.covered.len() * MEMBERS_MAX as usize) {
            let members = &mut self.houses[i].members;
            if have < want && u64::from(*members) < MEMBERS_MAX {
                *members += 1;
                have += 1;
            } else if have > want && *members > 1 {
                *members -= 1;
                have -= 1;
            } else if have == want {
                break;
            }
        }
    }

    fn settle_poverty(&mut self, lots: &Lots, rng: &mut Rng) {
        let poor = lots.covered.iter().take(self.quota.poor_covered as usize);
        for &i in poor.chain(lots.uncovered.iter().take(self.quota.poor_uncovered as usize)) {
            self.houses[i].poverty = PovertyClass::Poor;
        }
        for house in self.houses.iter_mut().filter(|h| h.poverty == PovertyClass::None) {
            if rng.chance(NEAR_POOR) {
                house.poverty = PovertyClass::NearPoor;
            }
        }
        if let Some((first, second)) = self.pair() {
            self.houses[second].poverty = self.houses[first].poverty;
        }
    }

    /// Names all heads so that name and address tell every two households apart, the ambiguous pair excepted.
    fn name_heads(&mut self, rng: &mut Rng) {
        // Whether a namesake must not appear, because only the name tells the bearer apart.
        let mut taken: FxHashMap<String, bool> = FxHashMap::default();
        let share = self.plan.config.dirt.share(Dirt::Namesake);
        // Unaccented names of those outside the register and of those inside: nobody can tell apart two that differ by a
        // letter when one of them is in no list.
        let (mut outside, mut inside): (Vec<String>, Vec<String>) = Default::default();
        for i in 0..self.houses.len() {
            let (before, rest) = self.houses.split_at_mut(i);
            let house = &mut rest[0];
            if house.fate == Fate::Twin {
                continue;
            }
            let alone = house.address.number == 0
                || house.fate == Fate::Outside
                || house.planned.contains(&Dirt::SharedHouse);
            let neighbour = before.last().filter(|n| {
                n.sex == house.sex && !n.head.is_empty() && taken.get(&n.head) == Some(&false)
            });
            if let (false, Some(neighbour), true) = (alone, neighbour, rng.chance(share)) {
                house.head.clone_from(&neighbour.head);
                house.planned.push(Dirt::Namesake);
                continue;
            }
            house.head = loop {
                let name = Name::draw(house.sex, rng).text();
                let bare = unaccent_key(&name);
                let others = if house.fate == Fate::Outside { &inside } else { &outside };
                match taken.get(&name) {
                    Some(&exclusive) if exclusive || alone => {}
                    _ if others.iter().any(|other| is_near(other, &bare)) => {}
                    _ => break name,
                }
            };
            let own = if house.fate == Fate::Outside { &mut outside } else { &mut inside };
            own.push(unaccent_key(&house.head));
            taken.insert(house.head.clone(), alone);
        }
        self.repeat_next_door(&taken);
        if let Some((first, second)) = self.pair() {
            let head = self.houses[first].head.clone();
            self.houses[second].head = head;
            self.houses[second].sex = self.houses[first].sex;
        }
    }

    /// In every other pair of villages, one household outside the list has the name and number of one in the other.
    fn repeat_next_door(&mut self, taken: &FxHashMap<String, bool>) {
        let (plan, q) = (self.plan, self.quota);
        let commune = &plan.communes[q.commune];
        let pair = q.village / 2;
        let other = q.village ^ 1;
        let mut rng = Rng::new(&[plan.config.seed, 71, q.commune as u64, pair]);
        let drawn = rng.chance(plan.config.dirt.share(Dirt::SameNumber));
        let name = Name::draw(Sex::Male, &mut rng).text();
        if !drawn || other >= commune.centres.len() as u64 || taken.contains_key(&name) {
            return;
        }
        let number = 201 + (rng.below(90) as u16);
        let first = self.houses.iter_mut().find(|h| h.fate == Fate::Outside);
        if let (Some(house), true) = (first, plan.quota(q.overall - q.village + other).outside > 0)
        {
            house.head = name;
            house.address = Address { street: Street::Hamlet(9), alley: 0, number };
            house.planned.push(Dirt::SameNumber);
        }
    }

    /// The two lines of the ambiguous pair, if the village has one: the visited one first.
    fn pair(&self) -> Option<(usize, usize)> {
        let find = |fate| self.houses.iter().position(|h| h.fate == fate);
        find(Fate::Held(Dirt::Ambiguous)).zip(find(Fate::Twin))
    }

    fn share_phone(&mut self, lots: &Lots, rng: &mut Rng) {
        if rng.chance(self.plan.config.dirt.share(Dirt::SharedPhone)) {
            let phone = Phone::draw(rng);
            for &i in lots.covered.iter().rev().take(PHONE_SHARERS) {
                self.houses[i].phone = phone;
                if lots.covered.len() >= PHONE_SHARERS {
                    self.houses[i].planned.push(Dirt::SharedPhone);
                }
            }
        }
    }

    /// Where the houses of the village's stack are put, if it has one.
    pub(crate) fn stack(&self) -> Option<Coord<f64>> {
        self.houses.iter().find(|h| h.fate == Fate::Held(Dirt::Stacked)).map(|h| h.at)
    }
}

impl Lots {
    /// Deals the houses of a village in an order that has nothing to do with where they stand.
    fn draw(seed: u64, quota: &Quota, houses: usize) -> Self {
        let mut order: Vec<usize> = (0..houses).collect();
        order.sort_by_key(|&i| (key(&[seed, 53, quota.overall, i as u64]), i));
        let outside = order.split_off(quota.households as usize);
        let uncovered = order.split_off(quota.covered as usize);
        Self { covered: order, uncovered, outside }
    }
}

fn lay_fates(dirt: &DirtProfile, quota: &Quota, lots: &Lots, fates: &mut [Fate], rng: &mut Rng) {
    for &i in &lots.outside {
        fates[i] = Fate::Outside;
    }
    let (poor, mut rest) = lots.uncovered.split_at(quota.poor_uncovered as usize);
    for &i in poor {
        // Poor households stay in the denominator.
        let held = rng.chance(0.4);
        fates[i] = if held { held_or_unvisited(dirt, rng) } else { Fate::Unvisited };
    }
    let size = rng.between(5, 8) as usize;
    if rng.chance(dirt.share(Dirt::Stacked)) && rest.len() >= size {
        let (stack, left) = rest.split_at(size);
        for &i in stack {
            fates[i] = Fate::Held(Dirt::Stacked);
        }
        rest = left;
    }
    if rng.chance(dirt.share(Dirt::Ambiguous)) && rest.len() >= 2 {
        fates[rest[0]] = Fate::Held(Dirt::Ambiguous);
        fates[rest[1]] = Fate::Twin;
        rest = &rest[2..];
    }
    for &i in rest {
        let draw = rng.weighted(UNCOVERED.iter().map(|u| u.1)).unwrap_or(0);
        fates[i] = match UNCOVERED[draw].0 {
            Fate::Held(_) => held_or_unvisited(dirt, rng),
            Fate::Rejected if dirt.share(Dirt::ImpossibleDay) <= 0.0 => Fate::Unvisited,
            Fate::Away if rng.chance(dirt.share(Dirt::AwayVisited)) => {
                Fate::Held(Dirt::AwayVisited)
            }
            fate => fate,
        };
    }
}

/// Whether two keys differ by one letter at most.
fn is_near(a: &str, b: &str) -> bool {
    let same =
        |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(a, b)| a == b).count();
    let head = same(&mut a.bytes().zip(b.bytes()));
    let tail = same(&mut a.bytes().rev().zip(b.bytes().rev()));
    a.len().abs_diff(b.len()) <= 1 && head + tail + 1 >= a.len().max(b.len())
}

/// Whether a household is held for a kind that was drawn for it alone.
fn is_drawn(fate: Fate) -> bool {
    matches!(fate, Fate::Held(kind) if !kind.is_planned())
}

fn held_or_unvisited(dirt: &DirtProfile, rng: &mut Rng) -> Fate {
    let of = |kind: Dirt| {
        let drawn = kind.row().place == Place::Pending && !kind.is_planned();
        if drawn { dirt.share(kind) } else { 0.0 }
    };
    let table = DirtProfile::table();
    rng.weighted(table.iter().map(|r| of(r.kind)))
        .map_or(Fate::Unvisited, |i| Fate::Held(table[i].kind))
}
