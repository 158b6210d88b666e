//! `diachiso rules`: the rule table for people and for machines.

use std::{fmt::Write as _, io::Write as _};

use diachiso_model::{Profile, RULE_VERSION, Rule};
use serde_json::json;

use crate::args;

/// What stands above the table.
const INTRODUCTION: &str = "\
What is looked for in the files that people hand in. `E` rejects the row, `R` holds it for a person, `W` accepts and
flags it, `F` repairs it and keeps the original, `I` informs. The verdict of a row is the worst of its findings. A
profile (`--profile`) moves severities and nothing else: a cell such as `W (R/I)` reads *W by default, R when strict, I when
relaxed*. Codes never change meaning.

This page is made by `diachiso rules > docs/rules.md`; a test says so when it is old.
";

/// The command.
pub(crate) fn command(args: &args::Rules) -> anyhow::Result<()> {
    let text = match args.format {
        args::RulesFormat::Md => markdown(),
        args::RulesFormat::Json => format!("{:#}\n", json()),
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// Severity by default and, where profiles differ, when strict and when relaxed.
fn severities(rule: &Rule) -> String {
    let [strict, default, relaxed] = Profile::ALL.map(|p| p.severity(rule.code).letter());
    if strict == default && default == relaxed {
        default.to_owned()
    } else {
        format!("{default} ({strict}/{relaxed})")
    }
}

/// The table as a page.
fn markdown() -> String {
    let mut page = format!("# Rules, version {RULE_VERSION}\n\n{INTRODUCTION}\n");
    page.push_str(
        "| Mã | Mức | Thông báo | Message | Cần làm | What to do |\n|---|---|---|---|---|---|\n",
    );
    for rule in Rule::table() {
        let Rule { code, vi, en, advice_vi, advice_en, .. } = rule;
        let severity = severities(rule);
        let _ = writeln!(page, "| {code} | {severity} | {vi} | {en} | {advice_vi} | {advice_en} |");
    }
    page
}

fn json() -> serde_json::Value {
    let row = |rule: &Rule| {
        let [strict, default, relaxed] = Profile::ALL.map(|p| p.severity(rule.code).letter());
        json!({
            "code": rule.code.as_str(),
            "severity": {"strict": strict, "default": default, "relaxed": relaxed},
            "vi": rule.vi, "en": rule.en, "advice_vi": rule.advice_vi, "advice_en": rule.advice_en,
        })
    };
    json!({"version": RULE_VERSION, "rules": Rule::table().iter().map(row).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_the_one_that_the_program_prints() {
        let committed = include_str!("../../../docs/rules.md");
        assert!(committed == markdown(), "run `cargo run -- rules > docs/rules.md`");
    }
}
