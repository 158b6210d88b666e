//! Two records and what speaks for their being one.

/// A pair of records with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The row of the one; less than `b`.
    pub a: u32,
    /// The row of the other.
    pub b: u32,
    /// log2 of the odds that they are one entity.
    pub bits: f32,
}

/// The probability of odds given in bits.
#[must_use]
pub fn probability(bits: f32) -> f64 {
    let odds = f64::from(bits).exp2();
    if odds.is_infinite() { 1.0 } else { odds / (1.0 + odds) }
}
