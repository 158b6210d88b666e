//! `diachiso match`: puts on record that two records are one household or two, and runs everything again with it.

use anyhow::anyhow;
use diachiso_model::{Choice, DecisionKind, Published};
use diachiso_runs::Acceptance;
use diachiso_server::{Named, find};

use crate::{
    args::{self, MatchChoice},
    decide, run, user,
};

/// The command.
pub(crate) async fn command(args: &args::Match) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let (state, _) = run::reproduce(&store, &args.key).await?;
    let (kind, target) = target(&state, &args.a, &args.b)?;
    drop(state);
    let choice = match args.choice {
        MatchChoice::Same => Choice::Apply,
        MatchChoice::Different => Choice::Refuse,
        MatchChoice::Withdraw => Choice::Withdraw,
    };
    let by = Acceptance::from(&args.signed);
    let of = (kind, &*target);
    let decision = diachiso_runs::submission_decision(store.as_ref(), of, choice, &by).await?;
    decide::publish(store, vec![decision], args.key.key()?).await
}

/// What is decided about: two submissions, or a submission and a line of a register.
fn target(state: &Published, a: &str, b: &str) -> anyhow::Result<(DecisionKind, String)> {
    let id = |at: u32| state.submissions[at as usize].id;
    let named = |text: &str| find(state, text).map_err(user);
    match (named(a)?, named(b)?) {
        (Named::Submission(a), Named::Submission(b)) if id(a) == id(b) => {
            Err(user(anyhow!("both are one submission")))
        }
        (Named::Submission(a), Named::Submission(b)) => {
            let (a, b) = (id(a).min(id(b)), id(a).max(id(b)));
            Ok((DecisionKind::Pair, format!("{a} {b}")))
        }
        (Named::Submission(s), Named::Household(h))
        | (Named::Household(h), Named::Submission(s)) => {
            let household = &state.households[h as usize];
            let source = &state.registers[household.register as usize].source;
            Ok((DecisionKind::Match, format!("{} {source} {}", id(s), household.id)))
        }
        (Named::Household(_), Named::Household(_)) => Err(user(anyhow!(
            "two lines of a register are two households: name two submissions, or a submission and a household"
        ))),
    }
}
