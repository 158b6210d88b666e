//! What the rows of one collector show together and no row shows alone: a device set to VN-2000 (rule G12), metres of
//! another zone, the last fix copied from house to house.
//!
//! Everything found is a [`Proposal`] that a person applies or refuses; an open one changes no point. Proposals are
//! found in the rows as they came, whatever was decided, so that a decision never takes away the evidence that it
//! rests on; what is decided is carried out by [`replay`] before any row is matched. A decision holds as long as its
//! proposal is found: where rows that came later speak against it, nothing is moved any more.
//!
//! Confidence is a posterior probability. Each kind names its hypotheses, what it believes of each beforehand, and
//! what each witness says by a logarithm of a likelihood; see [`datum`], [`zone`] and [`copied`].

mod borders;
mod copied;
mod datum;
mod replay;
mod sight;
mod subject;
mod village_view;
mod zone;

use diachiso_model::{
    Choice, Date, Decision, DecisionKind, Proposal, ProposalKind, ProposalStatus, Remedy,
};

use crate::{Reference, submissions::Draft};
use sight::Sight;
use subject::Subjects;

pub(crate) use replay::replay;

/// Confidence from which something is proposed.
const PROPOSED: f64 = 0.9;
/// No confidence is stated above this: the models are models.
const SUREST: f64 = 0.9999;

/// What is examined.
pub(crate) struct Case<'a> {
    pub(crate) reference: &'a Reference,
    /// Number of villages that the registers know.
    pub(crate) villages: usize,
    /// Closing date of the register that is the denominator.
    pub(crate) closed_on: Date,
    pub(crate) today: Date,
    pub(crate) decisions: &'a [Decision],
}

/// What one subject's rows say, before it has a name.
struct Found {
    subject: u32,
    kind: ProposalKind,
    remedy: Remedy,
    votes: usize,
    rows: Vec<u32>,
    confidence: f64,
    evidence: String,
}

/// Everything that is to be proposed, by id, with what was decided of it.
pub(crate) fn examine(drafts: &[Draft], case: &Case<'_>) -> Vec<Proposal> {
    let subjects = Subjects::of(drafts, &case.reference.units);
    let sights = Sight::of_all(drafts, case);
    let (mut found, middles) = datum::find(drafts, &sights, &subjects, case);
    found.extend(zone::find(drafts, &sights, &subjects, &middles, case));
    found.extend(copied::find(drafts, &sights, &subjects));
    let decided = Decision::in_force(case.decisions, DecisionKind::Proposal);
    let mut proposals: Vec<Proposal> = found
        .into_iter()
        .map(|found| {
            let subject = &subjects.list[found.subject as usize];
            let units = &case.reference.units;
            let id = subject.proposal_id(found.kind, units);
            Proposal {
                id,
                kind: found.kind,
                subject: subject.text(units).into(),
                collector: subject.who.clone(),
                commune: subject.commune,
                remedy: found.remedy,
                votes: found.votes as u32,
                rows: found.rows,
                // Four decimals: what is published does not hang on the last bits of a sum.
                confidence: (found.confidence.min(SUREST) * 1e4).round() / 1e4,
                evidence: found.evidence.into(),
                status: match decided.get(id.to_string().as_str()) {
                    Some(Choice::Apply) => ProposalStatus::Applied,
                    Some(Choice::Refuse) => ProposalStatus::Refused,
                    Some(Choice::Withdraw) | None => ProposalStatus::Open,
                },
            }
        })
        .collect();
    proposals.sort_by_key(|p| p.id);
    proposals
}

/// Probabilities of hypotheses from the logarithms of what was believed beforehand times the likelihoods.
fn posterior<const N: usize>(logs: [f64; N]) -> [f64; N] {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights = logs.map(|l| (l - most).exp());
    let sum: f64 = weights.iter().sum();
    weights.map(|w| w / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_even_of_logarithms_that_overflow() {
        let [a, b] = posterior([-1e6, -1e6 + 9.0_f64.ln()]);
        assert!((a - 0.1).abs() < 1e-9 && (b - 0.9).abs() < 1e-9, "{a} {b}");
    }
}
