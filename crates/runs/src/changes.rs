//! What other rules, or another profile, made of files that were taken in before.

use std::{collections::BTreeMap, fmt::Write as _};

use diachiso_model::{Profile, Published, RULE_VERSION, RuleCode, SourceKind, Verdict};
use diachiso_store::Store;
use diachiso_text::number::format_vi;

use crate::JobError;

/// The counts of the run before.
pub(crate) struct Counts {
    rule_version: u32,
    profile: Profile,
    verdicts: [u64; 4],
    rules: BTreeMap<RuleCode, u64>,
}

impl Counts {
    /// Reads them where the next run judges by other rules; nothing where it judges by the same.
    pub(crate) async fn read(
        store: &dyn Store,
        profile: Profile,
    ) -> Result<Option<Self>, JobError> {
        let Some(last) = store.latest_run().await? else { return Ok(None) };
        if last.rule_version == RULE_VERSION && last.profile == profile {
            return Ok(None);
        }
        Ok(Some(Self {
            rule_version: last.rule_version,
            profile: last.profile,
            verdicts: store.verdicts().await?,
            rules: store.rule_counts().await?.into_iter().collect(),
        }))
    }

    /// The differences in words, verdicts first; what did not change is left out.
    pub(crate) fn until(&self, state: &Published) -> String {
        let mut text = format!(
            "Quy tắc / Rules: {} ({}) → {} ({})\n",
            self.rule_version, self.profile, state.rule_version, state.profile
        );
        let files = || state.files.iter().filter(|f| f.kind == SourceKind::Submissions);
        let mut changed = false;
        let mut line = |what: String, before: u64, after: u64| {
            if before != after {
                changed = true;
                let change = i128::from(after) - i128::from(before);
                let (before, after) = (format_vi(before), format_vi(after));
                let _ = writeln!(text, "  {what:<44}{before:>10} → {after:>10}  ({change:+})");
            }
        };
        for verdict in Verdict::ALL {
            let after = files().map(|file| file.verdict(verdict)).sum();
            let what = format!("{} / {}", verdict.vi(), verdict.as_str());
            line(what, self.verdicts[verdict as usize], after);
        }
        for &code in RuleCode::ALL {
            let after = state.rules.iter().find(|r| r.code == code).map_or(0, |r| r.findings);
            let before = self.rules.get(&code).copied().unwrap_or(0);
            line(format!("{code} {}", code.rule().vi), before, after);
        }
        if !changed {
            text.push_str("  không có gì thay đổi / nothing changed\n");
        }
        text
    }
}
