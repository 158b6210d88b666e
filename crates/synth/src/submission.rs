//! From a house to the rows handed in about it, dirt and truth included.

mod draft;
mod soil;

use std::sync::Arc;

use diachiso_model::SubmissionField as F;
use geo_types::Coord;

use crate::{
    dirt::Dirt,
    random::Rng,
    row::{Batch, SubmissionRow, Truth},
    village::{Fate, House, Village},
};
use draft::{Draft, Form};

/// Villages of the sheet batch are among the first of the whole: a sheet of 25 columns is slow to write.
const SHEET_VILLAGES: u64 = 150;

/// Everything handed in about a village's houses, in walking order, repeats after their masters.
pub(crate) fn submissions(village: &Village<'_>) -> Vec<(SubmissionRow, Truth)> {
    let title: Arc<str> = village.title.as_str().into();
    let mut out = Vec::with_capacity(village.houses.len() + village.houses.len() / 16);
    let stack = village.stack();
    for (i, house) in village.houses.iter().enumerate() {
        let visits = match house.fate {
            Fate::Covered | Fate::Rejected | Fate::Held(_) => of_register(village, house, stack),
            Fate::Outside => of_outside(village, house, i),
            Fate::Unvisited | Fate::Twin | Fate::Away | Fate::Moved | Fate::Gone => continue,
        };
        out.extend(visits.into_iter().map(|draft| draft.finish(&title)));
    }
    out
}

fn main_batch(overall: u64) -> Batch {
    match overall % 10 {
        5 | 6 => Batch::Semicolon,
        7 | 8 if overall < SHEET_VILLAGES => Batch::Sheet,
        9 => Batch::Later,
        _ => Batch::Plain,
    }
}

fn of_register<'a>(
    village: &'a Village<'a>,
    house: &'a House,
    stack: Option<Coord<f64>>,
) -> Vec<Draft<'a>> {
    let mut rng = Rng::new(&[house.key, 61]);
    let config = village.plan.config;
    let mut draft = Draft::new(village, house, main_batch(village.quota.overall), &mut rng);
    match house.fate {
        Fate::Held(Dirt::Stacked) => {
            draft.at = stack.unwrap_or(draft.at);
            draft.kinds.push(Dirt::Stacked);
        }
        Fate::Held(Dirt::Ambiguous) => {
            draft.leave_nothing_that_decides();
            return vec![draft];
        }
        Fate::Held(Dirt::AwayVisited) => {
            draft.form = Form::Missing;
            draft.kinds.push(Dirt::AwayVisited);
        }
        Fate::Held(Dirt::Shifted) => {
            draft.shift_to_vn2000();
            draft.kinds.push(Dirt::Shifted);
        }
        // A kind that finds no hold on this house gives way to one that always does.
        Fate::Held(kind) if !draft.apply(kind, &mut rng) => {
            draft.apply(Dirt::NoPosition, &mut rng);
        }
        Fate::Rejected => {
            draft.apply(Dirt::ImpossibleDay, &mut rng);
        }
        _ => {}
    }
    draft.soil(&mut rng);
    let moved = [Dirt::JustOutside, Dirt::FarInCommune].iter().any(|k| draft.kinds.contains(k));
    let repeated = house.fate == Fate::Covered && !moved && rng.chance(config.duplicates_share);
    let shares =
        [Dirt::ExactRepeat, Dirt::LaterRepeat, Dirt::MovedAgain].map(|k| config.dirt.share(k));
    match rng.weighted(shares.into_iter()) {
        Some(0) if repeated => {
            let again = draft.again();
            vec![draft, again]
        }
        Some(2) if repeated => match far_spot(village, house, &mut rng) {
            Some(far) => {
                let moved = moved_repeat(&draft, far, &mut rng);
                vec![draft, moved]
            }
            None => vec![draft],
        },
        Some(_) if repeated => {
            let later = later_repeat(&draft, &mut rng);
            vec![draft, later]
        }
        _ => vec![draft],
    }
}

fn of_outside<'a>(village: &'a Village<'a>, house: &'a House, i: usize) -> Vec<Draft<'a>> {
    let mut rng = Rng::new(&[house.key, 62]);
    let dirt = &village.plan.config.dirt;
    let mut draft = Draft::new(village, house, main_batch(village.quota.overall), &mut rng);
    draft.kinds.push(Dirt::OutsideList);
    let is_outside = |h: &&House| h.fate == Fate::Outside;
    let lender = village.houses[..i].iter().rev().find(is_outside);
    let next = village.houses[i + 1..].iter().find(is_outside);
    draft.lends = next.is_some_and(|n| borrowed(village, n).is_some());
    match (lender, borrowed(village, house)) {
        (Some(lender), Some(Dirt::SharedCode)) if lender.code.is_some() => {
            draft.set(F::Code, lender.code.clone().unwrap_or_default());
            draft.kinds.push(Dirt::SharedCode);
        }
        (Some(lender), Some(Dirt::SharedIdentity)) => {
            draft.set(F::Identity, format!("{:012}", lender.identity));
            draft.kinds.push(Dirt::SharedIdentity);
        }
        _ => {}
    }
    if rng.chance(dirt.share(Dirt::Imprecise)) {
        draft.form = Form::ThreeDecimals;
        draft.set(F::Accuracy, "60".into());
        draft.kinds.push(Dirt::Imprecise);
        draft.soil(&mut rng);
        return vec![draft];
    }
    let far = rng.chance(dirt.share(Dirt::FarRepeat)).then(|| far_spot(village, house, &mut rng));
    let Some(Some(far)) = far else {
        draft.soil(&mut rng);
        return vec![draft];
    };
    draft.kinds.push(Dirt::FarRepeat);
    let mut repeat = Draft::new(village, house, Batch::Later, &mut rng);
    for field in [F::Code, F::Identity] {
        repeat.set(field, draft.get(field).to_owned());
    }
    repeat.date_after(&draft, &mut rng);
    repeat.at = far;
    repeat.kinds.clone_from(&draft.kinds);
    vec![draft, repeat]
}

/// What a household outside the register takes from the one before it.
fn borrowed(village: &Village<'_>, house: &House) -> Option<Dirt> {
    let dirt = &village.plan.config.dirt;
    let mut rng = Rng::new(&[house.key, 64]);
    [Dirt::SharedCode, Dirt::SharedIdentity].into_iter().find(|&k| rng.chance(dirt.share(k)))
}

/// A place 120 to 400 m away, still well inside the commune.
fn far_spot(village: &Village<'_>, house: &House, rng: &mut Rng) -> Option<Coord<f64>> {
    let ground = &village.plan.communes[village.quota.commune].ground;
    (0..12)
        .map(|_| house.spot.toward(rng.uniform(0.0, 6.3), rng.uniform(120.0, 400.0)))
        .find(|s| ground.clear_m(*s) >= 20.0)
        .map(|s| ground.degrees(s))
}

/// The household handed in again from another place: both cannot be right.
fn moved_repeat<'a>(master: &Draft<'a>, far: Coord<f64>, rng: &mut Rng) -> Draft<'a> {
    let mut repeat = Draft::new(master.village, master.house, Batch::Later, rng);
    repeat.kinds.push(Dirt::MovedAgain);
    repeat.date_after(master, rng);
    repeat.at = far;
    repeat
}

fn later_repeat<'a>(master: &Draft<'a>, rng: &mut Rng) -> Draft<'a> {
    let mut repeat = Draft::new(master.village, master.house, Batch::Later, rng);
    repeat.kinds.push(Dirt::LaterRepeat);
    repeat.date_after(master, rng);
    repeat.soil(rng);
    repeat
}
