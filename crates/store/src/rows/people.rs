//! Rows about persons: submissions, findings, households, gaps. Personal: nothing here is public.

use std::{cmp::Reverse, sync::Arc};

use diachiso_model::{
    Finding, PovertyClass, Published, RowRef, Severity, Submission, SubmissionId, UnitId, Units,
};

use super::{
    Extents, Run,
    cells::Cells,
    delta::{Changes, LayerSql},
    layers::{GAPS_TREE, SUBMISSIONS_TREE, maybe_point},
    proposals,
    sink::Closed,
};
use crate::geometry::Bounds;

/// Findings of one submission that the numbering has room for; the rules cannot speak that often.
pub(crate) const FINDINGS_ROOM: i64 = 4096;

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

/// Rows of a file that the numbering has room for, as a power of two; a sheet has 2^20. With [`FINDINGS_ROOM`] it leaves
/// room for 2^21 files in 63 bits.
const ROW_BITS: u32 = 30;

/// Number of a row of a file: the same in every run, in the order of the row report.
fn numbered(file: i64, row: u32) -> i64 {
    file << ROW_BITS | i64::from(row)
}

/// Least and greatest number of the rows of a file.
pub(crate) fn span(file: i64) -> (i64, i64) {
    (numbered(file, 0), numbered(file + 1, 0) - 1)
}

static SUBMISSIONS: LayerSql = LayerSql {
    name: "submissions",
    insert: include_str!("../sql/insert_submissions.sql"),
    delete: "delete from submissions where fid in",
    tree: Some(&SUBMISSIONS_TREE),
};
static HOUSEHOLDS: LayerSql = LayerSql {
    name: "households",
    insert: include_str!("../sql/insert_households.sql"),
    delete: "delete from households where fid in",
    tree: None,
};
static GAPS: LayerSql = LayerSql {
    name: "gaps",
    insert: include_str!("../sql/insert_gaps.sql"),
    delete: "delete from gaps where fid in",
    tree: Some(&GAPS_TREE),
};
static REPEATS: LayerSql = LayerSql {
    name: "repeats",
    insert: "insert into repeats (fid, file, row, submission) values",
    delete: "delete from repeats where fid in",
    tree: None,
};
static SKIPPED: LayerSql = LayerSql {
    name: "skipped",
    insert: "insert into skipped (fid, file, row, reason) values",
    delete: "delete from skipped where fid in",
    tree: None,
};
static REJECTS: LayerSql = LayerSql {
    name: "register_rejects",
    insert: include_str!("../sql/insert_register_rejects.sql"),
    delete: "delete from register_rejects where fid in",
    tree: None,
};

/// Fills all tables of this module.
pub(crate) async fn fill(
    run: &Run<'_>,
    files: &[i64],
    changes: &mut Changes<'_>,
) -> Result<Extents, Closed> {
    let words = Words::new(run.state, run.units);
    let number = |s: &Submission| numbered(files[s.file as usize], s.row);
    let fids: Vec<i64> = run.state.submissions.iter().map(number).collect();
    let submissions = fill_submissions(run.state, &words, &fids, files, changes).await?;
    fill_households(run.state, &words, &fids, changes).await?;
    let gaps = fill_gaps(run.state, &words, changes).await?;
    fill_rows(run.state, files, &fids, changes).await?;
    proposals::fill(run, &fids, changes).await?;
    Ok(vec![("submissions", submissions), ("gaps", gaps)])
}

/// Indexes in the order of numbers.
fn in_order(numbers: &[i64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..numbers.len() as u32).collect();
    order.sort_unstable_by_key(|at| numbers[*at as usize]);
    order
}

async fn fill_submissions(
    state: &Published,
    words: &Words,
    fids: &[i64],
    files: &[i64],
    changes: &mut Changes<'_>,
) -> Result<Option<Bounds>, Closed> {
    let order = in_order(fids);
    let places = state.places();
    let mut layer = changes.layer(&SUBMISSIONS).counted();
    for i in &order {
        let (fid, s) = (fids[*i as usize], &state.submissions[*i as usize]);
        let cells = |c: &mut Cells<'_>| {
            c.put(fid)
                .put_geometry(maybe_point(s.point))
                .put(hex(s.id))
                .put(files[s.file as usize]);
            put_submission(c, state, words, (s, places[*i as usize], *i));
        };
        let beside = |c: &mut Cells<'_>| s.findings.iter().for_each(|f| put_finding(c, f));
        layer.row(fid, s.point.map(Bounds::point), cells, beside).await?;
    }
    let filled = layer.finish().await?;
    let sink = changes.sink();
    if !changes.everything() {
        let old: Vec<i64> = filled.changed.iter().chain(&filled.gone).copied().collect();
        sink.forget_findings(old).await?;
    }
    let head = "insert into findings (fid, submission, code, severity, field, original, replacement) values";
    let mut rows = sink.table(head);
    let mut fresh = filled.changed.iter().copied().peekable();
    for i in &order {
        let fid = fids[*i as usize];
        if fresh.next_if_eq(&fid).is_none() {
            continue;
        }
        for (n, f) in (0..FINDINGS_ROOM).zip(&state.submissions[*i as usize].findings) {
            rows.row(|c| {
                c.put(fid * FINDINGS_ROOM + n).put(fid);
                put_finding(c, f);
            })
            .await?;
        }
    }
    rows.finish().await?;
    Ok(filled.extent)
}

fn put_finding(c: &mut Cells<'_>, f: &Finding) {
    c.put(f.code.as_str())
        .put(f.severity.letter())
        .put(f.field)
        .put(&*f.original)
        .put(f.replacement.as_deref())
        .done();
}

/// A submission, the one that names its place and its own index.
fn put_submission(
    rows: &mut Cells<'_>,
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

async fn fill_households(
    state: &Published,
    words: &Words,
    fids: &[i64],
    changes: &mut Changes<'_>,
) -> Result<(), Closed> {
    let mut layer = changes.layer(&HOUSEHOLDS).counted();
    for (fid, h) in (1_i64..).zip(&state.households) {
        let cells = |c: &mut Cells<'_>| {
            c.put(fid)
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
                .done();
        };
        layer.row(fid, None, cells, |_| {}).await?;
    }
    layer.finish().await.map(drop)
}

/// Place of a class in a gap list: the poor first.
fn rank(poverty: PovertyClass) -> u8 {
    match poverty {
        PovertyClass::Poor => 0,
        PovertyClass::NearPoor => 1,
        PovertyClass::None => 2,
    }
}

/// Households without coverage, under the numbers that they have among all.
async fn fill_gaps(
    state: &Published,
    words: &Words,
    changes: &mut Changes<'_>,
) -> Result<Option<Bounds>, Closed> {
    let mut layer = changes.layer(&GAPS);
    for (fid, h) in (1_i64..).zip(&state.households).filter(|(_, h)| h.state.is_gap()) {
        let village = &state.villages[h.village as usize];
        let point = h.point.or(village.centre);
        let submission = h.submission.map(|s| &state.submissions[s as usize]);
        let cells = |c: &mut Cells<'_>| {
            c.put(fid)
                .put_geometry(maybe_point(point))
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
                .done();
        };
        layer.row(fid, point.map(Bounds::point), cells, |_| {}).await?;
    }
    Ok(layer.finish().await?.extent)
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
    changes: &mut Changes<'_>,
) -> Result<(), Closed> {
    let place = |at: RowRef| (files[at.file as usize], at.row);
    let number = |at: RowRef| numbered(files[at.file as usize], at.row);
    let numbers: Vec<i64> = state.repeats.iter().map(|r| number(r.at)).collect();
    let mut layer = changes.layer(&REPEATS);
    for i in in_order(&numbers) {
        let (fid, repeat) = (numbers[i as usize], &state.repeats[i as usize]);
        let (file, row) = place(repeat.at);
        let cells = |c: &mut Cells<'_>| {
            c.put(fid).put(file).put(row).put(fids[repeat.submission as usize]).done();
        };
        layer.row(fid, None, cells, |_| {}).await?;
    }
    layer.finish().await?;
    let numbers: Vec<i64> = state.skipped.iter().map(|s| number(s.at)).collect();
    let mut layer = changes.layer(&SKIPPED);
    for i in in_order(&numbers) {
        let (fid, skipped) = (numbers[i as usize], &state.skipped[i as usize]);
        let (file, row) = place(skipped.at);
        let cells = |c: &mut Cells<'_>| c.put(fid).put(file).put(row).put(skipped.reason).done();
        layer.row(fid, None, cells, |_| {}).await?;
    }
    layer.finish().await?;
    let numbers: Vec<i64> = state.register_rejects.iter().map(|r| number(r.at)).collect();
    let mut layer = changes.layer(&REJECTS);
    for i in in_order(&numbers) {
        let (fid, reject) = (numbers[i as usize], &state.register_rejects[i as usize]);
        let ((file, row), finding) = (place(reject.at), &reject.finding);
        let cells = |c: &mut Cells<'_>| {
            c.put(fid)
                .put(file)
                .put(row)
                .put(finding.code.as_str())
                .put(finding.severity.letter())
                .put(finding.field)
                .put(&*finding.original)
                .done();
        };
        layer.row(fid, None, cells, |_| {}).await?;
    }
    layer.finish().await.map(drop)
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
