//! `diachiso serve`: the API, the tiles and the page, until asked to stop.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use diachiso_runs::{Key, Silent};
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
    until_stopped(listener, store, service, key).await
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
    key: Key,
) -> anyhow::Result<()> {
    let reproduce = Arc::new(Reproducer { store: Arc::clone(&store), key });
    let state = AppState::explaining(store, service, reproduce);
    Ok(diachiso_server::serve(listener, state, stop_signal()).await?)
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
