//! Whose lists come back, and which: a collector's own households, on lists that were handed out and hold yet.

use std::{collections::BTreeMap, path::Path};

use diachiso_model::{Decision, DecisionKind, RowKey, Timestamp};
use diachiso_runs::{ListedRow, RowSaid};
use diachiso_store::ExportRecord;
use serde_json::{Value, json};

use crate::{
    results::{Lines, fill, list, until, written},
    support::{
        decisions, diachiso, loaded,
        server::{Server, token},
        succeed,
    },
};

/// The first lines of two communes without a submission, two of each.
fn of_two_communes(lines: &Lines) -> (Lines, [String; 2]) {
    let mut of: BTreeMap<&str, Lines> = BTreeMap::new();
    for line in lines.iter().filter(|line| line["Trạng thái"] == "none") {
        of.entry(&line["Mã xã"]).or_default().push(line.clone());
    }
    let mut two = of.into_iter().filter(|(_, lines)| lines.len() > 1).take(2);
    let mut next = || two.next().expect("two communes with households to visit");
    let ((a, of_a), (b, of_b)) = (next(), next());
    let chosen = of_a.into_iter().take(2).chain(of_b.into_iter().take(2)).collect();
    (chosen, [a.to_owned(), b.to_owned()])
}

/// A line of a household that no register lists.
fn new_household(model: &BTreeMap<String, String>, village: &str) -> BTreeMap<String, String> {
    let mut row: BTreeMap<String, String> =
        model.keys().map(|title| (title.clone(), String::new())).collect();
    let cells = [
        ("Kết quả", "hộ mới"),
        ("Họ và tên chủ hộ", "Lê Mới"),
        ("Thôn/Tổ dân phố", village),
        ("Xã/Phường", &*model["Xã/Phường"]),
    ];
    row.extend(cells.map(|(title, cell)| (title.to_owned(), cell.to_owned())));
    row
}

fn granted(store: &Path, grants: &[String]) -> String {
    let store = store.to_string_lossy();
    let grants = grants.iter().flat_map(|grant| ["--grant", grant]);
    let args: Vec<&str> = ["token", "add", "--store", &store].into_iter().chain(grants).collect();
    succeed(args).trim().to_owned()
}

#[test]
fn a_collector_brings_results_of_his_areas_alone_signed_with_his_team() {
    let (_folder, store, _) = loaded();
    let own = token(&store);
    let server = Server::start(&store, &own, &[]);
    let (mut lines, [a, b]) = of_two_communes(&list(&server));
    fill(&mut lines, &["vắng nhà"; 4]);
    let village = |at: usize| lines[at]["Thôn/Tổ dân phố"].clone();
    let new = [(0, village(0)), (2, village(2)), (0, "Thôn Không Ai Biết".to_owned())];
    let new: Vec<_> = new.iter().map(|(like, name)| new_household(&lines[*like], name)).collect();
    lines.extend(new);
    let bytes = written(&lines);

    // Rows of the file: two households of a, two of b, a new one in a, in b, and nobody knows where.
    let collector = |areas: &str| format!("collector:{areas};team=Tổ 9");
    let nowhere = "unlisted unlisted unlisted unlisted outside outside outside";
    let table = [
        (vec![collector("*")], "9 9 9 9 9 9 9"),
        (vec![collector(&format!("{a}@2024-12-31"))], "9 9 unlisted unlisted 9 outside outside"),
        (vec![collector(&format!("{b}@2024-12-31"))], "unlisted unlisted 9 9 outside 9 outside"),
        (vec![collector(&format!("{a}@2024-12-31,{b}@2024-12-31"))], "9 9 9 9 9 9 outside"),
        (vec![collector("477@2024-12-31")], "9 9 9 9 9 9 outside"),
        (vec![collector("46@2024-12-31")], "9 9 9 9 9 9 outside"),
        // Another district, and a code that no unit had on that day.
        (vec![collector("474@2024-12-31")], nowhere),
        (vec![collector("19868@2012-06-01")], nowhere),
        // Who is an officer there goes for no team there.
        (
            vec![collector(&format!("{a}@2024-12-31")), format!("officer:{b}@2024-12-31")],
            "9 9 - - 9 - outside",
        ),
        // A grant that ended, and one that opens nothing here.
        (
            vec![
                collector(&format!("{a}@2024-12-31")),
                format!("collector:{b}@2024-12-31;team=Tổ 9;to=2025-01-01"),
                "planner:*".to_owned(),
            ],
            "9 9 unlisted unlisted 9 outside outside",
        ),
    ];
    let mut signed = Vec::new();
    for (at, (grants, expected)) in table.iter().enumerate() {
        let token = granted(&store, grants);
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", &*bearer), ("content-type", "text/csv")];
        let url = format!("/api/v1/results?name=kq.csv&day=2026-01-{:02}&by=Nam", at + 1);
        let answer = server.try_send("POST", &url, &headers, &bytes).expect("answered");
        assert_eq!(answer.status, 202, "{grants:?}: {answer:?}");
        let answer = answer.json();
        let mut rejects: BTreeMap<u64, String> = BTreeMap::new();
        for reject in answer["rejects"].as_array().expect("rejects") {
            let row = reject["row"].as_u64().expect("a row");
            rejects.insert(row, reject["fault"].as_str().expect("a fault").to_owned());
        }
        let expected: Vec<&str> = expected.split(' ').collect();
        for (row, expected) in (2..).zip(&expected) {
            let expected = Some(*expected).filter(|fault| fault.len() > 1);
            assert_eq!(rejects.get(&row).map(String::as_str), expected, "{grants:?} row {row}");
        }
        let count = expected.iter().filter(|fault| fault.len() == 1).count() as u64;
        let recorded = &answer["recorded"];
        let said = recorded["absent"].as_u64().zip(recorded["new"].as_u64()).expect("counts");
        assert_eq!(said.0 + said.1, count, "{answer}");
        signed.extend(expected.into_iter().filter(|fault| fault.len() == 1));
    }
    let all = signed.len();
    let url = "/api/v1/results?limit=200";
    until(&server, url, |page| page["results"].as_array().is_some_and(|all_| all_.len() == all));
    server.stop();
    let by: Vec<String> = decisions(&store).iter().map(|d| d.by().to_owned()).collect();
    let of_team = by.iter().filter(|by| by.starts_with("Nam · Tổ 9 · token:")).count();
    let of_none = by.iter().filter(|by| by.starts_with("Nam · token:")).count();
    let nine = signed.iter().filter(|team| **team == "9").count();
    assert_eq!((of_team, of_none), (nine, all - nine), "{by:?}");
}

/// The cell that a line goes out with, were it of another list.
fn check_of(line: &BTreeMap<String, String>, export: &str) -> String {
    let key: RowKey = line["Mã dòng"].parse().expect("a line");
    let (head, address, village) =
        (&*line["Họ và tên chủ hộ"], &*line["Địa chỉ"], &*line["Mã thôn"]);
    let said: Vec<&str> = line["Mã kiểm tra"].split('/').collect();
    let closed_on = said[1].parse().expect("a day");
    let row = ListedRow { key: &key, head, address, village };
    row.check(&RowSaid { closed_on, state: said[2], reason: said[3], export })
}

/// Keeps that a list was handed out and ends on a day.
fn handed_out(store: &Path, id: &str, ends: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let service = diachiso_store::open_service(&store.to_string_lossy()).await.expect("opened");
        let at = |day: &str| -> Timestamp { format!("{day}T00:00:00Z").parse().expect("a day") };
        let export = ExportRecord {
            id: id.into(),
            made_at: at("2026-01-01"),
            expires_at: at(ends),
            who: "token:1".into(),
            operation: "GET /api/v1/areas/{area}/gaps".into(),
            area: "46".into(),
            purpose: "đi thực địa".into(),
            format: "csv".into(),
        };
        diachiso_store::ExportStore::add_export(service.as_ref(), &export).await.expect("kept");
    });
}

fn of_results(decisions: &[Decision]) -> usize {
    decisions.iter().filter(|d| d.kind() == DecisionKind::Result).count()
}

#[test]
fn a_list_past_its_end_is_refused_and_rows_of_no_list_are_told() {
    let (folder, store, _) = loaded();
    let server = Server::start(&store, &token(&store), &[]);
    let mut lines = list(&server);
    fill(&mut lines, &["vắng nhà"; 4]);
    lines.retain(|line| !line["Kết quả"].is_empty() || line["Trạng thái"] == "none");
    lines.truncate(5);
    handed_out(&store, "het-han", "2026-02-01");
    handed_out(&store, "con-han", "2999-01-01");
    let set = |line: &mut BTreeMap<String, String>, export: &str| {
        let check = check_of(line, export);
        line.insert("Mã kiểm tra".to_owned(), check);
    };
    let untouched = lines[0]["Mã kiểm tra"].clone();
    let id = untouched.split('/').nth(4).expect("a list").to_owned();
    assert_eq!(check_of(&lines[0], &id), untouched, "the cell is made as the server makes it");
    // One of another list that holds, one without a list, one of a list that never was; then a row without a result.
    set(&mut lines[1], "con-han");
    set(&mut lines[2], "");
    set(&mut lines[3], "khong-co");
    let ended = {
        let mut ended = lines.clone();
        set(&mut ended[4], "het-han");
        written(&ended)
    };
    let path = folder.path().join("kq.csv");
    let (name, file) = (store.to_string_lossy(), path.to_string_lossy());
    let load = ["results", "load", &file, "--by", "Tổ 9", "--day", "2026-01-15", "--store", &name];
    let url = "/api/v1/results?name=kq.csv&day=2026-01-15";

    std::fs::write(&path, &ended).expect("written");
    let refused = server.post(url, &ended);
    assert_eq!(refused.status, 410, "{refused:?}");
    let said = refused.json()["detail"].as_str().expect("words").to_owned();
    assert!(said.contains("het-han") && said.contains("01/02/2026"), "{said}");
    let told = diachiso(load);
    assert_eq!(told.status.code(), Some(1));
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(said.contains("het-han") && said.contains("01/02/2026"), "{said}");
    assert_eq!(of_results(&decisions(&store)), 0, "nothing is taken of a list past its end");

    std::fs::write(&path, written(&lines)).expect("written");
    let answer = server.post(url, &written(&lines));
    assert_eq!(answer.status, 202, "{answer:?}");
    let answer = answer.json();
    assert_eq!(answer["recorded"]["absent"], 3, "{answer}");
    let faults = |told: &Value| {
        let of = |r: &Value| (r["row"].clone(), r["fault"].clone(), r["value"].clone());
        told["rejects"].as_array().expect("rejects").iter().map(of).collect::<Vec<_>>()
    };
    let expected = vec![(json!(5), json!("unknown_export"), json!("khong-co"))];
    assert_eq!(faults(&answer), expected);
    until(&server, "/api/v1/results", |page| {
        page["results"].as_array().is_some_and(|r| r.len() == 3)
    });
    server.stop();
    // The command line says the same of the same file.
    let told: Value =
        serde_json::from_str(&succeed([&load[..], &["--json"]].concat())).expect("json");
    assert_eq!((faults(&told), &told["repeated"]), (expected, &json!(3)));
    assert_eq!(of_results(&decisions(&store)), 3);
}
