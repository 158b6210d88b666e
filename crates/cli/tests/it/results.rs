//! Gap lists that come back filled: from the list that the server hands out to the figures, and back again.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, LazyLock},
    time::Instant,
};

use calamine::{Reader as _, Xlsx};
use diachiso_model::{
    Choice, Date, Decision, DecisionKind, FieldResult, HouseholdState, Published, ResultWord,
    RowKey, Timestamp,
};
use diachiso_pipeline::{Input, Live, NoProgress, Reference};
use diachiso_testkit::Rng;
use serde_json::{Value, json};

use crate::support::{
    diachiso, dump, handed_in, loaded,
    server::{PATIENCE, Server, token, token_of},
    stages::{self, FileBytes, TODAY},
    succeed,
};

/// Lines of a list, each by heading.
pub(crate) type Lines = Vec<BTreeMap<String, String>>;

pub(crate) fn records(text: &str) -> Lines {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let heading = reader.headers().expect("a heading").clone();
    let line = |record: csv::StringRecord| {
        heading.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|record| line(record.expect("a record"))).collect()
}

/// The lines as a file whose columns stand in another order.
pub(crate) fn written(lines: &Lines) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heading: Vec<&String> = lines[0].keys().rev().collect();
    writer.write_record(&heading).expect("memory");
    for line in lines {
        writer.write_record(heading.iter().map(|title| &line[*title])).expect("memory");
    }
    writer.into_inner().expect("memory")
}

const GAPS: &str = "/api/v1/areas/46/gaps?purpose=di+thuc+dia&format=";

/// The list of the whole province as it is handed out in csv.
pub(crate) fn list(server: &Server) -> Lines {
    let bytes = server.bytes(&format!("{GAPS}csv"));
    records(std::str::from_utf8(&bytes).expect("UTF-8"))
}

/// Households of the province by state, by the first register.
fn counts(store: &Path) -> BTreeMap<HouseholdState, u64> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let rows = runtime.block_on(async {
        let name = store.to_string_lossy();
        let store = diachiso_store::open_store(&name, false).await.expect("a store");
        let level = diachiso_model::Level::Province;
        let query = diachiso_store::AreaQuery { on: None, level, within: None, source: None };
        store.coverage(&query).await.expect("rows")
    });
    HouseholdState::ALL.into_iter().map(|state| (state, rows[0].tally.state(state))).collect()
}

/// What `diachiso results` printed as JSON.
fn told(store: &Path, args: &[&str]) -> Value {
    let store = store.to_string_lossy();
    let args = [&["results"], args, &["--json", "--store", &store]].concat();
    serde_json::from_str(&succeed(args)).expect("json")
}

/// Sets the results of the first households without a submission.
pub(crate) fn fill(lines: &mut Lines, results: &[&str]) -> Vec<String> {
    let free = lines.iter_mut().filter(|line| line["Trạng thái"] == "none");
    let filled: Vec<String> = free
        .zip(results)
        .map(|(line, result)| {
            line.insert("Kết quả".to_owned(), (*result).to_owned());
            line["Mã hộ"].clone()
        })
        .collect();
    assert_eq!(filled.len(), results.len());
    filled
}

const DAY: &str = "2026-01-15";

#[test]
fn a_filled_list_changes_the_figures_as_it_says_once_somebody_else_approved_and_back_again() {
    use HouseholdState::{Absent, Away, Claimed, Gone, Leaving, Moved, None, Refused};
    let (folder, store, _) = loaded();
    let server = Server::start(&store, &token(&store), &[]);
    let mut lines = list(&server);
    server.stop();
    let (before, was) = (counts(&store), dump(&store));
    let said = ["vang nha", "Away", "Từ chối", "đã chuyển đi", "GONE", "đã làm"];
    fill(&mut lines, &said);
    let mut new: BTreeMap<String, String> =
        lines[0].keys().map(|title| (title.clone(), String::new())).collect();
    for (title, cell) in [
        ("Kết quả", "hộ mới"),
        ("Họ và tên chủ hộ", "Lê Mới"),
        ("Địa chỉ", "xóm mới"),
        ("Thôn/Tổ dân phố", &*lines[0]["Thôn/Tổ dân phố"]),
        ("Xã/Phường", &*lines[0]["Xã/Phường"]),
    ] {
        new.insert(title.to_owned(), cell.to_owned());
    }
    lines.push(new);
    // Teams sort their lists as they like.
    lines.sort_by(|a, b| a["Địa chỉ"].cmp(&b["Địa chỉ"]));
    let path = folder.path().join("ket-qua.csv");
    std::fs::write(&path, written(&lines)).expect("written");
    let path = path.to_string_lossy().into_owned();
    let load = ["load", &path, "--by", "Tổ A", "--day", DAY];
    let loaded = told(&store, &load);
    assert_eq!(loaded["rejects"], json!([]));
    for word in ResultWord::ALL {
        assert_eq!(loaded["recorded"][word.as_str()], 1, "{loaded}");
    }
    assert_eq!(told(&store, &load)["repeated"], 7, "the same list changes nothing");

    let expect = |changes: &[(HouseholdState, i64)]| {
        let mut expected = before.clone();
        for (state, change) in changes {
            let count = expected.get_mut(state).expect("a state");
            *count = count.saturating_add_signed(*change);
        }
        assert_eq!(counts(&store), expected);
    };
    expect(&[(None, -6), (Absent, 1), (Away, 1), (Refused, 1), (Claimed, 1), (Leaving, 2)]);
    let pending = told(&store, &["list", "--pending"]);
    assert_eq!(pending.as_array().map(Vec::len), Some(2), "{pending}");

    let name = store.to_string_lossy().into_owned();
    let judge = |what, id, by| {
        diachiso(["results", what, id, "--by", by, "--reason", "hỏi trưởng thôn", "--store", &name])
    };
    let own = judge("approve", "all", "tổ a");
    assert_eq!(own.status.code(), Some(1), "who handed in cannot approve");
    assert!(judge("approve", "all", "Lê Duyệt").status.success());
    expect(&[
        (None, -6),
        (Absent, 1),
        (Away, 1),
        (Refused, 1),
        (Claimed, 1),
        (Moved, 1),
        (Gone, 1),
    ]);
    assert_eq!(told(&store, &["list", "--pending"]), json!([]));

    for result in told(&store, &["list"]).as_array().expect("results") {
        let id = result["id"].as_str().expect("an id");
        assert!(judge("withdraw", id, "Tổ A").status.success(), "{result}");
    }
    expect(&[]);
    assert!(dump(&store) == was, "every result left a trace");
}

#[test]
fn rows_that_were_edited_mixed_up_or_told_twice_are_refused_with_what_to_do() {
    let (folder, store, _) = loaded();
    let server = Server::start(&store, &token(&store), &[]);
    let mut lines = list(&server);
    let was = counts(&store);
    fill(&mut lines, &["vắng nhà", "vắng nhà", "vắng tanh", "vắng nhà", "vắng nhà", "từ chối"]);
    let mut filled: Lines = lines.into_iter().filter(|line| !line["Kết quả"].is_empty()).collect();
    let check = filled[0]["Mã kiểm tra"].replace("/none/", "/pending/");
    filled[0].insert("Mã kiểm tra".to_owned(), check);
    let other = filled[5]["Mã hộ"].clone();
    filled[1].insert("Mã hộ".to_owned(), other);
    filled[3].insert("Mã dòng".to_owned(), "police|khong-co".to_owned());
    filled[3].insert("Mã hộ".to_owned(), String::new());
    let mut twice = filled[4].clone();
    twice.insert("Kết quả".to_owned(), "đã làm".to_owned());
    filled.push(twice);
    let bytes = written(&filled);
    let path = folder.path().join("sai.csv");
    std::fs::write(&path, &bytes).expect("written");
    let loaded = told(&store, &["load", &path.to_string_lossy(), "--by", "Tổ A", "--day", DAY]);
    let of = |row: &Value| (row["row"].as_u64(), row["fault"].as_str().map(str::to_owned));
    let faults: Vec<_> = loaded["rejects"].as_array().expect("rejects").iter().map(of).collect();
    let expected = [
        (2, "stale"),
        (3, "other_household"),
        (4, "unknown_word"),
        (5, "unlisted"),
        (6, "twice"),
        (8, "twice"),
    ];
    assert_eq!(faults, expected.map(|(row, fault)| (Some(row), Some(fault.to_owned()))));
    assert_eq!(loaded["recorded"]["refused"], 1, "the good row is taken: {loaded}");
    assert_eq!(counts(&store)[&HouseholdState::Refused], was[&HouseholdState::Refused] + 1);

    // The server says the same of the same file, and knows the good row already.
    let answer = server.post(&format!("/api/v1/results?name=sai.csv&day={DAY}"), &bytes);
    assert_eq!(answer.status, 202, "{answer:?}");
    let answer = answer.json();
    assert_eq!((&answer["rejects"], &answer["repeated"]), (&loaded["rejects"], &json!(1)));
    server.stop();
}

/// Asks until the answer is as wanted.
#[track_caller]
pub(crate) fn until(server: &Server, url: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let answer = server.get(url);
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = answer.json();
        if wanted(&answer) {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "{url}: {answer}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn a_workbook_that_was_filled_is_handed_in_answered_for_and_approved_by_another_token() {
    let (_folder, store, _) = loaded();
    let (own, other) = (token(&store), token_of(&store, "Duyệt"));
    let server = Server::start(&store, &own, &[]);
    let before = counts(&store);
    let book = server.bytes(&format!("{GAPS}xlsx"));
    let mut book = Xlsx::new(std::io::Cursor::new(book)).expect("a workbook");
    // The second sheet: the first village.
    let range = book.worksheet_range_at(1).expect("a sheet").expect("reads");
    let mut rows: Vec<Vec<String>> =
        range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    let at = |title: &str| rows[3].iter().position(|cell| cell == title).expect("a column");
    let (result, id) = (at("Kết quả"), at("Mã hộ"));
    let (moved, absent) = (rows[4][id].clone(), rows[5][id].clone());
    rows[4][result] = "Đã chuyển đi".to_owned();
    rows[5][result] = "Vắng nhà".to_owned();
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in &rows {
        writer.write_record(row).expect("memory");
    }
    let bytes = writer.into_inner().expect("memory");

    let url = format!("/api/v1/results?name=ket-qua.csv&day={DAY}&by=T%E1%BB%95+A");
    let bearer = format!("Bearer {own}");
    let headers =
        [("authorization", &*bearer), ("idempotency-key", "k1"), ("content-type", "text/csv")];
    let answer = server.try_send("POST", &url, &headers, &bytes).expect("answered");
    assert_eq!(answer.status, 202, "{answer:?}");
    let taken = answer.json();
    assert_eq!((&taken["recorded"]["moved"], &taken["recorded"]["absent"]), (&json!(1), &json!(1)));
    assert_eq!((&taken["pending"], &taken["rejected"]), (&json!(1), &json!(0)));
    let again = server.try_send("POST", &url, &headers, &bytes).expect("answered").json();
    assert_eq!(again["order"], taken["order"], "the same key, the same order");
    let less: Vec<u8> = String::from_utf8(bytes).expect("UTF-8").replace("Vắng nhà", "").into();
    let answer = server.try_send("POST", &url, &headers, &less).expect("answered");
    assert_eq!(answer.status, 422, "{answer:?}");

    let listed = |page: &Value| page["results"].as_array().map_or(0, Vec::len);
    let page = until(&server, "/api/v1/results?area=46", |page| listed(page) == 2);
    assert_eq!((&page["counts"]["pending"], &page["counts"]["recorded"]), (&json!(1), &json!(1)));
    let page = until(&server, "/api/v1/results?state=pending", |page| listed(page) == 1);
    let pending = &page["results"][0];
    assert_eq!(
        (&*moved, true),
        (pending["household"].as_str().expect("an id"), pending["mine"] == true)
    );
    assert_eq!(counts(&store)[&HouseholdState::Leaving], 1);
    let id = pending["id"].as_str().expect("an id");
    let signed = json!({"by": "Lê Duyệt", "why": "hỏi trưởng thôn"}).to_string();
    let approve = format!("/api/v1/results/{id}/approve");
    assert_eq!(server.post(&approve, signed.as_bytes()).status, 409, "the token that handed it in");
    let bearer = format!("Bearer {other}");
    let headers = [("authorization", &*bearer), ("content-type", "application/json")];
    let answer = server.try_send("POST", &approve, &headers, signed.as_bytes()).expect("answered");
    assert_eq!(answer.status, 202, "{answer:?}");
    let url = "/api/v1/results?state=approved";
    let page = until(&server, url, |page| listed(page) == 1);
    assert_eq!(page["results"][0]["household_state"], "moved");
    let after = counts(&store);
    assert_eq!(after[&HouseholdState::Moved], before[&HouseholdState::Moved] + 1);
    let withdraw = format!("/api/v1/results/{id}/withdraw");
    assert_eq!(server.post(&withdraw, signed.as_bytes()).status, 202);
    let page = until(&server, "/api/v1/results", |page| listed(page) == 1);
    assert_eq!(page["results"][0]["household"], *absent);
    assert_eq!(counts(&store)[&HouseholdState::Moved], before[&HouseholdState::Moved]);
    server.stop();
}

static REFERENCE: LazyLock<Arc<Reference>> =
    LazyLock::new(|| Arc::new(Reference::load([]).expect("reference data")));

/// Something about results, drawn at random: one of a few households, an approval, or something taken back.
fn drawn(rng: &mut Rng, keys: &[RowKey], record: &[Decision]) -> Decision {
    let results: Vec<&Decision> =
        record.iter().filter(|d| d.kind() == DecisionKind::Result).collect();
    let by = *rng.pick(&["a", "b", "c"]);
    let (kind, target, choice) = match rng.below(6) {
        3 | 4 if !results.is_empty() => {
            let choice = *rng.pick(&Choice::ALL);
            (DecisionKind::Approval, rng.pick(&results).target().to_owned(), choice)
        }
        5 if !results.is_empty() => {
            (DecisionKind::Result, rng.pick(&results).target().to_owned(), Choice::Withdraw)
        }
        _ => {
            // Around the closing dates of the registers and the days of collection.
            let month = rng.below(9) as i8 + 2;
            let day = Date::new(2024, month, rng.below(28) as i8 + 1).expect("a day");
            let word = *rng.pick(&ResultWord::ALL[..6]);
            let result = FieldResult { day, word, key: rng.pick(keys).clone() };
            (DecisionKind::Result, result.to_string(), Choice::Apply)
        }
    };
    Decision::new(kind, &target, choice, by, Timestamp::UNIX_EPOCH, "đã hỏi").expect("whole")
}

fn keys_of(state: &Published) -> Vec<RowKey> {
    let key = |h: &diachiso_model::Household| {
        RowKey::new(&state.registers[h.register as usize].source, &h.id)
    };
    state.households.iter().filter_map(key).take(30).collect()
}

fn open(file: &FileBytes) -> Input<'_> {
    stages::inputs(file).expect("opens").remove(0)
}

fn anew(files: &[FileBytes], record: &[Decision]) -> Published {
    stages::judged(TODAY, &REFERENCE, files, record).expect("a run")
}

#[test]
fn results_in_any_order_and_cutting_leave_what_a_run_over_everything_makes() {
    let (registers, submissions) = handed_in::pool(&REFERENCE, 5);
    let mut files = vec![registers[0].clone()];
    let empty = anew(&files, &[]);
    let keys = keys_of(&empty);
    let mut rng = Rng::new(41);
    let (inputs, options) = (vec![open(&files[0])], stages::options(TODAY, &[]));
    let mut kept =
        Live::new(Arc::clone(&REFERENCE), inputs, options, &NoProgress).expect("a state");
    let mut record: Vec<Decision> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for done in 1..=300 {
        if done % 10 == 0 && files.len() <= submissions.len() {
            let file = submissions[files.len() - 1].clone();
            kept.add(open(&file)).expect("taken in");
            files.push(file);
        } else {
            let few = rng.below(3) + 1;
            let before = record.len();
            for _ in 0..few {
                record.push(drawn(&mut rng, &keys, &record));
            }
            kept.decide(record[before..].iter().cloned());
        }
        if done % 3 == 0 {
            seen.extend(kept.published().expect("whole").households.iter().map(|h| h.state));
        }
        if done % 12 == 0 {
            let (kept, anew) = (kept.published().expect("whole"), anew(&files, &record));
            assert!(kept.tallies == anew.tallies, "after {done}: counts");
            assert!(stages::state_text(&kept) == stages::state_text(&anew), "after {done}");
            seen.extend(anew.households.iter().map(|h| h.state));
        }
    }
    for state in HouseholdState::ALL {
        // What submissions and registers alone make is another test's.
        let drawn = !matches!(
            state,
            HouseholdState::DuplicateLine | HouseholdState::Rejected | HouseholdState::Pending
        );
        assert!(!drawn || seen.contains(&state), "{state:?} was never seen: {seen:?}");
    }

    // What is said of one result stays in its order; everything else may come as it likes.
    let text = |files: &[FileBytes], record: &[Decision]| {
        let mut state = anew(files, record);
        state.decisions.clear();
        stages::state_text(&state)
    };
    let expected = text(&files, &record);
    let mut by_subject: BTreeMap<(DecisionKind, String), Vec<Decision>> = BTreeMap::new();
    for decision in &record {
        let subject = (decision.kind(), decision.target().to_owned());
        by_subject.entry(subject).or_default().push(decision.clone());
    }
    let mut turned: Vec<Decision> = by_subject.into_values().rev().flatten().collect();
    assert!(text(&files, &turned) == expected, "another order, another state");

    // A newer list of the same source: results about households that it names no more wait.
    files[0] = registers[1].clone();
    let (newer, older) = (text(&files, &record), text(&files, &turned));
    assert!(newer == older);
    // What is taken back leaves the state before.
    for decision in turned.clone() {
        let (kind, target, at) = (decision.kind(), decision.target(), Timestamp::UNIX_EPOCH);
        let back = Decision::new(kind, target, Choice::Withdraw, "a", at, "nhầm").expect("whole");
        turned.push(back);
    }
    assert!(text(&files, &turned) == text(&files, &[]), "a result left a trace");
}
