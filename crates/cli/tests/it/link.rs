//! `diachiso link` with the real binary: learning, linking, judging, and what is said of files that do not fit.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use crate::support;
use serde_json::Value;
use support::{diachiso, folder, succeed};

const RECORDS: &str = "5000";
/// Fewer than by default: enough for a few thousand records, and soon done unoptimised.
const RANDOM_PAIRS: &str = "200000";
/// Entities that may be joined with another, as a share.
const FALSE_MERGES: f64 = 0.001;

/// Generated records with their truth, in a folder.
struct Set {
    records: PathBuf,
    truth: PathBuf,
}

impl Set {
    fn new(folder: &Path, records: &str, seed: &str) -> Self {
        let folder = folder.join(format!("seed-{seed}"));
        let out = text(&folder);
        succeed(["generate", "--linkage", records, "--seed", seed, "--out", &out]);
        Self { records: folder.join("records.csv"), truth: folder.join("truth.csv") }
    }

    /// The records under the heading, as lines: no generated cell has a line break in it.
    fn lines(&self) -> (String, Vec<String>) {
        let text = fs::read_to_string(&self.records).expect("records");
        let mut lines = text.lines().map(str::to_owned);
        (lines.next().expect("a heading"), lines.collect())
    }

    fn ids(&self) -> BTreeSet<String> {
        self.lines().1.iter().map(|line| first_cell(line)).collect()
    }
}

fn first_cell(line: &str) -> String {
    line.split(',').next().expect("an id").to_owned()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A model learnt from one set, as file.
fn train(folder: &Path, set: &Set) -> String {
    let out = text(&folder.join("trained.toml"));
    let records = text(&set.records);
    let what = ["link", "train", &records, "--model", "households", "--out", &out];
    succeed(what.iter().copied().chain(["--random-pairs", RANDOM_PAIRS]));
    out
}

/// Rows of a csv file without its heading.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(path).expect("a csv file");
    let rows = reader.records().map(|r| r.expect("a row").iter().map(str::to_owned).collect());
    rows.collect()
}

/// What a run wrote: the cluster of each id, and the pairs with their verdicts.
#[derive(Debug, PartialEq)]
struct Linked {
    clusters: BTreeMap<String, String>,
    pairs: BTreeSet<Vec<String>>,
}

/// Links files and reads what was written.
#[track_caller]
fn run(folder: &Path, records: &Path, model: &str, rest: &[&str]) -> Linked {
    let out = folder.join("clusters.csv");
    let (records, written) = (text(records), text(&out));
    let what = ["link", "run", &records, "--model", model, "--out", &written];
    succeed(what.iter().chain(rest));
    let clusters = rows(&out).into_iter().map(|row| (row[2].clone(), row[3].clone()));
    let pairs = rows(&folder.join("clusters.pairs.csv")).into_iter().map(|mut row| {
        row[..2].sort();
        row
    });
    Linked { clusters: clusters.collect(), pairs: pairs.collect() }
}

#[track_caller]
fn fails(args: &[&str], words: &[&str]) {
    let output = diachiso(args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_model_learnt_from_one_table_links_another() {
    let folder = folder();
    let learnt_from = Set::new(folder.path(), RECORDS, "1");
    let model = train(folder.path(), &learnt_from);
    let set = Set::new(folder.path(), RECORDS, "2");
    let (records, truth) = (text(&set.records), text(&set.truth));
    let curve = folder.path().join("curve.svg");
    let judged = succeed(
        ["link", "evaluate", &records, "--model", &model, "--truth", &truth, "--json", "--curve"]
            .map(str::to_owned)
            .into_iter()
            .chain([text(&curve)]),
    );
    let judged: Value = serde_json::from_str(&judged).expect("JSON");
    for of in ["pairs", "clusters"] {
        let f1 = judged[of]["f1"].as_f64().expect("a share");
        assert!(f1 > 0.97, "{of}: {f1}");
    }
    let entities = judged["entities"].as_f64().expect("a number");
    let merged = judged["false_merges"].as_f64().expect("a number");
    assert!(entities > 4_000.0 && merged <= FALSE_MERGES * entities, "{merged} of {entities}");

    let linked = run(folder.path(), &set.records, &model, &[]);
    assert_eq!(linked.clusters.keys().cloned().collect::<BTreeSet<_>>(), set.ids());
    let clusters: BTreeSet<&String> = linked.clusters.values().collect();
    assert_eq!(clusters.len(), judged["clusters"]["found"].as_u64().expect("a number") as usize);
    for (id, cluster) in &linked.clusters {
        assert_eq!(linked.clusters.get(cluster), Some(cluster), "the cluster of {id} is no member");
    }
    let heading = fs::read_to_string(folder.path().join("clusters.csv")).expect("clusters");
    let heading = heading.lines().next().expect("a heading").trim_start_matches('\u{feff}');
    assert_eq!(heading, "file,row,id,cluster");
    let written = rows(&folder.path().join("clusters.csv"));
    for (at, (row, line)) in written.iter().zip(set.lines().1).enumerate() {
        let expected = ["records.csv".to_owned(), (at + 2).to_string(), first_cell(&line)];
        assert_eq!(row[..3], expected);
    }
    curve_tells_nothing(&fs::read_to_string(&curve).expect("a curve"), &set);
}

/// The curve is XML whose elements all end, and holds no name, phone or number of a record.
#[track_caller]
fn curve_tells_nothing(svg: &str, set: &Set) {
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
    let mut open = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag that ends");
        assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
        assert!(!text.contains('>') && text.replace("&amp;", "").find('&').is_none(), "{text}");
        let name = tag.trim_matches('/').split_whitespace().next().expect("a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}>");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    let (_, lines) = set.lines();
    for cell in lines.iter().flat_map(|line| line.split(',')).filter(|cell| cell.len() > 6) {
        assert!(!svg.contains(cell), "a cell is in the curve: {cell}");
    }
}

#[test]
fn neither_the_order_of_rows_nor_the_threads_change_what_is_found() {
    let folder = folder();
    let set = Set::new(folder.path(), "2000", "3");
    let model = train(folder.path(), &set);
    let found = run(folder.path(), &set.records, &model, &["--threads", "1"]);
    assert!(found.pairs.len() > 200, "{}", found.pairs.len());
    assert!(found == run(folder.path(), &set.records, &model, &["--threads", "2"]), "threads");

    let (heading, mut lines) = set.lines();
    // An order that has nothing to do with that of the file: ids are hashes.
    lines.sort();
    let shuffled = folder.path().join("shuffled.csv");
    fs::write(&shuffled, format!("{heading}\n{}\n", lines.join("\n"))).expect("written");
    assert!(found == run(folder.path(), &shuffled, &model, &["--threads", "2"]), "rows");
}

#[test]
fn records_are_linked_against_another_file_and_not_among_themselves() {
    let folder = folder();
    let set = Set::new(folder.path(), "2000", "4");
    let model = train(folder.path(), &set);
    let (heading, lines) = set.lines();
    let [ours, theirs] = [0, 1].map(|half| {
        let path = folder.path().join(format!("half-{half}.csv"));
        let lines: Vec<&str> = lines.iter().skip(half).step_by(2).map(String::as_str).collect();
        fs::write(&path, format!("{heading}\n{}\n", lines.join("\n"))).expect("written");
        path
    });
    let all = run(folder.path(), &set.records, &model, &[]);
    let across = run(folder.path(), &ours, &model, &["--against", &text(&theirs)]);
    let ours: BTreeSet<String> = lines.iter().step_by(2).map(|line| first_cell(line)).collect();
    let is_across = |pair: &Vec<String>| ours.contains(&pair[0]) != ours.contains(&pair[1]);
    assert!(across.pairs.iter().all(is_across), "a pair within one file");
    let ends = |pairs: &BTreeSet<Vec<String>>| -> BTreeSet<[String; 2]> {
        let across = pairs.iter().filter(|pair| is_across(pair));
        across.map(|pair| [pair[0].clone(), pair[1].clone()]).collect()
    };
    assert!(all.pairs.iter().any(|pair| !is_across(pair)), "nothing that could be wrong");
    assert_eq!(ends(&across.pairs), ends(&all.pairs));
    assert_eq!(across.clusters.len(), lines.len());
}

#[test]
fn a_file_without_a_column_of_the_model_is_named_with_the_column() {
    let folder = folder();
    let set = Set::new(folder.path(), "1000", "5");
    let whole = fs::read_to_string(&set.records).expect("records");
    let lacking = folder.path().join("thieu.csv");
    fs::write(&lacking, whole.replacen("Số điện thoại", "Máy bàn", 1)).expect("written");
    let (lacking, out) = (text(&lacking), text(&folder.path().join("out.csv")));
    fails(
        &["link", "run", &lacking, "--model", "households", "--out", &out],
        &["thieu.csv", "Số điện thoại", "phone", "Máy bàn"],
    );
    assert!(!Path::new(&out).exists(), "nothing was linked");
}

#[test]
fn a_model_that_is_not_there_is_named() {
    let folder = folder();
    let records = folder.path().join("records.csv");
    fs::write(&records, "Mã phiếu\n1\n").expect("written");
    let (records, out) = (text(&records), text(&folder.path().join("out.csv")));
    let model = text(&folder.path().join("khong-co.toml"));
    fails(&["link", "run", &records, "--model", &model, "--out", &out], &["khong-co.toml"]);
    fs::write(&model, "[columns]\nhead = { kind = \"colour\" }\n").expect("written");
    fails(
        &["link", "run", &records, "--model", &model, "--out", &out],
        &["khong-co.toml", "columns.head.kind", "text, name, phone"],
    );
}

#[test]
fn a_truth_that_lacks_a_record_is_no_truth() {
    let folder = folder();
    let set = Set::new(folder.path(), "1000", "6");
    let whole = fs::read_to_string(&set.truth).expect("truth");
    let lost = whole.lines().nth(7).expect("a line");
    fs::write(&set.truth, whole.replace(&format!("{lost}\n"), "")).expect("written");
    let (records, truth) = (text(&set.records), text(&set.truth));
    fails(
        &["link", "evaluate", &records, "--model", "households", "--truth", &truth],
        &["truth.csv", &first_cell(lost), "row 8 of records.csv"],
    );
}

/// Persons, every third of them twice, the second time with a letter of the surname lost.
fn persons() -> String {
    let mut csv = "rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,date_of_birth,soc_sec_id\n"
        .to_owned();
    let given = ["harley", "mitchell", "lachlan", "isabella", "chloe", "noah", "emiily"];
    let surnames = ["mccarthy", "waller", "berry", "rudd", "nguyen", "campbell"];
    for person in 0..300_u32 {
        let (first, last) = (given[(person % 7) as usize], surnames[(person % 6) as usize]);
        let mut write = |id: &str, last: &str| {
            let (born, number) = (19_300_101 + person * 317, 1_000_003 + person * 7_919);
            let place = format!(
                "{},{first} street,,suburb {},{}",
                person % 40,
                person % 11,
                2_000 + person % 97
            );
            writeln!(csv, "{id},{first},{last},{place},nsw,{born},{number}").expect("a text");
        };
        write(&format!("p{person}"), last);
        if person % 3 == 0 {
            write(&format!("p{person}-again"), &last[1..]);
        }
    }
    csv
}

#[test]
fn the_model_that_is_printed_is_a_model() {
    let folder = folder();
    let model = folder.path().join("persons.toml");
    fs::write(&model, succeed(["link", "model", "persons"])).expect("written");
    let records = folder.path().join("persons.csv");
    fs::write(&records, persons()).expect("written");
    let linked = run(folder.path(), &records, &text(&model), &[]);
    assert_eq!(linked.clusters.len(), 400);
    let joined = |person: u32| {
        let cluster = |id: String| &linked.clusters[&id];
        cluster(format!("p{person}")) == cluster(format!("p{person}-again"))
    };
    assert!((0..300).step_by(3).all(joined), "someone was not found again");
    let clusters: BTreeSet<&String> = linked.clusters.values().collect();
    assert_eq!(clusters.len(), 300, "two persons were joined");
}
