//! `diachiso serve`: the API, the tiles and the page, until asked to stop.

pub(crate) mod args;
mod background;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use diachiso_runs::{Desk, DeskSettings, Key, Silent};
use diachiso_server::{AppState, Limits, OidcConfig, Reproduce, Reproduced};
use diachiso_store::{ServiceStore, Store};

use crate::user;

/// The command.
pub(crate) async fn command(args: &args::Serve) -> anyhow::Result<()> {
    let worker = args.worker_store.as_deref();
    let store = worker.unwrap_or(&args.store.store);
    let store = diachiso_store::open_store(store, false).await.map_err(user)?;
    let guarded = match worker {
        Some(_) => Some(diachiso_store::open_guarded(&args.store.store).await.map_err(user)?),
        None => None,
    };
    let service =
        diachiso_store::open_service_for(&args.store.store, worker).await.map_err(user)?;
    let key = args.key.key()?;
    if let Some(last) = store.latest_run().await.map_err(user)?
        && let Err(why) = key.check(&last.sealed)
    {
        eprintln!("/api/v1/explain sẽ không trả lời được / will not answer: {why:#}");
    }
    let listener = listen(args.listen).await?;
    eprintln!("Trang bản đồ / Page:  http://{}/", listener.local_addr()?);
    eprintln!("API:                  http://{}/docs", listener.local_addr()?);
    eprintln!("Dừng / Stop: Ctrl+C");
    let spool = args.spool.clone().unwrap_or_else(|| spool_of(&args.store.store));
    let settings = DeskSettings {
        guard: args.guard.limits(),
        publish_every: Duration::from_secs(args.publish_every),
        today: args.today,
        keep_rows: args.keep_rows,
        retention: args.retention.retention()?,
        ..DeskSettings::new(spool, key)
    };
    let (limits, provider) = (args.limits(), provider(args));
    until_stopped(listener, Served { store, guarded, service, settings, limits, provider }).await
}

/// The folder of files that wait: beside a store in a file (`tinh.gpkg` → `tinh.spool`), in the working directory under
/// the name of a database.
pub(crate) fn spool_of(store: &str) -> PathBuf {
    let database = diachiso_store::database_name(store).map(PathBuf::from);
    database.unwrap_or_else(|| Path::new(store).to_path_buf()).with_extension("spool")
}

/// Binds an address; a port that is taken is the user's to change.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: choose another --listen"))
        .map_err(user)
}

/// The provider whose tokens are accepted, if one is named.
fn provider(args: &args::Serve) -> Option<OidcConfig> {
    Some(OidcConfig {
        issuer: args.oidc_issuer.clone()?,
        audience: args.oidc_audience.clone()?,
        rules: args.oidc_grants.clone(),
        ask_again_after: OidcConfig::ASK_AGAIN_AFTER,
    })
}

/// What is served, to whom.
pub(crate) struct Served {
    pub(crate) store: Arc<dyn Store>,
    /// The same by a login that sees rows about persons only within an area.
    pub(crate) guarded: Option<Arc<dyn Store>>,
    pub(crate) service: Arc<dyn ServiceStore>,
    pub(crate) settings: DeskSettings,
    pub(crate) limits: Limits,
    pub(crate) provider: Option<OidcConfig>,
}

/// Serves until Ctrl+C or SIGTERM; requests under way are answered first.
pub(crate) async fn until_stopped(
    listener: tokio::net::TcpListener,
    served: Served,
) -> anyhow::Result<()> {
    let Served { store, guarded, service, settings, limits, provider } = served;
    let key = settings.key.clone();
    let desk = Arc::new(Desk::new(Arc::clone(&store), Arc::clone(&service), settings)?);
    let reproduce = Arc::new(Reproducer { store: Arc::clone(&store), key });
    let state = AppState::explaining(store, service, reproduce).with_desk(Arc::clone(&desk));
    state.limit(limits);
    if let Some(guarded) = guarded {
        state.guard_rows(guarded);
    }
    if let Some(provider) = provider {
        state.accept(provider).map_err(user)?;
    }
    background::give_way();
    let worker = background::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.work().await }
    })?;
    tokio::spawn({
        let state = state.clone();
        async move { state.warm_up().await }
    });
    let stop = async move {
        stop_signal().await;
        desk.stop();
    };
    let served = diachiso_server::serve(listener, state, stop).await;
    // A run under way is finished; what waits is on disk for the next process.
    worker.await?;
    Ok(served?)
}

/// Makes the published state again from the files that the store keeps.
struct Reproducer {
    store: Arc<dyn Store>,
    key: Key,
}

#[async_trait::async_trait]
impl Reproduce for Reproducer {
    async fn reproduce(&self) -> Result<Reproduced, Box<dyn std::error::Error + Send + Sync>> {
        let watch = Arc::new(Silent);
        Ok(diachiso_runs::reproduce(Arc::clone(&self.store), self.key.clone(), watch).await?)
    }
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_page_about_operation_names_every_setting_of_the_server() {
        let page = include_str!("../../../docs/operation.md");
        let command = crate::args::Args::command();
        let serve = command.find_subcommand("serve").expect("the command");
        for arg in serve.get_arguments().chain(command.get_arguments()) {
            let Some(long) = arg.get_long().filter(|l| !matches!(*l, "help" | "version")) else {
                continue;
            };
            let variable = arg.get_env().and_then(|v| v.to_str());
            let variable = variable.map_or_else(|| "–".to_owned(), |v| format!("`{v}`"));
            let row = format!("| `--{long}` | {variable} |");
            assert!(page.contains(&row), "docs/operation.md lacks: {row}");
        }
    }
}
