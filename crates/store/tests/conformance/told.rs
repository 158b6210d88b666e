//! All that a store answers with, as one text; times, which no two stores share, are left out.

use std::fmt::Write as _;

use diachiso_model::{Level, Published, UnitCode};
use diachiso_store::{AreaQuery, GapCursor, Store, Thing};

use crate::common::{MERGER, code, date};

/// Rows of a page of the lists that are read page by page.
const PAGE: u32 = 7;

/// Everything; of single things those that `state` has or had.
pub(crate) async fn told(store: &dyn Store, state: &Published) -> String {
    let mut text = store.dump().await.expect("a dump");
    let mut tell = |what: &str, value: &dyn std::fmt::Debug| {
        writeln!(text, "{what}: {value:?}").expect("memory takes all text");
    };
    tell("run", &store.latest_run().await.expect("read").map(|r| (r.number, r.today, r.sealed)));
    for s in store.sources().await.expect("read") {
        let archive = store.archive(s.id).await.map(|a| a.len()).ok();
        tell("source", &(s.id, s.name, s.hash, s.bytes, s.kind, s.run, s.legal_basis, archive));
    }
    for b in store.held().await.expect("read") {
        let settled = b.settled.as_ref().map(|s| (s.run, s.by.clone(), s.why.clone()));
        tell("held", &(b.id, b.status(), &b.reasons, b.after_run, b.guard, &b.sealed, settled));
        for file in &b.files {
            let archive = store.held_archive(file.id).await.map(|a| a.len()).ok();
            tell("held file", &(file, archive));
        }
    }
    tell("decisions", &store.decisions().await.expect("read"));
    tell("boundaries", &store.boundaries().await.expect("read"));
    tell("masks", &store.masks().await.expect("read"));
    tell("places", &store.places().await.expect("read"));
    tell("proposals", &store.proposals().await.expect("read"));
    tell("verdicts", &store.verdicts().await.expect("read"));
    tell("rules", &store.rule_counts().await.expect("read"));
    tell("units", &store.unit_shapes().await.expect("read"));
    tell("villages", &store.village_shapes().await.expect("read"));
    tell("houses", &store.known_houses().await.expect("read"));
    tell("points", &store.accepted_points().await.expect("read"));
    let mut density = store.density_points().await.expect("read");
    density.sort_by(|a, b| {
        let by =
            |p: &diachiso_store::DensityPoint| (p.point.map(|at| (at.lon(), at.lat())), p.covered);
        by(a).partial_cmp(&by(b)).expect("coordinates are numbers")
    });
    tell("density", &density);
    tell("days", &store.covered_by_day().await.expect("read"));
    tell("registers", &store.registers().await.expect("read"));
    tell("households", &store.households_in([107.5, 16.5, 107.55, 16.55], 9).await.expect("read"));
    tell("near", &store.accepted_near([107.5, 16.5, 107.55, 16.55], 5).await.expect("read"));
    for level in [Level::Province, Level::District, Level::Commune, Level::Village] {
        for on in [None, Some(date(MERGER)), Some(date("1990-01-01"))] {
            for within in [None, Some(code("477")), Some(code("19870"))] {
                let query = AreaQuery { on, level, within, source: None };
                tell("coverage", &store.coverage(&query).await.expect("read"));
            }
        }
    }
    for area in ["46", "477", "19867", "19870-trung-lang", "99"] {
        tell("gaps", &walk(store, &code(area)).await);
    }
    tell("report", &report(store).await);
    tell("report of one", &store.report(Some("t2.csv"), None, 10_000).await.expect("read"));
    tell("held", &store.held_rows().await.expect("read"));
    for village in &state.villages {
        tell("households", &store.village_households(&village.code).await.expect("read"));
        let gone = store.gone(Thing::Unit, village.code.as_str()).await.expect("read");
        tell("gone", &gone.map(|g| (g.run, g.successor)));
    }
    for s in &state.submissions {
        tell("submission", &store.submission(s.id).await.expect("read"));
        tell("place", &store.place(s.id).await.expect("read"));
        let gone = store.gone(Thing::Submission, &s.id.to_string()).await.expect("read");
        tell("gone", &gone.map(|g| (g.run, g.successor)));
    }
    for h in &state.households {
        let gone = store.gone(Thing::Household, &h.id).await.expect("read");
        tell("gone", &gone.map(|g| (g.run, g.successor)));
    }
    text
}

async fn walk(store: &dyn Store, area: &UnitCode) -> Vec<diachiso_store::GapRow> {
    let (mut found, mut after): (Vec<_>, Option<GapCursor>) = (Vec::new(), None);
    loop {
        let page = store.gaps(area, after.as_ref(), PAGE).await.expect("a page");
        found.extend(page.rows);
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

async fn report(store: &dyn Store) -> Vec<diachiso_store::ReportRow> {
    let mut found: Vec<diachiso_store::ReportRow> = Vec::new();
    loop {
        let after = found.last().map(|r| (r.file.clone(), r.row));
        let after = after.as_ref().map(|(file, row)| (&**file, *row));
        let page = store.report(None, after, PAGE).await.expect("a page");
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

/// Fails where two texts differ, with the first line that does.
#[track_caller]
pub(crate) fn same(a: &str, b: &str, when: &str) {
    if let Some((one, other)) = a.lines().zip(b.lines()).find(|(one, other)| one != other) {
        panic!("{when}:\n  {one:.900}\n  {other:.900}");
    }
    assert_eq!(a.lines().count(), b.lines().count(), "{when}");
}
