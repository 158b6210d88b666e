//! What people decided about single submissions: which are one household, and which household of a register.
//!
//! Rulings are looked up by the ids of submissions and households, so that they hold in every run, whatever files come
//! and in whatever order. They come before all evidence; a ruling about what is not there waits until it is.

use diachiso_model::{Choice, Decision, DecisionKind, Household, RegisterInfo, SubmissionId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{submissions::Draft, twin::seniority};

/// Rulings about submissions that are there, by index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rulings {
    /// Groups of submissions that are one household, each of two at least, by index.
    same: Vec<Vec<u32>>,
    /// The group of each of their members.
    group_of: FxHashMap<u32, u32>,
    /// Pairs that are two households, both ways round.
    different: FxHashSet<(u32, u32)>,
    /// Per register, what was decided of a submission.
    lines: Vec<FxHashMap<u32, Line>>,
}

/// What was decided of a submission and the lines of a register; households by index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    /// The household that it is.
    pub(crate) is: Option<u32>,
    /// Households that it is not.
    pub(crate) is_not: Vec<u32>,
}

impl Rulings {
    /// The rulings of a record; `drafts` are sorted by id, households by register and id.
    pub(crate) fn new(
        record: &[Decision],
        drafts: &[Draft],
        registers: &[RegisterInfo],
        households: &[Household],
    ) -> Self {
        let mut rulings =
            Self { lines: vec![FxHashMap::default(); registers.len()], ..Self::default() };
        let find = |id: &str| {
            let id: SubmissionId = id.parse().ok()?;
            let at = drafts.binary_search_by_key(&id, |d| d.submission.id).ok()?;
            Some(at as u32)
        };
        let mut joined: Vec<(u32, u32)> = Vec::new();
        for (target, choice) in Decision::in_force(record, DecisionKind::Pair) {
            let Some((a, b)) = target.split_once(' ') else { continue };
            let (Some(a), Some(b)) = (find(a), find(b)) else { continue };
            match choice {
                Choice::Apply => joined.push((a, b)),
                _ => rulings.different.extend([(a, b), (b, a)]),
            }
        }
        rulings.same = groups(&joined);
        let members =
            (0..).zip(&rulings.same).flat_map(|(g, of)| of.iter().map(move |at| (*at, g)));
        rulings.group_of = members.collect();
        for (target, choice) in Decision::in_force(record, DecisionKind::Match) {
            let mut words = target.splitn(3, ' ');
            let (Some(id), Some(source), Some(household)) =
                (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let register = registers.iter().position(|r| *r.source == *source);
            let (Some(at), Some(register)) = (find(id), register) else { continue };
            let own = |h: &Household| (h.register, &*h.id).cmp(&(register as u32, household));
            let Ok(household) = households.binary_search_by(own) else { continue };
            let line = rulings.lines[register].entry(at).or_default();
            match choice {
                Choice::Apply => line.is = Some(household as u32),
                _ => line.is_not.push(household as u32),
            }
        }
        rulings
    }

    /// What was decided of a submission and a register.
    pub(crate) fn line(&self, register: usize, at: u32) -> Option<&Line> {
        self.lines.get(register)?.get(&at)
    }

    /// Groups of submissions that are one household.
    pub(crate) fn same(&self) -> &[Vec<u32>] {
        &self.same
    }

    /// Pairs of submissions that are two households, each once.
    pub(crate) fn different(&self) -> Vec<(u32, u32)> {
        let mut pairs: Vec<(u32, u32)> =
            self.different.iter().copied().filter(|(a, b)| a < b).collect();
        pairs.sort_unstable();
        pairs
    }

    /// Whether two submissions were decided to be one household, or two.
    pub(crate) fn pair(&self, a: u32, b: u32) -> Option<bool> {
        if self.different.contains(&(a, b)) {
            return Some(false);
        }
        let group = self.group_of.get(&a)?;
        (self.group_of.get(&b) == Some(group)).then_some(true)
    }
}

/// Connected groups of pairs, each sorted, by first member.
fn groups(pairs: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let mut of: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (a, b) in pairs {
        of.entry(*a).or_default().push(*b);
        of.entry(*b).or_default().push(*a);
    }
    let mut starts: Vec<u32> = of.keys().copied().collect();
    starts.sort_unstable();
    let mut seen: FxHashSet<u32> = FxHashSet::default();
    let mut groups = Vec::new();
    for start in starts {
        if !seen.insert(start) {
            continue;
        }
        let mut group = vec![start];
        let mut at = 0;
        while let Some(member) = group.get(at).copied() {
            at += 1;
            group.extend(of[&member].iter().filter(|other| seen.insert(**other)));
        }
        group.sort_unstable();
        groups.push(group);
    }
    groups
}

/// The most senior of some submissions.
pub(crate) fn senior(drafts: &[Draft], of: impl IntoIterator<Item = u32>) -> Option<u32> {
    of.into_iter().min_by_key(|at| seniority(&drafts[*at as usize].submission))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_share_a_member_are_one_group() {
        assert_eq!(groups(&[(7, 3), (1, 9), (3, 5), (9, 1)]), [vec![1, 9], vec![3, 5, 7]]);
        assert!(groups(&[]).is_empty());
    }
}
