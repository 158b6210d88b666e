//! `diachiso decide`: puts a decision on record and runs everything again with it, in one transaction.

use anyhow::anyhow;
use diachiso_model::{Choice, Decision, DecisionKind, Level, Timestamp, Verdict};
use diachiso_store::{AreaQuery, ProposalView, Store};
use diachiso_text::number::format_vi;

use crate::{
    args,
    key::Key,
    run::{self, Job},
    summary, user,
};

/// The command.
pub(crate) async fn command(args: &args::Decide) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let proposals = store.proposals().await.map_err(user)?;
    let record = store.decisions().await.map_err(user)?;
    let target = target(&args.id, args.choice, &proposals, &record)?;
    let kind = DecisionKind::Proposal;
    let now = Timestamp::now();
    let decision =
        Decision::new(kind, &target, args.choice, &args.signed.by, now, &args.signed.why)
            .map_err(|e| user(anyhow!("{e}: give --by NAME and --why TEXT")))?;
    publish(store.as_ref(), vec![decision], &args.store.store, Key::of(&args.key)?).await
}

/// Puts decisions on record, runs everything again as the run before did, and says what changed.
pub(crate) async fn publish(
    store: &dyn Store,
    decisions: Vec<Decision>,
    path: &str,
    key: Key,
) -> anyhow::Result<()> {
    let last = store.latest_run().await.map_err(user)?;
    let last = last.ok_or_else(|| user(anyhow!("{}: nothing was run yet", store.name())))?;
    let before = (store.verdicts().await.map_err(user)?, covered(store).await?);
    let told: Vec<_> = decisions.iter().map(|d| (d.target().to_owned(), d.choice())).collect();
    let job = Job {
        store: path.to_owned(),
        files: Vec::new(),
        sheets: Vec::new(),
        key,
        // As in the run before, so that nothing changes but by the decisions.
        today: last.today,
        profile: last.profile,
        mapping: None,
        legal_basis: None,
        guard: last.guard.unwrap_or_default(),
        acceptance: None,
        kept: None,
        decisions,
        full: false,
    };
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

/// The id meant by its beginning, if the choice can be made about it.
fn target(
    given: &str,
    choice: Choice,
    proposals: &[ProposalView],
    record: &[Decision],
) -> anyhow::Result<String> {
    let in_force = Decision::in_force(record, DecisionKind::Proposal);
    let given = given.trim().to_ascii_lowercase();
    let mut known: Vec<String> = proposals.iter().map(|p| p.id.to_string()).collect();
    // A proposal that is found no more can only be let go of.
    if choice == Choice::Withdraw {
        known.extend(in_force.keys().map(|&id| id.to_owned()));
    }
    known.retain(|id| !given.is_empty() && id.starts_with(&given));
    known.sort();
    known.dedup();
    let id = match known.as_slice() {
        [one] => one.clone(),
        [] => {
            return Err(user(anyhow!(
                "no proposal `{given}`; see `diachiso proposals` for their ids"
            )));
        }
        several => {
            return Err(user(anyhow!(
                "`{given}` may be {}; give more of it",
                several.join(" or ")
            )));
        }
    };
    match (in_force.get(id.as_str()), choice) {
        (None, Choice::Withdraw) => {
            Err(user(anyhow!("nothing is decided of {id}: there is nothing to withdraw")))
        }
        (Some(held), choice) if *held == choice => {
            Err(user(anyhow!("{id}: `{choice}` is on record already; `withdraw` takes it back")))
        }
        _ => Ok(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(target: &str, choice: Choice) -> Decision {
        let kind = DecisionKind::Proposal;
        Decision::new(kind, target, choice, "a", Timestamp::UNIX_EPOCH, "b").expect("whole")
    }

    #[test]
    fn only_what_is_decided_can_be_withdrawn_and_nothing_is_decided_twice() {
        let record = [decision("00ff", Choice::Apply)];
        let of = |id, choice| target(id, choice, &[], &record).map_err(|e| e.to_string());
        assert_eq!(of("00", Choice::Withdraw), Ok("00ff".to_owned()));
        assert!(of("00ff", Choice::Apply).expect_err("gone").contains("no proposal"));
        assert!(of("", Choice::Withdraw).is_err() && of("1", Choice::Withdraw).is_err());
    }
}
