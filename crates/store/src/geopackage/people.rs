//! Rows about persons: submissions, findings, households, gaps. Personal: nothing here is public.

use std::{cmp::Reverse, sync::Arc};

use diachiso_model::{
    Finding, Household, PovertyClass, Published, Severity, Submission, SubmissionId, UnitId, Units,
};

use super::{
    layers::{GAPS_TREE, SUBMISSIONS_TREE, fill_tree, maybe_point},
    proposals,
    publish::{Extents, Run},
    sink::{Closed, Rows, Sink},
};
use crate::geometry::Bounds;

/// Findings of one submission that the numbering has room for; the rules cannot speak that often.
pub(super) const FINDINGS_ROOM: i64 = 4096;

/// Texts that many rows share, so that a row takes no copy of its own.
struct Words {
    unit_codes: Vec<Arc<str>>,
    unit_names: Vec<Arc<str>>,
    villages: Vec<Arc<str>>,
}

impl Words {
    fn new(state: &Published, units: &Units) -> Self {
        Self {
            unit_codes: units.iter().map(|(_, u)| u.code.as_str().into()).collect(),
            unit_names: units.iter().map(|(_, u)| u.full_name().into()).collect(),
            villages: state.villages.iter().map(|v| v.code.as_str().into()).collect(),
        }
    }

    fn code(&self, id: UnitId) -> Arc<str> {
        Arc::clone(&self.unit_codes[usize::from(id.0)])
    }

    fn name(&self, id: UnitId) -> Arc<str> {
        Arc::clone(&self.unit_names[usize::from(id.0)])
    }

    fn village(&self, index: u32) -> Arc<str> {
        Arc::clone(&self.villages[index as usize])
    }
}

/// Submissions by (file, row): the order of their `fid`, so that the row report reads straight on.
fn by_row(state: &Published) -> Vec<u32> {
    let mut order: Vec<u32> = (0..state.submissions.len() as u32).collect();
    order.sort_unstable_by_key(|i| {
        let s = &state.submissions[*i as usize];
        (s.file, s.row, *i)
    });
    order
}

/// First and last `fid` of the submissions of each file.
pub(super) fn spans(state: &Published) -> Vec<Option<(i64, i64)>> {
    let mut counts = vec![0_i64; state.files.len()];
    for s in &state.submissions {
        counts[s.file as usize] += 1;
    }
    let mut last = 0;
    let span = |n: i64| {
        last += n;
        (n > 0).then_some((last - n + 1, last))
    };
    counts.into_iter().map(span).collect()
}

/// Fills all tables of this module.
pub(super) async fn fill(run: &Run<'_>, files: &[i64], sink: &Sink) -> Result<Extents, Closed> {
    let words = Words::new(run.state, run.units);
    let order = by_row(run.state);
    let submissions = fill_submissions(run.state, &words, &order, files, sink).await?;
    fill_findings(run.state, &order, sink).await?;
    let mut fids = vec![0_i64; order.len()];
    for (fid, i) in (1_i64..).zip(&order) {
        fids[*i as usize] = fid;
    }
    drop(order);
    fill_households(run.state, &words, &fids, sink).await?;
    let gaps = fill_gaps(run.state, &words, sink).await?;
    fill_rows(run.state, files, &fids, sink).await?;
    proposals::fill(run, &fids, sink).await?;
    Ok(vec![("submissions", submissions), ("gaps", gaps)])
}

async fn fill_submissions(
    state: &Published,
    words: &Words,
    order: &[u32],
    files: &[i64],
    sink: &Sink,
) -> Result<Option<Bounds>, Closed> {
    let mut rows = sink.table(include_str!("../sql/insert_submissions.sql")).counted();
    let mut items = Vec::new();
    let places = state.places();
    for (fid, i) in (1_i64..).zip(order) {
        let s = &state.submissions[*i as usize];
        items.extend(s.point.map(|p| (fid, Bounds::point(p))));
        rows.put(fid).put(maybe_point(s.point)).put(hex(s.id)).put(files[s.file as usize]);
        put_submission(&mut rows, state, words, (s, places[*i as usize], *i));
        rows.end().await?;
    }
    rows.finish().await?;
    fill_tree(&SUBMISSIONS_TREE, items, sink).await
}

/// A submission, the one that names its place and its own index.
fn put_submission(
    rows: &mut Rows<'_>,
    state: &Published,
    words: &Words,
    (s, place, at): (&Submission, u32, u32),
) {
    let household = s.link.map(|l| &state.households[l.household as usize]);
    rows.put(s.row)
        .put(s.verdict.as_str())
        .put(s.master.map(|m| hex(state.submissions[m as usize].id)))
        .put((place != at).then(|| hex(state.submissions[place as usize].id)))
        .put(household.map(|h| h.register))
        .put(household.map(|h| &*h.id))
        .put(s.link.map(|l| f64::from(l.bits)))
        .put(&*s.form)
        .put(&*s.code)
        .put(&*s.head)
        .put(s.identity.map(|i| i64::from(i.last3)))
        .put(s.phone.map(u64::cast_signed))
        .put(&*s.address)
        .put(s.village.map(|v| words.village(v)))
        .put(Arc::clone(&s.village_text))
        .put(s.commune.map(|c| words.code(c)))
        .put(s.members.map(i64::from))
        .put(s.poverty.as_str())
        .put(s.precision.map(diachiso_model::PrecisionClass::as_str))
        .put(s.accuracy_m.map(f64::from))
        .put(s.collected_on.map(|d| d.to_string()))
        .put(Arc::clone(&s.collector))
        .put(Arc::clone(&s.team));
}

async fn fill_findings(state: &Published, order: &[u32], sink: &Sink) -> Result<(), Closed> {
    let head = "insert into findings (fid, submission, code, severity, field, original, replacement) values";
    let mut rows = sink.table(head);
    for (submission, i) in (1_i64..).zip(order) {
        let findings = &state.submissions[*i as usize].findings;
        for (n, f) in (0..FINDINGS_ROOM).zip(findings) {
            rows.put(submission * FINDINGS_ROOM + n)
                .put(submission)
                .put(f.code.as_str())
                .put(f.severity.letter())
                .put(f.field)
                .put(&*f.original)
                .put(f.replacement.as_deref())
                .end()
                .await?;
        }
    }
    rows.finish().await
}

async fn fill_households(
    state: &Published,
    words: &Words,
    fids: &[i64],
    sink: &Sink,
) -> Result<(), Closed> {
    let mut rows = sink.table(include_str!("../sql/insert_households.sql")).counted();
    for (fid, h) in (1_i64..).zip(&state.households) {
        rows.put(fid)
            .put(h.register)
            .put(&*h.id)
            .put(&*h.head)
            .put(h.birth_year.map(i64::from))
            .put(words.village(h.village))
            .put(words.code(h.commune))
            .put(&*h.address)
            .put(h.members)
            .put(h.poverty.as_str())
            .put(h.status.as_str())
            .put(h.state.as_str())
            .put(h.submission.map(|s| fids[s as usize]))
            .put(h.point.map(diachiso_model::LonLat::lon))
            .put(h.point.map(diachiso_model::LonLat::lat))
            .end()
            .await?;
    }
    rows.finish().await
}

/// Place of a class in a gap list: the poor first.
fn rank(poverty: PovertyClass) -> u8 {
    match poverty {
        PovertyClass::Poor => 0,
        PovertyClass::NearPoor => 1,
        PovertyClass::None => 2,
    }
}

async fn fill_gaps(
    state: &Published,
    words: &Words,
    sink: &Sink,
) -> Result<Option<Bounds>, Closed> {
    let mut gaps: Vec<&Household> = state.households.iter().filter(|h| h.state.is_gap()).collect();
    gaps.sort_by_key(|h| (h.register, h.village, rank(h.poverty), &*h.id));
    let mut rows = sink.table(include_str!("../sql/insert_gaps.sql"));
    let mut items = Vec::new();
    for (fid, h) in (1_i64..).zip(gaps) {
        let village = &state.villages[h.village as usize];
        let point = h.point.or(village.centre);
        items.extend(point.map(|p| (fid, Bounds::point(p))));
        let submission = h.submission.map(|s| &state.submissions[s as usize]);
        rows.put(fid)
            .put(maybe_point(point))
            .put(h.register)
            .put(Arc::clone(&state.registers[h.register as usize].source))
            .put(&*h.id)
            .put(&*h.head)
            .put(&*h.address)
            .put(words.village(h.village))
            .put(Arc::clone(&village.name))
            .put(words.code(h.commune))
            .put(words.name(h.commune))
            .put(h.members)
            .put(h.poverty.as_str())
            .put(rank(h.poverty))
            .put(h.state.as_str())
            .put(submission.map(|s| hex(s.id)))
            .put(submission.map_or_else(String::new, |s| reasons(&s.findings)))
            .end()
            .await?;
    }
    rows.finish().await?;
    fill_tree(&GAPS_TREE, items, sink).await
}

/// Codes of the findings that hold or reject, worst first, each once.
fn reasons(findings: &[Finding]) -> String {
    let mut found: Vec<_> = findings
        .iter()
        .filter(|f| f.severity >= Severity::Review)
        .map(|f| (Reverse(f.severity), f.code))
        .collect();
    found.sort_unstable();
    found.dedup_by_key(|(_, code)| *code);
    found.iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>().join(" ")
}

async fn fill_rows(
    state: &Published,
    files: &[i64],
    fids: &[i64],
    sink: &Sink,
) -> Result<(), Closed> {
    let mut rows = sink.table("insert into repeats (fid, file, row, submission) values");
    for (fid, repeat) in (1_i64..).zip(&state.repeats) {
        let submission = fids[repeat.submission as usize];
        rows.put(fid)
            .put(files[repeat.at.file as usize])
            .put(repeat.at.row)
            .put(submission)
            .end()
            .await?;
    }
    rows.finish().await?;
    let mut rows = sink.table("insert into skipped (fid, file, row, reason) values");
    for (fid, skipped) in (1_i64..).zip(&state.skipped) {
        let at = skipped.at;
        rows.put(fid).put(files[at.file as usize]).put(at.row).put(skipped.reason).end().await?;
    }
    rows.finish().await?;
    let mut rows = sink.table(include_str!("../sql/insert_register_rejects.sql"));
    for (fid, reject) in (1_i64..).zip(&state.register_rejects) {
        let (at, finding) = (reject.at, &reject.finding);
        rows.put(fid)
            .put(files[at.file as usize])
            .put(at.row)
            .put(finding.code.as_str())
            .put(finding.severity.letter())
            .put(finding.field)
            .put(&*finding.original)
            .end()
            .await?;
    }
    rows.finish().await
}

fn hex(id: SubmissionId) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n)]);
    id.0.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use diachiso_model::RuleCode;

    #[test]
    fn reasons_stand_worst_first_and_once() {
        let finding = |code| Finding::new(code, None, "");
        let findings = [RuleCode::A07, RuleCode::N01, RuleCode::G07, RuleCode::T01, RuleCode::N01]
            .map(finding);
        assert_eq!(reasons(&findings), "T01 N01 G07");
    }

    #[test]
    fn an_id_is_written_as_the_model_writes_it() {
        let id = SubmissionId(*b"0123456789abcdef");
        assert_eq!(hex(id), id.to_string());
    }
}
