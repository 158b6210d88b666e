//! What the rows of one collector show together and no row shows alone: a device set to VN-2000 (rule G12), metres of
//! another zone, the last fix copied from house to house.
//!
//! Everything found is a [`Proposal`] that a person applies or refuses; an open one changes no point. Proposals are
//! found in the rows as they came, whatever was decided, so that a decision never takes away the evidence that it
//! rests on; what is decided is carried out by [`replay`] before any row is matched. A decision holds as long as its
//! proposal is found: where rows that came later speak against it, nothing is moved any more.
//!
//! Nothing but [`trace`]s is looked at, 64 bytes a row, so that a check, which keeps no rows, finds what a run finds.
//!
//! Confidence is a posterior probability. Each kind names its hypotheses, what it believes of each beforehand, and
//! what each witness says by a logarithm of a likelihood; see [`datum`], [`zone`] and [`copied`].

mod borders;
mod copied;
mod datum;
mod kept;
mod replay;
mod trace;
mod traces;
mod village_view;
mod zone;

use std::sync::Arc;

use diachiso_model::{
    Choice, Date, Decision, DecisionKind, Proposal, ProposalKind, ProposalStatus, Remedy, UnitId,
    Units,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Reference, place::Villages, submissions::Draft};
use traces::{Held, Named};

pub(crate) use kept::{Decided, Kept};
pub(crate) use replay::{replay, replay_one};
pub(crate) use trace::{Given, Marks, Trace, Tracer, Vote, whose};
pub(crate) use traces::{MOST, Spot, Subject, Traces};

/// Confidence from which something is proposed.
const PROPOSED: f64 = 0.9;
/// No confidence is stated above this: the models are models.
const SUREST: f64 = 0.9999;

/// What is examined.
pub(crate) struct Case<'a> {
    pub(crate) reference: &'a Reference,
    /// Villages that the registers know.
    pub(crate) villages: &'a Villages,
    /// Closing date of the register that is the denominator.
    pub(crate) closed_on: Date,
    pub(crate) today: Date,
    pub(crate) decisions: &'a [Decision],
    /// For every unit version the first one of its code and name.
    same: Arc<[UnitId]>,
}

impl<'a> Case<'a> {
    /// Of rows that were judged by this reference and these villages, without decisions.
    pub(crate) fn new(
        reference: &'a Reference,
        villages: &'a Villages,
        closed_on: Date,
        today: Date,
    ) -> Self {
        Self::knowing(same_communes(&reference.units), reference, villages, (closed_on, today))
    }

    /// The same where it is known already which versions of units are one commune; see [`same_communes`].
    pub(crate) fn knowing(
        same: Arc<[UnitId]>,
        reference: &'a Reference,
        villages: &'a Villages,
        (closed_on, today): (Date, Date),
    ) -> Self {
        Self { reference, villages, closed_on, today, decisions: &[], same }
    }

    /// The same with what was decided.
    pub(crate) fn decided(self, decisions: &'a [Decision]) -> Self {
        Self { decisions, ..self }
    }

    /// The first version of a commune that bears its code and name.
    pub(crate) fn same(&self, commune: UnitId) -> UnitId {
        self.same[usize::from(commune.0)]
    }
}

/// For every unit version the first one of its code and name.
pub(crate) fn same_communes(units: &Units) -> Arc<[UnitId]> {
    let mut first: FxHashMap<(&str, &str), UnitId> = FxHashMap::default();
    units.iter().map(|(id, u)| *first.entry((u.code.as_str(), &*u.name)).or_insert(id)).collect()
}

/// Rows that a proposal would change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Rows {
    /// All of the subject whose positions were given so, those that were not looked at too.
    Given(Given),
    /// These.
    These(Vec<u32>),
}

/// What one subject's rows say, before it has a name.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) subject: u64,
    /// Where the name in the first row is to be had.
    pub(crate) name: u64,
    commune: Option<UnitId>,
    /// Whether not all rows were looked at.
    sampled: bool,
    pub(crate) kind: ProposalKind,
    remedy: Remedy,
    votes: usize,
    pub(crate) rows: Rows,
    confidence: f64,
    evidence: String,
}

impl Found {
    /// Nothing yet, of a subject.
    fn about(subject: &Subject<'_>) -> Self {
        Self {
            subject: subject.key,
            name: subject.name,
            commune: subject.rows.first().and_then(|t| t.commune),
            sampled: subject.sampled,
            kind: ProposalKind::Datum,
            remedy: Remedy::Hold { fixes: 0 },
            votes: 0,
            rows: Rows::These(Vec::new()),
            confidence: 0.0,
            evidence: String::new(),
        }
    }

    /// The open proposal that a subject of this name is faced with.
    pub(crate) fn proposal(self, who: Arc<str>, rows: Vec<u32>, case: &Case<'_>) -> Proposal {
        let units = &case.reference.units;
        let named = Named { who, commune: self.commune.map(|c| case.same(c)) };
        let looked_at =
            if self.sampled { format!(" · chỉ xét {MOST} phiếu") } else { String::new() };
        Proposal {
            id: named.proposal_id(self.kind, units),
            kind: self.kind,
            subject: named.text(units).into(),
            commune: named.commune,
            collector: named.who,
            remedy: self.remedy,
            votes: self.votes as u32,
            rows,
            // Four decimals: what is published does not hang on the last bits of a sum.
            confidence: (self.confidence.min(SUREST) * 1e4).round() / 1e4,
            evidence: (self.evidence + &looked_at).into(),
            status: ProposalStatus::Open,
        }
    }
}

/// What is seen of a subject when it is first looked at.
enum Beside {
    Found(Found),
    /// Rows in metres, of this subject.
    Metres(u64),
}

/// What traces show, in no order, and how many villages have a middle that points were compared with.
pub(crate) fn find<S: Traces>(
    traces: &S,
    case: &Case<'_>,
) -> Result<(Vec<Found>, usize), S::Error> {
    let beside = |subject: &Subject<'_>| {
        let copied = copied::examine(subject).map(Beside::Found);
        let zone = zone::may_tell(subject).then_some(Beside::Metres(subject.key));
        copied.into_iter().chain(zone).collect()
    };
    let (mut found, middles, beside) = datum::find(traces, case, beside)?;
    let mut metres = FxHashSet::default();
    for seen in beside {
        match seen {
            Beside::Found(copied) => found.push(copied),
            Beside::Metres(subject) => drop(metres.insert(subject)),
        }
    }
    // Metres are read when the middles of villages are known, and they are rare.
    if !metres.is_empty() {
        let zone = |s: &Subject<'_>| zone::examine(s, &middles, case).into_iter().collect();
        found.extend(traces.subjects(|subject| metres.contains(&subject), zone)?);
    }
    Ok((found, middles.len()))
}

/// Everything that is to be proposed of drafts, which must be sorted by id; with what was decided of it, by id.
pub(crate) fn examine(drafts: &[Draft], case: &Case<'_>) -> Vec<Proposal> {
    let traces = Held::of(drafts, case);
    let Ok((found, _)) = find(&traces, case);
    let decided = Decision::in_force(case.decisions, DecisionKind::Proposal);
    let propose = |mut found: Found| {
        let who = Arc::clone(whose(&drafts[found.name as usize].submission));
        let rows = match &mut found.rows {
            Rows::Given(given) => traces.given(found.subject, *given),
            Rows::These(rows) => std::mem::take(rows),
        };
        let proposal = found.proposal(who, rows, case);
        let status = match decided.get(proposal.id.to_string().as_str()) {
            Some(Choice::Apply) => ProposalStatus::Applied,
            Some(Choice::Refuse) => ProposalStatus::Refused,
            Some(Choice::Withdraw) | None => ProposalStatus::Open,
        };
        Proposal { status, ..proposal }
    };
    let mut proposals: Vec<Proposal> = found.into_iter().map(propose).collect();
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
