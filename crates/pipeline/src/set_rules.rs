//! Rules that look at all submissions at once, before any is matched: G10, G12, G13 and P04.

use diachiso_model::{
    Field as _, Finding, LonLat, Proposal, ProposalKind, ProposalStatus, RuleCode,
    SubmissionField as F, Verdict,
};
use diachiso_spatial::distance;
use rustc_hash::FxHashSet;

use crate::{
    groups::Groups,
    judge::Judge,
    median::{median, median_point},
    submissions::Draft,
};

/// Households on one point, or under one phone number, from which a rule speaks.
pub(crate) const STACKED: usize = 5;
pub(crate) const SHARED_PHONE: usize = 5;
/// Distance from the middle of the village's points from which a point is far (G13), and how many times the median
/// distance it must be.
const FAR_M: f64 = 1_500.0;
const FAR_DEVIATIONS: f64 = 3.0;
/// Points of a village from which its middle means something.
const VILLAGE_POINTS: usize = 5;

/// Marks stacked points, shared phones, points far from their village and devices with a shifted datum. Households
/// are told apart by name and village, so that a household handed in five times is no stack; the result depends on
/// the set of submissions, and on what was decided of the proposals, alone.
pub(crate) fn apply(drafts: &mut [Draft], proposals: &[Proposal], judge: Judge) {
    let mut marks: Vec<(u32, Finding)> = Vec::new();
    let mut stacks: FxHashSet<u32> = crowded(drafts, STACKED, stack).into_iter().collect();
    let of = |kind, status| {
        proposals.iter().filter(move |p: &&Proposal| (p.kind, p.status) == (kind, status))
    };
    // A person who looked at a copied fix knows more than the count of households on it.
    of(ProposalKind::CopiedFix, ProposalStatus::Refused).flat_map(|p| &p.rows).for_each(|at| {
        stacks.remove(at);
    });
    stacks.extend(of(ProposalKind::CopiedFix, ProposalStatus::Applied).flat_map(|p| &p.rows));
    let point = |at: u32| drafts[at as usize].submission.point;
    let at_point = |code, at: u32| {
        let text = point(at).map(|p| p.to_string()).unwrap_or_default();
        Finding::new(code, Some(F::Latitude.key()), &text)
    };
    marks.extend(stacks.into_iter().map(|at| (at, at_point(RuleCode::G10, at))));
    let phones = crowded(drafts, SHARED_PHONE + 1, |d| d.submission.phone);
    let phone = || Finding::new(RuleCode::P04, Some(F::Phone.key()), "");
    marks.extend(phones.into_iter().map(|at| (at, phone())));
    let mut suspect: FxHashSet<u32> = FxHashSet::default();
    for proposal in of(ProposalKind::Datum, ProposalStatus::Open) {
        suspect.extend(&proposal.rows);
        let text = suspicion(proposal);
        marks.extend(
            proposal.rows.iter().map(|at| (*at, at_point(RuleCode::G12, *at).with(&*text))),
        );
    }
    for (at, metres) in far_from_village(drafts, &suspect) {
        marks.push((at, at_point(RuleCode::G13, at).with(format!("{metres:.0} m"))));
    }
    for (at, finding) in marks {
        drafts[at as usize].submission.findings.push(finding);
    }
    for draft in drafts {
        let s = &mut draft.submission;
        s.verdict = judge.settle(&mut s.findings);
    }
}

/// The point of a draft to the fifth decimal, unless its note says that households share the house.
pub(crate) fn stack(d: &Draft) -> Option<u64> {
    let point = d.submission.point.filter(|_| !d.keys.shared_house)?;
    let fifth = |degrees: f64| (degrees * 1e5).round() as i64 as u64;
    Some(fifth(point.lon()) << 32 ^ fifth(point.lat()))
}

/// What is suspected of a row's device.
fn suspicion(proposal: &Proposal) -> String {
    let Proposal { id, remedy, votes, confidence, .. } = proposal;
    let (shift_m, azimuth_deg) = remedy.vector().unwrap_or_default();
    let percent = confidence * 100.0;
    format!("VN-2000? {shift_m:.0} m, {azimuth_deg:.0}°, {votes} phiếu, {percent:.2} % · {id}")
}

/// The drafts whose key at least `least` different households share.
fn crowded(drafts: &[Draft], least: usize, key: impl Fn(&Draft) -> Option<u64> + Sync) -> Vec<u32> {
    let mut found = Vec::new();
    for group in Groups::by(drafts, key).of(least) {
        let households: FxHashSet<(u64, Option<u32>)> = group
            .clone()
            .map(|at| &drafts[at as usize])
            .map(|d| (d.keys.name_fold, d.submission.village))
            .collect();
        if households.len() >= least {
            found.extend(group);
        }
    }
    found
}

/// Points more than 1.5 km, and more than three median distances, from the middle of their village.
fn far_from_village(drafts: &[Draft], suspect: &FxHashSet<u32>) -> Vec<(u32, f64)> {
    let usable = |d: &Draft| {
        let s = &d.submission;
        (s.verdict != Verdict::Rejected && s.point.is_some()).then_some(u64::from(s.village?))
    };
    let mut found = Vec::new();
    for group in Groups::by(drafts, usable).of(VILLAGE_POINTS) {
        let points: Vec<(u32, LonLat)> = group
            .filter(|at| !suspect.contains(at))
            .filter_map(|at| Some((at, drafts[at as usize].submission.point?)))
            .collect();
        let Some(middle) = median_point(points.iter().map(|(_, p)| *p)) else { continue };
        let distances: Vec<f64> =
            points.iter().map(|(_, p)| distance::metres(middle, *p)).collect();
        let typical = median(&mut distances.clone()).unwrap_or_default();
        let far = |metres: f64| metres > FAR_M && metres > FAR_DEVIATIONS * typical;
        let flagged = points.iter().zip(distances).filter(|(_, metres)| far(*metres));
        found.extend(flagged.map(|((at, _), metres)| (*at, metres)));
    }
    found
}
