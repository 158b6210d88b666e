//! From the findings of a row to its verdict.

use diachiso_model::{Finding, Profile, RuleCode, Severity, Verdict};

/// Rules that accepting a submission does not overrule: they ask which of several it is, which is decided by naming one, or
/// for what no reviewer can give, the legal basis.
pub const STILL_ASKED: &[RuleCode] = &[RuleCode::R02, RuleCode::D04, RuleCode::C01];

/// Judges rows by one profile.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Judge(pub(crate) Profile);

impl Judge {
    /// Puts findings in the order in which they are published, gives each the severity of the profile, and says what
    /// they make of the row.
    pub(crate) fn settle(self, findings: &mut [Finding]) -> Verdict {
        findings
            .sort_by(|a, b| (a.code, a.field, &a.original).cmp(&(b.code, b.field, &b.original)));
        if self.0 != Profile::Default {
            for finding in findings.iter_mut() {
                // A severity that depends on more than the rule (D04) stays.
                if finding.severity == finding.code.rule().severity {
                    finding.severity = self.0.severity(finding.code);
                }
            }
        }
        if findings.iter().any(|f| f.code == RuleCode::V01) {
            let overruled =
                |f: &Finding| f.severity == Severity::Review && !STILL_ASKED.contains(&f.code);
            for finding in findings.iter_mut().filter(|f| overruled(f)) {
                finding.severity = Severity::Warning;
            }
        }
        match findings.iter().map(|f| f.severity).max() {
            Some(Severity::Error) => Verdict::Rejected,
            Some(Severity::Review) => Verdict::Held,
            _ => Verdict::Accepted,
        }
    }
}
