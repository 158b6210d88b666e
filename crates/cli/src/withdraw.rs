//! `diachiso withdraw`: takes a file out of what is published, and puts it back.

use diachiso_runs::Acceptance;

use crate::{args, decide, user};

/// The command.
pub(crate) async fn command(args: &args::Withdraw) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let by = Acceptance::from(&args.signed);
    let files = diachiso_runs::file_decisions(store.as_ref(), &args.file, args.undo, &by).await?;
    for (file, _) in &files {
        eprintln!("{} · BLAKE3 {:.12}", file.name, file.hash);
    }
    let decisions = files.into_iter().map(|(_, decision)| decision).collect();
    decide::publish(store, decisions, args.key.key()?).await
}
