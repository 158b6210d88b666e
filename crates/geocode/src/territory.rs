//! Parts of the province as sets of the oldest communes: what two statements about a place have in common is one `and`.

/// The most communes that the oldest period may have.
///
/// 152 in this province; four words of 64 bits are one cache line with room to spare.
pub const MAX_ATOMS: usize = 256;

const WORDS: usize = MAX_ATOMS / 64;

/// A set of the communes of the oldest period. Later communes are unions of them, but for parts of a split one, which
/// count as all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub(crate) struct Territory([u64; WORDS]);

impl Territory {
    pub(crate) const EVERYWHERE: Self = Self([u64::MAX; WORDS]);

    pub(crate) fn add(&mut self, atom: usize) {
        self.0[atom / 64] |= 1 << (atom % 64);
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == [0; WORDS]
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        !self.and(other).is_empty()
    }

    /// The communes in it, by their bit.
    pub(crate) fn atoms(self) -> impl Iterator<Item = u16> {
        (0..MAX_ATOMS).filter(move |at| self.0[at / 64] >> (at % 64) & 1 == 1).map(|at| at as u16)
    }

    /// Whether all of it lies in another.
    pub(crate) fn within(self, other: Self) -> bool {
        self.and(other) == self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_meet_in_what_both_hold() {
        let of = |atoms: &[usize]| {
            let mut set = Territory::default();
            for atom in atoms {
                set.add(*atom);
            }
            set
        };
        assert_eq!(of(&[1, 70, 255]).and(of(&[70, 255, 3])), of(&[70, 255]));
        assert!(!of(&[1]).meets(of(&[65])));
        assert!(of(&[1]).within(of(&[1, 2])) && !of(&[1, 2]).within(of(&[1])));
        assert!(Territory::default().is_empty() && of(&[9]).within(Territory::EVERYWHERE));
    }
}
