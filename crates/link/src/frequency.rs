//! How much agreement on a rare value weighs above agreement on a common one.

use rustc_hash::FxHashMap;

use crate::{Column, Records, lexicon::fold_hash, model::RAREST};

/// Bits that rarity adds to agreement, by text and by text without marks.
#[derive(Clone, Debug)]
pub(crate) struct Frequency {
    by_code: Vec<f32>,
    by_fold: Vec<f32>,
    /// log2 of the chance that two records agree, over the share of an unlisted value.
    unlisted: f32,
    /// Of values that a model lists, whether any record states them or not.
    listed: Listed,
}

/// Bits of listed values, by text and by the hash of the text without marks.
#[derive(Clone, Debug, Default)]
struct Listed {
    by_text: FxHashMap<Box<str>, f32>,
    by_fold: FxHashMap<u64, f32>,
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
            listed: Listed::default(),
        }
    }

    /// Frequencies that a model was estimated with; what it does not list is as rare as it says the rest is.
    pub(crate) fn frozen(records: &Records, column: usize, listed: &[(Box<str>, f64)]) -> Self {
        let rest = listed.iter().find(|(text, _)| &**text == UNLISTED).map_or(RAREST, |(_, s)| *s);
        let texts = || listed.iter().filter(|(text, _)| &**text != UNLISTED);
        let chance = (texts().map(|(_, x)| x * x).sum::<f64>() + rest).max(RAREST);
        let bits = |share: f64| (chance / share.max(rest).max(RAREST)).log2() as f32;
        let mut folds: FxHashMap<u64, f64> = FxHashMap::default();
        for (text, share) in texts() {
            *folds.entry(fold_hash(text)).or_default() += share;
        }
        let listed = Listed {
            by_text: texts().map(|(text, share)| (text.clone(), bits(*share))).collect(),
            by_fold: folds.into_iter().map(|(fold, share)| (fold, bits(share))).collect(),
        };
        let mut this =
            Self { by_code: Vec::new(), by_fold: Vec::new(), unlisted: bits(0.0), listed };
        this.extend(records, column);
        this
    }

    /// Takes in texts that came since: each is as rare as the model lists it, or unlisted.
    pub(crate) fn extend(&mut self, records: &Records, column: usize) {
        let Column::Text(texts) = &records.table().columns()[column] else { return };
        let lexicon = &records.lexicons[column];
        for code in self.by_code.len() as u32..texts.code_count() as u32 {
            let text = texts.value(code);
            self.by_code.push(*self.listed.by_text.get(text).unwrap_or(&self.unlisted));
            let fold = lexicon.entry(code).fold as usize;
            if fold >= self.by_fold.len() {
                self.by_fold.resize(fold + 1, self.unlisted);
                if let Some(bits) = self.listed.by_fold.get(&fold_hash(text)) {
                    self.by_fold[fold] = *bits;
                }
            }
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
