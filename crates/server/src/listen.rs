//! Connections: how many there may be, and how long a client may keep one without saying anything.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, response::Response};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower::ServiceExt as _;
use tower_http::timeout::TimeoutBody;

use crate::{AppState, http::app};

/// Connections at a time; the next wait to be accepted. One that is idle takes some 20 KiB, so all take 320 MiB.
const MAX_CONNECTIONS: usize = 16_384;

/// Longest wait for the whole head of a request, from the moment at which one could come: an idle connection is closed then.
const HEAD_WITHIN: Duration = Duration::from_secs(20);

/// Longest wait for the next piece of a body.
const PIECE_WITHIN: Duration = Duration::from_secs(30);

/// How long nothing is accepted after the system could not: it has no file descriptor left, say.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Serves until `shutdown` ends, then lets the requests under way finish.
///
/// # Errors
/// None for now; connections that cannot be accepted are tried again.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    last_on_record(&state).await;
    let sweep = tokio::spawn(crate::access::sweep_forever(state.clone()));
    let app = app(state);
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>((listener.accept().await?, permit))
        };
        tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => match accepted {
                Ok(((stream, peer), permit)) => connected(stream, peer, &app, &graceful, permit),
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
                }
            },
        }
    }
    drop(listener);
    // What was not closed yet is at the next start.
    sweep.abort();
    graceful.shutdown().await;
    Ok(())
}

/// Takes note of when the last entry of the access log was written.
async fn last_on_record(state: &AppState) {
    let service = state.service();
    let last = async {
        let head = service.audit_head().await?;
        service.audit_page(head.seq.saturating_sub(1), 1).await
    };
    match last.await {
        Ok(page) => page.iter().for_each(|record| crate::clock::seen(record.entry.at)),
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "no access log yet"),
    }
}

/// Serves one connection on a task of its own.
fn connected(
    stream: TcpStream,
    peer: SocketAddr,
    app: &Router,
    graceful: &GracefulShutdown,
    permit: OwnedSemaphorePermit,
) {
    let app = app.clone();
    let service = tower::service_fn(move |request: axum::http::Request<hyper::body::Incoming>| {
        let app = app.clone();
        async move {
            let mut request = request.map(|body| Body::new(TimeoutBody::new(PIECE_WITHIN, body)));
            request.extensions_mut().insert(ConnectInfo(peer));
            let answered: Result<Response, Infallible> = app.oneshot(request).await;
            answered
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    let served = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let served = graceful.watch(served);
    tokio::spawn(async move {
        // A client that goes away, or is sent away for saying nothing, is no failure of ours.
        if let Err(error) = served.await {
            tracing::debug!(%error, "connection ended");
        }
        drop(permit);
    });
}
