//! Rules that look at all submissions at once: G10 and P04.

use diachiso_model::{Field, Finding, RuleCode, SubmissionField};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    normalise,
    submissions::{Draft, verdict},
};

/// Households on one point, or under one phone number, from which a rule speaks.
const STACKED: usize = 5;
const SHARED_PHONE: usize = 5;

/// Marks stacked points and shared phones. Households are told apart by name and village, so that a
/// household handed in five times is no stack; the result depends on the set of submissions alone.
pub(crate) fn apply(drafts: &mut [Draft]) {
    let stacks = crowded(drafts, STACKED, |d| {
        let point = d.submission.point.filter(|_| !d.keys.shared_house)?;
        let fifth = |degrees: f64| (degrees * 1e5).round() as i64 as u64;
        Some(fifth(point.lon()) << 32 ^ fifth(point.lat()))
    });
    let phones = crowded(drafts, SHARED_PHONE + 1, |d| d.submission.phone);
    for (at, draft) in drafts.iter_mut().enumerate() {
        let s = &mut draft.submission;
        let before = s.findings.len();
        if stacks.contains(&at) {
            let point = s.point.map(|p| p.to_string()).unwrap_or_default();
            s.findings.push(Finding::new(
                RuleCode::G10,
                Some(SubmissionField::Latitude.key()),
                &point,
            ));
        }
        if phones.contains(&at) {
            s.findings.push(Finding::new(RuleCode::P04, Some(SubmissionField::Phone.key()), ""));
        }
        if s.findings.len() > before {
            normalise::sort(&mut s.findings);
            s.verdict = verdict(&s.findings);
        }
    }
}

/// The drafts whose key at least `least` different households share.
fn crowded(
    drafts: &[Draft],
    least: usize,
    key: impl Fn(&Draft) -> Option<u64>,
) -> FxHashSet<usize> {
    let mut groups: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    for (at, draft) in drafts.iter().enumerate() {
        if let Some(key) = key(draft) {
            groups.entry(key).or_default().push(at as u32);
        }
    }
    let mut found = FxHashSet::default();
    for group in groups.into_values().filter(|g| g.len() >= least) {
        let households: FxHashSet<(u64, Option<u32>)> = group
            .iter()
            .map(|at| &drafts[*at as usize])
            .map(|d| (d.keys.name_fold, d.submission.village))
            .collect();
        if households.len() >= least {
            found.extend(group.iter().map(|at| *at as usize));
        }
    }
    found
}
