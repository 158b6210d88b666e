//! A day of work with everything logged: no line of it tells a name, a telephone or an identity number of anybody.

use std::{collections::BTreeSet, path::Path, process::Command};

use crate::support::{self, pieces, server};
use pieces::{SAID, pieces};
use server::Server;
use support::{diachiso, files, folder, run_args, succeed};

/// Columns whose cells are of persons.
const PERSONAL: [&str; 4] = ["Họ và tên chủ hộ", "Số điện thoại", "Số ĐDCN/CCCD", "Người thu thập"];

/// Shorter cells, such as "A" for a name, are in any text.
const SHORTEST: usize = 8;

/// What is personal in the files that were made, as it stands there, and names without accents.
fn personal(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let tables = ["register", "phieu-", "truth"].into_iter().flat_map(|of| files(folder, of));
    for path in tables.filter(|path| path.extension().is_some_and(|e| e == "csv")) {
        let bytes = std::fs::read(&path).expect("a file");
        let text = String::from_utf8_lossy(&bytes);
        let delimiter =
            if text.lines().next().is_some_and(|l| l.contains(';')) { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let mut columns: Vec<usize> = Vec::new();
        for record in reader.records().map_while(Result::ok) {
            if columns.is_empty() {
                let heads = record.iter().enumerate();
                columns = heads.filter(|(_, h)| PERSONAL.contains(h)).map(|(at, _)| at).collect();
                continue;
            }
            let cells = columns.iter().filter_map(|at| record.get(*at)).map(str::trim);
            found.extend(cells.filter(|cell| tells(cell)).map(str::to_owned));
        }
    }
    found
}

/// Whether a cell tells somebody: "Không có" stands for a name in some, and in messages.
fn tells(cell: &str) -> bool {
    let capital = |word: &str| word.chars().next().is_some_and(|c| !c.is_lowercase());
    cell.chars().count() >= SHORTEST && cell.split_whitespace().all(capital)
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"))
}

/// What is answered, and what is refused, with persons in bodies, paths and queries.
fn ask_everything(server: &Server, [name, phone]: [&str; 2], single: &str, id: &str) {
    let (name_url, phone_url) = (percent(name), percent(phone));
    let ask = |method: &str, url: &str, body: &[u8]| asked(server, method, url, body);
    for (method, url, body) in [
        ("POST", "/api/v1/check/submission".to_owned(), single.to_owned()),
        ("POST", "/api/v1/submissions".to_owned(), format!("{{\"head\": \"{name}")),
        ("POST", "/api/v1/submissions".to_owned(), format!("{{\"{name}\": \"{phone}\"}}")),
        ("POST", "/api/v1/geocode".to_owned(), format!(r#"{{"q": "{name} {phone}"}}"#)),
        ("POST", "/api/v1/geocode/batch".to_owned(), format!("{name}\n{{\"q\": \"{phone}\"}}\n")),
        ("POST", "/api/v1/batches".to_owned(), single.to_owned()),
        ("POST", format!("/api/v1/batches/1/withdraw?{name_url}"), single.to_owned()),
        ("PUT", format!("/api/v1/submissions/{name_url}"), single.to_owned()),
    ] {
        assert!(ask(method, &url, body.as_bytes()) >= 200, "{method} {url}");
    }
    for url in [
        "/api/v1/areas/477/gaps".to_owned(),
        "/api/v1/areas/477/gaps?format=csv&purpose=thu".to_owned(),
        "/api/v1/areas/477/gaps?format=geojson&purpose=thu".to_owned(),
        "/api/v1/report".to_owned(),
        "/api/v1/report?format=csv&purpose=thu".to_owned(),
        format!("/api/v1/report?file={name_url}"),
        "/api/v1/proposals".to_owned(),
        "/api/v1/batches".to_owned(),
        format!("/api/v1/places/{id}"),
        format!("/api/v1/explain?a={id}"),
        format!("/api/v1/explain?a={name_url}"),
        format!("/api/v1/geocode?q={name_url}"),
        format!("/api/v1/suggest?q={name_url}"),
        format!("/api/v1/units/find?q={phone_url}"),
        format!("/api/v1/areas/{name_url}/gaps"),
        format!("/api/v1/codes/{phone_url}"),
        format!("/{name_url}?{phone_url}"),
    ] {
        assert!(ask("GET", &url, b"") >= 200, "{url}");
    }
}

/// The status of an answer; 0 where there was none.
fn asked(server: &Server, method: &str, url: &str, body: &[u8]) -> u16 {
    let answer = server.try_send(method, url, &[("X-Purpose", "thu")], body);
    answer.map_or(0, |answer| answer.status)
}

#[test]
fn no_line_of_any_log_tells_a_person() {
    let home = folder();
    let out = home.path().to_string_lossy().into_owned();
    let mut said = String::new();
    let mut say = |args: &[String]| {
        let output = diachiso(args);
        said.push_str(&String::from_utf8_lossy(&output.stderr));
    };
    succeed(["generate", "--households", "1000", "--district", "477", "--out", &out]);
    let personal = personal(home.path());
    assert!(personal.len() > 1000, "only {} things to look for", personal.len());
    let store = home.path().join("s.gpkg");
    let path = store.to_string_lossy().into_owned();
    let log = ["--log", "trace", "--log-format", "json"].map(str::to_owned);
    let logged = |args: &[&str]| -> Vec<String> {
        args.iter().map(|a| (*a).to_owned()).chain(log.clone()).collect()
    };
    // At the command line.
    let handed_in = files(home.path(), "phieu-");
    let (first, rest) = handed_in.split_first().expect("files");
    let register = files(home.path(), "register");
    let mut run = run_args(&store, &register, std::slice::from_ref(first));
    run.extend(log.clone());
    say(&run);
    let first = first.to_string_lossy().into_owned();
    let report = home.path().join("loi.xlsx").to_string_lossy().into_owned();
    for args in [
        &["check", &*first][..],
        &["report", "--store", &path, "--out", &report],
        &["dump", "--store", &path],
    ] {
        say(&logged(args));
    }
    // Over the network.
    let token = server::token(&store);
    let program = Command::new(env!("CARGO_BIN_EXE_diachiso"));
    let mut args = vec!["--publish-every", "0"];
    args.extend(log.iter().map(String::as_str));
    let server = Server::start_by(program, &path, &token, &args);
    let ask = |method: &str, url: &str, body: &[u8]| asked(&server, method, url, body);
    let name = personal.iter().find(|p| p.contains(' ')).expect("a name");
    let phone = personal.iter().find(|p| p.starts_with('0')).expect("a number");
    let name_url = percent(name);
    for file in rest {
        let file_name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let url = format!("/api/v1/batches?{SAID}&name={file_name}");
        let bytes = std::fs::read(file).expect("a file");
        assert_eq!(ask("POST", &format!("/api/v1/check?name={file_name}"), &bytes), 200);
        assert_eq!(ask("POST", &url, &bytes), 202);
    }
    let piece = pieces(home.path()).remove(0);
    let batch = format!("/api/v1/batches?{SAID}&name={name_url}.csv");
    assert_eq!(
        ask("POST", &batch, piece.as_bytes()),
        202,
        "even where a file is named after somebody"
    );
    let single = format!(
        r#"{{"head": "{name}", "phone": "{phone}", "commune": "Thị trấn Sịa", "collected_on": "12/03/2024"}}"#
    );
    let submitted = server.post("/api/v1/submissions", single.as_bytes());
    assert_eq!(submitted.status, 202);
    let id = submitted.json()["submissions"][0]["id"].as_str().expect("an id").to_owned();
    server.wait_for(&format!("/api/v1/submissions/{id}"), 200);
    ask_everything(&server, [name, phone], &single, &id);
    let heard = server.said();
    server.stop();
    assert!(heard.lines().count() > 100, "everything is logged: {heard}");
    said.push_str(&heard);
    let escaped: Vec<String> = personal.iter().map(|p| percent(p)).collect();
    let told: Vec<&str> = said
        .lines()
        .filter(|line| {
            let person = |p: &String| line.contains(&**p);
            line.contains(&*token) || personal.iter().any(person) || escaped.iter().any(person)
        })
        .take(5)
        .collect();
    assert!(told.is_empty(), "lines that tell a person:\n{}", told.join("\n"));
}
