//! Rows of what is proposed to people.

use std::{collections::BTreeMap, sync::Arc};

use diachiso_model::{Proposal, Published, Remedy};

use super::{Run, delta::Changes, sink::Closed};

/// Fills the tables of proposals; `fids` are those of the submissions.
pub(crate) async fn fill(
    run: &Run<'_>,
    fids: &[i64],
    changes: &mut Changes<'_>,
) -> Result<(), Closed> {
    let proposals: Vec<(i64, &Proposal)> = (1_i64..).zip(&run.state.proposals).collect();
    let head = include_str!("../sql/insert_proposals.sql");
    changes
        .whole(("proposals", "delete from proposals", head), &proposals, |c, (fid, p)| {
            let zone = match p.remedy {
                Remedy::Zone(name) => Some(name),
                Remedy::Unshift { .. } | Remedy::Hold { .. } => None,
            };
            let (shift_m, azimuth_deg) = p.remedy.vector().unzip();
            let commune: Option<&str> = match p.commune {
                Some(id) => Some(run.units.get(id).code.as_str()),
                None => None,
            };
            c.put(*fid)
                .put(p.id.to_string())
                .put(p.kind.as_str())
                .put(p.kind.vi())
                .put(&*p.subject)
                .put(Arc::clone(&p.collector))
                .put(commune)
                .put(p.remedy.to_string())
                .put(shift_m)
                .put(azimuth_deg)
                .put(zone)
                .put(p.votes)
                .put(p.rows.len() as u32)
                .put(p.confidence)
                .put(&*p.evidence)
                .put(p.status.as_str())
                .put(files(run.state, p))
                .done();
        })
        .await?;
    let touched = |p: &Proposal| -> Vec<(Arc<str>, i64)> {
        let id: Arc<str> = p.id.to_string().into();
        p.rows.iter().map(|at| (Arc::clone(&id), fids[*at as usize])).collect()
    };
    let rows: Vec<(i64, (Arc<str>, i64))> =
        (1_i64..).zip(run.state.proposals.iter().flat_map(touched)).collect();
    let head = "insert into proposal_rows (fid, proposal, submission) values";
    changes
        .whole(("proposal_rows", "delete from proposal_rows", head), &rows, |c, (fid, row)| {
            c.put(*fid).put(Arc::clone(&row.0)).put(row.1).done();
        })
        .await
}

/// The files in which the rows stand, with how many of them: "t1.csv: 12; t2.csv: 3".
fn files(state: &Published, proposal: &Proposal) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for at in &proposal.rows {
        let file = state.submissions[*at as usize].file;
        *counts.entry(&state.files[file as usize].name).or_default() += 1;
    }
    counts.iter().map(|(name, n)| format!("{name}: {n}")).collect::<Vec<_>>().join("; ")
}
