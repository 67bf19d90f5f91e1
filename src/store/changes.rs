//! Waiting on a change stream.

use super::StoreError;
use bson::Document;
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ChangeStreamEvent;

/// An open stream.
pub(super) struct Changes(ChangeStream<ChangeStreamEvent<Document>>);

impl Changes {
    pub(super) fn new(stream: ChangeStream<ChangeStreamEvent<Document>>) -> Changes {
        Changes(stream)
    }

    /// Waits for the next change. `None` when the stream has ended and must be opened anew.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the driver could not resume by itself.
    pub(super) async fn next(&mut self) -> Result<Option<ChangeStreamEvent<Document>>, StoreError> {
        loop {
            if let Some(event) = self.0.next_if_any().await? {
                return Ok(Some(event));
            }
            if !self.0.is_alive() {
                return Ok(None);
            }
        }
    }
}
