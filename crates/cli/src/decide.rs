//! `diachiso decide`: puts a decision on record and runs everything again with it, in one transaction.

pub(crate) mod args;

use std::sync::Arc;

use anyhow::anyhow;
use diachiso_model::{Choice, Decision, DecisionKind, Level, SubmissionId, Verdict};
use diachiso_runs::{Acceptance, At, Job, JobError, Key, Outcome, RowChoice};
use diachiso_server::{Named, find};
use diachiso_store::{AreaQuery, Store};
use diachiso_text::number::format_vi;

use crate::{run, summary, user};
use args::DecideChoice;

/// The command.
pub(crate) async fn command(args: &args::Decide) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let by = Acceptance::from(&args.signed);
    let decision = if let Some(choice) = proposal_choice(args) {
        diachiso_runs::proposal_decision(store.as_ref(), &args.id, choice, &by).await?
    } else {
        let choice = row_choice(args)?;
        let id = submission(&store, args).await?;
        diachiso_runs::row_decision(store.as_ref(), id, &choice, &by).await?
    };
    publish(store, vec![decision], args.key.key()?).await
}

/// Whether a text names a submission rather than a proposal.
fn names_submission(text: &str) -> bool {
    text.contains(':') || text.trim().parse::<SubmissionId>().is_ok()
}

/// What is decided of a proposal; `None` where the decision is about a submission.
fn proposal_choice(args: &args::Decide) -> Option<Choice> {
    match args.choice {
        DecideChoice::Apply => Some(Choice::Apply),
        DecideChoice::Refuse => Some(Choice::Refuse),
        DecideChoice::Withdraw if !names_submission(&args.id) => Some(Choice::Withdraw),
        _ => None,
    }
}

/// What is decided of a submission.
fn row_choice(args: &args::Decide) -> anyhow::Result<RowChoice> {
    let value = args.value.as_deref().map(str::trim).filter(|value| !value.is_empty());
    let needed = |what| user(anyhow!("{} needs {what}", args.id));
    match (args.choice, value) {
        (DecideChoice::Accept, None) => Ok(RowChoice::Accept),
        (DecideChoice::Reject, None) => Ok(RowChoice::Reject),
        (DecideChoice::Unit, Some(code)) => {
            Ok(RowChoice::Unit(code.parse().map_err(|e| user(anyhow!("{code}: {e}")))?))
        }
        (DecideChoice::Unit, None) => Err(needed("the code of a village or commune")),
        (DecideChoice::Point, Some(text)) => {
            let point = diachiso_pipeline::parse_point(text);
            let wrong = || user(anyhow!("`{text}` is no position; write LATITUDE,LONGITUDE"));
            point.map(RowChoice::Point).ok_or_else(wrong)
        }
        (DecideChoice::Point, None) => Err(needed("a position: LATITUDE,LONGITUDE")),
        (DecideChoice::Withdraw, None) => Ok(RowChoice::Withdraw(None)),
        (DecideChoice::Withdraw, Some(kind)) => {
            let of_row = [DecisionKind::Verdict, DecisionKind::Unit, DecisionKind::Point];
            let kind = of_row.into_iter().find(|of| of.as_str() == kind).ok_or_else(|| {
                user(anyhow!("`{kind}` is no decision about a submission; verdict, unit or point"))
            })?;
            Ok(RowChoice::Withdraw(Some(kind)))
        }
        (_, Some(value)) => Err(user(anyhow!("`{value}`: nothing is to follow this choice"))),
        (DecideChoice::Apply | DecideChoice::Refuse, None) => {
            Err(user(anyhow!("a submission is accepted or rejected; give accept or reject")))
        }
    }
}

/// The submission that is named.
async fn submission(store: &Arc<dyn Store>, args: &args::Decide) -> anyhow::Result<SubmissionId> {
    if let Ok(id) = args.id.trim().parse() {
        return Ok(id);
    }
    let (state, _) = run::reproduce(store, &args.key).await?;
    match find(&state, &args.id).map_err(user)? {
        Named::Submission(at) => Ok(state.submissions[at as usize].id),
        Named::Household(_) => Err(user(anyhow!(
            "{} is a household of the register; name a submission, or see `diachiso match`",
            args.id
        ))),
    }
}

/// Decisions that are told one by one; the others are counted.
const TOLD: usize = 20;

/// Puts decisions on record and runs everything again as the run before did.
pub(crate) async fn record(
    store: Arc<dyn Store>,
    decisions: Vec<Decision>,
    key: Key,
) -> anyhow::Result<Outcome> {
    let last = store.latest_run().await.map_err(user)?;
    let last = last.ok_or_else(|| JobError::NoRun(store.name().to_owned()))?;
    let again = Job::again(At::Open(store), &last, key);
    Ok(run::run(Job { decisions, ..again }).await?)
}

/// Puts decisions on record, runs everything again as the run before did, and says what changed.
pub(crate) async fn publish(
    store: Arc<dyn Store>,
    decisions: Vec<Decision>,
    key: Key,
) -> anyhow::Result<()> {
    let before = (store.verdicts().await.map_err(user)?, covered(store.as_ref()).await?);
    let more = decisions.len().saturating_sub(TOLD);
    let told = decisions.iter().take(TOLD);
    let told: Vec<_> = told.map(|d| (d.target().to_owned(), d.choice())).collect();
    let outcome = record(Arc::clone(&store), decisions, key).await?;
    let after = (store.verdicts().await.map_err(user)?, summary::total(&outcome.state).covered());
    for (target, choice) in told {
        println!("{target} {} / {choice} · lượt chạy / run {}", choice.vi(), outcome.run.number);
    }
    if more > 0 {
        println!("… và {more} quyết định nữa / and {more} more");
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
