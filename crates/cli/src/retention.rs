//! `diachiso retention`: until when the personal cells of files are kept, and what lets go of them then.

pub(crate) mod args;

use std::io::Write as _;

use diachiso_runs::{Acceptance, RetainedFile, Whom, retained};
use serde_json::json;

use crate::{decide, subject, subject::erase, user};

/// The command.
pub(crate) async fn command(args: &args::Retention) -> anyhow::Result<()> {
    match args {
        args::Retention::List(list) => self::list(list).await,
        args::Retention::Set(set) => self::set(set).await,
        args::Retention::Run(run) => self::run(run).await,
    }
}

async fn list(args: &args::List) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let today = args.today.unwrap_or_else(subject::today);
    let service = diachiso_store::open_service(&args.store.store).await.map_err(user)?;
    let files = retained(store.as_ref(), service.as_ref(), &args.days.retention()?).await?;
    let mut out = std::io::stdout();
    if args.json {
        let row = |file: &RetainedFile| {
            json!({
                "name": &*file.name,
                "hash": &*file.hash,
                "purpose": file.purpose.as_deref(),
                "until": file.until.map(|day| day.to_string()),
                "chosen": file.chosen,
                "ended": file.has_ended(today),
            })
        };
        let rows: Vec<_> = files.iter().map(row).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
        return Ok(());
    }
    for file in &files {
        let until = file.until.map_or_else(|| "–".to_owned(), |day| day.to_string());
        let ended = if file.has_ended(today) { "HẾT HẠN/ENDED" } else { "" };
        let purpose = file.purpose.as_deref().unwrap_or("–");
        writeln!(out, "{until}\t{:.12}\t{}\t{ended}\t{purpose}", file.hash, file.name)?;
    }
    Ok(())
}

async fn set(args: &args::Set) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let by = Acceptance::from(&args.signed);
    let decisions =
        diachiso_runs::retention_decision(store.as_ref(), &args.file, args.until, &by).await?;
    decide::publish(store, decisions, args.key.key()?).await
}

async fn run(args: &args::Run) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let service = diachiso_store::open_service(&args.store.store).await.map_err(user)?;
    let today = args.today.unwrap_or_else(subject::today);
    let files = retained(store.as_ref(), service.as_ref(), &args.days.retention()?).await?;
    let ended: Vec<RetainedFile> = files.into_iter().filter(|f| f.has_ended(today)).collect();
    if ended.is_empty() {
        eprintln!("Không có tệp hết hạn / no file is past its end");
        return Ok(());
    }
    for file in &ended {
        eprintln!("{} · BLAKE3 {:.12}", file.name, file.hash);
    }
    let whom: Vec<Whom> = ended.iter().map(|file| Whom::File(file.hash.clone())).collect();
    let about = format!("retention: {} files", ended.len());
    let (about, signed) = ((&*about, None), (&args.signed, &args.key));
    erase::carry_out((store, service.as_ref()), &|_| Some(whom.clone()), about, signed)
        .await
        .map(drop)
}
