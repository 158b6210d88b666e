//! Results of visits: a filled list a life, approvals by another token, results taken back, and what of it must be on record.

use std::collections::BTreeMap;

use diachiso_model::{Choice, Decision, DecisionKind};
use diachiso_runs::result_id;

use super::{Server, answered, ask};

/// What is found at the households of each list: two of them leave the denominator once somebody else approved.
const FOUND: [&str; 3] = ["Vắng nhà", "Đã chuyển đi", "Không còn"];

/// The day of all visits.
const DAY: &str = "2024-11-20";

/// Who signs what is decided of a result.
const SIGNED: &[u8] = r#"{"by": "Lê Duyệt", "why": "hỏi trưởng thôn"}"#.as_bytes();

/// Filled lists of the gap list of the province, `lists` of them, each about other households.
pub(crate) fn filled(server: &Server, lists: usize) -> Vec<String> {
    let all = server.bytes("/api/v1/areas/46/gaps?format=csv&purpose=di+thuc+dia");
    let mut reader = csv::Reader::from_reader(all.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&all));
    let heading = reader.headers().expect("a heading").clone();
    let result = heading.iter().position(|title| title == "Kết quả").expect("the column");
    let lines: Vec<_> = reader.records().map(|line| line.expect("a line")).collect();
    let lines: Vec<_> = lines.iter().take(lists * FOUND.len()).collect();
    assert_eq!(lines.len(), lists * FOUND.len(), "too few households");
    let list = |lines: &[&csv::StringRecord]| {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&heading).expect("memory");
        for (line, found) in lines.iter().zip(FOUND) {
            let cells = line.iter().enumerate();
            let cells = cells.map(|(n, cell)| if n == result { found } else { cell });
            writer.write_record(cells).expect("memory");
        }
        String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8")
    };
    lines.chunks(FOUND.len()).map(list).collect()
}

/// What lives answered for.
#[derive(Default)]
pub(super) struct Visits {
    lists: Vec<u64>,
    unanswered: Vec<u64>,
    approved: Vec<String>,
    taken_back: Vec<String>,
}

impl Visits {
    pub(super) fn add(&mut self, other: Self) {
        self.lists.extend(other.lists);
        self.unanswered.extend(other.unanswered);
        self.approved.extend(other.approved);
        self.taken_back.extend(other.taken_back);
    }

    /// Hands in the list of a life.
    pub(super) fn hand_in(&mut self, server: &Server, n: u64, list: &str) {
        let url = format!("/api/v1/results?name=list-{n}.csv&day={DAY}&by=T%E1%BB%95+A");
        let key = format!("list-{n}");
        let headers = [("Idempotency-Key", &*key), ("content-type", "text/csv")];
        let Some(answer) = answered(server.try_send("POST", &url, &headers, list.as_bytes()))
        else {
            self.unanswered.push(n);
            return;
        };
        assert_eq!(answer.status, 202, "{answer:?}");
        assert_eq!(answer.json()["rejected"], 0, "{answer:?}");
        self.lists.push(n);
    }

    /// Has somebody else approve something that waits.
    pub(super) fn approve(&mut self, server: &Server, other: &str, n: u64) {
        self.approved.extend(decide(server, other, ("pending", "approve"), n));
    }

    /// Takes something back that is on record, approved or not.
    pub(super) fn take_back(&mut self, server: &Server, n: u64) {
        let of = ["recorded", "approved", "pending"][usize::try_from(n % 3).expect("small")];
        self.taken_back.extend(decide(server, server.token(), (of, "withdraw"), n));
    }

    /// Sends every second list again that was not answered.
    pub(super) fn send_again(&mut self, server: &Server, lists: &[String]) {
        for n in std::mem::take(&mut self.unanswered).into_iter().step_by(2) {
            self.hand_in(server, n, &lists[usize::try_from(n).expect("small")]);
        }
        assert!(self.unanswered.is_empty(), "nobody kills it now");
    }

    /// Whether all that was answered for is on record, once, and every list either whole or not at all.
    #[track_caller]
    pub(super) fn check(&self, record: &[Decision]) {
        let mut rows: BTreeMap<u64, usize> = BTreeMap::new();
        let mut counts: BTreeMap<(DecisionKind, Choice, String), usize> = BTreeMap::new();
        for line in record {
            *counts.entry((line.kind(), line.choice(), result_id(line.target()))).or_default() += 1;
            if (line.kind(), line.choice()) == (DecisionKind::Result, Choice::Apply) {
                let list = line.why().strip_prefix("list-").and_then(|name| name.split_once('.'));
                let list = list.and_then(|(n, _)| n.parse().ok()).expect("where it stood");
                *rows.entry(list).or_default() += 1;
            }
        }
        for n in &self.lists {
            assert!(rows.contains_key(n), "list {n} was answered for and is not on record");
        }
        assert!(
            rows.values().all(|rows| *rows == FOUND.len()),
            "a list is there in part: {rows:?}"
        );
        let decided = [
            (&self.approved, DecisionKind::Approval, Choice::Apply),
            (&self.taken_back, DecisionKind::Result, Choice::Withdraw),
        ];
        for (ids, kind, choice) in decided {
            for id in ids {
                let own = counts.get(&(kind, choice, id.clone()));
                assert_eq!(own, Some(&1), "{kind:?} {choice:?} of {id}");
            }
        }
        let of_results = |(kind, ..): &(DecisionKind, Choice, String)| {
            matches!(kind, DecisionKind::Result | DecisionKind::Approval)
        };
        let twice = counts.iter().find(|(what, count)| of_results(what) && **count > 1);
        assert_eq!(twice, None, "on record twice");
    }

    /// How much there was of each.
    pub(super) fn told(&self) -> String {
        let [lists, approved, back] =
            [self.lists.len(), self.approved.len(), self.taken_back.len()];
        format!("{lists} lists of results, {approved} approved, {back} taken back")
    }
}

/// Decides something of a result in a state; answers with its id where that was answered for.
fn decide(server: &Server, token: &str, (of, what): (&str, &str), n: u64) -> Option<String> {
    let page = ask(server, "GET", &format!("/api/v1/results?state={of}"), b"")?.json();
    let results = page["results"].as_array().expect("results");
    let id = results.get(usize::try_from(n).expect("small") % results.len().max(1))?;
    let id = id["id"].as_str().expect("an id");
    let url = format!("/api/v1/results/{id}/{what}");
    let answer = answered(server.try_send_as(token, ("POST", &url), SIGNED))?;
    // It may be decided already, in a run that is not published yet or was published meanwhile.
    assert!([202, 404, 409].contains(&answer.status), "{answer:?}");
    (answer.status == 202).then(|| id.to_owned())
}
