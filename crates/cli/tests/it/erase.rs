//! Whom somebody asks to be erased is in no file any more, and every figure stays as it was.

use std::path::Path;

use crate::support;
use diachiso_testkit::PgDatabase;
use serde_json::Value;
use support::{diachiso, loaded, run_args, succeed};

/// Records of a dump.
pub(crate) fn records(dump: &str, kind: &str) -> Vec<Value> {
    let all = dump.lines().map(|l| serde_json::from_str::<Value>(l).expect("json"));
    all.filter(|r| r["record"] == kind).collect()
}

/// Lines of a dump that tell figures, and what every submission and household counts as.
pub(crate) fn figures(dump: &str) -> Vec<String> {
    let mut figures: Vec<String> = records(dump, "tally").iter().map(ToString::to_string).collect();
    for s in records(dump, "submission") {
        figures.push(format!("{} {} {} {}", s["id"], s["verdict"], s["household"], s["precision"]));
    }
    for h in records(dump, "household") {
        figures.push(format!("{} {} {} {}", h["id"], h["state"], h["members"], h["poverty"]));
    }
    assert!(figures.len() > 1_000, "there is something to compare");
    figures
}

/// Which of these texts and numbers are anywhere in the files of a store, whatever they stand in.
pub(crate) fn found(folder: &Path, words: &[(&str, Vec<u8>)]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if !path.is_file() || !name.starts_with("s.") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("read");
        for (what, word) in words {
            if bytes.windows(word.len()).any(|w| w == word) {
                found.push(format!("{what} in {name}"));
            }
        }
    }
    found
}

/// What tells a person: the head's name, the phone as SQLite keeps such a number, and the longitude as in a geometry.
pub(crate) fn traces(submission: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let head = submission["head"].as_str().expect("a name").as_bytes().to_vec();
    let phone = submission["phone"].as_u64().expect("a phone") as u32;
    let (_, lon) = submission["geom"].as_str().expect("a point").split_once(", ").expect("two");
    let lon: f64 = lon.parse().expect("degrees");
    vec![
        ("head", head),
        ("phone", phone.to_be_bytes().to_vec()),
        ("longitude", lon.to_le_bytes().to_vec()),
        ("longitude of the household", lon.to_be_bytes().to_vec()),
    ]
}

/// Text of the archives of a store: rows as they are kept.
pub(crate) fn archives(store: &str) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = diachiso_store::open_store(store, false).await.expect("a store");
        let mut text = String::new();
        for source in store.sources().await.expect("sources") {
            let packed = store.archive(source.id).await.expect("an archive");
            let bytes = zstd::decode_all(packed.as_slice()).expect("zstd");
            text.push_str(&String::from_utf8(bytes).expect("UTF-8"));
        }
        text
    })
}

fn erase(store: &str, whom: &str, more: &[&str]) -> std::process::Output {
    let mut args = vec![
        "subject",
        "erase",
        whom,
        "--store",
        store,
        "--by",
        "Lê Văn C",
        "--why",
        "đơn của chủ thể",
    ];
    args.extend(more);
    diachiso(args)
}

/// A covered household of which one submission alone speaks, with a name that nobody else has: the household, its head, and
/// the submission.
pub(crate) fn somebody(dump: &str) -> (String, String, Value) {
    let submissions = records(dump, "submission");
    let households = records(dump, "household");
    let text = |v: &Value, field: &str| v[field].as_str().unwrap_or_default().to_owned();
    for h in households.iter().filter(|h| h["state"] == "covered") {
        let (id, head) = (text(h, "id"), text(h, "head"));
        let own: Vec<&Value> = submissions.iter().filter(|s| text(s, "household") == id).collect();
        let namesakes = dump.matches(&format!("\"{head}\"")).count();
        if let [one] = own[..]
            && head.chars().count() > 12
            && one["findings"].as_array().is_none_or(Vec::is_empty)
            && one["phone"].is_u64()
            && text(one, "head") == head
            && namesakes == 2
        {
            return (id, head, one.clone());
        }
    }
    panic!("nobody is alone in {} households", households.len());
}

#[test]
fn whom_is_erased_is_in_no_byte_of_the_store_and_every_figure_stays() {
    let (folder, store, first) = loaded();
    let place = store.to_string_lossy().into_owned();
    let before = support::dump(&store);
    let (household, head, submission) = somebody(&before);
    let id = submission["id"].as_str().expect("an id");
    let traces = traces(&submission);
    assert!(archives(&place).contains(&head));
    assert_eq!(found(folder.path(), &traces).len(), traces.len(), "all of it is there before");

    let number = succeed(["subject", "add", "erase", &household, "--store", &place]);
    let number = number.trim();
    let output = erase(&place, &household, &["--request", number]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let after = support::dump(&store);
    assert_eq!(figures(&after), figures(&before));
    assert_eq!(found(folder.path(), &traces), [""; 0], "nothing is left in any file of the store");
    assert!(!archives(&place).contains(&head), "nor in the rows as they came");
    assert!(!after.contains(&head));

    // The id is answered for, and says nothing.
    let gone = records(&after, "submission");
    let gone = gone.iter().find(|s| s["id"] == id).expect("still there");
    assert!(gone["geom"].is_null() && gone["phone"].is_null(), "{gone}");
    assert_eq!(gone["head"], "");
    // Whatever way the state is made next, it is that one.
    succeed(["run", "--again", "--full", "--today", "2024-12-01", "--store", &place]);
    assert!(support::dump(&store) == after, "a run over everything");
    let audit = succeed(["audit", "list", "--store", &place]);
    assert!(audit.contains("\terased\t") && audit.contains("cli:Lê Văn C"), "{audit}");
    assert!(!audit.contains(&head));
    succeed(["audit", "verify", "--store", &place]);
    let requests = succeed(["subject", "list", "--json", "--store", &place]);
    assert!(requests.contains("đã xoá 1 phiếu, 1 dòng danh sách"), "{requests}");

    // The same row once more is the same erased one, and is not kept with what it says.
    let text = std::fs::read_to_string(&first).expect("csv");
    let mut lines = text.lines();
    let heading = lines.next().expect("a heading");
    let own = lines.find(|l| l.contains(&head)).expect("its row");
    let again = folder.path().join("lai.csv");
    std::fs::write(&again, format!("{heading}\n{own}\n")).expect("written");
    succeed(run_args(&store, &[], &[again]));
    let with = support::dump(&store);
    assert!(!with.contains(&head) && !archives(&place).contains(&head));
    assert_eq!(records(&with, "tally"), records(&after, "tally"));

    // A file of which a row was erased is withdrawn and put back as any other.
    let name = first.file_name().expect("a name").to_string_lossy().into_owned();
    let signed = ["--by", "C", "--why", "thử", "--store", &place];
    succeed(["withdraw", "lai.csv"].iter().chain(&signed));
    succeed(["withdraw", &name].iter().chain(&signed));
    succeed(["withdraw", &name, "--undo"].iter().chain(&signed));
    assert_eq!(figures(&support::dump(&store)), figures(&before));
}

#[test]
fn so_it_is_on_a_server_whose_copy_holds_nothing_of_whom_was_erased() {
    let (folder, _, first) = loaded();
    let database = PgDatabase::create();
    let url = database.url();
    let register = support::files(folder.path(), "register").remove(0);
    let (register, first) = (register.to_string_lossy(), first.to_string_lossy());
    succeed(["migrate", "--store", url]);
    let run = ["run", "--today", "2024-12-01", "--store", url, "--register", &register];
    succeed(run.iter().chain(&["--submissions", &*first]));
    let before = succeed(["dump", "--store", url]);
    let (household, head, submission) = somebody(&before);
    let copied = || {
        let copy =
            std::process::Command::new("pg_dump").args(["-d", url, "-n", "diachiso"]).output();
        let copy = copy.expect("pg_dump is installed");
        assert!(copy.status.success(), "{}", String::from_utf8_lossy(&copy.stderr));
        String::from_utf8(copy.stdout).expect("UTF-8")
    };
    let phone = submission["phone"].to_string();
    assert!(copied().contains(&head) && copied().contains(&phone));
    let output = erase(url, &household, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let after = succeed(["dump", "--store", url]);
    assert_eq!(figures(&after), figures(&before));
    assert!(!copied().contains(&head) && !copied().contains(&phone));
    assert!(!archives(url).contains(&head));
    succeed(["run", "--again", "--full", "--today", "2024-12-01", "--store", url]);
    assert!(succeed(["dump", "--store", url]) == after, "a run over everything");
    succeed(["audit", "verify", "--store", url]);
}

#[test]
fn files_past_their_end_keep_their_figures_and_nothing_else() {
    let (folder, store, first) = loaded();
    let place = store.to_string_lossy().into_owned();
    let before = support::dump(&store);
    let (_, head, submission) = somebody(&before);
    let name = first.file_name().expect("a name").to_string_lossy().into_owned();
    let signed = ["--by", "C", "--why", "hết hạn", "--store", &place];
    succeed(["retention", "set", &name, "--until", "2030-01-01"].iter().chain(&signed));
    let listed = |day| succeed(["retention", "list", "--today", day, "--store", &place]);
    assert!(!listed("2029-12-31").contains("ENDED") && listed("2030-01-01").contains("ENDED"));
    succeed(["retention", "run", "--today", "2029-12-31"].iter().chain(&signed));
    assert!(support::dump(&store) == before, "nothing before its day");
    let output = diachiso(["retention", "run", "--today", "2030-01-01"].iter().chain(&signed));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let after = support::dump(&store);
    assert_eq!(figures(&after), figures(&before));
    assert!(records(&after, "submission").iter().all(|s| s["head"] == ""));
    // The register still names the head; nobody handed in the phone but in a file that ended.
    let left: Vec<_> =
        traces(&submission).into_iter().filter(|(what, _)| *what != "head").collect();
    assert_eq!(found(folder.path(), &left), [""; 0]);
    assert!(records(&after, "household").iter().any(|h| h["head"] == head.as_str()));
    succeed(["run", "--again", "--full", "--today", "2024-12-01", "--store", &place]);
    assert!(support::dump(&store) == after);
}

#[test]
fn whom_nobody_answers_for_or_nobody_knows_is_not_erased() {
    let (_folder, store, _) = loaded();
    let place = store.to_string_lossy().into_owned();
    let before = support::dump(&store);
    assert_eq!(erase(&place, "HO-NOBODY", &[]).status.code(), Some(1));
    let (household, ..) = somebody(&before);
    assert_eq!(erase(&place, &household, &["--request", "7"]).status.code(), Some(1));
    assert!(support::dump(&store) == before);
}
