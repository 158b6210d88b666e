//! How much agreement on a rare value weighs above agreement on a common one.

use crate::{Column, Records, model::RAREST};

/// Bits that rarity adds to agreement, by text and by text without marks.
#[derive(Clone, Debug)]
pub(crate) struct Frequency {
    by_code: Vec<f32>,
    by_fold: Vec<f32>,
    /// log2 of the chance that two records agree, over the share of an unlisted value.
    unlisted: f32,
}

/// The listed key of the share that each unlisted value has.
const UNLISTED: &str = "*";
/// Bearers from which a value is listed in a model file: fewer would name people.
const BEARERS_LEAST: u32 = 20;

impl Frequency {
    /// Frequencies of the records at hand.
    pub(crate) fn of_column(records: &Records, column: usize) -> Self {
        let shares = shares(records, column);
        Self::new(records, column, &shares, RAREST)
    }

    fn new(records: &Records, column: usize, shares: &[f64], unlisted: f64) -> Self {
        let lexicon = &records.lexicons[column];
        let chance: f64 = shares.iter().map(|x| x * x).sum::<f64>().max(RAREST);
        let bits = |share: f64| (chance / share.max(unlisted).max(RAREST)).log2() as f32;
        let mut folds = vec![0.0; lexicon.fold_codes()];
        for (code, share) in shares.iter().enumerate() {
            folds[lexicon.entry(code as u32).fold as usize] += share;
        }
        Self {
            by_code: shares.iter().map(|s| bits(*s)).collect(),
            by_fold: folds.into_iter().map(bits).collect(),
            unlisted: bits(0.0),
        }
    }

    /// Frequencies that a model was estimated with; what it does not list is as rare as it says the rest is.
    pub(crate) fn frozen(records: &Records, column: usize, listed: &[(Box<str>, f64)]) -> Self {
        let Column::Text(texts) = &records.table().columns()[column] else {
            return Self { by_code: Vec::new(), by_fold: Vec::new(), unlisted: 0.0 };
        };
        let rest = listed.iter().find(|(text, _)| &**text == UNLISTED).map_or(RAREST, |(_, s)| *s);
        let lexicon = &records.lexicons[column];
        let chance =
            listed.iter().filter(|(t, _)| &**t != UNLISTED).map(|(_, x)| x * x).sum::<f64>();
        let chance = (chance + rest).max(RAREST);
        let bits = |share: f64| (chance / share.max(rest).max(RAREST)).log2() as f32;
        let mut this = Self {
            by_code: vec![bits(0.0); texts.code_count()],
            by_fold: vec![bits(0.0); lexicon.fold_codes()],
            unlisted: bits(0.0),
        };
        let mut folds = vec![0.0; lexicon.fold_codes()];
        for (text, share) in listed {
            if let Some(code) = texts.code_of(text) {
                this.by_code[code as usize] = bits(*share);
                folds[lexicon.entry(code).fold as usize] += share;
            }
        }
        for (to, share) in this.by_fold.iter_mut().zip(folds).filter(|(_, share)| *share > 0.0) {
            *to = bits(share);
        }
        this
    }

    /// Takes in texts that came later: they are unlisted, or listed under a frozen model.
    pub(crate) fn extend(&mut self, records: &Records, column: usize, listed: &[(Box<str>, f64)]) {
        let Column::Text(texts) = &records.table().columns()[column] else { return };
        if texts.code_count() > self.by_code.len() {
            let news = self.by_code.len()..texts.code_count();
            let new_is_listed =
                |code: usize| listed.iter().any(|(t, _)| **t == *texts.value(code as u32));
            if !listed.is_empty() && news.clone().any(new_is_listed) {
                *self = Self::frozen(records, column, listed);
                return;
            }
            self.by_code.resize(texts.code_count(), self.unlisted);
            self.by_fold.resize(records.lexicons[column].fold_codes(), self.unlisted);
        }
    }

    pub(crate) fn of_code(&self, code: u32) -> f32 {
        self.by_code.get(code as usize).copied().unwrap_or(self.unlisted)
    }

    pub(crate) fn of_fold(&self, fold: u32) -> f32 {
        self.by_fold.get(fold as usize).copied().unwrap_or(self.unlisted)
    }

    /// The most that rarity can add.
    pub(crate) fn most(&self) -> f32 {
        self.unlisted
    }
}

/// Share of the records that state anything which state this text, by code.
fn shares(records: &Records, column: usize) -> Vec<f64> {
    let counts = counts(records, column);
    let stated: u32 = counts.iter().skip(1).sum();
    let share = |n: &u32| f64::from(*n) / f64::from(stated.max(1));
    let mut shares: Vec<f64> = counts.iter().map(share).collect();
    if let Some(nothing) = shares.first_mut() {
        *nothing = 0.0;
    }
    shares
}

fn counts(records: &Records, column: usize) -> Vec<u32> {
    let Column::Text(texts) = &records.table().columns()[column] else { return Vec::new() };
    let mut counts = vec![0_u32; texts.code_count()];
    texts.codes().iter().for_each(|code| counts[*code as usize] += 1);
    counts
}

/// Frequencies to write into a model file: values that are common enough to name nobody, and the share of each other.
pub(crate) fn to_list(records: &Records, column: usize) -> Vec<(Box<str>, f64)> {
    let Column::Text(texts) = &records.table().columns()[column] else { return Vec::new() };
    let counts = counts(records, column);
    let stated: u32 = counts.iter().skip(1).sum();
    let share = |n: u32| f64::from(n) / f64::from(stated.max(1));
    let common = |n: u32| n >= BEARERS_LEAST && share(n) >= 2.0 * RAREST;
    let mut listed: Vec<(Box<str>, f64)> = (1..)
        .zip(counts.iter().skip(1))
        .filter(|(_, n)| common(**n))
        .map(|(code, n)| (texts.value(code).into(), share(*n)))
        .collect();
    listed.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let (rest, kinds) = counts
        .iter()
        .skip(1)
        .filter(|n| **n > 0 && !common(**n))
        .fold((0_u64, 0_u64), |(sum, kinds), n| (sum + u64::from(*n), kinds + 1));
    let each = rest as f64 / kinds.max(1) as f64 / f64::from(stated.max(1));
    listed.push((UNLISTED.into(), each.max(RAREST)));
    listed
}
