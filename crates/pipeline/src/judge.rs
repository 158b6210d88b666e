//! From the findings of a row to its verdict.

use diachiso_model::{Finding, Profile, Severity, Verdict};

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
        match findings.iter().map(|f| f.severity).max() {
            Some(Severity::Error) => Verdict::Rejected,
            Some(Severity::Review) => Verdict::Held,
            _ => Verdict::Accepted,
        }
    }
}
