//! The second wall: a login that answers requests sees rows about persons only in the area that it names, and cannot take
//! the wall away.

use diachiso_model::{Choice, Date, Decision, DecisionKind, FoundHousehold, Published};
use diachiso_store::{
    AuditEntry, NewRun, OrderKind, RowArea, Store, StoreError, WorkStore, open_guarded,
    open_service_for, open_store, roles_sql,
};
use diachiso_testkit::PgDatabase;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use crate::{
    common::{code, shapes, state, units},
    home::{Home, postgis},
};

/// A store with its two logins, of this test alone: roles belong to a whole server.
struct Walled {
    home: Home,
    service: String,
    worker: String,
}

impl Walled {
    async fn make() -> Self {
        let home = postgis().await;
        let name = Self::database(&home).name().to_owned();
        let (service, worker) = (format!("{name}_service"), format!("{name}_worker"));
        let sql = roles_sql(&service, &worker).expect("names of logins");
        Self::database(&home).run(&sql);
        Self { home, service, worker }
    }

    fn database(home: &Home) -> &PgDatabase {
        home.database.as_ref().expect("a database")
    }

    fn url(&self, role: &str) -> String {
        let url = self.home.url.replace("user=postgres", &format!("user={role}"));
        assert_ne!(url, self.home.url);
        url
    }

    async fn guarded(&self) -> std::sync::Arc<dyn Store> {
        open_guarded(&self.url(&self.service)).await.expect("a login that is bound")
    }

    async fn by_hand(&self) -> PgConnection {
        let options: PgConnectOptions = self.url(&self.service).parse().expect("a URL");
        options.options([("search_path", "diachiso,public")]).connect().await.expect("connected")
    }
}

impl Drop for Walled {
    fn drop(&mut self) {
        let Self { home, service, worker } = self;
        let gone = format!("drop owned by {service}, {worker}; drop role {service}, {worker}");
        Self::database(home).run(&gone);
    }
}

async fn counted(c: &mut PgConnection, sql: &str) -> Result<i64, String> {
    let counted = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(c).await;
    counted.map_err(|e| e.to_string())
}

const PERSONAL: [&str; 4] = ["submissions", "findings", "households", "gaps"];

#[tokio::test]
async fn who_answers_sees_rows_of_the_area_that_he_names_and_none_without() {
    let walled = Walled::make().await;
    let state = state(&units(), 30, 0);
    // The worker's login makes runs: policies do not bind it.
    let worker = open_store(&walled.url(&walled.worker), false).await.expect("a store");
    for full in [false, true] {
        let new = NewRun { full, ..NewRun::default() };
        worker.publish(&state, &units(), &shapes(), &new, &|_| {}).await.expect("published");
    }
    let guarded = walled.guarded().await;
    let (village, district) = (code("19870-trung-lang"), code("477"));
    let nobody = async |store: &dyn Store| {
        let page = store.gaps(&district, None, 99).await.expect("read");
        let rows = store.village_households(&village).await.expect("read");
        let report = store.report(None, None, 999).await.expect("read");
        let first = store.submission(state.submissions[1].id).await.expect("read");
        page.rows.is_empty() && rows.is_empty() && report.is_empty() && first.is_none()
    };
    assert!(nobody(&*guarded).await, "without an area");
    let elsewhere = RowArea::Of { villages: vec![code("19873-ha-lac")], communes: Vec::new() };
    assert!(nobody(&*guarded.within(&elsewhere).expect("a wall")).await, "in another area");
    // What concerns no person is there.
    assert_eq!(guarded.latest_run().await.expect("read").map(|r| r.number), Some(2));
    assert_eq!(guarded.unit_shapes().await.expect("read").len(), 3);

    let area = RowArea::Of { villages: vec![village.clone()], communes: Vec::new() };
    let inside = guarded.within(&area).expect("a wall");
    let whole = worker.gaps(&district, None, 99).await.expect("read").rows;
    let own: Vec<_> = whole.iter().filter(|row| row.village == village).cloned().collect();
    assert!(!own.is_empty() && own.len() < whole.len());
    assert_eq!(inside.gaps(&district, None, 99).await.expect("read").rows, own);
    let neighbours = worker.village_households(&village).await.expect("read");
    assert_eq!(inside.village_households(&village).await.expect("read"), neighbours);
    for submission in &state.submissions {
        let seen = inside.submission(submission.id).await.expect("read");
        let there = worker.submission(submission.id).await.expect("read");
        assert_eq!(seen, there.filter(|view| view.village_code.as_ref() == Some(&village)));
    }
    let report = inside.report(None, None, 999).await.expect("read");
    let place = |row: &diachiso_store::ReportRow| row.place.clone().and_then(|p| p.village);
    assert!(!report.is_empty() && report.iter().all(|row| place(row).as_ref() == Some(&village)));
    let everything = guarded.within(&RowArea::Everything).expect("a wall");
    assert_eq!(everything.gaps(&district, None, 99).await.expect("read").rows, whole);
    // The area is that of one question: the next one by the same connection names its own.
    assert!(nobody(&*guarded).await, "without an area again");
}

/// The line of the record about a household that no register lists.
fn found(village: &str, head: &str) -> Decision {
    let found = FoundHousehold {
        day: Date::constant(2026, 1, 15),
        village: village.into(),
        place: "Thôn X".into(),
        head: head.into(),
        address: "xóm mới".into(),
    };
    decision(DecisionKind::Found, &found.to_string())
}

fn decision(kind: DecisionKind, target: &str) -> Decision {
    let at = "2026-01-16T03:04:05Z".parse().expect("an instant");
    Decision::new(kind, target, Choice::Apply, "token:1", at, "kq.csv:7").expect("signed")
}

#[tokio::test]
async fn households_that_no_register_lists_are_behind_the_wall_too() {
    let walled = Walled::make().await;
    let record = vec![
        found("19870-trung-lang", "Bí Mật"),
        decision(DecisionKind::Result, "2026-01-15 absent police|HO-0001"),
        found("19873-ha-lac", "Kín Đáo"),
        found("", "Không Rõ"),
    ];
    let state = Published { decisions: record.clone(), ..state(&units(), 30, 0) };
    let worker = open_store(&walled.url(&walled.worker), false).await.expect("a store");
    let new = NewRun::default();
    worker.publish(&state, &units(), &shapes(), &new, &|_| {}).await.expect("published");
    let guarded = walled.guarded().await;
    let seen = async |area: Option<&[&str]>| {
        let of = |codes: &[&str]| RowArea::Of {
            villages: codes.iter().map(|text| code(text)).collect(),
            communes: vec![code("19870"), code("19873")],
        };
        let store = match area {
            Some(codes) => guarded.within(&of(codes)).expect("a wall"),
            None => std::sync::Arc::clone(&guarded),
        };
        store.decisions().await.expect("read")
    };
    let lines = |at: &[usize]| at.iter().map(|at| record[*at].clone()).collect::<Vec<_>>();
    for (area, shown) in [
        (None, &[1][..]),
        (Some(&[][..]), &[1]),
        (Some(&["19867-khac"]), &[1]),
        (Some(&["19870-trung-lang"]), &[0, 1]),
        (Some(&["19873-ha-lac"]), &[1, 2]),
        (Some(&["19870-trung-lang", "19873-ha-lac"]), &[0, 1, 2]),
    ] {
        assert_eq!(seen(area).await, lines(shown), "{area:?}");
    }
    let everything = guarded.within(&RowArea::Everything).expect("a wall");
    assert_eq!(everything.decisions().await.expect("read"), record);
    assert_eq!(worker.decisions().await.expect("read"), record);

    // Were it granted to write, it still could not.
    let service = &walled.service;
    Walled::database(&walled.home)
        .run(&format!("grant insert, update, delete on diachiso.decisions to {service}"));
    let mut c = walled.by_hand().await;
    let all = sqlx::raw_sql("set diachiso.rows = 'all'").execute(&mut c).await;
    all.expect("set");
    let add = "insert into decisions values (5, 'found', e'2026-01-15\t19873-ha-lac\tX\tY\tZ', 'apply', 'a', now(), 'b')";
    let refused = sqlx::raw_sql(AssertSqlSafe(add)).execute(&mut c).await.expect_err("no policy");
    assert!(refused.to_string().contains("row-level security"), "{refused}");
    for change in ["update decisions set reason = 'x'", "delete from decisions"] {
        let done = sqlx::raw_sql(AssertSqlSafe(change)).execute(&mut c).await.expect(change);
        assert_eq!(done.rows_affected(), 0, "{change}");
    }
    c.close().await.expect("closed");
    assert_eq!(worker.decisions().await.expect("read"), record);
}

#[tokio::test]
async fn by_hand_the_login_that_answers_finds_no_way_around_the_wall() {
    let walled = Walled::make().await;
    let state = state(&units(), 30, 0);
    let worker = open_store(&walled.url(&walled.worker), false).await.expect("a store");
    let new = NewRun::default();
    worker.publish(&state, &units(), &shapes(), &new, &|_| {}).await.expect("published");
    let worker_url = walled.url(&walled.worker);
    let service = open_service_for(&walled.url(&walled.service), Some(&worker_url)).await;
    let service = service.expect("a database");
    let entry = AuditEntry {
        at: "2026-01-02T03:04:05Z".parse().expect("an instant"),
        who: "token:1".into(),
        action: "read".into(),
        operation: "GET /x".into(),
        area: "".into(),
        purpose: "".into(),
        rows: 1,
        columns: "".into(),
        export: "".into(),
        content_hash: None,
    };
    service.append(entry.clone()).await.expect("it may append");
    let submission = diachiso_store::NewSubmission {
        id: "a".into(),
        cells: "{\"head\":\"Nguyễn Văn A\"}".into(),
        owner: 1,
    };
    service
        .submit(std::slice::from_ref(&submission), std::slice::from_ref(&entry))
        .await
        .expect("it may hand in");
    assert_eq!(service.inbox(9).await.expect("the worker reads it"), [submission]);

    let order = OrderKind::Decide(vec![found("19873-ha-lac", "Lê Mới")]);
    let signed = ("token:1", "kết quả");
    let number = WorkStore::order(service.as_ref(), None, &order, signed, &entry).await;
    let number = number.expect("it may order");
    let kept = service.order_kind(number).await.expect("the worker reads it");
    assert_eq!(kept, Some(order));

    let mut c = walled.by_hand().await;
    for table in PERSONAL {
        let all = counted(&mut c, &format!("select count(*) from {table}")).await;
        assert_eq!(all, Ok(0), "{table}");
    }
    sqlx::raw_sql("set diachiso.villages = '19870-xom-moi,19870-trung-lang'")
        .execute(&mut c)
        .await
        .expect("set");
    for table in PERSONAL {
        let some = counted(&mut c, &format!("select count(*) from {table}")).await.expect(table);
        assert!(some > 0, "{table}");
    }
    for table in ["submissions", "households", "gaps"] {
        let outside = format!("select count(*) from {table} where village not like '19870-%'");
        assert_eq!(counted(&mut c, &outside).await, Ok(0), "{table}");
    }
    let role = &walled.worker;
    for forbidden in [
        "alter table submissions disable row level security",
        "alter table submissions no force row level security",
        "drop policy submissions_of_the_area on submissions",
        "create policy mine on submissions for select using (true)",
        "alter role current_user bypassrls",
        "create or replace function holds_everything() returns boolean language sql return true",
        &format!("set role {role}"),
        "set row_security = off; select count(*) from submissions",
        "select count(*) from submissions_rest",
        "select count(*) from source_archive",
        "select count(*) from held_archive",
        "select cells from inbox",
        "select body from orders",
        "update submissions set head = 'x'",
        "delete from findings",
        "update audit set who = 'x'",
        "delete from audit",
        "truncate audit",
        "alter table audit disable trigger all",
        "drop trigger audit_is_never_changed on audit",
        "insert into tokens (hash, label, grants, created_at, expires_at) values ('x', '', '', 0, 0)",
        "delete from runs",
        "update decisions set reason = 'x'",
        "delete from migrations",
    ] {
        let done = sqlx::raw_sql(AssertSqlSafe(forbidden.to_owned())).execute(&mut c).await;
        assert!(done.is_err(), "{forbidden}");
    }
    c.close().await.expect("closed");
    for too_much in [&walled.home.url, &worker_url] {
        let refused = open_guarded(too_much).await.err().expect("not bound");
        assert!(matches!(refused, StoreError::Unwalled { .. }), "{refused:?}");
    }
}
