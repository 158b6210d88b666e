//! How many reads and changes a second can be put on record, and how fast is the record checked?
//!
//! Every answer with personal data waits for its entry to be on disk, so this is the most that a service answers of them. So
//! many callers at a time append entry after entry, each waiting for its own, into a log beside a file and into one on the
//! server that `DIACHISO_TEST_PG` names. Then the chain is read and checked whole.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use diachiso_benches::{Arguments, Table, count, rate};
use diachiso_model::Timestamp;
use diachiso_store::{
    AuditCheck, AuditEntry, Direction, ServiceStore, migrate, open_service, open_store,
};
use diachiso_testkit::PgDatabase;
use tokio::runtime::Runtime;

/// Callers at a time.
const CALLERS: [u64; 4] = [1, 8, 64, 512];

/// How long each number of callers goes on.
const FOR: Duration = Duration::from_secs(3);

/// Entries that are read at a time to be checked.
const PAGE: u32 = 10_000;

fn main() -> anyhow::Result<()> {
    let Some(_) = Arguments::of("audit") else { return Ok(()) };
    let runtime = Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bench.gpkg").to_string_lossy().into_owned();
    runtime.block_on(open_store(&path, true))?;
    let mut table = Table::new(&["log", "1 caller/s", "8", "64", "512", "checked/s"]);
    let file = runtime.block_on(open_service(&path))?;
    table.push(line("beside a GeoPackage", &runtime, &file)?);
    if std::env::var_os("DIACHISO_TEST_PG").is_some() {
        let database = PgDatabase::create();
        runtime.block_on(migrate(database.url(), Direction::Up, false))?;
        let server = runtime.block_on(open_service(database.url()))?;
        let setting = |name| database.run(&format!("show {name}")).trim().to_owned();
        let (fsync, commit) = (setting("fsync"), setting("synchronous_commit"));
        let name = format!("PostgreSQL, fsync {fsync}, synchronous_commit {commit}");
        table.push(line(&name, &runtime, &server)?);
    } else {
        eprintln!("audit: no server is asked, because DIACHISO_TEST_PG names none");
    }
    println!("audit: entries a second, each number of callers for {} s\n\n{table}", FOR.as_secs());
    Ok(())
}

fn line(
    name: &str,
    runtime: &Runtime,
    service: &Arc<dyn ServiceStore>,
) -> anyhow::Result<[String; 6]> {
    let mut cells = vec![name.to_owned()];
    let mut written = 0;
    for callers in CALLERS {
        let begun = Instant::now();
        let own = runtime.block_on(append(service, callers))?;
        cells.push(rate(own, begun.elapsed()));
        written += own;
    }
    let begun = Instant::now();
    let checked = runtime.block_on(check(&**service))?;
    ensure!(checked == written, "{} entries of {} are there", count(checked), count(written));
    cells.push(rate(checked, begun.elapsed()));
    cells.try_into().map_err(|_| anyhow::anyhow!("six cells"))
}

/// So many callers append as fast as they are answered; answers with how many entries that made.
async fn append(service: &Arc<dyn ServiceStore>, callers: u64) -> anyhow::Result<u64> {
    let until = Instant::now() + FOR;
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let service = Arc::clone(service);
            tokio::spawn(async move {
                let mut own = 0;
                while Instant::now() < until {
                    service.append(entry(caller, own)).await?;
                    own += 1;
                }
                anyhow::Ok(own)
            })
        })
        .collect();
    let mut all = 0;
    for task in tasks {
        all += task.await??;
    }
    Ok(all)
}

/// Reads the log from its beginning and checks its chain, as `diachiso audit verify` does.
async fn check(service: &dyn ServiceStore) -> anyhow::Result<u64> {
    let mut check = AuditCheck::new(Vec::new());
    let (mut last, mut all) = (0, 0);
    loop {
        let page = service.audit_page(last, PAGE).await?;
        let Some(newest) = page.last() else { break };
        last = newest.anchor.seq;
        all += page.len() as u64;
        page.iter().try_for_each(|record| check.next(record))?;
    }
    check.end()?;
    Ok(all)
}

fn entry(caller: u64, n: u64) -> AuditEntry {
    AuditEntry {
        at: Timestamp::now(),
        who: format!("token:{caller}").into(),
        action: "read".into(),
        operation: "GET /api/v1/submissions/{id}".into(),
        area: format!("{n:032x}").into(),
        purpose: "".into(),
        rows: 1,
        columns: "head,address,phone".into(),
        export: "".into(),
        content_hash: None,
    }
}
