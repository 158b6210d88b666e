//! Small commands that print something: dump, completions.

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::{args, user};

/// Prints the canonical dump of the published state.
pub(crate) async fn dump(args: &args::StoreArg) -> anyhow::Result<()> {
    print_dump(&args.store).await
}

/// Prints the canonical dump of the store at a path or URL.
pub(crate) async fn print_dump(store: &str) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(store, false).await.map_err(user)?;
    std::io::stdout().write_all(store.dump().await?.as_bytes())?;
    Ok(())
}

/// Prints completions for a shell.
#[expect(clippy::unnecessary_wraps, reason = "commands share one signature")]
pub(crate) fn completions(args: &args::Completions) -> anyhow::Result<()> {
    clap_complete::generate(
        args.shell,
        &mut args::Args::command(),
        "diachiso",
        &mut std::io::stdout(),
    );
    Ok(())
}
