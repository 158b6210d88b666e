//! Decisions about one submission.

use diachiso_model::{
    Choice, Decision, DecisionKind, Level, LonLat, Severity, SubmissionId, UnitCode, Verdict,
};
use diachiso_pipeline::STILL_ASKED;
use diachiso_store::{AreaQuery, Store, SubmissionView};

use super::sign;
use crate::{Acceptance, JobError, reference_of};

/// What is decided of one submission.
#[derive(Clone, PartialEq, Debug)]
pub enum RowChoice {
    /// It is accepted although rules hold it.
    Accept,
    /// It is rejected, for the reason given.
    Reject,
    /// It belongs to this village or commune.
    Unit(UnitCode),
    /// It lies here.
    Point(LonLat),
    /// What was decided before is taken back: of this kind, or the one thing that is decided.
    Withdraw(Option<DecisionKind>),
}

/// Kinds of decisions about one submission.
const OF_ONE: [DecisionKind; 3] = [DecisionKind::Verdict, DecisionKind::Unit, DecisionKind::Point];

fn undecidable(why: impl Into<String>) -> JobError {
    JobError::Undecidable(why.into())
}

/// The decision about a submission of the newest run.
///
/// # Errors
/// When there is no such submission, the choice changes nothing, nobody answers for it, or it is on record already.
pub async fn row_decision(
    store: &dyn Store,
    id: SubmissionId,
    choice: &RowChoice,
    by: &Acceptance,
) -> Result<Decision, JobError> {
    let record = store.decisions().await?;
    if let RowChoice::Withdraw(kind) = choice {
        let (kind, target) = standing(&record, id, *kind)?;
        return sign(kind, &target, Choice::Withdraw, by);
    }
    let view = store.submission(id).await?.ok_or_else(|| {
        undecidable(format!("không có phiếu {id} / no submission {id} is published"))
    })?;
    let (kind, target, choice) = match choice {
        RowChoice::Accept => {
            can_be_accepted(&view)?;
            (DecisionKind::Verdict, id.to_string(), Choice::Apply)
        }
        RowChoice::Reject => (DecisionKind::Verdict, id.to_string(), Choice::Refuse),
        RowChoice::Unit(code) => {
            is_known(store, code, &view).await?;
            (DecisionKind::Unit, format!("{id} {code}"), Choice::Apply)
        }
        RowChoice::Point(point) => {
            let target = format!("{id} {:.7} {:.7}", point.lat(), point.lon());
            (DecisionKind::Point, target, Choice::Apply)
        }
        RowChoice::Withdraw(_) => return Err(undecidable("nothing to decide")),
    };
    let held = Decision::standing(&record, kind);
    if held
        .get(kind.subject(&target))
        .is_some_and(|d| (d.target(), d.choice()) == (&*target, choice))
    {
        return Err(undecidable("this is on record already; `withdraw` takes it back"));
    }
    sign(kind, &target, choice, by)
}

/// What is decided of a submission and can be taken back.
fn standing(
    record: &[Decision],
    id: SubmissionId,
    kind: Option<DecisionKind>,
) -> Result<(DecisionKind, String), JobError> {
    let subject = id.to_string();
    let kinds = OF_ONE.into_iter().filter(|of| kind.is_none_or(|kind| kind == *of));
    let decided: Vec<(DecisionKind, String)> = kinds
        .filter_map(|kind| {
            let decision = Decision::standing(record, kind).remove(subject.as_str())?;
            Some((kind, decision.target().to_owned()))
        })
        .collect();
    match <[_; 1]>::try_from(decided) {
        Ok([one]) => Ok(one),
        Err(none) if none.is_empty() => {
            Err(undecidable(format!("nothing is decided of {id}: there is nothing to withdraw")))
        }
        Err(several) => {
            let kinds: Vec<&str> = several.iter().map(|(kind, _)| kind.as_str()).collect();
            Err(undecidable(format!(
                "several are decided of {id}; say which: {}",
                kinds.join(", ")
            )))
        }
    }
}

/// Whether accepting a submission would change what holds it.
fn can_be_accepted(view: &SubmissionView) -> Result<(), JobError> {
    if view.verdict != Verdict::Held {
        return Err(undecidable(format!(
            "phiếu không chờ duyệt ({}) / the submission is not held, it is {}",
            view.verdict.vi(),
            view.verdict.as_str()
        )));
    }
    let holding = view.findings.iter().filter(|f| f.severity == Severity::Review);
    let codes: Vec<&str> = holding.clone().map(|f| f.code.as_str()).collect();
    if holding.into_iter().all(|f| STILL_ASKED.contains(&f.code)) {
        return Err(undecidable(format!(
            "{}: chọn đúng hộ, nói hai phiếu là một hay hai hộ, hoặc ghi căn cứ xử lý / accepting does not answer it: name the \
             household (R02), say whether both are one (D04), or record the legal basis (C01)",
            codes.join(", ")
        )));
    }
    Ok(())
}

/// Whether a unit is one that submissions can belong to.
async fn is_known(
    store: &dyn Store,
    code: &UnitCode,
    view: &SubmissionView,
) -> Result<(), JobError> {
    let known = match code.level() {
        Level::Village => {
            let (level, within) = (Level::Village, None);
            let query = AreaQuery { on: None, level, within, source: None };
            store.coverage(&query).await?.iter().any(|row| row.code == *code)
        }
        Level::Commune => {
            let units = reference_of(Vec::new()).map_err(|e| undecidable(e.to_string()))?.units;
            let holds = |day| units.by_code(code, day).is_some();
            view.collected_on.map_or_else(|| units.iter().any(|(_, u)| u.code == *code), holds)
        }
        _ => false,
    };
    if known {
        Ok(())
    } else {
        Err(undecidable(format!(
            "không có thôn hay xã {code} vào ngày thu thập / no village of the registers and no commune of the day of \
             collection has the code {code}"
        )))
    }
}
