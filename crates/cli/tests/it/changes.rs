//! Whatever is changed over the network is on record: where the entry cannot be written the answer is 503, and nothing of the
//! change is kept.

use std::{collections::BTreeSet, path::Path, process::Command, time::Instant};

use diachiso_testkit::PgDatabase;
use serde_json::Value;

use crate::{
    kill_server::visits,
    support::{
        self, files, folder,
        pieces::{SAID, pieces},
        server::{PATIENCE, Server},
        succeed,
    },
};

/// What keeps nothing for anybody.
const ONLY_TELLS: [&str; 5] = [
    "POST /api/v1/geocode",
    "POST /api/v1/geocode/batch",
    "POST /api/v1/check",
    "POST /api/v1/check/columns",
    "POST /api/v1/check/submission",
];

const SIGNED: &str = r#""by": "Lê Văn C", "why": "đã xem""#;

/// The operations of the table that are not only read.
fn operations() -> BTreeSet<String> {
    let table = succeed(["token", "roles"]);
    let named = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let named = named.map(|(name, _)| name.to_owned()).filter(|name| !name.starts_with("GET "));
    named.filter(|name| !ONLY_TELLS.contains(&&**name)).collect()
}

/// A server over a database whose log can be made to refuse entries.
struct Home {
    database: PgDatabase,
    server: Server,
    /// Who approves what another handed in.
    other: String,
    asked: BTreeSet<String>,
}

impl Home {
    fn start(folder: &Path) -> Self {
        let out = folder.to_string_lossy().into_owned();
        succeed(["generate", "--households", "1000", "--district", "477", "--out", &out]);
        let database = PgDatabase::create();
        let url = database.url();
        succeed(["migrate", "--store", url]);
        let (register, phieu) = (files(folder, "register").remove(0), files(folder, "phieu-"));
        let [register, phieu] = [&register, &phieu[0]].map(|path| path.to_string_lossy());
        let day = ["run", "--today", "2024-12-01", "--legal-basis", "QĐ 12", "--store", url];
        succeed([&day[..], &["--register", &register, "--submissions", &phieu]].concat());
        let token = |label| {
            let grants = ["reviewer:*", "officer:*", "administrator:*"];
            let grants = grants.iter().flat_map(|grant| ["--grant", grant]);
            let args = ["token", "add", "--label", label, "--store", url].into_iter().chain(grants);
            succeed(args).lines().last().expect("a token").trim().to_owned()
        };
        database.run(
            "set search_path = diachiso, public;
             create function no_entry() returns trigger language plpgsql as
             $$ begin raise exception 'no entry'; end $$;
             create trigger no_entry before insert on audit for each row
             when (new.action in ('change', 'erase')) execute function no_entry();
             alter table audit disable trigger no_entry",
        );
        let mut program = Command::new(env!("CARGO_BIN_EXE_diachiso"));
        program.current_dir(folder);
        let args = ["--publish-every", "0", "--token-rate-burst", "1000000"];
        let server = Server::start_by(program, url, &token("một"), &args);
        let other = token("hai");
        Self { server, other, database, asked: BTreeSet::new() }
    }

    fn sql(&self, script: &str) -> String {
        self.database.run(&format!("set search_path = diachiso, public; {script}"))
    }

    /// Waits until nothing waits.
    #[track_caller]
    fn rest(&self) {
        let started = Instant::now();
        let waiting = "select (select count(*) from orders where state = 'waiting')
             + (select count(*) from batches where state in ('queued', 'running'))
             + (select count(*) from inbox where batch is null)";
        while self.sql(waiting).trim() != "0" {
            assert!(started.elapsed() < PATIENCE, "something still waits");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }

    /// All that people asked for, and what was done about it.
    fn kept(&self) -> String {
        self.sql(
            "select * from batches order by id; select * from orders order by id; select * from inbox order by id;
             select * from saved_areas order by id; select * from reviews order by item;
             select * from decisions order by 1",
        )
    }

    /// Asks for a change while its entry is refused and when it is not; answers with what was answered then.
    #[track_caller]
    fn change(&mut self, operation: &str, token: &str, (url, body): (&str, &str)) -> Value {
        let method = operation.split(' ').next().unwrap_or_default();
        let bearer = format!("Bearer {token}");
        let ask = |home: &Self| {
            let headers = [("authorization", &*bearer), ("content-type", "text/csv")];
            home.server.try_send(method, url, &headers, body.as_bytes()).expect("an answer")
        };
        let entries = |home: &Self| -> usize {
            let of = format!("select count(*) from audit where operation = '{operation}'");
            home.sql(&of).trim().parse().expect("a number")
        };
        self.rest();
        let (before, written) = (self.kept(), entries(self));
        self.sql("alter table audit enable trigger no_entry");
        let refused = ask(self);
        self.sql("alter table audit disable trigger no_entry");
        assert_eq!(refused.status, 503, "{operation}: {refused:?}");
        assert_eq!(self.kept(), before, "{operation} is kept without its entry");
        assert_eq!(entries(self), written, "{operation}");
        let done = ask(self);
        assert!((200..300).contains(&done.status), "{operation}: {done:?}");
        assert!(entries(self) > written, "{operation} is not on record");
        self.rest();
        assert_ne!(self.kept(), before, "{operation} changes something");
        self.asked.insert(operation.to_owned());
        if done.body.is_empty() { Value::Null } else { done.json() }
    }

    fn own(&mut self, operation: &str, url: &str, body: &str) -> Value {
        let token = self.server.token().to_owned();
        self.change(operation, &token, (url, body))
    }
}

#[test]
fn no_change_is_kept_over_the_network_without_its_entry() {
    let folder = folder();
    let mut home = Home::start(folder.path());
    batches(&mut home, folder.path());
    review(&mut home);
    results(&mut home);
    home.own("POST /api/v1/submissions", "/api/v1/submissions", r#"{"head": "Nguyễn Văn Lẻ"}"#);
    let set = r#"{"name": "Ven phá", "units": ["477@2024-12-31"]}"#;
    home.own("PUT /api/v1/areas/{area}", "/api/v1/areas/ven-pha", set);
    home.own("DELETE /api/v1/areas/{area}", "/api/v1/areas/ven-pha", "");
    let line = home.server.get("/api/v1/areas/46/gaps?limit=1").json();
    let whom = line["rows"][0]["household"].as_str().expect("a household");
    let whom = format!(r#"{{"whom": "{whom}", {SIGNED}}}"#);
    home.own("POST /api/v1/erasures", "/api/v1/erasures", &whom);
    assert_eq!(home.asked, operations(), "every operation that changes something is asked here");
}

fn batches(home: &mut Home, folder: &Path) {
    let url = |name: &str| format!("/api/v1/batches?{SAID}&name={name}.csv");
    let piece = pieces(folder).pop().expect("a piece");
    let handed_in = home.own("POST /api/v1/batches", &url("a"), &piece);
    let text = std::fs::read_to_string(&files(folder, "phieu-")[0]).expect("a file");
    // Most of an earlier file handed in again is held.
    let held = [7, 8].map(|more| {
        let again = support::with_column(&text, "STT", |n| (n + more).to_string());
        let id = home.server.post(&url("lai"), again.as_bytes()).json()["id"].as_i64();
        let batch = home.server.settled(id.expect("a number"));
        assert_eq!(batch["state"], "held", "{batch}");
        batch["id"].clone()
    });
    let signed = format!("{{{SIGNED}}}");
    for (what, id) in [("withdraw", &handed_in["id"]), ("publish", &held[0]), ("discard", &held[1])]
    {
        let operation = format!("POST /api/v1/batches/{{id}}/{what}");
        home.own(&operation, &format!("/api/v1/batches/{id}/{what}"), &signed);
    }
}

fn review(home: &mut Home) {
    let page = home.server.get("/api/v1/review?limit=100").json();
    let items = page["items"].as_array().expect("items");
    let item = items.iter().find(|item| item["kind"] == "submission").expect("something waits");
    let url = format!("/api/v1/review/{}", item["id"].as_str().expect("an id"));
    let claim = format!("{url}/claim");
    home.own("POST /api/v1/review/{id}/claim", &claim, "");
    home.own("DELETE /api/v1/review/{id}/claim", &claim, "");
    let reject = format!(r#"{{"choice": "reject", {SIGNED}}}"#);
    home.own("POST /api/v1/review/{id}/decision", &format!("{url}/decision"), &reject);
    home.own("POST /api/v1/review/{id}/undo", &format!("{url}/undo"), &format!("{{{SIGNED}}}"));
}

fn results(home: &mut Home) {
    let list = visits::filled(&home.server, 1).remove(0);
    let url = "/api/v1/results?name=a.csv&day=2024-11-20&by=Nam";
    home.own("POST /api/v1/results", url, &list);
    let of = |home: &Home, state: &str| -> Vec<String> {
        let page = home.server.get(&format!("/api/v1/results?state={state}")).json();
        let results = page["results"].as_array().expect("results").iter();
        results.map(|result| result["id"].as_str().expect("an id").to_owned()).collect()
    };
    let (pending, recorded) = (of(home, "pending"), of(home, "recorded"));
    let (signed, other) = (format!("{{{SIGNED}}}"), home.other.clone());
    let asks = [("approve", &pending[0]), ("refuse", &pending[1]), ("withdraw", &recorded[0])];
    for (what, id) in asks {
        let operation = format!("POST /api/v1/results/{{id}}/{what}");
        home.change(&operation, &other, (&format!("/api/v1/results/{id}/{what}"), &signed));
    }
}
