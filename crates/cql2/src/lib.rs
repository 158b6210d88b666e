//! Filters in CQL2 (OGC 21-065r2), as text and as JSON: comparisons, lists, patterns and boxes over attributes that a
//! caller names. What is read is bounded in length, depth and number of parts, so that evaluating it costs at most so
//! many comparisons a feature; anything else is refused with the place and what would do.
//!
//! Met are *Basic CQL2*, *Advanced Comparison Operators*, *Case-insensitive* and *Accent-insensitive Comparison*,
//! *Property-Property Comparisons* and *Basic Spatial Functions* (`S_INTERSECTS` with a point or a box).

mod error;
mod filter;
mod json;
mod like;
mod text;
mod tree;

pub use error::{Fault, FilterError};
pub use filter::{Fields, Filter, Kind, Queryable, Shape, Value};

/// Longest filter in bytes; a URL of many proxies ends at 8,192.
pub const MAX_BYTES: usize = 4_096;
/// Deepest nesting of brackets and operators.
pub const MAX_DEPTH: usize = 32;
/// Most operators, attributes and values together.
pub const MAX_PARTS: usize = 500;
/// Most boxes and points: each is compared with the edges of every shape.
pub const MAX_SHAPES: usize = 8;
