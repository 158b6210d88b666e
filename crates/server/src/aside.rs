//! Reading all of a state: off the threads that answer, which a million rows would keep from everybody else.

use std::future::Future;

use tokio::{runtime::Handle, task::spawn_blocking};

use crate::error::ApiError;

/// Does something that reads much on a thread of its own.
///
/// # Errors
/// What the work says, and [`ApiError::Internal`] when it panics.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    let here = Handle::current();
    spawn_blocking(move || here.block_on(work)).await.map_err(ApiError::internal)?
}
