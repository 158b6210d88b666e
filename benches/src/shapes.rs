//! Shapes of units for a store.

use diachiso_pipeline::Reference;
use diachiso_store::UnitShape;

/// The units as the store wants them for its map layers.
#[must_use]
pub fn shapes(reference: &Reference) -> Vec<UnitShape> {
    let shape = |(id, period, shape, schematic): diachiso_pipeline::PeriodShape<'_>| {
        let unit = reference.units.get(id);
        UnitShape {
            code: unit.code.clone(),
            level: unit.level,
            name: unit.full_name().into(),
            period,
            shape: shape.clone(),
            schematic,
        }
    };
    diachiso_pipeline::unit_shapes(reference).into_iter().map(shape).collect()
}
