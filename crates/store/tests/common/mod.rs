//! A small hand-made state, and one of any size made by the same rule.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::sync::Arc;

use diachiso_model::{
    Change, Date, FileReport, Finding, Household, HouseholdState, IdSealed, Kind, Level,
    LineageStep, Link, LonLat, PovertyClass, PrecisionClass, Published, RegisterInfo,
    ResidenceStatus, RowOutcome, RowRef, RuleCode, RuleCount, Skipped, SourceKind, Submission,
    SubmissionId, Tally, Unit, UnitCode, UnitTally, Units, Verdict, Village,
};
use diachiso_store::{NewRun, NewSource, RunInfo, Store, UnitShape};
use diachiso_testkit::Rng;
use geo_types::{MultiPolygon, polygon};

/// First day of the period after the merger.
pub(crate) const MERGER: &str = "2025-07-01";

pub(crate) fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

pub(crate) fn code(text: &str) -> UnitCode {
    text.parse().expect("a code")
}

fn unit(
    c: &str,
    kind: Kind,
    name: &str,
    parent: Option<&str>,
    from: &str,
    to: Option<&str>,
) -> Unit {
    Unit {
        code: code(c),
        level: code(c).level(),
        kind,
        name: name.into(),
        parent: parent.map(code),
        valid_from: date(from),
        valid_to: to.map(date),
    }
}

/// Two communes of a district that were merged into one, whose code one of them had borne.
pub(crate) fn units() -> Units {
    units_merged_into("19867")
}

/// The same with another code for the commune of today.
pub(crate) fn units_merged_into(merged: &str) -> Units {
    let (old, end) = ("2010-01-01", Some("2025-06-30"));
    let list = vec![
        unit("46", Kind::Tinh, "Thừa Thiên Huế", None, old, None),
        unit("477", Kind::Huyen, "Quảng Điền", Some("46"), old, end),
        unit("19867", Kind::ThiTran, "Sịa", Some("477"), old, end),
        unit("19870", Kind::Xa, "Quảng Thái", Some("477"), old, end),
        unit(merged, Kind::Xa, "Quảng Điền", Some("46"), MERGER, None),
    ];
    let step = |from: &str| LineageStep {
        on: date(MERGER),
        from: code(from),
        to: code(merged),
        change: Change::Merged,
    };
    Units::new(list, &[step("19867"), step("19870")], &[]).expect("units")
}

pub(crate) fn square(west: f64, south: f64, side: f64) -> MultiPolygon<f64> {
    let (east, north) = (west + side, south + side);
    MultiPolygon(vec![polygon![
        (x: west, y: south), (x: east, y: south), (x: east, y: north), (x: west, y: north),
    ]])
}

pub(crate) fn shapes() -> Vec<UnitShape> {
    let shape = |c: &str, name: &str, period: &str, west: f64, side: f64| UnitShape {
        code: code(c),
        level: Level::Commune,
        name: name.into(),
        period: date(period),
        shape: square(west, 16.5, side),
        schematic: true,
    };
    vec![
        shape("19867", "Thị trấn Sịa", "2010-01-01", 107.5, 0.1),
        shape("19870", "Xã Quảng Thái", "2010-01-01", 107.6, 0.1),
        shape("19867", "Xã Quảng Điền", MERGER, 107.5, 0.2),
    ]
}

fn villages(units: &Units) -> Vec<Village> {
    let village = |c: &str, name: &str, commune: &str, west: f64| Village {
        code: code(c),
        name: name.into(),
        commune: units.by_code(&code(commune), date("2024-12-31")).expect("a commune"),
        centre: LonLat::new(west + 0.05, 16.55).ok(),
        shape: Some(square(west, 16.5, 0.1)),
        confidence: 0.75,
        outside: 2,
    };
    vec![
        village("19867-an-gia", "Thôn An Gia", "19867", 107.5),
        village("19870-trung-lang", "Thôn Trung Làng", "19870", 107.6),
        Village {
            shape: None,
            confidence: 0.0,
            outside: 0,
            centre: None,
            ..village("19870-xom-moi", "Xóm Mới", "19870", 107.6)
        },
    ]
}

fn household(i: u32, villages: &[Village]) -> Household {
    let village = i % villages.len() as u32;
    let classes = [PovertyClass::None, PovertyClass::NearPoor, PovertyClass::Poor];
    let states = [HouseholdState::Covered, HouseholdState::Pending, HouseholdState::None];
    let state = states[(i % 5).min(2) as usize];
    Household {
        id: format!("HO-{i:07}").into(),
        register: 0,
        head: format!("Nguyễn Văn {i}").into(),
        birth_year: Some(1950 + (i % 50) as u16),
        village,
        commune: villages[village as usize].commune,
        address: format!("Số {i}").into(),
        members: 1 + (i % 7) as u16,
        poverty: classes[(i / 7 % 3) as usize],
        status: ResidenceStatus::Present,
        state,
        submission: (state != HouseholdState::None).then_some(i),
        point: villages[village as usize].centre,
    }
}

/// Submission `i` belongs to household `i`; every fifth is held, every fifth covers.
fn submission(i: u32, villages: &[Village], salt: u8) -> Submission {
    let village = i % villages.len() as u32;
    let mut id = [0; 16];
    id[..4].copy_from_slice(&i.to_be_bytes());
    id[15] = salt;
    let held = i % 5 == 1;
    let mut findings =
        vec![Finding::new(RuleCode::N02, Some("head"), "NGUYEN VAN").with("Nguyễn Văn")];
    if held {
        findings.push(Finding::new(RuleCode::G07, Some("latitude"), ""));
        findings.push(Finding::new(RuleCode::P01, Some("phone"), "0x"));
    }
    let spread = |step: u32| f64::from(i.wrapping_mul(step) % 10_007) / 100_070.0;
    Submission {
        id: SubmissionId(id),
        file: i % 2,
        row: 10 + i / 2,
        form: format!("P{i}").into(),
        code: "4900012345".into(),
        head: format!("Nguyễn Văn {i}").into(),
        identity: Some(IdSealed { hash: 7, last3: (i % 1000) as u16, born: 9 }),
        phone: Some(905_000_000 + u64::from(i)),
        address: format!("Số {i}").into(),
        village: Some(village),
        village_text: Arc::clone(&villages[village as usize].name),
        commune: Some(villages[village as usize].commune),
        members: Some(4),
        poverty: PovertyClass::None,
        point: (!held)
            .then(|| LonLat::new(107.5 + spread(7919), 16.5 + spread(104_729)).expect("inside")),
        precision: (!held).then_some(PrecisionClass::A),
        accuracy_m: Some(5.5),
        collected_on: (!i.is_multiple_of(7))
            .then(|| date(["2024-06-01", "2024-05-31"][i as usize % 11 % 2])),
        collector: "Trần Thị B".into(),
        team: "Tổ 1".into(),
        verdict: if held { Verdict::Held } else { Verdict::Accepted },
        master: None,
        link: (i % 5 < 2).then_some(Link { household: i, bits: 17.25 }),
        findings,
    }
}

fn tallies(villages: &[Village], households: &[Household]) -> Vec<UnitTally> {
    let row = |c: &str, name: &str, parent: Option<&str>, period: &str, tally: Tally| UnitTally {
        code: code(c),
        name: name.into(),
        parent: parent.map(code),
        period: date(period),
        register: 0,
        tally,
    };
    let of = |chosen: &dyn Fn(&str) -> bool| {
        let mut tally = Tally::default();
        for h in households.iter().filter(|h| chosen(villages[h.village as usize].code.as_str())) {
            tally.count(h.state, h.members, h.poverty, Some(PrecisionClass::A));
        }
        tally
    };
    let mut rows = Vec::new();
    for period in ["2010-01-01", MERGER] {
        let old = period != MERGER;
        rows.push(row("46", "Tỉnh Thừa Thiên Huế", None, period, of(&|_| true)));
        if old {
            rows.push(row("477", "Huyện Quảng Điền", Some("46"), period, of(&|_| true)));
            rows.push(row(
                "19867",
                "Thị trấn Sịa",
                Some("477"),
                period,
                of(&|v| v.starts_with("19867")),
            ));
            rows.push(row(
                "19870",
                "Xã Quảng Thái",
                Some("477"),
                period,
                of(&|v| v.starts_with("19870")),
            ));
        } else {
            rows.push(row("19867", "Xã Quảng Điền", Some("46"), period, of(&|_| true)));
        }
        for v in villages {
            let parent = if old { &v.code.as_str()[..5] } else { "19867" };
            rows.push(row(
                v.code.as_str(),
                &v.name,
                Some(parent),
                period,
                of(&|c| c == v.code.as_str()),
            ));
        }
    }
    rows
}

fn file(name: &str, kind: SourceKind, rows: u64, skipped: u64) -> FileReport {
    FileReport {
        name: name.into(),
        hash: format!("hash of {name}").into(),
        bytes: 1000,
        kind,
        rows_read: rows + skipped,
        verdicts: [rows, 0, 0, 0],
        skipped,
        dropped_columns: Vec::new(),
    }
}

/// A state of `n` households and as many submissions; `salt` changes every id.
pub(crate) fn state(units: &Units, n: u32, salt: u8) -> Published {
    let villages = villages(units);
    let households: Vec<_> = (0..n).map(|i| household(i, &villages)).collect();
    let mut submissions: Vec<_> = (0..n).map(|i| submission(i, &villages, salt)).collect();
    // The last repeats the first.
    if let [first, .., last] = submissions.as_mut_slice() {
        last.verdict = Verdict::Duplicate;
        last.master = Some(0);
        last.link = first.link;
    }
    let at = |file, row| RowRef { file, row };
    Published {
        rule_version: 1,
        profile: diachiso_model::Profile::Default,
        registers: vec![RegisterInfo {
            source: "police".into(),
            closed_on: date("2024-12-31"),
            households: n,
        }],
        tallies: tallies(&villages, &households),
        villages,
        households,
        submissions,
        proposals: Vec::new(),
        decisions: Vec::new(),
        rules: vec![RuleCount { code: RuleCode::N02, findings: u64::from(n) }],
        files: vec![
            file("t1.csv", SourceKind::Submissions, u64::from(n.div_ceil(2)), 1),
            file("t2.csv", SourceKind::Submissions, u64::from(n / 2), 0),
            file("ds.csv", SourceKind::Register, u64::from(n), 0),
        ],
        repeats: vec![RowOutcome { at: at(0, 2), submission: 0 }],
        skipped: vec![Skipped { at: at(0, 1), reason: "heading" }],
        register_rejects: Vec::new(),
        today: date("2026-01-02"),
    }
}

/// The files of a state as sources, each with an archive of more than one part.
pub(crate) fn sources(state: &Published) -> Vec<NewSource> {
    let source = |f: &FileReport| NewSource {
        name: f.name.clone(),
        hash: f.hash.clone(),
        bytes: f.bytes,
        kind: f.kind,
        legal_basis: Some("đồng ý".into()),
        mapping: None,
        archive: f.name.bytes().cycle().take(2_500_000).collect(),
    };
    state.files.iter().map(source).collect()
}

/// Publishes a state without sources.
pub(crate) async fn publish(store: &dyn Store, state: &Published) -> RunInfo {
    let units = units();
    store.publish(state, &units, &shapes(), &NewRun::default(), &|_| {}).await.expect("published")
}

/// One thing that a run may change.
pub(crate) fn change(state: &mut Published, rng: &mut Rng) {
    let at = rng.below(state.submissions.len());
    match rng.below(7) {
        0 => {
            let s = &mut state.submissions[at];
            s.verdict = Verdict::ALL[rng.below(4)];
            s.findings.push(Finding::new(RuleCode::A07, None, "x"));
        }
        1 => {
            state.submissions[at].findings.pop();
        }
        2 => state.submissions[at].point = None,
        3 => {
            let (lon, lat) = (rng.between(107.4, 107.8), rng.between(16.4, 16.7));
            state.submissions[at].point = LonLat::new(lon, lat).ok();
        }
        4 => {
            let at = rng.below(state.households.len());
            let all = HouseholdState::ALL;
            state.households[at].state = all[rng.below(all.len())];
        }
        5 => {
            // The last row goes, with what hangs on it.
            let last = state.submissions.len() as u32 - 1;
            state.submissions.pop();
            for s in &mut state.submissions {
                s.master = s.master.filter(|m| *m < last);
            }
            for h in &mut state.households {
                h.submission = h.submission.filter(|s| *s < last);
            }
        }
        _ => {
            state.rules[0].findings += 1;
            if let Some(tally) = state.tallies.last_mut() {
                tally.tally.persons += 1;
            }
        }
    }
}
