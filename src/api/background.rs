//! What goes on behind answers, so that neither what is answered nor when tells whether there was anything to do.

use super::Api;
use super::error::ApiError;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// So much may go on at a time.
const MOST: usize = 64;

/// A place for each thing that goes on.
#[derive(Debug, Clone)]
pub struct Background(Arc<Semaphore>);

impl Default for Background {
    fn default() -> Self {
        Background(Arc::new(Semaphore::new(MOST)))
    }
}

/// Carries something out behind the answer.
///
/// # Errors
/// [`ApiError::Busy`] where so much is going on already that nothing more is begun.
pub fn behind_the_answer(api: &Api, work: impl Future<Output = ()> + Send + 'static) -> Result<(), ApiError> {
    let place = Arc::clone(&api.background.0).try_acquire_owned().map_err(|_| ApiError::Busy)?;
    tokio::spawn(async move {
        work.await;
        drop(place);
    });
    Ok(())
}
