//! `diachiso serve`: the API, the tiles and the page, until asked to stop.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use diachiso_runs::{Desk, DeskSettings, Key, Silent};
use diachiso_server::{AppState, Reproduce, Reproduced};
use diachiso_store::{ServiceStore, Store};

use crate::{args, user};

/// The command.
pub(crate) async fn command(args: &args::Serve) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let service = diachiso_store::open_service(&args.store.store).await.map_err(user)?;
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
        ..DeskSettings::new(spool, key)
    };
    until_stopped(listener, store, service, settings).await
}

/// The folder of files that wait beside a store: `tinh.gpkg` → `tinh.spool`.
pub(crate) fn spool_of(store: &str) -> PathBuf {
    Path::new(store).with_extension("spool")
}

/// Binds an address; a port that is taken is the user's to change.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: choose another --listen"))
        .map_err(user)
}

/// Serves until Ctrl+C or SIGTERM; requests under way are answered first.
pub(crate) async fn until_stopped(
    listener: tokio::net::TcpListener,
    store: Arc<dyn Store>,
    service: Arc<dyn ServiceStore>,
    settings: DeskSettings,
) -> anyhow::Result<()> {
    let key = settings.key.clone();
    let desk = Arc::new(Desk::new(Arc::clone(&store), Arc::clone(&service), settings)?);
    let reproduce = Arc::new(Reproducer { store: Arc::clone(&store), key });
    let state = AppState::explaining(store, service, reproduce).with_desk(Arc::clone(&desk));
    let worker = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.work().await }
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
