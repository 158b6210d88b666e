//! Which findings a row has from which stage: those that it has alone stay, the others are taken off and said again.

use diachiso_model::{Finding, RuleCode as R, Severity};

/// Findings that come of the match with the register.
pub(super) const OF_MATCH: &[R] = &[R::H02, R::I04, R::R02, R::R03, R::R05];
/// Findings that come of repeats.
pub(super) const OF_REPEATS: &[R] = &[R::D01, R::D03, R::D04, R::R04];
/// Findings that come of values that households share, the entity rules among them.
const OF_OTHERS: &[R] = &[R::G10, R::G12, R::G13, R::P04, R::D02, R::D05, R::D06, R::D07, R::I05];

/// Takes off what a row has not alone.
pub(super) fn strip(findings: &mut Vec<Finding>) {
    findings.retain(|f| ![OF_MATCH, OF_REPEATS, OF_OTHERS].iter().any(|of| of.contains(&f.code)));
}

/// Whether a row is accepted before repeats are looked for; its findings have the severities of the profile.
pub(super) fn accepted(findings: &[Finding]) -> bool {
    let alone = findings.iter().filter(|f| !OF_REPEATS.contains(&f.code));
    alone.map(|f| f.severity).max().is_none_or(|worst| worst < Severity::Review)
}
