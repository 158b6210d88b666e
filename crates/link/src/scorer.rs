//! How many bits speak for two records being one entity.

use crate::{
    Column, Records,
    condition::{Condition, Test},
    frequency::Frequency,
    model::{COMPARISONS_MAX, Comparison},
    point,
    records::Row,
};

/// Stands for a comparison about which a pair says nothing.
pub const NULL_LEVEL: u8 = u8::MAX;

/// The levels that a pair reached, by comparison; [`NULL_LEVEL`] where it says nothing.
pub type Levels = [u8; COMPARISONS_MAX];

/// What one comparison of a pair came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// The level reached; `None` where one of the records states nothing.
    pub level: Option<usize>,
    /// Its bits without regard to how rare the value is.
    pub bits: f32,
    /// What rarity adds; negative for common values.
    pub rarity_bits: f32,
}

/// Scores pairs of [`Records`] by their model.
#[derive(Clone, Debug)]
pub struct Scorer {
    comparisons: Vec<Scored>,
    /// Comparisons from the cheapest to the dearest.
    order: Vec<u8>,
    prior: f32,
}

#[derive(Clone, Debug)]
struct Scored {
    column: usize,
    levels: Vec<Vec<Condition>>,
    bits: Vec<f32>,
    frequency: Option<Frequency>,
    /// Which level, if any, equal texts of the own column reach at once.
    exact: Option<u8>,
    /// The most that any level below `exact` can give.
    rest: f32,
}

impl Scorer {
    /// A scorer of `records` by the model that they have.
    #[must_use]
    pub fn new(records: &Records) -> Self {
        let model = records.model();
        let all = model.comparisons.iter().zip(&model.frequencies).map(|(comparison, frozen)| {
            let frequency = comparison.by_frequency.then(|| {
                let of_records = || Frequency::of_column(records, comparison.column);
                if frozen.0.is_empty() {
                    of_records()
                } else {
                    Frequency::frozen(records, comparison.column, &frozen.0)
                }
            });
            Scored::new(comparison, frequency, records)
        });
        let comparisons: Vec<Scored> = all.collect();
        let mut order: Vec<u8> = (0..comparisons.len() as u8).collect();
        order.sort_by_key(|at| cost(&comparisons[usize::from(*at)].levels));
        Self { comparisons, order, prior: model.prior_bits(records.len()) }
    }

    /// Takes in texts that `records` gained since.
    pub fn extend(&mut self, records: &Records) {
        for scored in &mut self.comparisons {
            if let Some(frequency) = &mut scored.frequency {
                frequency.extend(records, scored.column);
            }
        }
    }

    /// log2 of the odds before anything is compared.
    #[must_use]
    pub fn prior_bits(&self) -> f32 {
        self.prior
    }

    /// The level of every comparison. Symmetric.
    #[must_use]
    pub fn levels(&self, records: &Records, a: u32, b: u32) -> Levels {
        let (ra, rb) = (records.row(a), records.row(b));
        let mut levels = [NULL_LEVEL; COMPARISONS_MAX];
        for (level, scored) in levels.iter_mut().zip(&self.comparisons) {
            *level = scored.level(records, ra, rb, 0);
        }
        levels
    }

    /// log2 of the odds that two records are one entity. Symmetric.
    #[must_use]
    pub fn bits(&self, records: &Records, a: u32, b: u32) -> f32 {
        let levels = self.levels(records, a, b);
        self.sum(records, a, &levels)
    }

    fn sum(&self, records: &Records, a: u32, levels: &Levels) -> f32 {
        let ra = records.row(a);
        let each = self.comparisons.iter().zip(levels);
        self.prior + each.map(|(scored, level)| scored.weight(records, ra, *level)).sum::<f32>()
    }

    /// [`Scorer::bits`] where they reach `least`; most pairs that do not are told by their equal cells alone.
    #[must_use]
    pub fn bits_from(&self, records: &Records, a: u32, b: u32, least: f32) -> Option<f32> {
        let (ra, rb) = (records.row(a), records.row(b));
        let mut levels = [NULL_LEVEL; COMPARISONS_MAX];
        let mut bound = self.prior;
        let mut open = 0_u32;
        for (at, (level, scored)) in levels.iter_mut().zip(&self.comparisons).enumerate() {
            if let Some(known) = scored.at_once(ra, rb) {
                *level = known;
                bound += scored.weight(records, ra, known);
            } else {
                bound += scored.rest;
                open |= 1 << at;
            }
        }
        // Sums in another order may differ by some ulps: what is that near is added up in full.
        let slack = least - 1e-3;
        if bound < slack {
            return None;
        }
        for at in self.order.iter().map(|at| usize::from(*at)).filter(|at| open >> at & 1 == 1) {
            let scored = &self.comparisons[at];
            let level = scored.level(records, ra, rb, scored.exact.map_or(0, |e| e + 1));
            levels[at] = level;
            bound += scored.weight(records, ra, level) - scored.rest;
            if bound < slack {
                return None;
            }
        }
        Some(self.sum(records, a, &levels)).filter(|bits| *bits >= least)
    }

    /// What each comparison adds to the score of a pair, in the order of the model.
    #[must_use]
    pub fn explain(&self, records: &Records, a: u32, b: u32) -> Vec<Evidence> {
        let (ra, rb) = (records.row(a), records.row(b));
        let of = |scored: &Scored| {
            let level = scored.level(records, ra, rb, 0);
            let bits = if level == NULL_LEVEL { 0.0 } else { scored.bits[usize::from(level)] };
            let all = scored.weight(records, ra, level);
            let level = (level != NULL_LEVEL).then_some(usize::from(level));
            Evidence { level, bits, rarity_bits: all - bits }
        };
        self.comparisons.iter().map(of).collect()
    }
}

/// What a list of levels costs, roughly: texts spelt out are dear.
fn cost(levels: &[Vec<Condition>]) -> u32 {
    let of = |c: &Condition| match c.test {
        Test::Edits(_) => 20,
        Test::JaroWinkler(_) => 40,
        Test::Words(_) | Test::SameWords | Test::WordsWithin | Test::Initials => 10,
        Test::Slip => 25,
        Test::Prefix(_) => 5,
        _ => 1,
    };
    levels.iter().flatten().map(of).sum()
}

impl Scored {
    fn new(comparison: &Comparison, frequency: Option<Frequency>, records: &Records) -> Self {
        let levels: Vec<Vec<Condition>> =
            comparison.levels.iter().map(|l| l.conditions.clone()).collect();
        let bits: Vec<f32> = comparison.levels.iter().map(crate::Level::bits).collect();
        let is_text = matches!(records.table().columns()[comparison.column], Column::Text(_));
        let first = matches!(levels[0][..], [Condition { column, test: Test::Exact }]
            if column == comparison.column);
        let exact = (is_text && first).then_some(0_u8);
        // Only levels that ask for equality but for marks gain by rarity.
        let gain = frequency.as_ref().map_or(0.0, |f| f.most().max(0.0));
        let below = levels.iter().zip(&bits).skip(usize::from(exact.is_some()));
        let rest = below.map(|(l, bits)| {
            bits + if by_rarity(l, comparison.column).is_some() { gain } else { 0.0 }
        });
        let rest = rest.fold(0.0_f32, f32::max);
        Self { column: comparison.column, levels, bits, frequency, exact, rest }
    }

    /// The level where equal cells or none decide it.
    fn at_once(&self, a: Row<'_>, b: Row<'_>) -> Option<u8> {
        let exact = self.exact?;
        let (x, y) = (a.code(self.column), b.code(self.column));
        match (x, y) {
            // A level of other columns may still hold.
            (0, _) | (_, 0) if self.levels.iter().flatten().any(|c| c.column != self.column) => {
                None
            }
            (0, _) | (_, 0) => Some(NULL_LEVEL),
            _ if x == y => Some(exact),
            _ => None,
        }
    }

    /// The first level from `from` on that holds.
    fn level(&self, records: &Records, a: Row<'_>, b: Row<'_>, from: u8) -> u8 {
        let from = usize::from(from);
        let holds =
            |conditions: &Vec<Condition>| conditions.iter().all(|c| holds(*c, records, a, b));
        let last = self.levels.len() - 1;
        match self.levels[..last].iter().skip(from).position(holds) {
            Some(at) => (from + at) as u8,
            None if states(records, self.column, a) && states(records, self.column, b) => {
                last as u8
            }
            None => NULL_LEVEL,
        }
    }

    fn weight(&self, records: &Records, a: Row<'_>, level: u8) -> f32 {
        if level == NULL_LEVEL {
            return 0.0;
        }
        let level = usize::from(level);
        let rarity = self.frequency.as_ref().map_or(0.0, |frequency| {
            let lexicon = &records.lexicons[self.column];
            match by_rarity(&self.levels[level], self.column) {
                None => 0.0,
                Some(Test::Exact) => frequency.of_code(a.code(self.column)),
                Some(_) => {
                    let fold = lexicon.entry(a.code(self.column)).fold;
                    frequency.of_fold(fold)
                }
            }
        });
        self.bits[level] + rarity
    }
}

/// The test by which a level gains from rarity: equality of the own column, with marks or without.
fn by_rarity(conditions: &[Condition], own: usize) -> Option<Test> {
    let equal = |c: &Condition| {
        c.column == own && matches!(c.test, Test::Exact | Test::Unmarked | Test::Unaccented)
    };
    conditions.iter().find(|c| equal(c)).map(|c| c.test)
}

fn states(records: &Records, column: usize, row: Row<'_>) -> bool {
    match &records.table().columns()[column] {
        Column::Text(_) => row.code(column) != 0,
        Column::Number(_) => !row.number(column).is_nan(),
        Column::Point(_) => row.point(column).iter().all(|x| !x.is_nan()),
    }
}

/// Whether a condition holds; one about a cell that states nothing does not.
fn holds(condition: Condition, records: &Records, a: Row<'_>, b: Row<'_>) -> bool {
    let Condition { column, test } = condition;
    match test {
        Test::Otherwise => return true,
        Test::OneStates => return states(records, column, a) != states(records, column, b),
        Test::Unstated => return !(states(records, column, a) && states(records, column, b)),
        Test::Difference(most) => return (a.number(column) - b.number(column)).abs() <= most,
        Test::Metres(most) => {
            return point::metres(a.point(column), b.point(column)) <= most;
        }
        Test::Exact if matches!(records.table().columns()[column], Column::Number(_)) => {
            return (a.number(column) - b.number(column)).abs() <= 0.0;
        }
        _ => {}
    }
    let (x, y) = (a.code(column), b.code(column));
    if x == 0 || y == 0 {
        return false;
    }
    if let Test::Crossed(other) = test {
        return crossed(records, (column, other), (a, b));
    }
    match test {
        // Nothing is derived of the texts of a column of which only this is asked.
        Test::Exact => return x == y,
        Test::WordsWithin => {}
        _ if x == y => return true,
        _ => {}
    }
    let lexicon = &records.lexicons[column];
    test.of_texts(lexicon.view(x), lexicon.view(y))
}

/// Whether each record states in one column what the other states in the other column.
fn crossed(records: &Records, (p, q): (usize, usize), (a, b): (Row<'_>, Row<'_>)) -> bool {
    let [Column::Text(first), Column::Text(second)] =
        [&records.table().columns()[p], &records.table().columns()[q]]
    else {
        return false;
    };
    let stated = [a.code(q), b.code(q)].iter().all(|code| *code != 0);
    stated
        && first.value(a.code(p)) == second.value(b.code(q))
        && second.value(a.code(q)) == first.value(b.code(p))
}
