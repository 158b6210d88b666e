//! Everything that needs a map: datums, projections, indexes over boundaries, village shapes, tiles.
//!
//! All of it is pure and total over values: no file, no database, no thread of its own.

pub mod address_code;
pub mod coverage_check;
pub mod density;
pub mod distance;
mod grid_rings;
pub mod hilbert;
pub mod meets;
pub mod olc;
pub mod point_index;
pub mod power_diagram;
pub mod projected_zone;
pub mod schematic;
pub mod tile;
pub mod tour;
pub mod village_shape;
pub mod vn2000;
