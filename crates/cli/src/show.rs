//! Small commands that print something: dump, token, completions.

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::{args, user};

/// Prints the canonical dump of the published state.
pub(crate) async fn dump(args: &args::StoreArg) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store, false).await.map_err(user)?;
    std::io::stdout().write_all(store.dump().await?.as_bytes())?;
    Ok(())
}

/// Makes a token, keeps its hash, prints it once.
pub(crate) async fn token(args: &args::Token) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    println!("{}", new_token(store.as_ref(), &args.label, args.days).await?);
    Ok(())
}

/// A fresh token whose hash the store knows for so many days.
pub(crate) async fn new_token(
    store: &dyn diachiso_store::Store,
    label: &str,
    days: u16,
) -> anyhow::Result<String> {
    let (token, hash) = diachiso_server::new_token()?;
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * i64::from(days));
    store.add_token(hash, label, &until.to_string()).await.map_err(user)?;
    Ok(token)
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
