//! Following a change stream.
//!
//! A stream that waits inside MongoDB is woken there by every write of anybody, Rocket.Chat's, too, to look whether that is
//! one that is wanted. Beside a rename of many messages each takes half a core. One that is asked from time to time reads in
//! one go what was written since then (docs/PERFORMANCE.md).

use super::StoreError;
use bson::Document;
use mongodb::action::Watch;
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ChangeStreamEvent;
use std::time::Duration;
use tokio::time::sleep;

/// How long a change may go unseen where the stream is asked from time to time.
const PAUSE: Duration = Duration::from_millis(200);
/// How long such a question may wait inside MongoDB; the least there is.
const NO_WAIT: Duration = Duration::from_millis(1);

/// An open stream.
pub(super) struct Changes {
    stream: ChangeStream<ChangeStreamEvent<Document>>,
    /// Between a question that found nothing and the next.
    pause: Duration,
}

impl Changes {
    /// Of which each change is told at once.
    pub(super) async fn waiting(watch: Watch<'_>) -> Result<Changes, StoreError> {
        Ok(Changes { stream: watch.await?, pause: Duration::ZERO })
    }

    /// Of which a change is seen a little later.
    pub(super) async fn asked_from_time_to_time(watch: Watch<'_>) -> Result<Changes, StoreError> {
        Ok(Changes { stream: watch.max_await_time(NO_WAIT).await?, pause: PAUSE })
    }

    /// Waits for the next change. `None` when the stream has ended and must be opened anew.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the driver could not resume by itself.
    pub(super) async fn next(&mut self) -> Result<Option<ChangeStreamEvent<Document>>, StoreError> {
        loop {
            if let Some(event) = self.stream.next_if_any().await? {
                return Ok(Some(event));
            }
            if !self.stream.is_alive() {
                return Ok(None);
            }
            sleep(self.pause).await;
        }
    }
}
