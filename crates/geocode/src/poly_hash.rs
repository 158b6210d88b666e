//! Hashes of all parts of a text, and of all texts with a letter or two left out, in constant time each.

/// Odd, so that it has an inverse and no letter is lost.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// Longest text that letters are left out of, in bytes.
pub(crate) const MAX_LEN: usize = 40;

const POWERS: [u64; MAX_LEN + 1] = {
    let mut powers = [1_u64; MAX_LEN + 1];
    let mut at = 1;
    while at <= MAX_LEN {
        powers[at] = powers[at - 1].wrapping_mul(BASE);
        at += 1;
    }
    powers
};

fn spread(mut hash: u64) -> u64 {
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 32)
}

/// The hash of a text, equal to that of [`PrefixHashes::range`] over the same bytes.
pub(crate) fn hash(text: &str) -> u64 {
    spread(raw(text.as_bytes()))
}

fn raw(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| step(sum, *byte))
}

fn step(sum: u64, byte: u8) -> u64 {
    sum.wrapping_mul(BASE).wrapping_add(u64::from(byte) + 1)
}

/// Hashes of all beginnings of a text.
#[derive(Default)]
pub(crate) struct PrefixHashes {
    sums: Vec<u64>,
}

impl PrefixHashes {
    pub(crate) fn reset(&mut self, bytes: &[u8]) {
        self.sums.clear();
        self.sums.push(0);
        let mut sum = 0;
        self.sums.extend(bytes.iter().map(|byte| {
            sum = step(sum, *byte);
            sum
        }));
    }

    /// The hash of the bytes `from..to`.
    pub(crate) fn range(&self, from: usize, to: usize) -> u64 {
        spread(self.raw(from, to))
    }

    fn raw(&self, from: usize, to: usize) -> u64 {
        let length = to - from;
        let power = POWERS
            .get(length)
            .copied()
            .unwrap_or_else(|| (0..length).fold(1_u64, |power, _| power.wrapping_mul(BASE)));
        self.sums[to].wrapping_sub(self.sums[from].wrapping_mul(power))
    }

    /// Calls `found` with the hash of `from..to` without one byte, for each.
    pub(crate) fn without_one(&self, from: usize, to: usize, mut found: impl FnMut(u64)) {
        if to - from > MAX_LEN {
            return;
        }
        for out in from..to {
            found(spread(self.joined(self.raw(from, out), out + 1, to)));
        }
    }

    /// Calls `found` with the hash of `from..to` without two bytes, for each pair.
    pub(crate) fn without_two(&self, from: usize, to: usize, mut found: impl FnMut(u64)) {
        if to - from > MAX_LEN {
            return;
        }
        for first in from..to {
            let head = self.raw(from, first);
            for second in first + 1..to {
                let head = self.joined(head, first + 1, second);
                found(spread(self.joined(head, second + 1, to)));
            }
        }
    }

    fn joined(&self, head: u64, from: usize, to: usize) -> u64 {
        head.wrapping_mul(POWERS[to - from]).wrapping_add(self.raw(from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_parts_are_those_of_the_parts_alone() {
        let text = "thuanhoa22";
        let mut prefixes = PrefixHashes::default();
        prefixes.reset(text.as_bytes());
        for from in 0..text.len() {
            for to in from..=text.len() {
                assert_eq!(prefixes.range(from, to), hash(&text[from..to]));
            }
        }
    }

    #[test]
    fn hashes_without_letters_are_those_of_the_shorter_texts() {
        let text = "quangphu";
        let mut prefixes = PrefixHashes::default();
        prefixes.reset(format!("x{text}y").as_bytes());
        let (mut one, mut two) = (Vec::new(), Vec::new());
        prefixes.without_one(1, 1 + text.len(), |h| one.push(h));
        prefixes.without_two(1, 1 + text.len(), |h| two.push(h));
        let without = |out: &[usize]| -> u64 {
            hash(
                &text
                    .char_indices()
                    .filter(|(i, _)| !out.contains(i))
                    .map(|(_, c)| c)
                    .collect::<String>(),
            )
        };
        let n = text.len();
        assert_eq!(one, (0..n).map(|i| without(&[i])).collect::<Vec<_>>());
        let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| [i, j]));
        assert_eq!(two, pairs.map(|pair| without(&pair)).collect::<Vec<_>>());
    }
}
