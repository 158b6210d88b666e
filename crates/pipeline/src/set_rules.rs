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
    row_rulings::is_chosen,
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
pub(crate) const VILLAGE_POINTS: usize = 5;

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
    let draft = |at: u32| &drafts[at as usize];
    // Where a person chose the point, the device's is of no account.
    let own = |at: &u32| !is_chosen(draft(*at));
    let copied = of(ProposalKind::CopiedFix, ProposalStatus::Applied).flat_map(|p| &p.rows);
    stacks.extend(copied.copied().filter(own));
    marks.extend(stacks.into_iter().map(|at| (at, at_point(RuleCode::G10, draft(at)))));
    let phones = crowded(drafts, SHARED_PHONE + 1, |d| d.submission.phone);
    marks.extend(phones.into_iter().map(|at| (at, shared_phone())));
    let mut suspect: FxHashSet<u32> = FxHashSet::default();
    for proposal in of(ProposalKind::Datum, ProposalStatus::Open) {
        let rows: Vec<u32> = proposal.rows.iter().copied().filter(own).collect();
        marks.extend(rows.iter().map(|at| (*at, suspected(draft(*at), proposal))));
        suspect.extend(rows);
    }
    for village in Groups::by(drafts, in_village).of(VILLAGE_POINTS) {
        let far = far_from_village(drafts, village.filter(|at| !suspect.contains(at)));
        marks.extend(far.into_iter().map(|(at, metres)| (at, too_far(draft(at), metres))));
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

/// A finding about the point of a draft.
pub(crate) fn at_point(code: RuleCode, draft: &Draft) -> Finding {
    let text = draft.submission.point.map(|p| p.to_string()).unwrap_or_default();
    Finding::new(code, Some(F::Latitude.key()), &text)
}

/// P04.
pub(crate) fn shared_phone() -> Finding {
    Finding::new(RuleCode::P04, Some(F::Phone.key()), "")
}

/// G13 of a point so many metres from the middle of its village.
pub(crate) fn too_far(draft: &Draft, metres: f64) -> Finding {
    at_point(RuleCode::G13, draft).with(format!("{metres:.0} m"))
}

/// G12: what is suspected of a row's device.
pub(crate) fn suspected(draft: &Draft, proposal: &Proposal) -> Finding {
    let Proposal { id, remedy, votes, confidence, .. } = proposal;
    let (shift_m, azimuth_deg) = remedy.vector().unwrap_or_default();
    let percent = confidence * 100.0;
    at_point(RuleCode::G12, draft).with(format!(
        "VN-2000? {shift_m:.0} m, {azimuth_deg:.0}°, {votes} phiếu, {percent:.2} % · {id}"
    ))
}

/// The drafts whose key at least `least` different households share.
fn crowded(drafts: &[Draft], least: usize, key: impl Fn(&Draft) -> Option<u64> + Sync) -> Vec<u32> {
    let groups = Groups::by(drafts, key);
    let crowds = groups.of(least).filter(|group| is_crowd(drafts, group.clone(), least));
    crowds.flatten().collect()
}

/// Whether some drafts are of at least `least` different households.
pub(crate) fn is_crowd(drafts: &[Draft], group: impl Iterator<Item = u32>, least: usize) -> bool {
    let mut households: FxHashSet<(u64, Option<u32>)> = FxHashSet::default();
    let mut drafts = group.map(|at| &drafts[at as usize]);
    drafts.any(|d| {
        households.insert((d.keys.name_fold, d.submission.village));
        households.len() >= least
    })
}

/// The village in which the point of a draft is compared with those of others.
pub(crate) fn in_village(d: &Draft) -> Option<u64> {
    let s = &d.submission;
    (s.verdict != Verdict::Rejected && s.point.is_some()).then_some(u64::from(s.village?))
}

/// Points of a village more than 1.5 km, and more than three median distances, from its middle; metres.
pub(crate) fn far_from_village(
    drafts: &[Draft],
    village: impl Iterator<Item = u32>,
) -> Vec<(u32, f64)> {
    let points: Vec<(u32, LonLat)> =
        village.filter_map(|at| Some((at, drafts[at as usize].submission.point?))).collect();
    let Some(middle) = median_point(points.iter().map(|(_, p)| *p)) else { return Vec::new() };
    let distances: Vec<f64> = points.iter().map(|(_, p)| distance::metres(middle, *p)).collect();
    let typical = median(&mut distances.clone()).unwrap_or_default();
    let far = |metres: f64| metres > FAR_M && metres > FAR_DEVIATIONS * typical;
    let flagged = points.iter().zip(distances).filter(|(_, metres)| far(*metres));
    flagged.map(|((at, _), metres)| (*at, metres)).collect()
}
