//! Randomness without state to carry: every draw is a function of a key.

/// A `SplitMix64` stream that starts at a key; two keys give unrelated streams.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One number that stands for several, their order included.
pub(crate) fn key(parts: &[u64]) -> u64 {
    parts.iter().fold(GOLDEN, |k, &p| mix(k.rotate_left(23) ^ p.wrapping_add(GOLDEN)))
}

impl Rng {
    pub(crate) fn new(parts: &[u64]) -> Self {
        Self(key(parts))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number below `n`, which must not be 0; the bias of the multiplication is below 2⁻³².
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A number from `low` up to and including `high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// A draw from the standard normal distribution (Box and Muller).
    pub(crate) fn gauss(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// A place in a list of weights; `None` when they sum to nothing.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> Option<usize> {
        let total: f64 = weights.clone().sum();
        if total <= 0.0 {
            return None;
        }
        let mut left = self.unit() * total;
        let mut last = None;
        for (i, w) in weights.enumerate().filter(|&(_, w)| w > 0.0) {
            last = Some(i);
            left -= w;
            if left < 0.0 {
                break;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ_in_one_part_or_in_order_give_other_streams() {
        let first = |parts: &[u64]| Rng::new(parts).next();
        assert_eq!(first(&[1, 2, 3]), first(&[1, 2, 3]));
        assert_ne!(first(&[1, 2, 3]), first(&[1, 3, 2]));
        assert_ne!(first(&[1, 2]), first(&[1, 2, 0]));
    }

    #[test]
    fn draws_keep_to_their_ranges_and_means() {
        let mut rng = Rng::new(&[7]);
        let n = 20_000;
        let mean = (0..n).map(|_| rng.unit()).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let spread = (0..n).map(|_| rng.gauss().powi(2)).sum::<f64>() / f64::from(n);
        assert!((spread - 1.0).abs() < 0.05, "{spread}");
        assert!((0..n).all(|_| (3..=5).contains(&rng.between(3, 5))));
        assert_eq!(rng.weighted([0.0, 0.0].into_iter()), None);
        assert_eq!(rng.weighted([0.0, 1.0, 0.0].into_iter()), Some(1));
    }
}
