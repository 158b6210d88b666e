//! The suggestions of a published state, from small indexes that are kept while the state around them stays.

use std::{
    cmp::Reverse,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use diachiso_model::{
    Date, LonLat, PrecisionClass, Published, ReferencePlace, RuleCode, Submission,
    SuggestedPosition, UnitId, Units, Verdict,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::{
    answer::Grade,
    builder::{BuildError, Frame, Kin},
    geocode::Scratch,
    index::Index,
    known::{Known, KnownAddress, KnownVillage, Land},
    missing::{Missing, carry},
    place::PlaceLevel,
};

/// Gives submissions without usable coordinates (G07) their suggestions, state after state.
///
/// A row that says in which commune it is, is looked for among the villages, houses and places of that commune and of its
/// kin: the communes that a reform of any time made of the same ground. So an index is built of some thousand houses
/// rather than of the province's, for those communes only in which a row lacks coordinates, and kept until something in
/// it changes. A row whose commune nobody knows is looked for in all of them, and has the suggestion that one of them alone
/// makes.
///
/// What comes of it is a function of the state alone; what is kept saves work and nothing else. Units, boundaries and masks
/// must be the same from call to call: others need a new value.
pub struct Positions {
    frame: Frame,
    kept: FxHashMap<Kin, Kept>,
    built: usize,
}

/// An index of one kin.
struct Kept {
    /// Of what it was built.
    digest: u64,
    index: Index,
    /// What was found in it already.
    found: FxHashMap<Arc<Stated>, Option<Likely>>,
}

/// What a row states, owned: address, village, commune, day.
type Stated = (Box<str>, Box<str>, Option<UnitId>, Option<Date>);

/// A suggestion and what it rests on, the narrower and surer the greater.
type Likely = ((PlaceLevel, Reverse<Grade>), SuggestedPosition);

/// What is known of one kin.
#[derive(Default)]
struct Around<'a> {
    villages: Vec<KnownVillage<'a>>,
    addresses: Vec<KnownAddress<'a>>,
    places: Vec<ReferencePlace>,
}

impl Positions {
    /// With nothing kept yet.
    ///
    /// # Errors
    /// When there are more communes than an index can tell apart.
    pub fn new(units: &Units, land: &impl Land) -> Result<Self, BuildError> {
        let frame = Frame::new(units, |id| land.extent(id))?;
        Ok(Self { frame, kept: FxHashMap::default(), built: 0 })
    }

    /// Indexes built so far: what the calls have cost.
    #[must_use]
    pub fn built(&self) -> usize {
        self.built
    }

    /// Gives every submission without usable coordinates its suggestion, by the accepted submissions of the same state, its
    /// villages and places of reference files.
    ///
    /// # Errors
    /// When there is more than an index can count.
    pub fn suggest(
        &mut self,
        state: &mut Published,
        land: &impl Land,
        places: &[ReferencePlace],
    ) -> Result<(), BuildError> {
        let lacks = |s: &Submission| s.findings.iter().any(|f| f.code == RuleCode::G07);
        let lacking: Vec<usize> =
            (0..state.submissions.len()).filter(|at| lacks(&state.submissions[*at])).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let asked: Vec<(Missing<'_>, Option<Kin>)> = lacking
            .iter()
            .map(|at| {
                let s = &state.submissions[*at];
                let village = s.village.and_then(|at| state.villages.get(at as usize));
                let missing = Missing::of(s, village.map(|village| &*village.name));
                (missing, missing.commune.and_then(|id| self.frame.kin(id)))
            })
            .collect();
        let nowhere = asked.iter().any(|(missing, kin)| kin.is_none() && missing.says_something());
        let wanted: Vec<Kin> = if nowhere {
            self.frame.kins()
        } else {
            let mut wanted: Vec<Kin> = asked.iter().filter_map(|(_, kin)| *kin).collect();
            wanted.sort_unstable();
            wanted.dedup();
            wanted
        };
        self.prepare(state, land, places, &wanted)?;
        let suggested = self.answers(land, &asked);
        drop(asked);
        for (at, suggested) in lacking.into_iter().zip(suggested) {
            carry(&mut state.submissions[at].findings, suggested);
        }
        Ok(())
    }

    /// Builds the indexes that are wanted and not what they were built of before.
    fn prepare(
        &mut self,
        state: &Published,
        land: &impl Land,
        places: &[ReferencePlace],
        wanted: &[Kin],
    ) -> Result<(), BuildError> {
        let day = state.registers.first().map_or(state.today, |register| register.closed_on);
        let around = self.around(state, land, places, wanted, day);
        let (frame, kept) = (&self.frame, &self.kept);
        let made: Vec<(Kin, Kept)> = wanted
            .par_iter()
            .zip(around)
            .filter_map(|(kin, around)| {
                let digest = around.digest(day);
                let same = kept.get(kin).is_some_and(|kept| kept.digest == digest);
                (!same).then(|| {
                    let index = around.index(frame, day, land)?;
                    Ok((*kin, Kept { digest, index, found: FxHashMap::default() }))
                })
            })
            .collect::<Result<_, BuildError>>()?;
        self.built += made.len();
        self.kept.extend(made);
        Ok(())
    }

    /// What a state knows of each of some kins.
    fn around<'s>(
        &self,
        state: &'s Published,
        land: &impl Land,
        places: &[ReferencePlace],
        wanted: &[Kin],
        day: Date,
    ) -> Vec<Around<'s>> {
        let nth: FxHashMap<Kin, usize> = wanted.iter().copied().zip(0..).collect();
        let of = |commune: Option<UnitId>| nth.get(&self.frame.kin(commune?)?).copied();
        let mut around: Vec<Around<'s>> = wanted.iter().map(|_| Around::default()).collect();
        for village in &state.villages {
            let Some(at) = of(Some(village.commune)) else { continue };
            let (code, name) = (&village.code, &*village.name);
            let shape = village.shape.as_ref();
            let known = KnownVillage { code, name, commune: village.commune, shape };
            around[at].villages.push(known);
        }
        for submission in &state.submissions {
            let Some(known) = known_address(state, submission) else { continue };
            let village = || Some(state.villages.get(submission.village? as usize)?.commune);
            if let Some(at) = of(known.commune.or_else(village)) {
                around[at].addresses.push(known);
            }
        }
        let communes: Vec<Option<UnitId>> =
            places.par_iter().map(|place| land.commune_at(place.point, day)).collect();
        for (place, commune) in places.iter().zip(communes) {
            if let Some(at) = of(commune) {
                around[at].places.push(place.clone());
            }
        }
        around
    }

    /// The suggestion for each row.
    fn answers(
        &mut self,
        land: &impl Land,
        asked: &[(Missing<'_>, Option<Kin>)],
    ) -> Vec<Option<SuggestedPosition>> {
        let kept = &self.kept;
        let all = self.frame.kins();
        let rows: Vec<Arc<Stated>> = asked.iter().map(|(missing, _)| stated(missing)).collect();
        let likely =
            |kin: &Kin, row: &Arc<Stated>, missing: &Missing<'_>, scratch: &mut Scratch| {
                let kept = kept.get(kin)?;
                match kept.found.get(row) {
                    Some(found) => *found,
                    None => kept.index.likely_place(land, missing, scratch),
                }
            };
        let found: Vec<Vec<Option<Likely>>> = asked
            .par_iter()
            .zip(&rows)
            .map_init(Scratch::default, |scratch, ((missing, kin), row)| match kin {
                Some(kin) => vec![likely(kin, row, missing, scratch)],
                None if missing.says_something() => {
                    all.iter().map(|kin| likely(kin, row, missing, scratch)).collect()
                }
                None => Vec::new(),
            })
            .collect();
        // Rows that are no more are forgotten.
        self.kept.values_mut().for_each(|kept| kept.found.clear());
        for (((_, kin), row), found) in asked.iter().zip(&rows).zip(&found) {
            let kins = kin.as_ref().map_or(&all[..], std::slice::from_ref);
            for (kin, found) in kins.iter().zip(found) {
                if let Some(kept) = self.kept.get_mut(kin) {
                    kept.found.insert(Arc::clone(row), *found);
                }
            }
        }
        found.iter().map(|found| alone(found)).collect()
    }
}

/// The narrowest and surest of some suggestions, if no other of them is as narrow and sure elsewhere.
fn alone(found: &[Option<Likely>]) -> Option<SuggestedPosition> {
    let best = found.iter().flatten().map(|(rests_on, _)| rests_on).max()?;
    let mut as_good = found.iter().flatten().filter(|(rests_on, _)| rests_on == best);
    let (_, first) = as_good.next()?;
    as_good.all(|(_, other)| other == first).then_some(*first)
}

fn stated(missing: &Missing<'_>) -> Arc<Stated> {
    Arc::new((missing.address.into(), missing.village.into(), missing.commune, missing.on))
}

impl Around<'_> {
    fn index(&self, frame: &Frame, day: Date, land: &impl Land) -> Result<Index, BuildError> {
        let Self { villages, addresses, places } = self;
        Index::of_known_over(frame, day, land, &Known { villages, addresses, places })
    }

    /// A number that tells it from everything else that an index of the same units may be built of.
    fn digest(&self, day: Date) -> u64 {
        let mut hasher = DefaultHasher::new();
        let place = |at: LonLat| (at.lon().to_bits(), at.lat().to_bits());
        day.hash(&mut hasher);
        self.villages.len().hash(&mut hasher);
        for KnownVillage { code, name, commune, shape } in &self.villages {
            (code, name, commune, shape.is_some()).hash(&mut hasher);
            let rings = shape.iter().flat_map(|shape| shape.iter());
            for corner in rings.flat_map(|part| part.exterior().coords()) {
                (corner.x.to_bits(), corner.y.to_bits()).hash(&mut hasher);
            }
        }
        self.addresses.len().hash(&mut hasher);
        for KnownAddress { address, village, commune, point, accuracy_m } in &self.addresses {
            let accuracy = accuracy_m.map(f64::to_bits);
            (address, village, commune, place(*point), accuracy).hash(&mut hasher);
        }
        for ReferencePlace { kind, name, number, alley, point } in &self.places {
            (*kind as u8, name, number, alley, place(*point)).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// Gives every submission without usable coordinates (G07) its suggestion, as [`Positions`] does, with nothing kept.
///
/// What comes of it depends on the state, the units, the land and the places alone: submissions are in the order of their
/// ids, and the day of the names is the closing date. Where nothing lacks coordinates no index is built.
///
/// # Errors
/// When there is more than an index can count.
pub fn suggest_positions(
    state: &mut Published,
    units: &Units,
    land: &impl Land,
    places: &[ReferencePlace],
) -> Result<(), BuildError> {
    Positions::new(units, land)?.suggest(state, land, places)
}

/// The address of an accepted submission that somebody stood at.
fn known_address<'s>(state: &'s Published, s: &'s Submission) -> Option<KnownAddress<'s>> {
    let stood_at = s.precision.is_some_and(PrecisionClass::counts);
    let point: LonLat = s.point.filter(|_| stood_at && s.verdict == Verdict::Accepted)?;
    let village = s.village.and_then(|at| state.villages.get(at as usize));
    Some(KnownAddress {
        address: &s.address,
        village: village.map(|v| &v.code),
        commune: s.commune,
        point,
        accuracy_m: s.accuracy_m.map(f64::from),
    })
}
