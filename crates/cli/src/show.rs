//! Small commands that print something: dump, token, rules, completions.

use std::io::Write as _;

use clap::CommandFactory as _;
use diachiso_model::Rule;

use crate::{args, user};

/// Prints the canonical dump of the published state.
pub(crate) async fn dump(args: &args::StoreArg) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store, false).await.map_err(user)?;
    std::io::stdout().write_all(store.dump().await?.as_bytes())?;
    Ok(())
}

/// Makes a token, keeps its hash, prints it once.
pub(crate) async fn token(args: &args::Token) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    println!("{}", new_token(store.as_ref(), &args.label, args.days).await?);
    Ok(())
}

/// A fresh token whose hash the store knows for so many days.
pub(crate) async fn new_token(
    store: &dyn diachiso_store::Store,
    label: &str,
    days: u16,
) -> anyhow::Result<String> {
    let (token, hash) = diachiso_server::new_token()?;
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * i64::from(days));
    store.add_token(hash, label, &until.to_string()).await.map_err(user)?;
    Ok(token)
}

/// Prints the rule table.
pub(crate) fn rules(args: &args::Rules) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match args.format {
        args::RulesFormat::Md => {
            writeln!(out, "| Mã | Mức | Thông báo | Message | Cần làm |\n|---|---|---|---|---|")?;
            for r in Rule::table() {
                writeln!(
                    out,
                    "| {} | {} | {} | {} | {} |",
                    r.code,
                    r.severity.letter(),
                    r.vi,
                    r.en,
                    r.advice_vi
                )?;
            }
        }
        args::RulesFormat::Json => {
            let rows: Vec<_> = Rule::table()
                .iter()
                .map(|r| {
                    serde_json::json!({"code": r.code.as_str(), "severity": r.severity.letter(), "vi": r.vi,
                        "en": r.en, "advice_vi": r.advice_vi, "advice_en": r.advice_en})
                })
                .collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
        }
    }
    Ok(())
}

/// Prints completions for a shell.
#[expect(clippy::unnecessary_wraps, reason = "commands share one signature")]
pub(crate) fn completions(args: &args::Completions) -> anyhow::Result<()> {
    clap_complete::generate(
        args.shell,
        &mut args::Args::command(),
        "diachiso",
        &mut std::io::stdout(),
    );
    Ok(())
}
