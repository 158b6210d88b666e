//! Where the houses of one village stand, and their addresses.

use crate::{
    ground::Spot,
    places,
    plan::{Plan, Quota},
    random::Rng,
};

/// Houses keep this far inside the commune and from each other, where there is room.
const BORDER_M: f64 = 20.0;
const SPACING_M: f64 = 12.0;
/// Spread of a village along its streets, metres (standard deviation), at the least and most.
const SPREAD_M: (f64, f64) = (250.0, 400.0);
/// Draws for one house; the spacing asked for halves after every third of them.
const DRAWS: u32 = 90;
/// Houses of an alley, at most.
const ALLEY_HOUSES: u16 = 7;
/// Share of the houses of a xã that have a number.
const RURAL_NUMBERED: f64 = 0.6;

/// A house before anybody lives in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    pub(crate) spot: Spot,
    pub(crate) address: Address,
}

/// An address; distinct for every numbered house of a village.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Address {
    pub(crate) street: Street,
    /// Number of the alley (kiệt), 0 for none.
    pub(crate) alley: u16,
    /// House number, 0 for none.
    pub(crate) number: u16,
}

/// What the house stands on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Street {
    /// Nothing is said.
    Unstated,
    /// A street of a town.
    Named(&'static str),
    /// "Xóm 3".
    Hamlet(u8),
    /// "Đội 4".
    Brigade(u8),
}

struct Line {
    start: Spot,
    angle: f64,
}

struct Draft {
    line: usize,
    along: f64,
    in_alley: bool,
    spot: Spot,
}

impl Street {
    pub(crate) fn text(self) -> String {
        match self {
            Self::Unstated => String::new(),
            Self::Named(name) => name.to_owned(),
            Self::Hamlet(n) => format!("Xóm {n}"),
            Self::Brigade(n) => format!("Đội {n}"),
        }
    }
}

impl Address {
    pub(crate) const UNSTATED: Self = Self { street: Street::Unstated, alley: 0, number: 0 };

    /// In one line, as registers have it: "31 kiệt 22 Cao Bá Quát".
    pub(crate) fn line(self) -> String {
        let street = self.street.text();
        match (self.number, self.alley) {
            (0, _) => street,
            (number, 0) => format!("{number} {street}"),
            (number, alley) => format!("{number} kiệt {alley} {street}"),
        }
    }
}

/// All houses of a village, in walking order: street after street, along each.
pub(crate) fn settle(plan: &Plan<'_>, quota: &Quota) -> Vec<Site> {
    let mut rng = Rng::new(&[plan.config.seed, 41, quota.overall]);
    let urban = plan.communes[quota.commune].input.kind_is_urban;
    let count = (quota.households + quota.outside) as usize;
    let mut drafts = draw_spots(plan, quota, count, &mut rng);
    drafts
        .sort_by(|a, b| (a.line, a.along).partial_cmp(&(b.line, b.along)).expect("finite places"));
    let brigades = rng.chance(0.35);
    let street = |line: usize| match (urban, brigades) {
        (true, _) => Street::Named(places::street(
            plan.config.seed,
            quota.commune as u64,
            quota.village,
            line as u64,
        )),
        (false, true) => Street::Brigade(line as u8 + 1),
        (false, false) => Street::Hamlet(line as u8 + 1),
    };
    number(&drafts, urban, street, &mut rng)
}

fn draw_spots(plan: &Plan<'_>, quota: &Quota, count: usize, rng: &mut Rng) -> Vec<Draft> {
    let commune = &plan.communes[quota.commune];
    let centre = commune.centres[quota.village as usize];
    let neighbours = plan.neighbours(quota);
    let area_m2 = commune.ground.clear_area_m2() / commune.centres.len() as f64;
    let spread_m = rng.uniform(SPREAD_M.0, SPREAD_M.1).min(area_m2.sqrt() * 0.45);
    let spacing_m = SPACING_M.min((area_m2 / count.max(1) as f64).sqrt() * 0.5);
    let first_angle = rng.uniform(0.0, std::f64::consts::PI);
    let lines: Vec<Line> = (0..rng.between(3, 5))
        .map(|i| Line {
            start: centre.toward(rng.uniform(0.0, 6.3), rng.uniform(0.0, spread_m * 0.6)),
            angle: first_angle + i as f64 * 1.9,
        })
        .collect();
    let mut drafts: Vec<Draft> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut spacing_m = spacing_m;
        let mut draft = draw_spot(&lines, spread_m, rng);
        for attempt in 1..=DRAWS {
            let home = draft.spot.distance(centre);
            let free = commune.ground.clear_m(draft.spot) >= BORDER_M
                && neighbours.iter().all(|n| n.distance(draft.spot) > home + spacing_m)
                && drafts.iter().all(|d| d.spot.distance(draft.spot) >= spacing_m);
            if free {
                break;
            }
            draft = draw_spot(&lines, spread_m, rng);
            if attempt % (DRAWS / 3) == 0 {
                spacing_m /= 2.0;
            }
            if attempt > DRAWS / 2 {
                // Near the centre, which is well inside.
                let reach = commune.ground.clear_m(centre).max(30.0) * 0.8;
                draft.spot = centre.toward(rng.uniform(0.0, 6.3), rng.unit().sqrt() * reach);
            }
        }
        drafts.push(draft);
    }
    drafts
}

fn draw_spot(lines: &[Line], spread_m: f64, rng: &mut Rng) -> Draft {
    let line = rng.below(lines.len() as u64) as usize;
    // Cut at two and a half deviations: a village has no house a kilometre and a half away.
    let along = (rng.gauss().clamp(-2.5, 2.5)) * spread_m;
    let in_alley = rng.chance(0.45);
    let depth = if in_alley { rng.uniform(25.0, 130.0) } else { rng.uniform(7.0, 20.0) };
    let side = if rng.chance(0.5) { depth } else { -depth };
    let Line { start, angle } = lines[line];
    let spot = start.toward(angle, along).toward(angle + std::f64::consts::FRAC_PI_2, side);
    Draft { line, along, in_alley, spot }
}

/// Numbers houses in walking order: alleys bear the number of the house at their mouth, as in Huế.
fn number(
    drafts: &[Draft],
    urban: bool,
    street: impl Fn(usize) -> Street,
    rng: &mut Rng,
) -> Vec<Site> {
    let mut line = usize::MAX;
    let (mut last, mut alley, mut in_alley) = (0u16, 0u16, 0u16);
    drafts
        .iter()
        .map(|draft| {
            if draft.line != line {
                (line, last, alley, in_alley) = (draft.line, 0, 0, 0);
            }
            let inside = urban && draft.in_alley;
            if inside && (alley == 0 || in_alley >= ALLEY_HOUSES) {
                last += 1;
                (alley, in_alley) = (last, 0);
            }
            let number = if inside {
                in_alley += 1;
                in_alley * 2 - 1
            } else {
                last += rng.between(1, 2) as u16;
                last
            };
            let stated = urban || rng.chance(RURAL_NUMBERED);
            let address = Address {
                street: street(draft.line),
                alley: if inside { alley } else { 0 },
                number: if stated { number } else { 0 },
            };
            Site { spot: draft.spot, address }
        })
        .collect()
}
