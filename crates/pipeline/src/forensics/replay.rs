//! Carries out what was decided: points are moved or computed, and judged anew where they come to lie.

use diachiso_model::{
    Finding, LonLat, PrecisionClass, Proposal, ProposalKind, ProposalStatus, Remedy, RuleCode,
};
use diachiso_spatial::{address_code::AddressCode, projected_zone::ProjectedZone, vn2000};

use super::{Case, zone};
use crate::{
    judge::Judge,
    position,
    submissions::{self, Draft},
};

/// What rules said of the point that was: said again of the point that is.
const OF_THE_POINT: &[RuleCode] = {
    use RuleCode::{G04, G05, G08, G09, G11, G14, M03, M04};
    &[G04, G05, G08, G09, G11, G14, M03, M04]
};

/// Applies the proposals that somebody decided to apply; copied fixes are held by rule G10, later.
pub(crate) fn replay(drafts: &mut [Draft], proposals: &[Proposal], case: &Case<'_>, judge: Judge) {
    let applied = proposals.iter().filter(|p| p.status == ProposalStatus::Applied);
    for proposal in applied.filter(|p| p.kind != ProposalKind::CopiedFix) {
        for at in &proposal.rows {
            replay_one(&mut drafts[*at as usize], proposal.remedy, case, judge);
        }
    }
}

/// Applies a remedy to one row.
pub(crate) fn replay_one(draft: &mut Draft, remedy: Remedy, case: &Case<'_>, judge: Judge) {
    if let Some(moved) = Moved::of(draft, remedy) {
        moved.apply(draft, case, judge);
    }
}

/// A position that a decision gives.
struct Moved {
    point: LonLat,
    precision: Option<PrecisionClass>,
    /// The position as it came.
    original: Box<str>,
    imprecise: bool,
}

impl Moved {
    fn of(draft: &Draft, remedy: Remedy) -> Option<Self> {
        let s = &draft.submission;
        match remedy {
            Remedy::Unshift { .. } => {
                let point = s.point?;
                Some(Self {
                    point: vn2000::geographic_to_wgs84(point),
                    // The conversion is exact to centimetres: the fix is as good as it was.
                    precision: s.precision,
                    original: point.to_string().into(),
                    imprecise: false,
                })
            }
            Remedy::Zone(name) => {
                let (a, b) = zone::pair(draft)?;
                let told = |code| matches!(code, RuleCode::G04 | RuleCode::G05);
                let finding = s.findings.iter().find(|f| told(f.code))?;
                let known = s.findings.iter().any(|f| f.code == RuleCode::G06);
                Some(Self {
                    point: position::in_zone(ProjectedZone::named(name)?, a, b)?,
                    precision: Some(position::precision_of_metres(s.accuracy_m)),
                    original: finding.original.clone(),
                    imprecise: !known && position::is_poor(s.accuracy_m),
                })
            }
            Remedy::Hold { .. } => None,
        }
    }

    fn apply(self, draft: &mut Draft, case: &Case<'_>, judge: Judge) {
        let s = &mut draft.submission;
        let on = submissions::believable(s.collected_on, case.today).unwrap_or(case.closed_on);
        s.findings.retain(|f| !OF_THE_POINT.contains(&f.code));
        s.point = Some(self.point);
        s.precision = self.precision;
        let note = |code| Finding::new(code, Some("latitude"), &self.original);
        s.findings.push(note(RuleCode::G04).with(self.point.to_string()));
        if self.imprecise {
            s.findings.push(note(RuleCode::G06));
        }
        let reference = case.reference;
        let located = reference.boundaries.locate(self.point, on);
        let at = (self.point, located);
        position::compare(&reference.boundaries, at, s.commune, on, &mut s.findings);
        if reference.is_masked(self.point) {
            let at = self.point.to_string();
            s.findings.push(Finding::new(RuleCode::G14, Some("latitude"), &at));
        }
        let code = AddressCode::parse(&s.code);
        let (code, at) = ((&*s.code, code.as_ref()), (Some(self.point), located));
        submissions::check_code(reference, code, s.commune, at, on, &mut s.findings);
        s.verdict = judge.settle(&mut s.findings);
    }
}
