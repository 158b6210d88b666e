//! Reference data with the boundaries of a store.

use diachiso_pipeline::{Boundary, Reference, ReferenceError};
use diachiso_store::BoundaryRecord;

/// Units and boundaries, those that a store imported before those that the program brings along.
///
/// # Errors
/// When a boundary belongs to no unit.
pub fn reference_of(imported: Vec<BoundaryRecord>) -> Result<Reference, ReferenceError> {
    let boundary = |b: BoundaryRecord| {
        (b.code, b.valid_from, Boundary { shape: b.shape, schematic: b.schematic })
    };
    Reference::load(imported.into_iter().map(boundary))
}
