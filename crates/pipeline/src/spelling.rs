//! How names are spelt, in little room.

use std::sync::LazyLock;

use diachiso_text::letter::plain;

/// Letters, digits and blanks of names, in the form in which they are compared.
const LETTERS: &str = " abcdefghijklmnopqrstuvwxyzđ0123456789ăâêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ";
/// Letters of one word: nine of seven bits.
const PER_WORD: usize = 9;
const BITS: u32 = 7;
/// Stands for a letter that no Vietnamese word has.
const OTHER: u8 = 0x7f;
/// Points of the highest of [`LETTERS`] and one more.
const POINTS: usize = 0x1f00;

static LETTER_OF: LazyLock<Vec<char>> = LazyLock::new(|| LETTERS.chars().collect());
static CODES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut codes = vec![OTHER; POINTS];
    for (code, letter) in (1..).zip(LETTERS.chars()) {
        codes[letter as usize] = code;
    }
    codes
});

/// The first 36 letters of a name's strong key; those of names that have more are as good as all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spelling(pub(crate) [u64; 4]);

impl Spelling {
    /// Of a strong key.
    pub(crate) fn new(key: &str) -> Self {
        let mut words = [0; 4];
        let room = words.len() * PER_WORD;
        for (at, letter) in key.chars().take(room).enumerate() {
            let code = CODES.get(letter as usize).copied().unwrap_or(OTHER);
            words[at / PER_WORD] |= u64::from(code) << (BITS * (at % PER_WORD) as u32);
        }
        Self(words)
    }

    /// The key, or its beginning.
    pub(crate) fn key(self) -> String {
        let letters = &*LETTER_OF;
        let codes = self.0.iter().flat_map(|word| {
            (0..PER_WORD).map(move |at| (word >> (BITS * at as u32)) as u8 & OTHER)
        });
        let spelt = codes.take_while(|code| *code != 0);
        spelt.map(|code| letters.get(usize::from(code) - 1).copied().unwrap_or('?')).collect()
    }
}

/// First letters of words that are told apart; names of more are rare.
const INITIALS_MAX: usize = 8;

/// What households are found by whose names are written in initials, turned round or misspelt behind a first letter: the
/// first letters of the words of a name without marks, in the order of the alphabet; 0 for no name.
pub(crate) fn initials(folded: &str) -> u64 {
    let mut letters = [0; INITIALS_MAX];
    for (slot, word) in letters.iter_mut().zip(folded.split(' ')) {
        *slot = word.bytes().next().unwrap_or(0);
    }
    letters.sort_unstable();
    u64::from_be_bytes(letters)
}

/// The given name of a name without marks, where it is written out.
pub(crate) fn given(folded: &str) -> &str {
    let given = folded.rsplit(' ').next().unwrap_or("");
    let vowel = |c: char| matches!(plain(c), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    if given.chars().nth(1).is_some() && given.chars().any(vowel) { given } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_back_as_it_was_spelt() {
        for key in ["", "nguyễn văn hùng", "tôn nữ thị đoan trang", "k'tanh", "lê thị 2"]
        {
            let back = Spelling::new(key).key();
            assert_eq!(back, key.replace('\'', "?"));
        }
        let long = "công tằng tôn nữ huyền trân phương thảo";
        assert_eq!(Spelling::new(long).key(), long.chars().take(36).collect::<String>());
    }

    #[test]
    fn initials_are_one_however_a_name_is_written() {
        let whole = initials("nguyen van hung");
        assert!(["ng v hung", "hung nguyen van", "nguyen van hnug"].map(initials) == [whole; 3]);
        assert_ne!(initials("nguyen van lan"), whole);
        assert_eq!(initials(""), 0);
        assert_eq!(["nguyen van hung", "nguyen v h", "ng"].map(given), ["hung", "", ""]);
    }
}
