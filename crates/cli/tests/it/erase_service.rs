//! A service erases whom it is asked to, wherever they are, and files past their end by itself.

use std::{path::Path, time::Instant};

use serde_json::{Value, json};

use crate::{
    erase::{archives, found, records, somebody, traces},
    support::{
        self, diachiso, loaded, run_args,
        server::{PATIENCE, Server, token},
        succeed,
    },
};

/// Rows of batches that are held, as they are kept.
fn held_rows(store: &str) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = diachiso_store::open_store(store, false).await.expect("a store");
        let mut text = String::new();
        for file in store.held().await.expect("batches").into_iter().flat_map(|batch| batch.files) {
            let packed = store.held_archive(file.id).await.expect("an archive");
            let bytes = zstd::decode_all(packed.as_slice()).expect("zstd");
            text.push_str(&String::from_utf8(bytes).expect("UTF-8"));
        }
        text
    })
}

/// Figures of units, and what every household counts as.
fn figures(dump: &str) -> Vec<String> {
    let household =
        |h: &Value| format!("{} {} {} {}", h["id"], h["state"], h["members"], h["poverty"]);
    let tallies = records(dump, "tally").into_iter().map(|tally| tally.to_string());
    tallies.chain(records(dump, "household").iter().map(household)).collect()
}

fn spooled(store: &Path) -> Vec<String> {
    let names = std::fs::read_dir(store.with_extension("spool")).expect("the spool");
    let names = names.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned());
    names.filter(|name| name != "lock").collect()
}

#[test]
fn an_administrator_has_somebody_erased_who_is_published_held_and_waits() {
    let (folder, store, first) = loaded();
    let place = store.to_string_lossy().into_owned();
    let before = support::dump(&store);
    let (household, head, submission) = somebody(&before);
    let traces = traces(&submission);
    let text = std::fs::read_to_string(&first).expect("csv");
    let mut lines = text.lines();
    let heading = lines.next().expect("a heading").to_owned();
    let own = lines.clone().find(|l| l.contains(&head)).expect("its row").to_owned();
    let others: Vec<&str> = lines.filter(|l| !l.contains(&head)).take(100).collect();
    // Held: the row once more, the row with another number of the form, and rows of others.
    let form = own.split(',').nth(1).expect("a cell");
    let changed = |to: &str| own.replacen(form, to, 1);
    let batch = folder.path().join("giu.csv");
    let rows = format!("{heading}\n{own}\n{}\n{}\n", changed("GIU-1"), others.join("\n"));
    std::fs::write(&batch, rows).expect("written");
    let mut args = run_args(&store, &[], &[batch]);
    let tight = ["--guard-repeated-percent", "1", "--guard-least-repeated", "1"];
    args.extend(tight.map(str::to_owned));
    assert_eq!(diachiso(args).status.code(), Some(1), "the batch is held");
    assert_eq!(held_rows(&place).matches(&head).count(), 2);

    let admin = succeed(["token", "add", "--role", "administrator", "--store", &place]);
    let officer = succeed(["token", "add", "--role", "officer", "--store", &place]);
    let server = Server::start(&store, &token(&store), &[]);
    let asked = |token: &str, whom: &str, request: Option<&str>| {
        let number = request.map(|text| text.parse::<i64>().expect("a number"));
        let body = json!({"whom": whom, "by": "Lê C", "why": "đơn của chủ thể", "request": number});
        let bearer = format!("Bearer {}", token.trim());
        let headers = [("authorization", &*bearer), ("content-type", "application/json")];
        let body = body.to_string();
        server.try_send("POST", "/api/v1/erasures", &headers, body.as_bytes()).expect("answered")
    };
    assert_eq!(asked(&officer, &household, None).status, 403);
    assert_eq!(asked(&admin, "khong-co-ai", None).status, 404);
    assert_eq!(asked(&admin, &household, Some("99")).status, 409, "no such request");
    let number = succeed(["subject", "add", "erase", &household, "--store", &place]);
    // What waits is published first.
    let batch = format!("{heading}\n{}\n", changed("CHO-1"));
    let url =
        "/api/v1/batches?kind=submissions&legal_basis=Q%C4%90+12&purpose=thu+thap&name=cho.csv";
    assert_eq!(server.post(url, batch.as_bytes()).status, 202);
    let erased = asked(&admin, &household, Some(number.trim()));
    assert_eq!(erased.status, 200, "{erased:?}");
    let told = erased.json();
    assert_eq!(
        (&told["submissions"], &told["lines"], &told["held"]),
        (&json!(2), &json!(1), &json!(2)),
        "{told}"
    );
    assert!(!erased.body.contains(&head));
    let again = asked(&admin, &household, None).json();
    assert_eq!((&again["submissions"], &again["held"]), (&json!(0), &json!(0)), "{again}");
    let said = server.said();
    server.stop();

    assert!(!said.contains(&head), "nor in the log");
    let after = support::dump(&store);
    assert!(!after.contains(&head) && !archives(&place).contains(&head));
    let left = held_rows(&place);
    assert!(!left.contains(&head) && left.contains(others[0].split(',').nth(3).expect("a name")));
    assert_eq!(found(folder.path(), &traces), [""; 0], "nothing in any file of the store");
    assert_eq!(spooled(&store), [""; 0], "nor in the spool");
    assert_eq!(figures(&after), figures(&before));
    let audit = succeed(["audit", "list", "--store", &place]);
    assert!(audit.contains("\terased\t") && audit.contains("POST /api/v1/erasures"), "{audit}");
    assert!(!audit.contains(&head), "{audit}");
    // The request names whom it is about by an id; what was done for it names nobody.
    let done = |line: &&str| line.contains("\terase\t") || line.contains("\terased\t");
    assert!(audit.lines().filter(done).all(|line| !line.contains(&household)), "{audit}");
    succeed(["audit", "verify", "--store", &place]);
    let requests = succeed(["subject", "list", "--json", "--store", &place]);
    assert!(requests.contains("đã xoá 4 phiếu, 1 dòng danh sách"), "{requests}");

    // The batch that was held is let pass without whom were erased.
    let signed = ["--by", "C", "--why", "đúng", "--store", &place];
    succeed(["held", "release", "1"].iter().chain(&signed));
    let released = support::dump(&store);
    assert!(!released.contains(&head));
    assert_eq!(figures(&released), figures(&before));
}

#[test]
fn a_service_lets_go_of_files_past_their_end_by_itself() {
    let (_folder, store, first) = loaded();
    let place = store.to_string_lossy().into_owned();
    let before = support::dump(&store);
    let (_, head, _) = somebody(&before);
    let name = first.file_name().expect("a name").to_string_lossy().into_owned();
    let signed = ["--by", "C", "--why", "QĐ 12", "--store", &place];
    succeed(["retention", "set", &name, "--until", "2024-11-01"].iter().chain(&signed));
    let own = token(&store);
    // Without the setting nothing is erased by itself.
    let server = Server::start(&store, &own, &[]);
    server.wait_for("/readyz", 200);
    server.stop();
    assert!(archives(&place).contains(&head));
    let config = store.with_extension("toml");
    std::fs::write(&config, "retention-days = 36500\n").expect("written");
    let server = Server::start(&store, &own, &["--config", &config.to_string_lossy()]);
    let started = Instant::now();
    let audit = loop {
        let audit = succeed(["audit", "list", "--store", &place]);
        if audit.contains("\terased\t") {
            break audit;
        }
        assert!(started.elapsed() < PATIENCE, "{audit}");
        std::thread::sleep(std::time::Duration::from_millis(200));
    };
    server.stop();
    assert!(audit.contains("service") && audit.contains("retention: 1 files"), "{audit}");
    let rows = records(&support::dump(&store), "submission");
    assert!(!rows.is_empty() && rows.iter().all(|row| row["head"] == ""));
    assert_eq!(figures(&support::dump(&store)), figures(&before));
}

#[test]
fn files_of_one_purpose_end_before_those_of_another() {
    let (folder, store, first) = loaded();
    let place = store.to_string_lossy().into_owned();
    let server = Server::start(&store, &token(&store), &[]);
    let others = support::files(folder.path(), "phieu-").into_iter().filter(|path| *path != first);
    let others = others.filter(|path| path.extension().is_some_and(|e| e == "csv"));
    let purposes = ["collecting", "survey"];
    let mut rows = Vec::new();
    for (file, purpose) in others.zip(purposes) {
        let said = format!("kind=submissions&legal_basis=x&purpose={purpose}");
        let url = format!("/api/v1/batches?{said}&name={}.csv", purpose.len());
        let text = std::fs::read_to_string(&file).expect("a file");
        let id = server.post(&url, text.as_bytes()).json()["id"].as_i64().expect("a number");
        assert_eq!(server.settled(id)["state"], "published");
        rows.push(text.lines().count() - 1);
    }
    server.stop();
    let days = ["--retention-days", "100", "--retention-days", "Survey=10", "--store", &place];
    let listed = succeed(["retention", "list", "--json"].iter().chain(&days));
    let listed: Vec<Value> = serde_json::from_str(&listed).expect("JSON");
    let until = |purpose: Value| -> diachiso_model::Date {
        let own = listed.iter().find(|file| file["purpose"] == purpose);
        own.and_then(|file| file["until"].as_str()?.parse().ok()).expect("a day")
    };
    let [collected, surveyed] = purposes.map(|purpose| until(purpose.into()));
    assert_eq!(collected, until(Value::Null), "of the command line");
    assert_eq!((collected - surveyed).get_days(), 90);
    let day = surveyed.to_string();
    let signed = ["--by", "C", "--why", "hết hạn", "--today", &day];
    succeed(["retention", "run"].iter().chain(&days).chain(&signed));
    // A row that the other file repeats to the letter is erased there too.
    let erased = |purpose: &str| {
        let file = listed.iter().find(|file| file["purpose"] == purpose).expect("listed");
        rows_of(&place, file["name"].as_str().expect("a name")).matches("#erased ").count()
    };
    assert!(erased(purposes[0]) * 2 < rows[0], "{} of {}", erased(purposes[0]), rows[0]);
    assert!(erased(purposes[1]) * 2 > rows[1], "{} of {}", erased(purposes[1]), rows[1]);
}

/// The rows of one file, as they are kept.
fn rows_of(store: &str, name: &str) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = diachiso_store::open_store(store, false).await.expect("a store");
        let sources = store.sources().await.expect("sources");
        let own = sources.iter().find(|source| *source.name == *name).expect("the file");
        let packed = store.archive(own.id).await.expect("an archive");
        String::from_utf8(zstd::decode_all(packed.as_slice()).expect("zstd")).expect("UTF-8")
    })
}
