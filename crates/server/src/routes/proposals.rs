//! What is proposed about all rows of one collector, and what was decided of it. Names collectors: needs a token.

use std::collections::HashSet;

use axum::{Extension, Json, Router, extract::State, http::HeaderName, routing::get};
use diachiso_model::{Decision, ProposalId, Remedy, RowRef};
use diachiso_pipeline::{CheckedPart, CheckedProposal, FileCheck, label};
use diachiso_store::{ProposalView, Thing};
use serde::Serialize;
use utoipa::ToSchema;

use super::submissions::NOT_KEPT;
use crate::{
    AppState,
    access::{Access, Scope, Told},
    error::{ApiError, Problem},
    extract::Path,
};

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/v1/proposals", get(proposals))
        .route("/api/v1/proposals/{id}", get(proposal))
}

/// All proposals of the published run, and every decision on record.
#[derive(Serialize, ToSchema)]
pub struct ProposalsBody {
    /// Proposals, in the order given.
    proposals: Vec<ProposalBody>,
    /// Decisions, oldest first.
    decisions: Vec<DecisionBody>,
}

/// A proposal about all rows of a collector.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProposalBody {
    /// Its name: 12 hexadecimal digits.
    id: String,
    /// What is wrong: `datum`, `zone` or `copied_fix`.
    kind: &'static str,
    /// `open`, `applied` or `refused`.
    status: &'static str,
    /// Whose rows, as people know them.
    subject: String,
    /// The collector or team; empty where nobody is named.
    collector: String,
    /// Code of the commune stated.
    commune: Option<String>,
    /// What would be done, in words.
    remedy: String,
    /// Length in metres of the vector from the true places to the points.
    shift_m: Option<f64>,
    /// Its azimuth in degrees clockwise from north, −180 to 180.
    azimuth_deg: Option<f64>,
    /// Name of the zone.
    zone: Option<String>,
    /// Rows that bear witness.
    votes: u32,
    /// Rows that it would change.
    rows: u64,
    /// How sure it is, from 0 to 1.
    confidence: f64,
    /// What the witnesses say, in Vietnamese.
    evidence: String,
    /// The rows by file. Of a file that is only looked at, the first 10,000.
    files: Vec<RowsOfFile>,
}

/// Rows of one file.
#[derive(Serialize, ToSchema)]
struct RowsOfFile {
    /// Name of the file.
    name: String,
    /// Row numbers, ascending.
    rows: Vec<u32>,
}

/// A decision on record.
#[derive(Serialize, ToSchema)]
struct DecisionBody {
    /// What kind of thing was decided of.
    kind: &'static str,
    /// Its id.
    target: String,
    /// `apply`, `refuse` or `withdraw`.
    choice: &'static str,
    /// Who decided.
    by: String,
    /// When.
    at: String,
    /// Why.
    why: String,
}

impl ProposalsBody {
    /// Proposals in their order, and the record.
    #[must_use]
    pub fn of(proposals: &[ProposalView], record: &[Decision]) -> Self {
        Self {
            proposals: proposals.iter().map(ProposalBody::from).collect(),
            decisions: record.iter().map(DecisionBody::from).collect(),
        }
    }
}

impl From<&ProposalView> for ProposalBody {
    fn from(p: &ProposalView) -> Self {
        let of_file = |run: &[(Box<str>, u32)]| RowsOfFile {
            name: run[0].0.to_string(),
            rows: run.iter().map(|(_, row)| *row).collect(),
        };
        Self {
            id: p.id.to_string(),
            kind: p.kind.as_str(),
            status: p.status.as_str(),
            subject: p.subject.to_string(),
            collector: p.collector.to_string(),
            commune: p.commune.as_ref().map(ToString::to_string),
            remedy: p.remedy.to_string(),
            shift_m: p.vector.map(|(shift_m, _)| shift_m),
            azimuth_deg: p.vector.map(|(_, azimuth_deg)| azimuth_deg),
            zone: p.zone.as_deref().map(str::to_owned),
            votes: p.votes,
            rows: p.rows.len() as u64,
            confidence: p.confidence,
            evidence: p.evidence.to_string(),
            files: p.rows.chunk_by(|a, b| a.0 == b.0).map(of_file).collect(),
        }
    }
}

impl ProposalBody {
    /// Of a file that was looked at.
    pub(crate) fn of_file(file: &FileCheck, checked: &CheckedProposal) -> Self {
        let CheckedProposal { proposal: p, commune, rows: changed } = checked;
        let rows: Vec<RowRef> =
            p.rows.iter().map(|row| CheckedPart::row(&file.parts, *row)).collect();
        let of_part = |run: &[RowRef]| RowsOfFile {
            name: label(&file.name, file.parts[run[0].file as usize].sheet.as_deref()).into(),
            rows: run.iter().map(|at| at.row).collect(),
        };
        let vector = p.remedy.vector();
        let zone = match p.remedy {
            Remedy::Zone(name) => Some(name.to_owned()),
            _ => None,
        };
        Self {
            id: p.id.to_string(),
            kind: p.kind.as_str(),
            status: p.status.as_str(),
            subject: p.subject.to_string(),
            collector: p.collector.to_string(),
            commune: commune.as_ref().map(ToString::to_string),
            remedy: p.remedy.to_string(),
            shift_m: vector.map(|(shift_m, _)| shift_m),
            azimuth_deg: vector.map(|(_, azimuth_deg)| azimuth_deg),
            zone,
            votes: p.votes,
            rows: *changed,
            confidence: p.confidence,
            evidence: p.evidence.to_string(),
            files: rows.chunk_by(|a, b| a.file == b.file).map(of_part).collect(),
        }
    }
}

impl From<&Decision> for DecisionBody {
    fn from(d: &Decision) -> Self {
        Self {
            kind: d.kind().as_str(),
            target: d.target().to_owned(),
            choice: d.choice().as_str(),
            by: d.by().to_owned(),
            at: d.at().to_string(),
            why: d.why().to_owned(),
        }
    }
}

/// An answer with personal data.
type Personal<T> = Result<(Extension<Told>, [(HeaderName, &'static str); 1], Json<T>), ApiError>;

/// Whether all rows that a proposal is about may be the caller's: by the commune that they state.
fn held(scope: &Scope, proposal: &ProposalView) -> bool {
    scope.everywhere() || proposal.commune.as_ref().is_some_and(|commune| scope.undated(commune))
}

/// All proposals of the published run about communes inside the caller's areas, and what was decided of them.
///
/// A proposal about rows that state no commune is for those whose grant holds everywhere.
#[utoipa::path(
    get, path = "/api/v1/proposals", tag = "rows", security(("token" = [])),
    responses(
        (status = 200, body = ProposalsBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn proposals(
    access: Access,
    State(state): State<AppState>,
) -> Personal<ProposalsBody> {
    let mut proposals = state.rows(&access).await?.proposals().await?;
    let mut record = state.store().decisions().await?;
    let scope = access.scope(&state).await?;
    if !scope.everywhere() {
        proposals.retain(|p| held(scope, p));
        let shown: HashSet<String> = proposals.iter().map(|p| p.id.to_string()).collect();
        record.retain(|d| shown.contains(d.target()));
    }
    let told = access.told("", proposals.len());
    Ok((told, NOT_KEPT, Json(ProposalsBody::of(&proposals, &record))))
}

/// One proposal.
#[utoipa::path(
    get, path = "/api/v1/proposals/{id}", tag = "rows", security(("token" = [])),
    params(("id" = String, Path, description = "12 hexadecimal digits")),
    responses(
        (status = 200, body = ProposalBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "There was such a proposal; `successor` says where it belongs now"),
    )
)]
pub(crate) async fn proposal(
    access: Access,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Personal<ProposalBody> {
    let missing = || ApiError::missing("Không có đề xuất này", "there is no such proposal");
    let id: ProposalId = id.parse().map_err(|_| missing())?;
    let proposals = state.store().proposals().await?;
    let scope = access.scope(&state).await?;
    let Some(found) = proposals.iter().find(|p| p.id == id) else {
        let thing = Thing::Proposal;
        return Err(ApiError::gone_or(state.store(), thing, &id.to_string(), missing).await);
    };
    if !held(scope, found) {
        return Err(ApiError::forbidden_area());
    }
    Ok((access.told(id.to_string(), 1), NOT_KEPT, Json(found.into())))
}
