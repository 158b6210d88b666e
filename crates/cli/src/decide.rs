//! `diachiso decide`: puts a decision on record and runs everything again with it, in one transaction.

use std::sync::Arc;

use diachiso_model::{Decision, Level, Verdict};
use diachiso_runs::{Acceptance, At, Job, JobError, Key};
use diachiso_store::{AreaQuery, Store};
use diachiso_text::number::format_vi;

use crate::{args, run, summary, user};

/// The command.
pub(crate) async fn command(args: &args::Decide) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let by = Acceptance::from(&args.signed);
    let decision =
        diachiso_runs::proposal_decision(store.as_ref(), &args.id, args.choice, &by).await?;
    publish(store, vec![decision], args.key.key()?).await
}

/// Puts decisions on record, runs everything again as the run before did, and says what changed.
pub(crate) async fn publish(
    store: Arc<dyn Store>,
    decisions: Vec<Decision>,
    key: Key,
) -> anyhow::Result<()> {
    let last = store.latest_run().await.map_err(user)?;
    let last = last.ok_or_else(|| JobError::NoRun(store.name().to_owned()))?;
    let before = (store.verdicts().await.map_err(user)?, covered(store.as_ref()).await?);
    let told: Vec<_> = decisions.iter().map(|d| (d.target().to_owned(), d.choice())).collect();
    let again = Job::again(At::Open(Arc::clone(&store)), &last, key);
    let job = Job { decisions, ..again };
    let outcome = run::run(job).await?;
    let after = (store.verdicts().await.map_err(user)?, summary::total(&outcome.state).covered());
    for (target, choice) in told {
        println!("{target} {} / {choice} · lượt chạy / run {}", choice.vi(), outcome.run.number);
    }
    for verdict in Verdict::ALL {
        let at = verdict as usize;
        line(&format!("{} ({})", verdict.vi(), verdict.as_str()), before.0[at], after.0[at]);
    }
    line("Hộ có địa chỉ số (covered)", before.1, after.1);
    std::mem::forget(outcome.state);
    Ok(())
}

/// One count before and after.
fn line(what: &str, before: u64, after: u64) {
    let change = i128::from(after) - i128::from(before);
    let (before, after) = (format_vi(before), format_vi(after));
    println!("  {what:<28}{before:>10} → {after:>10}  ({change:+})");
}

/// Households covered, by the register that is the denominator.
async fn covered(store: &dyn Store) -> anyhow::Result<u64> {
    let query = AreaQuery { on: None, level: Level::Village, within: None, source: None };
    let rows = store.coverage(&query).await.map_err(user)?;
    Ok(rows.iter().map(|r| r.tally.covered()).sum())
}
