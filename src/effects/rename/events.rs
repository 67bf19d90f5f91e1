//! The events by which other clients see a rename, sent after the steps that they belong to. Source: `docs/behaviour/live-updates.md` section 3.
//!
//! Best effort: after a crash, events of what was rewritten before it are not sent.

use super::{Rename, Step};
use crate::announce::{Announcer, Event};
use crate::store::{Store, StoreError, Subscriptions};
use bson::{Bson, RawDocumentBuf};

/// How many documents are read and announced together. They are read only when it is their turn, so a rename of very
/// many needs little memory.
const BATCH: usize = 100;

/// Remembers which steps have changed anything, and announces it when all that belongs together is done.
pub struct RenameEvents<'a> {
    pub announcer: &'a Announcer,
    pub store: &'a Store,
    pub user_id: &'a str,
    pub rename: &'a Rename,
    pub rooms_changed: bool,
}

impl RenameEvents<'_> {
    /// To be called after each step.
    pub async fn after(&mut self, step: Step, changed: u64) {
        if !self.announcer.wants_events() {
            return;
        }
        if let Err(error) = self.announce(step, changed > 0).await {
            tracing::warn!(%error, "a rename is not announced");
        }
    }

    async fn announce(&mut self, step: Step, changed: bool) -> Result<(), StoreError> {
        match step {
            Step::Rooms | Step::CreatedRooms => self.rooms_changed |= changed,
            Step::Subscriptions => {
                if changed {
                    self.announce_subscriptions(Subscriptions::Own(self.user_id)).await?;
                }
                if self.rooms_changed {
                    self.announce_rooms(&self.store.direct_message_rooms(self.user_id).await?);
                }
            }
            Step::DirectMessages if changed => {
                self.announce_subscriptions(Subscriptions::DirectMessagesNamed(&self.rename.username))
                    .await?;
            }
            Step::GroupDirectMessages if changed => {
                let rooms = self.store.group_direct_messages(self.user_id).await?;
                for rooms in rooms.chunks(BATCH) {
                    let rooms: Vec<&str> = rooms.iter().map(|room| room.id.as_str()).collect();
                    self.announce_subscriptions(Subscriptions::InRooms(&rooms)).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn announce_subscriptions(&self, of: Subscriptions<'_>) -> Result<(), StoreError> {
        for ids in self.store.subscription_ids(of).await?.chunks(BATCH) {
            let (store, ids) = (self.store.clone(), ids.to_vec());
            self.announcer.gather(async move {
                let subscriptions = store.subscriptions(Subscriptions::WithIds(&ids)).await;
                events_of(subscriptions, Event::SubscriptionUpdated)
            });
        }
        Ok(())
    }

    fn announce_rooms(&self, rooms: &[Bson]) {
        for ids in rooms.chunks(BATCH) {
            let (store, ids) = (self.store.clone(), ids.to_vec());
            self.announcer.gather(async move { events_of(store.rooms(&ids).await, Event::RoomUpdated) });
        }
    }
}

fn events_of(
    documents: Result<Vec<RawDocumentBuf>, StoreError>,
    event: impl Fn(RawDocumentBuf) -> Event,
) -> Vec<Event> {
    documents.map(|documents| documents.into_iter().map(event).collect()).unwrap_or_else(|error| {
        tracing::warn!(%error, "a part of a rename is not announced");
        Vec::new()
    })
}
