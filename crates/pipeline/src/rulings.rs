//! What people decided about single submissions: which are one household, and which household of a register.
//!
//! Rulings are looked up by the ids of submissions and households, so that they hold in every run, whatever files come
//! and in whatever order. They come before all evidence; a ruling about what is not there waits until it is.

use std::hash::Hash;

use diachiso_model::{Choice, Decision, DecisionKind, Household, RegisterInfo, SubmissionId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{erased, submissions::Draft, twin::seniority};

/// Rulings about submissions that are there, by index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rulings {
    /// Groups of submissions that are one household, each of two at least, by index; in the order of ids.
    same: Vec<Vec<u32>>,
    /// The group of each of their members.
    group_of: FxHashMap<u32, u32>,
    /// Pairs that are two households, in the order of ids, and the same both ways round.
    different: Vec<(u32, u32)>,
    are_two: FxHashSet<(u32, u32)>,
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
    /// Households that fitted when the submission was erased.
    pub(crate) fits: Vec<u32>,
}

impl Rulings {
    /// The rulings of a record. `find` gives the index of a submission that is there; households are sorted by register and
    /// id. Groups and pairs come in the order of ids, whatever the indices.
    pub(crate) fn new(
        record: &[Decision],
        find: impl Fn(SubmissionId) -> Option<u32>,
        registers: &[RegisterInfo],
        households: &[Household],
    ) -> Self {
        let mut rulings =
            Self { lines: vec![FxHashMap::default(); registers.len()], ..Self::default() };
        let find = |id: &str| {
            let id: SubmissionId = id.parse().ok()?;
            Some((id, find(id)?))
        };
        let mut joined: Vec<[(SubmissionId, u32); 2]> = Vec::new();
        let mut apart: Vec<[(SubmissionId, u32); 2]> = Vec::new();
        for (target, choice) in Decision::in_force(record, DecisionKind::Pair) {
            let Some((a, b)) = target.split_once(' ') else { continue };
            let (Some(a), Some(b)) = (find(a), find(b)) else { continue };
            let pairs = if choice == Choice::Apply { &mut joined } else { &mut apart };
            pairs.push([a.min(b), a.max(b)]);
        }
        apart.sort_unstable();
        rulings.different = apart.into_iter().map(|[(_, a), (_, b)]| (a, b)).collect();
        rulings.are_two = rulings.different.iter().flat_map(|&(a, b)| [(a, b), (b, a)]).collect();
        let indices =
            |group: Vec<(SubmissionId, u32)>| group.into_iter().map(|(_, at)| at).collect();
        rulings.same = groups(&joined).into_iter().map(indices).collect();
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
            let (Some((_, at)), Some(register)) = (find(id), register) else { continue };
            let own = |h: &Household| (h.register, &*h.id).cmp(&(register as u32, household));
            let Ok(household) = households.binary_search_by(own) else { continue };
            let line = rulings.lines[register].entry(at).or_default();
            match choice {
                Choice::Apply => line.is = Some(household as u32),
                _ => line.is_not.push(household as u32),
            }
        }
        for (id, decision) in Decision::standing(record, DecisionKind::Erase) {
            let Some((_, at)) = find(id) else { continue };
            for (source, household) in erased::fits(decision.target()) {
                let register = registers.iter().position(|r| *r.source == *source);
                let Some(register) = register else { continue };
                let own = |h: &Household| (h.register, &*h.id).cmp(&(register as u32, &*household));
                if let Ok(household) = households.binary_search_by(own) {
                    let line = rulings.lines[register].entry(at).or_default();
                    line.fits.push(household as u32);
                }
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
    pub(crate) fn different(&self) -> &[(u32, u32)] {
        &self.different
    }

    /// Every submission that something was decided about.
    pub(crate) fn named(&self) -> FxHashSet<u32> {
        let pairs = self.different.iter().flat_map(|(a, b)| [*a, *b]);
        let lines = self.lines.iter().flat_map(FxHashMap::keys).copied();
        self.group_of.keys().copied().chain(pairs).chain(lines).collect()
    }

    /// Whether two submissions were decided to be one household, or two.
    pub(crate) fn pair(&self, a: u32, b: u32) -> Option<bool> {
        if self.are_two.contains(&(a, b)) {
            return Some(false);
        }
        let group = self.group_of.get(&a)?;
        (self.group_of.get(&b) == Some(group)).then_some(true)
    }
}

/// Connected groups of pairs, each sorted, by first member.
fn groups<T: Copy + Ord + Hash>(pairs: &[[T; 2]]) -> Vec<Vec<T>> {
    let mut of: FxHashMap<T, Vec<T>> = FxHashMap::default();
    for [a, b] in pairs {
        of.entry(*a).or_default().push(*b);
        of.entry(*b).or_default().push(*a);
    }
    let mut starts: Vec<T> = of.keys().copied().collect();
    starts.sort_unstable();
    let mut seen: FxHashSet<T> = FxHashSet::default();
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
        assert_eq!(groups(&[[7, 3], [1, 9], [3, 5], [9, 1]]), [vec![1, 9], vec![3, 5, 7]]);
        assert!(groups::<u32>(&[]).is_empty());
    }
}
