//! Rules that compare submissions of different households, once it is known which is which: D02, D05, D06, D07 and I05.

use diachiso_model::{Field as _, Finding, RuleCode, SubmissionField as F, Verdict};

use crate::{
    groups::Groups,
    judge::Judge,
    submissions::{Draft, joint},
};

/// A rule: what its submissions share, and what must differ among them.
pub(crate) struct SharedValue {
    pub(crate) code: RuleCode,
    pub(crate) field: F,
    pub(crate) shared: fn(&Draft) -> Option<u64>,
    pub(crate) differs: fn(&Draft) -> Option<u64>,
}

/// One row a rule.
pub(crate) const TABLE: [SharedValue; 5] = [
    SharedValue { code: RuleCode::D02, field: F::Code, shared: code, differs: household },
    SharedValue { code: RuleCode::I05, field: F::Identity, shared: identity, differs: household },
    SharedValue { code: RuleCode::D05, field: F::HouseNumber, shared: house, differs: household },
    SharedValue {
        code: RuleCode::D06,
        field: F::Village,
        shared: head_and_number,
        differs: village,
    },
    SharedValue { code: RuleCode::D07, field: F::Head, shared: head_in_village, differs: person },
];

fn stated(key: u64) -> Option<u64> {
    (key != 0).then_some(key)
}

/// The household that a draft speaks of: the register's, else the name in its village. A draft without a legible
/// name may be anybody's and says nothing here.
fn household(d: &Draft) -> Option<u64> {
    let name = stated(d.keys.name_fold)?;
    let in_register = d.submission.link.map(|link| joint(1, u64::from(link.household) + 1));
    Some(in_register.unwrap_or_else(|| joint(village(d).unwrap_or(0), name)))
}

/// The household of the register, else the name with its tones: Thủy and Thúy are two persons.
fn person(d: &Draft) -> Option<u64> {
    let in_register = d.submission.link.map(|link| joint(1, u64::from(link.household) + 1));
    in_register.or_else(|| stated(d.keys.name))
}

fn village(d: &Draft) -> Option<u64> {
    d.submission.village.map(|v| u64::from(v) + 1)
}

fn code(d: &Draft) -> Option<u64> {
    stated(d.keys.code)
}

fn identity(d: &Draft) -> Option<u64> {
    d.submission.identity.map(|i| i.hash)
}

/// A numbered house of a village.
fn house(d: &Draft) -> Option<u64> {
    Some(joint(village(d)?, stated(d.keys.house)?))
}

/// A head and a house number, in one commune.
fn head_and_number(d: &Draft) -> Option<u64> {
    let commune = u64::from(d.keys.commune?.0) + 1;
    Some(joint(joint(commune, stated(d.keys.name_fold)?), stated(d.keys.house)?))
}

fn head_in_village(d: &Draft) -> Option<u64> {
    Some(joint(village(d)?, stated(d.keys.name_fold)?))
}

impl SharedValue {
    /// The value by which a draft is compared; rejected rows take no part.
    pub(crate) fn key(&self, d: &Draft) -> Option<u64> {
        let counts = d.submission.verdict != Verdict::Rejected;
        (self.shared)(d).filter(|_| counts)
    }

    /// Whether the rule speaks of drafts that share a value.
    pub(crate) fn speaks(&self, drafts: &[Draft], mut group: impl Iterator<Item = u32>) -> bool {
        let mut first = None;
        group.any(|at| match (first, (self.differs)(&drafts[at as usize])) {
            (_, None) => false,
            (None, other) => {
                first = other;
                false
            }
            (first, other) => first != other,
        })
    }

    /// What it says of each of them.
    pub(crate) fn finding(&self, d: &Draft) -> Finding {
        let original = if self.code == RuleCode::D02 { &*d.submission.code } else { "" };
        Finding::new(self.code, Some(self.field.key()), original)
    }
}

/// Applies the table.
pub(crate) fn apply(drafts: &mut [Draft], judge: Judge) {
    for rule in &TABLE {
        let groups = Groups::by(drafts, |d| rule.key(d));
        let spoken = groups.of(2).filter(|group| rule.speaks(drafts, group.clone()));
        for at in spoken.flatten().collect::<Vec<u32>>() {
            let draft = &mut drafts[at as usize];
            let finding = rule.finding(draft);
            let s = &mut draft.submission;
            s.findings.push(finding);
            s.verdict = judge.settle(&mut s.findings);
        }
    }
}
