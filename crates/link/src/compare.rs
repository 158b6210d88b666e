//! How two texts agree, told of the texts alone: the same for columns of a table and for programs with values of their own.

use diachiso_text::letter::is_marked;

use crate::{
    condition::Test,
    edits::{self, Letter},
    key::Part,
    lexicon::{View, Word, are_initials, fold_hash, shared_words, words},
    part_keys,
};

/// Edits between a text and a slip of it.
const SLIP_EDITS: f32 = 1.0;
const BASE: Letter = 0x3ff;

/// A text made ready for every test.
#[derive(Clone, Debug)]
pub struct Text {
    whole: Box<str>,
    fold: u64,
    marked: bool,
    signature: u64,
    letters: Vec<Letter>,
    words: Vec<Word>,
}

impl Text {
    /// A text in the form in which its column holds it, such as [`diachiso_text::fold::strong_key`] of a name.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let letters: Vec<Letter> = text.chars().map(edits::letter).collect();
        Self {
            fold: fold_hash(text),
            marked: text.chars().any(is_marked),
            signature: edits::signature(&letters),
            words: words(text).map(|word| Word::new(word, true)).collect(),
            whole: text.into(),
            letters,
        }
    }

    /// Whether a test holds of two texts; of tests that are not about texts, none does. A text that states nothing
    /// passes none.
    #[must_use]
    pub fn holds(&self, test: Test, other: &Self) -> bool {
        if self.whole.is_empty() || other.whole.is_empty() {
            return false;
        }
        match test {
            Test::Exact => self.whole == other.whole,
            Test::WordsWithin => test.of_texts(self.view(), other.view()),
            _ => {
                test.is_of_texts()
                    && (self.whole == other.whole || test.of_texts(self.view(), other.view()))
            }
        }
    }

    /// What a block key takes of the text, as a hash; 0 where it is empty or the part is none of a text.
    #[must_use]
    pub fn key(&self, part: Part) -> u64 {
        match part {
            _ if self.whole.is_empty() => part_keys::NO_KEY,
            Part::Fold => self.fold.max(1),
            _ => part_keys::of_spelling(part, &self.letters, &self.words),
        }
    }

    fn view(&self) -> View<'_> {
        let Self { fold, marked, signature, .. } = *self;
        View { fold, marked, signature, letters: &self.letters, words: &self.words }
    }
}

impl Test {
    fn is_of_texts(self) -> bool {
        !matches!(
            self,
            Self::Crossed(_)
                | Self::Difference(_)
                | Self::Metres(_)
                | Self::OneStates
                | Self::Unstated
                | Self::Otherwise
        )
    }

    /// Whether it holds of two texts that are stated and are not the same.
    pub(crate) fn of_texts(self, a: View<'_>, b: View<'_>) -> bool {
        match self {
            Self::Unmarked => a.fold == b.fold && !(a.marked && b.marked),
            Self::Unaccented => a.fold == b.fold,
            Self::SameWords => {
                a.words.len() == b.words.len() && shared_words(a.words, b.words) == a.words.len()
            }
            Self::WordsWithin => {
                let fewer = a.words.len().min(b.words.len());
                fewer >= 2 && shared_words(a.words, b.words) == fewer
            }
            Self::Initials => are_initials(a.words, b.words),
            Self::Slip => is_slip(a, b),
            Self::Edits(most) => {
                edits::may_be_within(a.signature, b.signature, most)
                    && edits::distance(a.letters, b.letters, most).is_some()
            }
            Self::JaroWinkler(least) => {
                let args = rapidfuzz::distance::jaro_winkler::Args::default()
                    .score_cutoff(f64::from(least));
                // One way round: transpositions are counted from the first text.
                let (p, q) = if a.letters < b.letters { (a, b) } else { (b, a) };
                rapidfuzz::distance::jaro_winkler::normalized_similarity_with_args(
                    p.letters.iter().copied(),
                    q.letters.iter().copied(),
                    &args,
                )
                .is_some()
            }
            Self::Words(least) => {
                let shared = shared_words(a.words, b.words);
                shared as f32 >= least * (a.words.len() + b.words.len() - shared) as f32
            }
            Self::Prefix(least) => {
                let both = a.letters.iter().zip(b.letters);
                both.take_while(|(a, b)| *a & BASE == *b & BASE).count() as f32 >= least
            }
            Self::Exact
            | Self::Crossed(_)
            | Self::Difference(_)
            | Self::Metres(_)
            | Self::OneStates
            | Self::Unstated
            | Self::Otherwise => false,
        }
    }
}

/// See [`Test::Slip`].
fn is_slip(a: View<'_>, b: View<'_>) -> bool {
    if a.words.len() != b.words.len() || !edits::may_be_within(a.signature, b.signature, SLIP_EDITS)
    {
        return false;
    }
    let mut others = a.words.iter().zip(b.words).filter(|(x, y)| x.hash != y.hash);
    let (Some((x, y)), None) = (others.next(), others.next()) else { return false };
    if (x.syllable && y.syllable) || x.is_short() || y.is_short() {
        return false;
    }
    if a.marked && b.marked {
        return edits::distance(a.letters, b.letters, SLIP_EDITS).is_some();
    }
    let [p, q] = [a, b].map(|v| v.letters.iter().map(|l| l & BASE).collect::<Vec<Letter>>());
    edits::distance(&p, &q, SLIP_EDITS).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str, holding: &[Test]) {
        const ALL: [Test; 7] = [
            Test::Exact,
            Test::Unmarked,
            Test::Unaccented,
            Test::SameWords,
            Test::Initials,
            Test::Slip,
            Test::Edits(1.0),
        ];
        let (a, b) = (Text::new(a), Text::new(b));
        let found: Vec<Test> = ALL.into_iter().filter(|test| a.holds(*test, &b)).collect();
        assert_eq!(found, holding);
        let turned: Vec<Test> = ALL.into_iter().filter(|test| b.holds(*test, &a)).collect();
        assert_eq!(turned, holding, "the other way round");
    }

    #[test]
    fn names_in_initials_and_turned_round_are_told_from_other_names() {
        use Test::{Edits, Initials, SameWords, Slip, Unaccented, Unmarked};
        check("ng v hùng", "nguyễn văn hùng", &[Initials]);
        check("n v hùng", "nguyễn văn hùng", &[Initials]);
        check("tr thị lan", "trần thị lan", &[Initials]);
        check("ph v hùng", "nguyễn văn hùng", &[]);
        check("n v h", "nguyễn văn hùng", &[]);
        check("hùng nguyễn văn", "nguyễn văn hùng", &[SameWords]);
        check("nguyễn văn hnùg", "nguyễn văn hùng", &[Slip, Edits(1.0)]);
        check("nguyen van hungg", "nguyễn văn hùng", &[Slip]);
        check("nguyễn văn tân", "nguyễn văn tuân", &[Edits(1.0)]);
        check("phan văn nam", "phạm văn nam", &[]);
        check("lê thị thủy", "lê thị thúy", &[Unaccented, SameWords, Initials, Edits(1.0)]);
        check("le thi thuy", "lê thị thúy", &[Unmarked, Unaccented, SameWords, Initials]);
    }

    #[test]
    fn the_key_of_initials_is_one_for_a_name_however_it_is_written() {
        let key = |text: &str| Text::new(text).key(Part::Initials);
        let whole = key("nguyễn văn hùng");
        for other in ["ng v hùng", "hùng nguyễn văn", "nguyen van hnug"] {
            assert_eq!(key(other), whole, "{other}");
        }
        assert_ne!(key("nguyễn văn lan"), whole);
        assert_eq!(key(""), 0);
    }
}
