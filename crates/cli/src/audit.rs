//! `diachiso audit`: who read what and who changed what, and whether the record is whole.

pub(crate) mod args;

use std::{io::Write as _, sync::Arc};

use anyhow::Context as _;
use diachiso_model::Timestamp;
use diachiso_store::{AuditAnchor, AuditCheck, AuditEntry, AuditRecord, ServiceStore};
use serde_json::json;

use crate::{args::StoreArg, subject::args::By, user};

/// Entries read at a time.
const PAGE: u32 = 2_000;

/// The command.
pub(crate) async fn command(args: &args::Audit) -> anyhow::Result<()> {
    match args {
        args::Audit::Verify(verify) => self::verify(verify).await,
        args::Audit::List(list) => self::list(list).await,
        args::Audit::Export(only) => {
            let service = service(&only.store).await?;
            pages(service.as_ref(), 0, |record| print(&body(&record).to_string())).await
        }
        args::Audit::Head(only) => {
            println!("{}", service(&only.store).await?.audit_head().await.map_err(user)?);
            Ok(())
        }
    }
}

/// The service's database of a store that exists.
pub(crate) async fn service(store: &StoreArg) -> anyhow::Result<Arc<dyn ServiceStore>> {
    diachiso_store::open_store(&store.store, false).await.map_err(user)?;
    diachiso_store::open_service(&store.store).await.map_err(user)
}

/// The entry of a change that is made on the command line: who does what, and of which thing.
pub(crate) fn entry(by: &By, action: &str, about: &str) -> AuditEntry {
    AuditEntry {
        who: format!("cli:{}", by.by).into(),
        action: action.into(),
        operation: "diachiso".into(),
        area: about.into(),
        ..AuditEntry::empty(Timestamp::now())
    }
}

/// Gives every entry behind a number to `take`; memory holds one page.
async fn pages(
    service: &dyn ServiceStore,
    mut after: i64,
    mut take: impl FnMut(AuditRecord) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    loop {
        let page = service.audit_page(after, PAGE).await.map_err(user)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.anchor.seq;
        for record in page {
            take(record)?;
        }
    }
}

fn print(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

async fn verify(args: &args::Verify) -> anyhow::Result<()> {
    let mut anchors = args.anchors.clone();
    if let Some(path) = &args.file {
        let name = path.display();
        let text = std::fs::read_to_string(path).with_context(|| name.to_string()).map_err(user)?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let anchor: AuditAnchor =
                line.parse().with_context(|| name.to_string()).map_err(user)?;
            anchors.push(anchor);
        }
    }
    let service = service(&args.store).await?;
    let told = anchors.len();
    let mut check = AuditCheck::new(anchors);
    pages(service.as_ref(), 0, |record| check.next(&record).map_err(user)).await?;
    let head = check.end().map_err(user)?;
    eprintln!(
        "Nhật ký nguyên vẹn: {} dòng, {told} mốc / the log is whole: {} entries, {told} anchors",
        head.seq, head.seq
    );
    if told == 0 {
        eprintln!(
            "Không có mốc thì không biết đuôi có bị cắt / without an anchor a cut-off end is not seen: keep what `diachiso audit head` prints elsewhere"
        );
    }
    println!("{head}");
    Ok(())
}

async fn list(args: &args::List) -> anyhow::Result<()> {
    let service = service(&args.store).await?;
    let mut left = args.limit;
    let mut after = args.after;
    while left > 0 {
        let page = service.audit_page(after, PAGE).await.map_err(user)?;
        let Some(last) = page.last() else { break };
        after = last.anchor.seq;
        let wanted = |r: &&AuditRecord| args.action.as_ref().is_none_or(|a| *r.entry.action == **a);
        for record in page.iter().filter(wanted).take(left as usize) {
            left -= 1;
            let e = &record.entry;
            let at = e.at.strftime("%Y-%m-%dT%H:%M:%SZ");
            let seq = record.anchor.seq;
            print(&format!(
                "{seq}\t{at}\t{}\t{}\t{}\t{}\t{} rows\t{}\t{}",
                e.who, e.action, e.operation, e.area, e.rows, e.export, e.purpose
            ))?;
        }
    }
    Ok(())
}

fn body(record: &AuditRecord) -> serde_json::Value {
    let hex = |hash: [u8; 32]| blake3_hex(hash);
    let e = &record.entry;
    json!({
        "seq": record.anchor.seq,
        "at": e.at.to_string(),
        "who": &*e.who,
        "action": &*e.action,
        "operation": &*e.operation,
        "area": &*e.area,
        "purpose": &*e.purpose,
        "rows": e.rows,
        "columns": &*e.columns,
        "export": &*e.export,
        "content_hash": e.content_hash.map(hex),
        "hash": hex(record.anchor.hash),
    })
}

fn blake3_hex(hash: [u8; 32]) -> String {
    blake3::Hash::from_bytes(hash).to_hex().to_string()
}
