//! What is told of something that waits for a person.

use diachiso_model::{RuleCode, SubmissionId};
use diachiso_store::{FindingView, OrderState, ReviewMark, SubmissionView, VillageHousehold};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    proposals::ProposalBody,
    submissions::{Point, Submission},
};
use crate::{
    AppState,
    access::Access,
    error::ApiError,
    paging::query_value,
    waiting::{Item, Thing},
};

/// Lines of the register that are told beside a submission.
const MOST_LINES: usize = 8;

/// Something that waits for a person. Personal data.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemBody {
    /// Its id: that of the submission (32 hexadecimal digits) or the proposal (12).
    id: String,
    /// `submission` or `proposal`.
    kind: &'static str,
    /// The rules that ask.
    rules: Vec<&'static str>,
    /// Code of its village, or of its commune where the village is not known.
    place: String,
    /// The submission, with everything that was noticed.
    submission: Option<Submission>,
    /// Other submissions that it may be one household with (D03, D04).
    others: Vec<OtherBody>,
    /// Lines of the register that fit (R02).
    lines: Vec<LineBody>,
    /// The proposal.
    proposal: Option<ProposalBody>,
    /// Positions for a map: of the submission, of the others, of the lines that are covered.
    points: Vec<MapPoint>,
    /// Where the weights are told: `/api/v1/explain?…`; of a proposal nothing is weighed.
    explain: Option<String>,
    /// What can be decided: the words of `choice`.
    choices: Vec<&'static str>,
    /// Who looks at it, while the claim holds.
    claim: Option<ClaimBody>,
    /// What was decided last and is not carried out yet, or by this run.
    decision: Option<ReviewDecisionBody>,
}

/// Another submission beside one that waits.
#[derive(Serialize, ToSchema)]
struct OtherBody {
    /// The rule that names it.
    rule: &'static str,
    /// Its id.
    id: String,
    /// The submission; `null` where it lies outside the caller's areas.
    submission: Option<Submission>,
    /// Where the two are explained.
    explain: String,
}

/// A line of the register.
#[derive(Serialize, ToSchema)]
struct LineBody {
    /// Id inside the register.
    household: String,
    /// Head of the household; `null` where the line lies in another village.
    head: Option<String>,
    /// Address in one line.
    address: Option<String>,
    /// Its state: `covered`, `none`, …
    state: Option<&'static str>,
    /// Where the two are explained.
    explain: String,
}

/// A position on a map.
#[derive(Serialize, ToSchema)]
struct MapPoint {
    /// `submission`, `other` or `line`.
    role: &'static str,
    /// Of which submission or line.
    id: String,
    /// Where.
    #[serde(flatten)]
    at: Point,
}

/// A claim.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClaimBody {
    /// Id of the thing.
    pub(crate) id: String,
    /// The token that holds it.
    pub(crate) by: String,
    /// Whether that is the caller's.
    pub(crate) mine: bool,
    /// Until when nobody else may decide.
    pub(crate) until: String,
}

/// A decision of a reviewer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewDecisionBody {
    /// Id of the thing.
    pub(crate) id: String,
    /// Number of the order.
    pub(crate) order: i64,
    /// `waiting`, `done` or `failed`.
    pub(crate) state: &'static str,
    /// The run that carried it out.
    pub(crate) run: Option<i64>,
    /// Why it could not be carried out.
    pub(crate) fault: Option<String>,
    /// The token that decided.
    pub(crate) by: String,
    /// When.
    pub(crate) at: String,
    /// Whether it takes the decision before back.
    pub(crate) undoes: bool,
}

/// Who claims and decided a thing, as it stands now.
pub(crate) async fn standing(
    state: &AppState,
    access: &Access,
    mark: &ReviewMark,
) -> Result<(Option<ClaimBody>, Option<ReviewDecisionBody>), ApiError> {
    let now = diachiso_model::Timestamp::now();
    let id = mark.item.to_string();
    let claim = mark.claim.as_ref().filter(|claim| claim.until > now).map(|claim| ClaimBody {
        id: id.clone(),
        by: claim.by.to_string(),
        mine: *claim.by == *access.who(),
        until: claim.until.to_string(),
    });
    let Some(order) = &mark.order else { return Ok((claim, None)) };
    let (word, run, fault) = match state.service().order_state(order.order).await? {
        Some(OrderState::Done(run)) => ("done", run, None),
        Some(OrderState::Failed(fault)) => ("failed", None, Some(fault.into())),
        Some(OrderState::Waiting) | None => ("waiting", None, None),
    };
    let decided = ReviewDecisionBody {
        id,
        order: order.order,
        state: word,
        run,
        fault,
        by: order.by.to_string(),
        at: order.at.to_string(),
        undoes: order.undoes,
    };
    Ok((claim, Some(decided)))
}

impl ItemBody {
    /// Everything about an item, whose mark is known.
    pub(crate) async fn of(
        state: &AppState,
        access: &Access,
        item: &Item,
        mark: Option<&ReviewMark>,
    ) -> Result<Self, ApiError> {
        let (claim, decision) = match mark {
            Some(mark) => standing(state, access, mark).await?,
            None => (None, None),
        };
        let mut body = Self {
            id: item.id.to_string(),
            kind: "proposal",
            rules: item.rules().iter().map(|code| code.as_str()).collect(),
            place: item.place.to_string(),
            submission: None,
            others: Vec::new(),
            lines: Vec::new(),
            proposal: None,
            points: Vec::new(),
            explain: None,
            choices: vec!["apply", "refuse"],
            claim,
            decision,
        };
        match &item.thing {
            Thing::Proposal(proposal) => body.proposal = Some(ProposalBody::from(&**proposal)),
            Thing::Row(row) => {
                if let Some(view) = state.store().submission(row.id).await? {
                    body.tell(state, access, view).await?;
                }
            }
        }
        Ok(body)
    }

    async fn tell(
        &mut self,
        state: &AppState,
        access: &Access,
        view: SubmissionView,
    ) -> Result<(), ApiError> {
        let explain = format!("/api/v1/explain?a={}", view.id);
        self.kind = "submission";
        self.choices =
            vec!["accept", "reject", "unit", "point", "merge", "split", "line", "not_line"];
        let of = |codes: &'static [RuleCode]| {
            view.findings.iter().filter(move |f| codes.contains(&f.code))
        };
        for finding in of(&[RuleCode::D03, RuleCode::D04]) {
            self.tell_other(state, access, finding, &explain).await?;
        }
        let ids: Vec<&str> = of(&[RuleCode::R02])
            .filter_map(|f| f.replacement.as_deref())
            .flat_map(|ids| ids.split("; "))
            .take(MOST_LINES)
            .collect();
        let near: Vec<VillageHousehold> = match &view.village_code {
            Some(village) if !ids.is_empty() => state.store().village_households(village).await?,
            _ => Vec::new(),
        };
        for id in ids {
            let line = near.iter().find(|h| *h.id == *id);
            if let Some(point) = line.and_then(|h| h.point) {
                let at = Point { lon: point.lon(), lat: point.lat() };
                self.points.push(MapPoint { role: "line", id: id.to_owned(), at });
            }
            self.lines.push(LineBody {
                household: id.to_owned(),
                head: line.map(|h| h.head.to_string()),
                address: line.map(|h| h.address.to_string()),
                state: line.map(|h| h.state.as_str()),
                explain: format!("{explain}&b={}", query_value(id)),
            });
        }
        if let Some(point) = view.point {
            let at = Point { lon: point.lon(), lat: point.lat() };
            self.points.insert(0, MapPoint { role: "submission", id: view.id.to_string(), at });
        }
        self.submission = Some(view.into());
        self.explain = Some(explain);
        Ok(())
    }

    async fn tell_other(
        &mut self,
        state: &AppState,
        access: &Access,
        finding: &FindingView,
        explain: &str,
    ) -> Result<(), ApiError> {
        let named = finding.replacement.as_deref().and_then(|id| id.parse::<SubmissionId>().ok());
        let Some(id) = named else { return Ok(()) };
        let view = state.store().submission(id).await?;
        let scope = access.scope(state).await?;
        let view = view.filter(|view| scope.submission(view));
        if let Some(point) = view.as_ref().and_then(|view| view.point) {
            let at = Point { lon: point.lon(), lat: point.lat() };
            self.points.push(MapPoint { role: "other", id: id.to_string(), at });
        }
        self.others.push(OtherBody {
            rule: finding.code.as_str(),
            id: id.to_string(),
            submission: view.map(Submission::from),
            explain: format!("{explain}&b={id}"),
        });
        Ok(())
    }
}
