//! Where rows without usable coordinates (G07) are likely to be.

use diachiso_geocode::{BuildError, Extent, Land};
use diachiso_model::{Date, LonLat, Published, ReferencePlace, UnitId};
use diachiso_pipeline::Reference;

/// What the boundaries of reference data tell the geocoder.
#[derive(Clone, Copy)]
pub struct OnBoundaries<'a>(pub &'a Reference);

impl Land for OnBoundaries<'_> {
    fn extent(&self, unit: UnitId) -> Option<Extent> {
        Extent::of_shape(&self.0.boundaries.get(unit)?.shape)
    }

    fn commune_at(&self, point: LonLat, on: Date) -> Option<UnitId> {
        self.0.boundaries.locate(point, on)
    }

    fn may_show(&self, point: LonLat) -> bool {
        !self.0.is_masked(point)
    }
}

/// Suggestions for a state that changes: what is kept of the state before saves work and changes nothing. It holds for one
/// reference, with its masks.
pub struct Positions(diachiso_geocode::Positions);

impl Positions {
    /// With nothing kept yet.
    ///
    /// # Errors
    /// When there are more communes than an index can tell apart.
    pub fn new(reference: &Reference) -> Result<Self, BuildError> {
        diachiso_geocode::Positions::new(&reference.units, &OnBoundaries(reference)).map(Self)
    }

    /// Indexes built so far: what the calls have cost.
    #[must_use]
    pub fn built(&self) -> usize {
        self.0.built()
    }

    /// As [`suggest_positions`], by the reference that this was made with.
    ///
    /// # Errors
    /// When there is more than an index can count.
    pub fn suggest(
        &mut self,
        state: &mut Published,
        reference: &Reference,
        places: &[ReferencePlace],
    ) -> Result<(), BuildError> {
        self.0.suggest(state, &OnBoundaries(reference), places)
    }
}

/// Gives every submission of a state that lacks usable coordinates the geocoder's suggestion, by the state itself and
/// places of reference files.
///
/// # Errors
/// When there is more than an index can count.
pub fn suggest_positions(
    state: &mut Published,
    reference: &Reference,
    places: &[ReferencePlace],
) -> Result<(), BuildError> {
    diachiso_geocode::suggest_positions(state, &reference.units, &OnBoundaries(reference), places)
}
