//! Decisions about what is proposed and about submissions: whether they can be made, and about what.

mod row;

use diachiso_model::{Choice, Decision, DecisionKind, Timestamp};
use diachiso_store::{ProposalView, Store};

use crate::{Acceptance, JobError};
pub use row::{RowChoice, row_decision};

/// What says that a decision is not signed.
const UNSIGNED: &str = "give --by NAME and --why TEXT";

/// The decision about the proposal whose id begins so.
///
/// # Errors
/// When no proposal or several begin so, nobody answers for it, or it is on record already.
pub async fn proposal_decision(
    store: &dyn Store,
    id: &str,
    choice: Choice,
    by: &Acceptance,
) -> Result<Decision, JobError> {
    let proposals = store.proposals().await?;
    let record = store.decisions().await?;
    let target = target(id, choice, &proposals, &record)?;
    sign(DecisionKind::Proposal, &target, choice, by)
}

/// The decision about two records, unless that is how it stands.
///
/// # Errors
/// When nobody answers for it, it is on record already, or there is nothing to take back.
pub async fn submission_decision(
    store: &dyn Store,
    (kind, target): (DecisionKind, &str),
    choice: Choice,
    by: &Acceptance,
) -> Result<Decision, JobError> {
    let record = store.decisions().await?;
    let held = Decision::in_force(&record, kind).get(target).copied();
    match (held, choice) {
        (None, Choice::Withdraw) => Err(JobError::Undecidable(
            "nothing is decided of these two: there is nothing to withdraw".to_owned(),
        )),
        (Some(held), choice) if held == choice => Err(JobError::Undecidable(
            "this is on record already; `withdraw` takes it back".to_owned(),
        )),
        _ => sign(kind, target, choice, by),
    }
}

/// A decision of now.
fn sign(
    kind: DecisionKind,
    target: &str,
    choice: Choice,
    Acceptance { by, why }: &Acceptance,
) -> Result<Decision, JobError> {
    let decision = Decision::new(kind, target, choice, by, Timestamp::now(), why);
    decision.map_err(|source| JobError::Unsigned { source, hint: UNSIGNED })
}

/// The id meant by its beginning, if the choice can be made about it.
fn target(
    given: &str,
    choice: Choice,
    proposals: &[ProposalView],
    record: &[Decision],
) -> Result<String, JobError> {
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
            return Err(JobError::Undecidable(format!(
                "no proposal `{given}`; see `diachiso proposals` for their ids"
            )));
        }
        several => {
            return Err(JobError::Undecidable(format!(
                "`{given}` may be {}; give more of it",
                several.join(" or ")
            )));
        }
    };
    match (in_force.get(id.as_str()), choice) {
        (None, Choice::Withdraw) => Err(JobError::Undecidable(format!(
            "nothing is decided of {id}: there is nothing to withdraw"
        ))),
        (Some(held), choice) if *held == choice => Err(JobError::Undecidable(format!(
            "{id}: `{choice}` is on record already; `withdraw` takes it back"
        ))),
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
