//! The program on a store in `PostGIS`: the same words and the same answers as on a file, whatever is killed or stopped.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use crate::support::{self, cluster, district, serving};
use cluster::Cluster;
use diachiso_testkit::PgDatabase;
use serde_json::Value;
use serving::Serving;
use support::{files, folder, succeed};

/// Holds a batch that hands in some rows again.
const TIGHT: [&str; 4] = ["--guard-repeated-percent", "1", "--guard-least-repeated", "1"];
const SIGNED: [&str; 4] = ["--by", "Lê Văn C", "--why", "đã gọi hỏi tổ"];
const BASIS: [&str; 4] = ["--legal-basis", "QĐ 12", "--today", "2024-12-01"];
/// Moments at which a run is killed.
const KILLS: u32 = 8;

/// Lines that tell how long something took.
const TOOK: [&str; 3] = ["took", "giây", "seconds"];

/// A text without the moments in it, which no two stores share.
fn timeless(text: &str) -> String {
    let moment = |at: usize| {
        let (day, time) = text.get(at..at + 20)?.split_once('T')?;
        let digits = |t: &str, c| t.split(c).all(|n| n.bytes().all(|b| b.is_ascii_digit()));
        (day.len() == 10 && digits(day, '-') && digits(&time[..8], ':')).then_some(())?;
        text[at..].find('Z').map(|z| at + z + 1)
    };
    let (mut plain, mut at) = (String::new(), 0);
    while let Some(c) = text[at..].chars().next() {
        if let Some(end) = moment(at) {
            plain.push_str("TIME");
            at = end;
        } else {
            plain.push(c);
            at += c.len_utf8();
        }
    }
    plain
}

/// The program on a store, in a folder of its own for what belongs to the service.
struct On<'a> {
    store: &'a str,
    folder: &'a Path,
}

impl On<'_> {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_diachiso"));
        command
            .args(args)
            .env("DIACHISO_STORE", self.store)
            .env_remove("DIACHISO_IDENTITY_KEY")
            .current_dir(self.folder);
        command
    }

    fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the binary runs")
    }

    /// How it ended, what it printed and what it said, without what differs from run to run.
    fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let output = self.output(args);
        let plain = |bytes: Vec<u8>| {
            let text = timeless(&String::from_utf8(bytes).expect("UTF-8"));
            // How long it took is told in a line of its own, in words and in JSON.
            let lines = text.lines().filter(|l| !TOOK.iter().any(|took| l.contains(took)));
            lines.map(|line| line.replace(self.store, "STORE")).collect::<Vec<_>>().join("\n")
        };
        (output.status.code(), plain(output.stdout), plain(output.stderr))
    }

    #[track_caller]
    fn succeed(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A small district's register and files of submissions.
fn inputs(households: &str) -> (tempfile::TempDir, Vec<PathBuf>, Vec<PathBuf>) {
    let folder = folder();
    let out = folder.path().to_string_lossy().into_owned();
    succeed(["generate", "--households", households, "--district", "477", "--out", &out]);
    let (registers, submissions) =
        (files(folder.path(), "register"), files(folder.path(), "phieu-"));
    (folder, registers, submissions)
}

/// A database in which a store may be.
fn migrated() -> PgDatabase {
    let database = PgDatabase::create();
    succeed(["migrate", "--store", database.url()]);
    database
}

#[test]
fn every_command_says_on_a_server_what_it_says_on_a_file() {
    let (files, registers, submissions) = inputs("3000");
    let database = migrated();
    let homes = [folder(), folder()];
    let gpkg = homes[0].path().join("s.gpkg");
    let file = On { store: text(&gpkg), folder: homes[0].path() };
    let server = On { store: database.url(), folder: homes[1].path() };
    let (register, first, last) =
        (text(&registers[0]), text(&submissions[0]), text(submissions.last().expect("files")));
    let report = files.path().join("loi.csv");
    let load = |args: &[&str]| -> Vec<String> {
        ["run"].iter().chain(args).chain(&BASIS).map(|&a| a.to_owned()).collect()
    };
    let signed = |args: &[&str]| -> Vec<String> {
        args.iter().chain(&SIGNED).map(|&a| a.to_owned()).collect()
    };
    let named = Path::new(first).file_name().and_then(|name| name.to_str()).expect("a name");
    let steps: Vec<(i32, Vec<String>)> = vec![
        (0, load(&["--register", register, "--submissions", first])),
        (1, load(&["--submissions", first])),
        (1, load(&[&["--submissions", last], &TIGHT[..]].concat())),
        (0, vec!["held".into(), "list".into()]),
        (0, signed(&["held", "release", "1"])),
        (1, signed(&["held", "discard", "1"])),
        (0, vec!["proposals".into()]),
        (0, vec!["report".into(), "--out".into(), text(&report).into()]),
        (0, signed(&["withdraw", named])),
        (
            0,
            vec![
                "run".into(),
                "--again".into(),
                "--full".into(),
                "--today".into(),
                "2024-12-01".into(),
            ],
        ),
        (0, vec!["dump".into()]),
    ];
    for (code, args) in &steps {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (a, b) = (file.run(&args), server.run(&args));
        assert_eq!(a.0, Some(*code), "{args:?}: {}", a.2);
        assert_eq!((b.0, &b.1), (a.0, &a.1), "{args:?}: {}", b.2);
        let (a, b) = (file.succeed(&["dump"]), server.succeed(&["store", "dump", server.store]));
        assert!(!a.is_empty() && a == b, "another state after {args:?}");
    }
}

#[test]
fn the_api_answers_from_a_server_as_from_a_file() {
    let (_files, registers, submissions) = inputs("3000");
    let database = migrated();
    let homes = [folder(), folder()];
    let gpkg = homes[0].path().join("s.gpkg");
    let on = [
        On { store: text(&gpkg), folder: homes[0].path() },
        On { store: database.url(), folder: homes[1].path() },
    ];
    let mut answers = Vec::new();
    for on in &on {
        let (register, first) = (text(&registers[0]), text(&submissions[0]));
        on.succeed(
            &[&["run", "--register", register, "--submissions", first], &BASIS[..]].concat(),
        );
        let token = on.succeed(&["token"]).trim().to_owned();
        let dump = on.succeed(&["dump"]);
        let records = dump.lines().map(|l| serde_json::from_str::<Value>(l).expect("JSON"));
        let record = records.filter(|r| r["record"] == "submission").nth(7).expect("a submission");
        let id = record["id"].as_str().expect("an id").to_owned();
        let serving = Serving::start(on.store, on.folder);
        let paths = [
            "/readyz".to_owned(),
            "/api/v1/areas".into(),
            "/api/v1/coverage?level=village".into(),
            "/api/v1/coverage?level=commune&on=2026-01-01".into(),
            "/api/v1/areas/477/gaps?limit=20".into(),
            format!("/api/v1/submissions/{id}"),
            format!("/api/v1/places/{id}"),
            "/api/v1/places/00000000000000000000000000000000".into(),
            "/api/v1/report?limit=30".into(),
            "/api/v1/proposals".into(),
            "/api/v1/rules".into(),
            "/api/v1/reverse?lat=16.5735&lon=107.506".into(),
            "/api/v1/geocode?q=Qu%E1%BA%A3ng%20Ph%C3%BA".into(),
            "/ogc/collections".into(),
            "/tiles/communes/10/818/464".into(),
        ];
        let of = |path: &String| {
            let answer = serving.get(path, Some(&token));
            assert!(answer.status < 500, "{path}: {}", answer.body);
            (path.replace(&id, "ID"), answer.status, timeless(&answer.body))
        };
        answers.push(paths.iter().map(of).collect::<Vec<_>>());
    }
    let well = answers[0].iter().filter(|(_, status, _)| *status == 200).count();
    assert!(well >= 10, "{:?}", answers[0].iter().map(|(p, s, _)| (p, s)).collect::<Vec<_>>());
    for (one, other) in answers[0].iter().zip(&answers[1]) {
        assert_eq!(one, other);
    }
}

#[test]
fn a_run_killed_at_any_moment_leaves_the_last_whole_run() {
    let (_files, registers, submissions) = inputs("3000");
    let database = migrated();
    let home = folder();
    let on = On { store: database.url(), folder: home.path() };
    let (register, first, second) =
        (text(&registers[0]), text(&submissions[0]), text(&submissions[1]));
    on.succeed(&[&["run", "--register", register, "--submissions", first], &BASIS[..]].concat());
    let before = on.succeed(&["dump"]);
    // What the run leaves when nobody kills it, in a store of its own.
    let whole = migrated();
    let apart = On { store: whole.url(), folder: home.path() };
    apart.succeed(&[&["run", "--register", register, "--submissions", first], &BASIS[..]].concat());
    let args = [&["run", "--full", "--submissions", second], &BASIS[..]].concat();
    let begun = Instant::now();
    apart.succeed(&args);
    let (took, after) = (begun.elapsed(), apart.succeed(&["dump"]));
    assert_ne!(before, after);
    let mut whole_before = 0;
    for n in 0..KILLS {
        let mut child = on
            .command(&args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        // Most moments in the second half, when rows are written.
        std::thread::sleep(took * (KILLS / 2 + n) / (KILLS * 3 / 2));
        child.kill().expect("killed, or over");
        let ended = child.wait().expect("ended");
        let left = on.succeed(&["dump"]);
        assert!(left == before || left == after, "kill {n} left a state of its own");
        if ended.success() || left == after {
            break;
        }
        whole_before += 1;
    }
    assert!(whole_before >= KILLS / 4, "only {whole_before} kills came before the end");
    let again = on.output(&args);
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(again.status.success() || said.contains("F04"), "{said}");
    assert_eq!(on.succeed(&["dump"]), after);
}

#[test]
fn a_withdrawal_killed_at_any_moment_is_done_or_not() {
    let (_files, registers, submissions) = inputs("1000");
    let database = migrated();
    let homes = [folder(), folder()];
    let gpkg = homes[0].path().join("s.gpkg");
    let (register, first, second) =
        (text(&registers[0]), text(&submissions[0]), text(&submissions[1]));
    let named = Path::new(second).file_name().and_then(|name| name.to_str()).expect("a name");
    for (store, home) in [(text(&gpkg), &homes[0]), (database.url(), &homes[1])] {
        let on = On { store, folder: home.path() };
        let loaded = ["run", "--register", register, "--submissions", first, second];
        on.succeed(&[&loaded, &BASIS[..]].concat());
        let withdraw = [&["withdraw", named], &SIGNED[..]].concat();
        let undo = [&["withdraw", named, "--undo"], &SIGNED[..]].concat();
        let with = on.succeed(&["dump"]);
        let begun = Instant::now();
        on.succeed(&withdraw);
        let (took, without) = (begun.elapsed(), on.succeed(&["dump"]));
        assert_ne!(with, without);
        let (mut withdrawn, mut cut) = (true, 0);
        for n in 0..KILLS {
            let args = if withdrawn { &undo } else { &withdraw };
            let (before, after) = if withdrawn { (&without, &with) } else { (&with, &without) };
            let mut command = on.command(args);
            let mut child = command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the binary runs");
            std::thread::sleep(took * (KILLS / 2 + n) / (KILLS * 3 / 2));
            child.kill().expect("killed, or over");
            child.wait().expect("ended");
            let left = on.succeed(&["dump"]);
            assert!(
                left == *before || left == *after,
                "kill {n} of {store} left a state of its own"
            );
            cut += u32::from(left == *before);
            withdrawn ^= left == *after;
        }
        assert!(cut >= KILLS / 4, "only {cut} kills came before the end");
        on.succeed(if withdrawn { &undo } else { &withdraw });
        on.succeed(if withdrawn { &withdraw } else { &undo });
        assert_eq!(on.succeed(&["dump"]), if withdrawn { without } else { with });
    }
}

#[test]
fn a_server_answers_503_while_its_database_is_down_and_goes_on_when_it_is_back() {
    let (_files, registers, submissions) = inputs("1000");
    let cluster = Cluster::start();
    let (url, home) = (cluster.url(), folder());
    let on = On { store: &url, folder: home.path() };
    on.succeed(&["migrate"]);
    let (register, first) = (text(&registers[0]), text(&submissions[0]));
    on.succeed(&[&["run", "--register", register, "--submissions", first], &BASIS[..]].concat());
    let token = on.succeed(&["token"]).trim().to_owned();
    let serving = Serving::start(&url, home.path());
    let gaps = "/api/v1/areas/477/gaps";
    let before = serving.get(gaps, Some(&token));
    assert_eq!(before.status, 200, "{}", before.body);
    for _ in 0..2 {
        cluster.stop();
        for path in [gaps, "/readyz", "/api/v1/report"] {
            let down = serving.get(path, Some(&token));
            assert_eq!(down.status, 503, "{path}: {}", down.body);
            assert!(down.head.contains("retry-after: "), "{}", down.head);
            assert!(down.head.contains("application/problem+json"), "{}", down.head);
            assert!(!down.body.contains("postgres"), "{}", down.body);
        }
        assert_eq!(serving.get("/healthz", None).status, 200, "the process lives");
        cluster.start_again();
        // It takes as long as the database takes to take connections, and no restart of ours.
        let patience = Instant::now();
        loop {
            let back = serving.get(gaps, Some(&token));
            if back.status == 200 {
                assert_eq!(back.body, before.body);
                break;
            }
            assert_eq!(back.status, 503, "{}", back.body);
            assert!(patience.elapsed() < Duration::from_secs(30), "it does not come back");
        }
    }
}

#[test]
fn a_database_that_is_not_ready_says_what_to_do() {
    let database = PgDatabase::create();
    let home = folder();
    let on = On { store: database.url(), folder: home.path() };
    let refused = on.output(&["dump"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("diachiso migrate"), "{said}");
    let would = on.succeed(&["migrate", "--dry-run"]);
    assert!(would.lines().count() >= 2 && would.contains("create_store"), "{would}");
    assert!(database.run("select to_regnamespace('diachiso') is null").contains('t'), "a dry run");
    assert_eq!(on.succeed(&["migrate"]), would);
    assert_eq!(on.succeed(&["migrate"]), "", "once is enough");
    assert_eq!(on.succeed(&["dump"]), "");
    // Somebody else has a newer program.
    database.run(
        "insert into diachiso.migrations (version, name, hash) values (29990101000000, 'x', '')",
    );
    for args in [&["dump"][..], &["migrate"]] {
        let refused = on.output(args);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(1) && said.contains("newer"), "{args:?}: {said}");
    }
    database.run("delete from diachiso.migrations where version = 29990101000000");
    database.run("update diachiso.migrations set hash = 'other' where name = 'create_store'");
    let said = String::from_utf8(on.output(&["migrate"]).stderr).expect("UTF-8");
    assert!(said.contains("another text"), "{said}");
}

#[test]
fn migrations_can_be_undone_and_run_again() {
    let database = migrated();
    let home = folder();
    let on = On { store: database.url(), folder: home.path() };
    let undone = on.succeed(&["migrate", "--down-to", "0"]);
    assert!(undone.lines().count() >= 2, "{undone}");
    let left = "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'diachiso' and c.relkind in ('r', 'p') and c.relname <> 'migrations'";
    assert_eq!(database.run(left).trim(), "0");
    assert_eq!(
        on.succeed(&["migrate"]).lines().rev().collect::<Vec<_>>(),
        undone.lines().collect::<Vec<_>>()
    );
    assert_eq!(on.succeed(&["dump"]), "");
}

#[test]
fn a_database_at_the_migration_before_is_brought_up_with_what_is_in_it() {
    let (_files, registers, submissions) = inputs("1000");
    let database = migrated();
    let home = folder();
    let on = On { store: database.url(), folder: home.path() };
    let (register, first) = (text(&registers[0]), text(&submissions[0]));
    on.succeed(&[&["run", "--register", register, "--submissions", first], &BASIS[..]].concat());
    on.succeed(&["token"]);
    on.succeed(&["subject", "add", "erase", "HO-1"]);
    let (dump, log) = (on.succeed(&["dump"]), on.succeed(&["audit", "head"]));
    // Each older version in turn, down to the first that had what the service remembers, without losing a row.
    for version in ["20261129034500", "20261129020000", "20261129010000", "20261129000000"] {
        on.succeed(&["migrate", "--down-to", version]);
        let refused = on.run(&["dump"]);
        assert_eq!(refused.0, Some(1), "{version}");
        assert!(refused.2.contains("migrate"), "{}", refused.2);
        on.succeed(&["migrate"]);
        assert_eq!(on.succeed(&["dump"]), dump, "{version}");
        assert_eq!(on.succeed(&["audit", "head"]), log);
        assert_eq!(on.succeed(&["token", "list"]).lines().count(), 1);
    }
    on.succeed(&["run", "--again", "--full", "--today", "2024-12-01"]);
    assert_eq!(on.succeed(&["dump"]), dump, "a run over everything makes what was brought up");
}

#[test]
fn no_word_of_the_program_shows_a_password() {
    let home = folder();
    for store in [
        "postgres://me:hunter2@127.0.0.1:1/x",
        "postgresql://127.0.0.1:1/x?user=me&password=hunter2",
        "postgres://me:hunter2@127.0.0.1:port/x",
    ] {
        let on = On { store, folder: home.path() };
        for args in [&["dump"][..], &["migrate"], &["serve"], &["dump", "--help"]] {
            let output = on.output(args);
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(!said.is_empty() && !said.contains("hunter2"), "{args:?}: {said}");
        }
    }
}

/// Runs `psql` or another client program on a database.
#[track_caller]
fn client(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().expect("the clients are installed");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_backup_that_is_restored_is_the_same_store() {
    let (files, registers, submissions) = inputs("1000");
    let (database, copy) = (migrated(), PgDatabase::create());
    let home = folder();
    let on = On { store: database.url(), folder: home.path() };
    let (register, first) = (text(&registers[0]), text(&submissions[0]));
    on.succeed(&[&["run", "--register", register, "--submissions", first], &BASIS[..]].concat());
    let dump = files.path().join("diachiso.dump");
    let to = format!("--file={}", text(&dump));
    client("pg_dump", &["--format=custom", &to, &format!("--dbname={}", database.url())]);
    client("pg_restore", &[&format!("--dbname={}", copy.url()), text(&dump)]);
    let restored = On { store: copy.url(), folder: home.path() };
    assert_eq!(restored.succeed(&["dump"]), on.succeed(&["dump"]));
    assert_eq!(restored.succeed(&["migrate"]), "", "the migrations are on record there too");
    for on in [&on, &restored] {
        let args = [&["run", "--submissions", text(&submissions[1])], &BASIS[..]].concat();
        on.succeed(&args);
    }
    assert_eq!(restored.succeed(&["dump"]), on.succeed(&["dump"]), "runs go on from it");
}

#[test]
fn two_logins_run_and_serve_and_the_one_that_serves_tells_what_lies_in_an_area() {
    let (_files, registers, submissions) = inputs("1000");
    let database = migrated();
    // Roles belong to the whole server: these are of this test alone.
    let (service, worker) =
        (format!("{}_service", database.name()), format!("{}_worker", database.name()));
    let names = ["--service-role", &service, "--worker-role", &worker];
    let sql = [&["migrate", "--roles", "--store", database.url()], &names[..]].concat();
    database.run(&succeed(sql));
    let as_role = |role: &str| {
        let url = database.url().replace("user=postgres", &format!("user={role}"));
        assert_ne!(url, database.url());
        url
    };
    let (service_url, worker_url) = (as_role(&service), as_role(&worker));
    let home = folder();
    let on = On { store: &worker_url, folder: home.path() };
    let (register, first) = (text(&registers[0]), text(&submissions[0]));
    let loaded = ["run", "--register", register, "--submissions", first];
    on.succeed(&[&loaded, &BASIS[..]].concat());
    on.succeed(&[&["run", "--full", "--submissions", text(&submissions[1])], &BASIS[..]].concat());
    let everywhere = on.succeed(&["token"]).trim().to_owned();
    let communes = "select string_agg(commune, ' ') from (select distinct commune from diachiso.gaps order by 1) c";
    let communes = database.run(communes);
    let (inside, outside) = communes.trim().split_once(' ').expect("communes");
    let outside = outside.split(' ').next().expect("another");
    let grant = format!("officer:{inside}@2024-12-01");
    let bound = on.succeed(&["token", "add", "--grant", &grant, "--label", "a"]).trim().to_owned();
    let serving = Serving::start_for(&service_url, home.path(), Some(&worker_url));
    assert_eq!(serving.get("/readyz", None).status, 200);
    let gaps = |commune: &str, token: &str| {
        serving.get(&format!("/api/v1/areas/{commune}/gaps?limit=5"), Some(token))
    };
    for (token, commune, status) in [
        (&everywhere, inside, 200),
        (&everywhere, outside, 200),
        (&bound, inside, 200),
        (&bound, outside, 403),
    ] {
        let answer = gaps(commune, token);
        assert_eq!(answer.status, status, "{commune}: {}", answer.body);
    }
    assert_eq!(gaps(inside, &bound).body, gaps(inside, &everywhere).body);
    assert!(gaps(inside, &bound).body.contains("\"head\""));
    let record = |commune: &str| {
        let sql = format!(
            "select id from diachiso.submissions where commune = '{commune}' and village is not null limit 1"
        );
        let id = database.run(&sql);
        serving.get(&format!("/api/v1/submissions/{}", id.trim()), Some(&bound)).status
    };
    assert_eq!((record(inside), record(outside)), (200, 403));
    let report = serving.get("/api/v1/report?limit=50", Some(&bound));
    assert_eq!(report.status, 200, "{}", report.body);
    drop(serving);
    on.succeed(&["audit", "verify"]);
    let both = ["serve", "--listen", "127.0.0.1:0", "--worker-store", &worker_url];
    let refused = on.output(&both);
    assert_eq!(refused.status.code(), Some(1), "a login that sees every row is no wall");
    database.run(&format!("drop owned by {service}, {worker}; drop role {service}, {worker}"));
}

#[test]
fn a_proposal_is_decided_on_a_server_as_on_a_file() {
    let reference = diachiso_pipeline::Reference::load([]).expect("reference data");
    let mut district = district::District::new(&reference, 7, district::SMALL);
    district.roam(0, "Hà Thị Mỹ", |visit, _| {
        let shifted = diachiso_spatial::vn2000::wgs84_to_geographic(visit.fix);
        visit.cells = district::degrees(shifted);
    });
    let database = migrated();
    let homes = [folder(), folder()];
    let mut loaded = vec!["run".to_owned()];
    for (kind, name, bytes) in district.files(10_000) {
        let path = homes[0].path().join(name);
        std::fs::write(&path, bytes).expect("written");
        let option = match kind {
            diachiso_model::SourceKind::Register => "--register",
            diachiso_model::SourceKind::Submissions => "--submissions",
        };
        loaded.extend([option.to_owned(), text(&path).to_owned()]);
    }
    let loaded: Vec<&str> = loaded.iter().map(String::as_str).chain(BASIS).collect();
    let gpkg = homes[0].path().join("s.gpkg");
    let file = On { store: text(&gpkg), folder: homes[0].path() };
    let server = On { store: database.url(), folder: homes[1].path() };
    for on in [&file, &server] {
        on.succeed(&loaded);
    }
    let listed = file.run(&["proposals", "--json"]);
    assert_eq!(server.run(&["proposals", "--json"]), listed);
    let proposals: Value = serde_json::from_str(&listed.1).expect("JSON");
    let id = proposals["proposals"][0]["id"].as_str().expect("a proposal").to_owned();
    let before = file.succeed(&["dump"]);
    for choice in ["apply", "withdraw", "refuse"] {
        let decide = [&["decide", &id, choice], &SIGNED[..]].concat();
        let (a, b) = (file.run(&decide), server.run(&decide));
        assert_eq!((a.0, &a), (Some(0), &b), "{choice}");
        let (a, b) = (file.succeed(&["dump"]), server.succeed(&["dump"]));
        assert_eq!(a, b, "{choice}");
        assert_eq!(a == before, choice == "withdraw", "{choice}");
    }
}
