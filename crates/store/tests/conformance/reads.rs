//! What is published is what every read method answers with.

use std::collections::BTreeMap;

use crate::common::{MERGER, code, date, publish, shapes, sources, square, state, units};
use crate::home::Home;
use diachiso_model::{
    Date, GuardLimit, GuardLimits, HouseholdState, Level, LonLat, PovertyClass, RowKey, RuleCode,
    Severity, SourceKind, UnitCode, Verdict,
};
use diachiso_store::{
    AreaQuery, BoundaryRecord, Change, DecisionTaken, GapCursor, NewRun, RunChanges, SealedWith,
    Store, StoreError,
};

on_both! {
    a_run_that_was_overtaken_by_another_is_refused
    runs_count_up_and_files_keep_their_archives
    the_ledger_tells_what_each_run_changed_newest_first
    coverage_is_that_of_the_closing_date_unless_asked_otherwise
    pages_of_a_gap_list_make_the_whole_list_in_order
    the_list_of_a_village_is_its_pages_put_together
    a_code_names_the_unit_of_the_closing_date_first_and_a_later_one_otherwise
    a_list_closed_after_a_merger_knows_only_the_units_of_its_day
    a_code_that_only_a_later_period_knows_gathers_the_villages_that_went_into_it
    a_gap_says_why_and_where
    submissions_read_back_with_their_findings
    the_row_report_pages_by_whole_rows_and_leaves_mild_findings_out
    shapes_and_points_come_back_for_the_map
    the_households_of_a_village_come_back_with_their_places
    lines_of_registers_are_found_by_source_and_household
    accepted_points_are_found_by_box_in_the_order_of_rows
    covered_households_are_counted_by_the_day_that_covers_them
    households_are_found_by_the_points_of_their_submissions
    imported_masks_replace_all_masks_and_a_run_keeps_them
    imported_boundaries_replace_those_of_their_version_only
    the_dump_tells_of_the_state_and_of_nothing_else
    a_reader_sees_the_last_whole_run_while_another_is_written
}

const N: u32 = 30;

async fn stored(home: &Home, n: u32) -> &dyn Store {
    publish(home.store.as_ref(), &state(&units(), n, 0)).await;
    home.store.as_ref()
}

fn query(level: Level) -> AreaQuery {
    AreaQuery { on: None, level, within: None, source: None }
}

async fn the_ledger_tells_what_each_run_changed_newest_first(home: &Home) {
    let store = home.store.as_ref();
    assert!(store.runs(i64::MAX, 10).await.expect("no run").is_empty());
    let (units, mut changes) = (units(), RunChanges::default());
    let state = state(&units, N, 0);
    changes.verdicts[0] = Change(3, 5);
    let code: UnitCode = "19870-trung-lang".parse().expect("a code");
    changes.note((&code, "Thôn Trung Làng"), [Change(9, 9), Change(3, 5), Change(0, 1)]);
    let decision = |by: &str| DecisionTaken {
        kind: "verdict".into(),
        choice: "apply".into(),
        target: "0a1b".into(),
        by: by.into(),
    };
    changes.decisions.push(decision("Lê Văn C"));
    for changes in [None, Some(changes.clone()), None] {
        let new = NewRun { changes, ..NewRun::default() };
        store.publish(&state, &units, &shapes(), &new, &|_| {}).await.expect("a run");
    }
    let told = store.runs(i64::MAX, 10).await.expect("read");
    assert_eq!(told.iter().map(|r| r.number).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(told[1].changes.as_ref(), Some(&changes));
    assert!(told[0].changes.is_none() && told[2].changes.is_none(), "not known");
    let last = store.latest_run().await.expect("read").expect("a run");
    assert_eq!((&told[0].committed_at, told[0].rule_version), (&last.committed_at, 1));
    let page = store.runs(3, 1).await.expect("read");
    assert_eq!(page.iter().map(|r| r.number).collect::<Vec<_>>(), [2]);
}

async fn runs_count_up_and_files_keep_their_archives(home: &Home) {
    let store = home.store.as_ref();
    assert_eq!(store.latest_run().await.expect("no run"), None);
    assert!(store.sources().await.expect("no sources").is_empty());
    let units = units();
    let state = state(&units, N, 0);
    let sources = sources(&state);
    let guard = GuardLimits::default().with(GuardLimit::LeastRows.set("7").expect("in range"));
    let new =
        NewRun { sources: sources.clone(), guard, key: Some("0a1b".into()), ..NewRun::default() };
    let first = store.publish(&state, &units, &shapes(), &new, &|_| {}).await.expect("run 1");
    let kept = store.latest_run().await.expect("read").expect("a run");
    assert_eq!((kept.guard, kept.sealed), (Some(guard), SealedWith::Key("0a1b".into())));
    let second =
        store.publish(&state, &units, &shapes(), &NewRun::default(), &|_| {}).await.expect("run 2");
    assert_eq!((first.number, second.number, second.rule_version), (1, 2, 1));
    assert_eq!(store.latest_run().await.expect("a run"), Some(second));
    let kept = store.sources().await.expect("sources");
    let names: Vec<_> = kept.iter().map(|s| (&*s.name, s.kind, s.run)).collect();
    let submissions = SourceKind::Submissions;
    let expected = [
        ("t1.csv", submissions, 1),
        ("t2.csv", submissions, 1),
        ("ds.csv", SourceKind::Register, 1),
    ];
    assert_eq!(names, expected);
    for (kept, source) in kept.iter().zip(&sources) {
        assert_eq!(store.archive(kept.id).await.expect("an archive"), source.archive);
    }
    assert!(store.archive(99).await.is_err());
}

async fn coverage_is_that_of_the_closing_date_unless_asked_otherwise(home: &Home) {
    let store = stored(home, N).await;
    let codes = |rows: Vec<diachiso_store::CoverageRow>| -> Vec<String> {
        rows.iter().map(|r| format!("{} {}", r.code, r.name)).collect()
    };
    let closing = store.coverage(&query(Level::Commune)).await.expect("rows");
    assert_eq!(closing[0].tally, state(&units(), N, 0).tallies[2].tally);
    assert_eq!((closing[0].period, &*closing[0].source), (date("2010-01-01"), "police"));
    assert_eq!(codes(closing), ["19867 Thị trấn Sịa", "19870 Xã Quảng Thái"]);
    let now = AreaQuery { on: Some(date("2026-05-05")), ..query(Level::Commune) };
    assert_eq!(codes(store.coverage(&now).await.expect("rows")), ["19867 Xã Quảng Điền"]);
    let before = AreaQuery { on: Some(date("1990-01-01")), ..query(Level::District) };
    assert_eq!(codes(store.coverage(&before).await.expect("rows")), ["477 Huyện Quảng Điền"]);
    let inside = AreaQuery { within: Some(code("19870")), ..query(Level::Village) };
    assert_eq!(
        codes(store.coverage(&inside).await.expect("rows")),
        ["19870-trung-lang Thôn Trung Làng", "19870-xom-moi Xóm Mới"]
    );
    let itself = AreaQuery { within: Some(code("477")), ..query(Level::District) };
    assert_eq!(store.coverage(&itself).await.expect("rows").len(), 1);
    let welfare = AreaQuery { source: Some("welfare".into()), ..query(Level::Commune) };
    assert!(store.coverage(&welfare).await.expect("rows").is_empty());
}

/// Walks the pages of an area and gives back the household ids.
async fn walk(store: &dyn Store, area: &str, limit: u32) -> Vec<(String, u8, String)> {
    let (mut found, mut after): (Vec<_>, Option<GapCursor>) = (Vec::new(), None);
    loop {
        let page = store.gaps(&code(area), after.as_ref(), limit).await.expect("a page");
        assert!(page.rows.len() <= limit as usize);
        found.extend(page.rows.iter().map(|r| {
            let rank = [2, 1, 0][r.poverty as usize];
            (r.village.to_string(), rank, r.household.to_string())
        }));
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

async fn pages_of_a_gap_list_make_the_whole_list_in_order(home: &Home) {
    let store = stored(home, N).await;
    let whole = walk(store, "46", 1000).await;
    let gaps = state(&units(), N, 0).households.iter().filter(|h| h.state.is_gap()).count();
    assert_eq!(whole.len(), gaps);
    assert!(whole.is_sorted());
    for limit in [1, 2, 7, gaps as u32] {
        assert_eq!(walk(store, "46", limit).await, whole, "{limit}");
    }
}

async fn the_list_of_a_village_is_its_pages_put_together(home: &Home) {
    let store = stored(home, N).await;
    for village in ["19867-an-gia", "19870-trung-lang", "19870-xom-moi", "19999-none"] {
        let whole = store.village_gaps(&code(village)).await.expect("a list");
        let pages = store.gaps(&code(village), None, 1000).await.expect("a page").rows;
        assert_eq!(whole, pages, "{village}");
    }
}

async fn a_code_names_the_unit_of_the_closing_date_first_and_a_later_one_otherwise(home: &Home) {
    let store = stored(home, N).await;
    let villages = |rows: Vec<(String, u8, String)>| {
        let mut villages: Vec<_> = rows.into_iter().map(|r| r.0).collect();
        villages.dedup();
        villages
    };
    let all = ["19867-an-gia", "19870-trung-lang", "19870-xom-moi"];
    assert_eq!(villages(walk(store, "477", 9).await), all);
    assert_eq!(villages(walk(store, "19867", 9).await), all[..1]);
    assert_eq!(villages(walk(store, "19870", 9).await), all[1..]);
    assert_eq!(villages(walk(store, "19870-xom-moi", 9).await), all[2..]);
    assert!(walk(store, "19999", 9).await.is_empty());
}

async fn a_list_closed_after_a_merger_knows_only_the_units_of_its_day(home: &Home) {
    let store = home.store.as_ref();
    let mut state = state(&units(), N, 0);
    // The list closes after the merger, so that its communes are those of today.
    state.registers[0].closed_on = date("2025-12-31");
    publish(store, &state).await;
    assert_eq!(walk(store, "19867", 99).await, walk(store, "46", 99).await);
    assert!(walk(store, "477", 9).await.is_empty());
}

async fn a_code_that_only_a_later_period_knows_gathers_the_villages_that_went_into_it(home: &Home) {
    let store = home.store.as_ref();
    let units = crate::common::units_merged_into("19900");
    let state = state(&units, N, 0);
    store.publish(&state, &units, &shapes(), &NewRun::default(), &|_| {}).await.expect("published");
    let merged = walk(store, "19900", 99).await;
    assert!(!merged.is_empty());
    assert_eq!(merged, walk(store, "477", 99).await);
    assert_ne!(merged, walk(store, "19867", 99).await);
}

async fn a_gap_says_why_and_where(home: &Home) {
    let store = stored(home, N).await;
    let page = store.gaps(&code("19867-an-gia"), None, 99).await.expect("a page");
    let held = page.rows.iter().find(|r| r.state == HouseholdState::Pending).expect("a held one");
    assert_eq!(held.reasons, [RuleCode::G07]);
    let submission = held.submission.expect("its submission");
    let view = store.submission(submission).await.expect("read").expect("stored");
    assert_eq!(
        (view.verdict, view.household.map(|h| h.0)),
        (Verdict::Held, Some(held.household.clone()))
    );
    assert_eq!((&*held.village_name, &*held.commune_name), ("Thôn An Gia", "Thị trấn Sịa"));
    assert_eq!(held.suggested, state(&units(), N, 0).villages[0].centre);
    assert!(page.rows.iter().any(|r| r.poverty == PovertyClass::Poor));
    assert_eq!(
        store.gaps(&code("19870-xom-moi"), None, 1).await.expect("a page").rows[0].suggested,
        None
    );
}

async fn submissions_read_back_with_their_findings(home: &Home) {
    let store = stored(home, N).await;
    let state = state(&units(), N, 0);
    for s in &state.submissions {
        let view = store.submission(s.id).await.expect("read").expect("stored");
        let file = &state.files[s.file as usize];
        assert_eq!(
            (view.id, &view.file, view.row, view.verdict),
            (s.id, &file.name, s.row, s.verdict)
        );
        assert_eq!(view.master, s.master.map(|m| state.submissions[m as usize].id));
        let household = s.link.map(|l| (state.households[l.household as usize].id.clone(), l.bits));
        assert_eq!(view.household, household);
        assert_eq!((&view.head, &view.code, &view.address), (&s.head, &s.code, &s.address));
        assert_eq!((&*view.village, &*view.collector), (&*s.village_text, &*s.collector));
        assert_eq!((view.phone, view.members, view.point), (s.phone, s.members, s.point));
        assert_eq!(view.collected_on, s.collected_on);
        assert_eq!(
            view.precision.as_deref(),
            s.precision.map(diachiso_model::PrecisionClass::as_str)
        );
        let linked = view.findings.iter().filter(|f| f.code == RuleCode::R01).count();
        assert_eq!(linked, usize::from(s.link.is_some()));
        for f in &s.findings {
            let same = |v: &&diachiso_store::FindingView| {
                v.code == f.code && v.field.as_deref() == f.field
            };
            let v = view.findings.iter().find(same).expect("the finding");
            assert_eq!(
                (v.severity, &v.original, &v.replacement),
                (f.severity, &f.original, &f.replacement)
            );
        }
    }
    let unknown = diachiso_model::SubmissionId([0xff; 16]);
    assert_eq!(store.submission(unknown).await.expect("read"), None);
}

async fn the_row_report_pages_by_whole_rows_and_leaves_mild_findings_out(home: &Home) {
    let store = stored(home, N).await;
    let whole = store.report(None, None, 10_000).await.expect("a report");
    let held =
        state(&units(), N, 0).submissions.iter().filter(|s| s.verdict == Verdict::Held).count();
    assert_eq!(whole.len(), 2 * held);
    assert!(whole.iter().all(|r| r.finding.severity >= Severity::Warning));
    let key = |r: &diachiso_store::ReportRow| (r.file.clone(), r.row, r.finding.code);
    assert!(whole.is_sorted_by_key(key));
    for limit in [1, 2, 3, 5] {
        let mut pages = Vec::new();
        loop {
            let after = pages.last().map(|r: &diachiso_store::ReportRow| (r.file.clone(), r.row));
            let after = after.as_ref().map(|(f, r)| (&**f, *r));
            let page = store.report(None, after, limit).await.expect("a page");
            if page.is_empty() {
                break;
            }
            pages.extend(page);
        }
        assert_eq!(pages, whole, "{limit}");
    }
    let one = store.report(Some("t2.csv"), None, 1000).await.expect("a report");
    assert_eq!(one, whole.iter().filter(|r| &*r.file == "t2.csv").cloned().collect::<Vec<_>>());
}

async fn shapes_and_points_come_back_for_the_map(home: &Home) {
    let store = stored(home, N).await;
    assert_eq!(store.unit_shapes().await.expect("shapes"), shapes());
    let state = state(&units(), N, 0);
    let villages = store.village_shapes().await.expect("shapes");
    for (v, expected) in villages.iter().zip(&state.villages) {
        assert_eq!(
            (&v.code, &*v.name, &v.shape, v.confidence),
            (&expected.code, &*expected.name, &expected.shape, expected.confidence)
        );
    }
    let points = store.density_points().await.expect("points");
    let counted =
        || state.households.iter().filter(|h| h.register == 0 && h.state.in_denominator());
    let covered = counted().filter(|h| h.state == diachiso_model::HouseholdState::Covered);
    assert_eq!(points.iter().map(|p| p.households).sum::<u64>(), counted().count() as u64);
    // To a billionth of a degree.
    let rounded = |at: LonLat| ((at.lon() * 1e9).round() as i64, (at.lat() * 1e9).round() as i64);
    let found = points.iter().filter(|p| p.covered).filter_map(|p| p.point);
    let mut found: Vec<_> = found.map(rounded).collect();
    let mut expected: Vec<_> = covered.filter_map(|h| h.point).map(rounded).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

async fn covered_households_are_counted_by_the_day_that_covers_them(home: &Home) {
    let store = stored(home, N).await;
    let state = state(&units(), N, 0);
    let mut expected: BTreeMap<(u32, String), BTreeMap<Date, u64>> = BTreeMap::new();
    for h in state.households.iter().filter(|h| h.state == HouseholdState::Covered) {
        let day = h.submission.and_then(|s| state.submissions[s as usize].collected_on);
        let village = state.villages[h.village as usize].code.to_string();
        let of_village = expected.entry((h.register, village));
        if let Some(day) = day {
            *of_village.or_default().entry(day).or_default() += 1;
        }
    }
    let found = store.covered_by_day().await.expect("counts");
    let found = found.into_iter().map(|v| (String::from(v.source), v.village.to_string(), v.days));
    let found: Vec<_> = found.collect();
    let source = |register: u32| state.registers[register as usize].source.to_string();
    let expected = expected
        .into_iter()
        .map(|((register, village), days)| (source(register), village, days.into_iter().collect()));
    assert_eq!(found, expected.collect::<Vec<_>>());
    assert!(found.iter().any(|(.., days)| days.len() > 1));
    assert_eq!(store.registers().await.expect("registers"), state.registers);
}

async fn households_are_found_by_the_points_of_their_submissions(home: &Home) {
    let store = stored(home, N).await;
    let state = state(&units(), N, 0);
    let everywhere = [-180.0, -90.0, 180.0, 90.0];
    let found = store.households_in(everywhere, N).await.expect("households");
    let expected = state.households.iter().filter(|h| {
        let point = h.submission.and_then(|s| state.submissions[s as usize].point);
        h.register == 0 && h.state.in_denominator() && point.is_some()
    });
    let mut expected: Vec<&str> = expected.map(|h| &*h.id).collect();
    let mut ids: Vec<&str> = found.iter().map(|h| &*h.id).collect();
    expected.sort_unstable();
    ids.sort_unstable();
    assert!(!ids.is_empty());
    assert_eq!(ids, expected);
    let here = found[found.len() / 2].point;
    let near = [here.lon() - 1e-5, here.lat() - 1e-5, here.lon() + 1e-5, here.lat() + 1e-5];
    let near = store.households_in(near, N).await.expect("households");
    assert!(near.len() < found.len() && near.iter().any(|h| h.point == here));
    assert_eq!(store.households_in(everywhere, 2).await.expect("households"), found[..2]);
}

async fn lines_of_registers_are_found_by_source_and_household(home: &Home) {
    let store = stored(home, N).await;
    let state = state(&units(), N, 0);
    let key = |h: &diachiso_model::Household| {
        RowKey::new(&state.registers[h.register as usize].source, &h.id).expect("named")
    };
    let mut keys: Vec<RowKey> = state.households.iter().step_by(3).map(key).collect();
    let found = store.register_lines(&keys).await.expect("lines");
    let told: Vec<_> =
        found.iter().map(|l| (l.key.clone(), &*l.head, &*l.address, &l.village, l.state)).collect();
    let own = |h| -> (RowKey, &str, &str, &UnitCode, HouseholdState) {
        let h: &diachiso_model::Household = h;
        (key(h), &h.head, &h.address, &state.villages[h.village as usize].code, h.state)
    };
    let mut expected: Vec<_> = state.households.iter().step_by(3).map(own).collect();
    let mut sorted = told.clone();
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
    keys.reverse();
    keys.push(RowKey::new("police", "khong-co").expect("named"));
    keys.push(RowKey::new("nobody", state.households[0].id.as_ref()).expect("named"));
    assert_eq!(store.register_lines(&keys).await.expect("lines"), found, "whatever the order");
    assert_eq!(store.register_lines(&[]).await.expect("lines"), []);
}

async fn the_households_of_a_village_come_back_with_their_places(home: &Home) {
    let store = stored(home, N).await;
    let state = state(&units(), N, 0);
    for (at, village) in (0_u32..).zip(&state.villages) {
        let found = store.village_households(&village.code).await.expect("households");
        let counts = |h: &&diachiso_model::Household| h.village == at && h.state.in_denominator();
        let expected: Vec<_> = state.households.iter().filter(counts).collect();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(
                (&found.id, &found.head, found.state),
                (&expected.id, &expected.head, expected.state)
            );
            let covered = expected.state == diachiso_model::HouseholdState::Covered;
            assert_eq!(found.point, expected.point.filter(|_| covered));
            let submission = expected.submission.map(|s| &state.submissions[s as usize]);
            assert_eq!(found.submitted, submission.and_then(|s| s.point));
        }
    }
}

async fn accepted_points_are_found_by_box_in_the_order_of_rows(home: &Home) {
    let store = stored(home, N).await;
    let state = state(&units(), N, 0);
    let accepted = state.submissions.iter().filter(|s| s.verdict == Verdict::Accepted);
    let all = store.accepted_near([-180.0, -90.0, 180.0, 90.0], N).await.expect("points");
    assert_eq!(all.len(), accepted.count());
    let here = all[all.len() / 2].clone();
    let (lon, lat) = (here.point.lon(), here.point.lat());
    let near = [lon - 1e-5, lat - 1e-5, lon + 1e-5, lat + 1e-5];
    let found = store.accepted_near(near, N).await.expect("points");
    assert!(found.contains(&here) && found.len() < all.len());
    assert_eq!(
        store.accepted_near([-180.0, -90.0, 180.0, 90.0], 3).await.expect("points"),
        all[..3]
    );
    assert_eq!(store.accepted_near([f64::NAN; 4], N).await.expect("points"), []);
}

async fn imported_masks_replace_all_masks_and_a_run_keeps_them(home: &Home) {
    let store = home.store.as_ref();
    let square = |west: f64| {
        geo_types::MultiPolygon::from(
            geo_types::Rect::new((west, 16.0), (west + 0.1, 16.1)).to_polygon(),
        )
    };
    store.import_masks(&[square(107.0), square(107.5)], "a.geojson").await.expect("imported");
    store.import_masks(&[square(107.2)], "b.geojson").await.expect("imported");
    publish(store, &state(&units(), 10, 0)).await;
    assert_eq!(store.masks().await.expect("masks"), [square(107.2)]);
}

async fn imported_boundaries_replace_those_of_their_version_only(home: &Home) {
    let store = home.store.as_ref();
    let boundary = |c: &str, from: &str, west: f64| BoundaryRecord {
        code: code(c),
        valid_from: date(from),
        shape: square(west, 16.0, 0.25),
        origin: "file.geojson".into(),
        schematic: false,
    };
    let (a, b) = (boundary("19867", "2010-01-01", 107.0), boundary("19867", MERGER, 107.0));
    store.import_boundaries(&[a.clone(), b]).await.expect("imported");
    let moved = boundary("19867", MERGER, 107.5);
    store.import_boundaries(std::slice::from_ref(&moved)).await.expect("imported");
    assert_eq!(store.boundaries().await.expect("boundaries"), [a.clone(), moved.clone()]);
    publish(store, &state(&units(), 3, 0)).await;
    assert_eq!(store.boundaries().await.expect("boundaries"), [a, moved], "a run keeps them");
}

async fn the_dump_tells_of_the_state_and_of_nothing_else(home: &Home) {
    let store = stored(home, N).await;
    let first = store.dump().await.expect("a dump");
    let units = units();
    let mut same = state(&units, N, 0);
    // Other files, rows and day; the same submissions.
    for (s, row) in same.submissions.iter_mut().zip(5000..) {
        (s.file, s.row) = (1 - s.file, row);
    }
    same.files[0].name = "other.csv".into();
    same.files[0].hash = "other".into();
    same.today = date("2027-03-03");
    same.repeats.clear();
    same.skipped.clear();
    let home = home.another().await;
    let other = home.store.as_ref();
    publish(other, &same).await;
    assert_eq!(other.dump().await.expect("a dump"), first);
    same.submissions[4].head = "Nguyễn Văn Khác".into();
    publish(other, &same).await;
    assert_ne!(other.dump().await.expect("a dump"), first);
    for kind in ["register", "village", "household", "submission", "tally", "rule"] {
        assert!(first.contains(&format!("\"record\":\"{kind}\"")), "{kind}");
    }
    assert!(!first.contains("t1.csv"));
}

async fn a_reader_sees_the_last_whole_run_while_another_is_written(home: &Home) {
    let store = stored(home, N).await;
    let before = store.dump().await.expect("a dump");
    let reader = home.again().await;
    let units = units();
    let next = state(&units, 20_000, 1);
    let seen = std::sync::Mutex::new(Vec::new());
    let shapes = shapes();
    let heard = tokio::sync::Notify::new();
    let progress = |_| heard.notify_one();
    let nothing = NewRun::default();
    let (run, ()) =
        tokio::join!(store.publish(&next, &units, &shapes, &nothing, &progress), async {
            for _ in 0..3 {
                heard.notified().await;
                let dump = reader.dump().await.expect("a dump while writing");
                seen.lock().expect("a lock").push(dump);
            }
        });
    run.expect("published");
    let seen = seen.into_inner().expect("a lock");
    assert_eq!(seen[0], before);
    let after = reader.dump().await.expect("a dump");
    assert_ne!(after, before);
    assert!(seen.iter().all(|dump| *dump == before || *dump == after));
}

#[test]
fn the_sample_conserves_its_rows() {
    let state = state(&units(), N, 0);
    assert!(state.files.iter().all(diachiso_model::FileReport::conserved));
    assert_eq!(state.submissions[0].accuracy_m, Some(5.5));
}

async fn a_run_that_was_overtaken_by_another_is_refused(home: &Home) {
    let store = home.store.as_ref();
    let (units, shapes, state) = (units(), shapes(), state(&units(), 12, 1));
    let publish = async |after| {
        let new = NewRun { after, ..NewRun::default() };
        store.publish(&state, &units, &shapes, &new, &|_| ()).await
    };
    assert_eq!(publish(Some(0)).await.expect("the first").number, 1);
    assert!(matches!(publish(Some(0)).await, Err(StoreError::Overtaken { .. })));
    assert_eq!(publish(Some(1)).await.expect("the next").number, 2);
    assert_eq!(publish(None).await.expect("whoever does not ask").number, 3);
}
