//! Whom somebody asks to be erased is in no list of the poor either, whose lines have no ids; what nothing tells for sure is
//! told to whoever erases.

use std::{collections::BTreeMap, path::Path, process::Output};

use serde_json::Value;

use crate::{
    erase::{archives, figures, records, somebody},
    support::{diachiso, dump, files, loaded, run_args, succeed},
};

type Row = BTreeMap<String, String>;

/// The rows of the register of a folder, by heading.
fn register(folder: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(&files(folder, "register")[0]).expect("a file");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let heading = reader.headers().expect("a heading").clone();
    let row = |cells: csv::StringRecord| {
        heading.iter().map(str::to_owned).zip(cells.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|cells| row(cells.expect("a row"))).collect()
}

fn of<'a>(rows: &'a [Row], household: &str) -> &'a Row {
    rows.iter().find(|row| row["Mã hộ"] == household).expect("its line")
}

/// A list of poor households, closed on a day: each with so many members, and with its house or its village alone.
fn list(path: &Path, closed_on: &str, house_told: bool, households: &[(&Row, u32)]) {
    let mut writer = csv::Writer::from_path(path).expect("a file");
    let heading = ["STT", "Họ tên chủ hộ", "Địa chỉ", "Số nhân khẩu", "Hộ nghèo/Cận nghèo"];
    let more = ["Quyết định số, ngày", "Ghi chú", "Ngày chốt"];
    writer.write_record(heading.iter().chain(&more)).expect("written");
    for (n, (row, members)) in (1..).zip(households) {
        let head = &row["Họ và tên chủ hộ"];
        let house = Some(&row["Địa chỉ"]).filter(|house| house_told && !house.is_empty());
        let house = house.map(|house| format!("{house}, ")).unwrap_or_default();
        let village = format!("{}, {}", row["Thôn/Tổ dân phố"], row["Xã/Phường"]);
        let place = format!("{house}{village}, huyện Quảng Điền");
        let (n, members, note) = (n.to_string(), members.to_string(), format!("gặp {head}"));
        let cells = [&*n, head, &place, &members, "Hộ nghèo", "QĐ 12", &note, closed_on];
        writer.write_record(cells).expect("written");
    }
    writer.flush().expect("written");
}

fn erase(store: &str, whom: &str) -> Output {
    let signed = ["--by", "Lê Văn C", "--why", "đơn của chủ thể", "--store", store];
    let output = diachiso(["subject", "erase", whom].iter().chain(&signed));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Members of a household as the register counts them.
fn members(row: &Row) -> u32 {
    row["Số nhân khẩu"].parse().expect("a number")
}

/// Ids of lines of lists.
fn list_ids(dump: &str) -> Vec<String> {
    let ids = records(dump, "household").into_iter().map(|h| h["id"].as_str().map(str::to_owned));
    ids.flatten().filter(|id| id.starts_with("HN-")).collect()
}

#[test]
fn a_household_goes_out_of_the_list_and_of_earlier_ones_that_its_submission_is_matched_to() {
    let (folder, store, _) = loaded();
    let place = store.to_string_lossy().into_owned();
    let (household, head, _) = somebody(&dump(&store));
    let rows = register(folder.path());
    let own = of(&rows, &household);
    let other = rows.iter().find(|row| row["Họ và tên chủ hộ"] != head).expect("another");
    let (now, past) = (folder.path().join("ngheo-23.csv"), folder.path().join("ngheo-22.csv"));
    list(&now, "31/12/2023", true, &[(other, members(other)), (own, members(own))]);
    // A year before there was one more in the house, so that the line has another id; it counts nowhere.
    list(&past, "31/12/2022", true, &[(own, members(own) + 1), (other, members(other))]);
    succeed(run_args(&store, &[now, past], &[]));
    let before = dump(&store);
    assert_eq!(archives(&place).matches(&head).count(), 1 + 1 + 2 * 2, "register, row, two lists");
    assert_eq!(list_ids(&before).len(), 2);

    let output = erase(&place, &household);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("1 submissions, 2 lines of registers"), "{said}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("may be of the household"));
    let after = dump(&store);
    assert_eq!(figures(&after), figures(&before));
    assert_eq!(list_ids(&after), list_ids(&before), "the ids are answered for");
    assert!(!after.contains(&head) && !archives(&place).contains(&head));
    assert!(archives(&place).contains(&other["Họ và tên chủ hộ"]), "others stay");
    succeed(["run", "--again", "--full", "--today", "2024-12-01", "--store", &place]);
    assert!(dump(&store) == after, "a run over everything");
}

/// A household of which nobody handed anything in, with a name that nobody else has: its id and its head.
fn nobody(dump: &str) -> (String, String) {
    let word = |h: &Value, field: &str| h[field].as_str().expect("a text").to_owned();
    let households = records(dump, "household").into_iter().filter(|h| h["state"] == "none");
    let mut named = households.map(|h| (word(&h, "id"), word(&h, "head")));
    let alone = |head: &str| dump.matches(&format!("\"{head}\"")).count() == 1;
    named.find(|(_, head)| head.chars().count() > 12 && alone(head)).expect("somebody")
}

#[test]
fn a_line_that_may_be_of_the_household_is_told_and_erased_by_its_id() {
    // One that no submission speaks of, and one whose submission fits the line half: it names no house.
    for covered in [false, true] {
        let (folder, store, _) = loaded();
        let place = store.to_string_lossy().into_owned();
        let text = dump(&store);
        let (household, head) = if covered {
            let (household, head, _) = somebody(&text);
            (household, head)
        } else {
            nobody(&text)
        };
        let rows = register(folder.path());
        let row = of(&rows, &household);
        let path = folder.path().join("ngheo.csv");
        list(&path, "31/12/2023", false, &[(row, members(row))]);
        succeed(run_args(&store, &[path], &[]));
        let before = dump(&store);
        let [id] = <[String; 1]>::try_from(list_ids(&before)).expect("one line");

        let output = erase(&place, &household);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("1 lines may be of the household"), "{said}");
        assert!(said.contains(&format!("welfare {id}")) && !said.contains(&head), "{said}");
        assert_eq!(figures(&dump(&store)), figures(&before));
        assert!(archives(&place).contains(&head), "nothing tells that it is theirs");
        let output = erase(&place, &id);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("may be of the household"), "{said}");
        let after = dump(&store);
        assert_eq!(figures(&after), figures(&before));
        assert!(!after.contains(&head) && !archives(&place).contains(&head));
        succeed(["run", "--again", "--full", "--today", "2024-12-01", "--store", &place]);
        assert!(dump(&store) == after, "a run over everything");
    }
}
