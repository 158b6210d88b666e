//! Work that nobody waits for, done so that those who wait are answered meanwhile.

use std::{io, thread};

use tokio::{runtime::Handle, sync::oneshot};

/// Niceness of the threads that compute runs, maps and indexes: of two that want a core, one that answers gets 28 times as
/// much of it.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 15;

/// Has the threads that compute give way to those that answer. Where they cannot, they compute as before.
pub(super) fn give_way() {
    // On Linux niceness is a thread's own; elsewhere this would slow everything.
    #[cfg(target_os = "linux")]
    rayon::broadcast(|_| {
        if let Err(error) = rustix::process::nice(NICENESS) {
            tracing::warn!(%error, "computing does not give way to answering");
        }
    });
}

/// Runs a task that may compute for long between two waits on a thread of its own.
///
/// # Errors
/// When there is no thread to be had.
pub(super) fn spawn(
    task: impl Future<Output = ()> + Send + 'static,
) -> io::Result<oneshot::Receiver<()>> {
    let (done, told) = oneshot::channel();
    let here = Handle::current();
    thread::Builder::new().name("diachiso-work".to_owned()).spawn(move || {
        here.block_on(task);
        // Nobody listens any more where serving failed.
        let _ = done.send(());
    })?;
    Ok(told)
}
