//! What others are told of a rename, as far as it has gone. Source: `docs/behaviour/live-updates.md` section 3.
//!
//! Best effort: after a crash, what was rewritten before it is not told again.

use super::{Rename, Step};
use crate::announce::{Announcer, Event};
use crate::store::{Store, StoreError, Subscriptions};
use bson::{Bson, RawDocumentBuf};

/// Documents that are read and told together, when it is their turn: so a rename with very many needs little memory.
const BATCH: usize = 100;

/// Remembers which steps have changed anything, and tells of it when all that belongs together is done.
pub struct News<'a> {
    pub announcer: &'a Announcer,
    pub store: &'a Store,
    pub user_id: &'a str,
    pub rename: &'a Rename,
    pub rooms_changed: bool,
}

impl News<'_> {
    /// To be called after each step.
    pub async fn after(&mut self, step: Step, changed: u64) {
        if !self.announcer.wants_events() {
            return;
        }
        if let Err(error) = self.tell(step, changed > 0).await {
            tracing::warn!(%error, "a rename is not announced");
        }
    }

    async fn tell(&mut self, step: Step, changed: bool) -> Result<(), StoreError> {
        match step {
            Step::Rooms | Step::CreatedRooms => self.rooms_changed |= changed,
            Step::Subscriptions => {
                if changed {
                    self.tell_subscriptions(Subscriptions::Own(self.user_id)).await?;
                }
                if self.rooms_changed {
                    self.tell_rooms(&self.store.direct_message_rooms(self.user_id).await?);
                }
            }
            Step::DirectMessages if changed => {
                self.tell_subscriptions(Subscriptions::DirectMessagesNamed(&self.rename.username)).await?;
            }
            Step::GroupDirectMessages if changed => {
                let rooms = self.store.group_direct_messages(self.user_id).await?;
                for rooms in rooms.chunks(BATCH) {
                    let rooms: Vec<&str> = rooms.iter().map(|room| room.id.as_str()).collect();
                    self.tell_subscriptions(Subscriptions::InRooms(&rooms)).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn tell_subscriptions(&self, of: Subscriptions<'_>) -> Result<(), StoreError> {
        for ids in self.store.subscription_ids(of).await?.chunks(BATCH) {
            let (store, ids) = (self.store.clone(), ids.to_vec());
            self.announcer.gather(async move {
                let subscriptions = store.subscriptions(Subscriptions::WithIds(&ids)).await;
                told(subscriptions, Event::SubscriptionUpdated)
            });
        }
        Ok(())
    }

    fn tell_rooms(&self, rooms: &[Bson]) {
        for ids in rooms.chunks(BATCH) {
            let (store, ids) = (self.store.clone(), ids.to_vec());
            self.announcer.gather(async move { told(store.rooms(&ids).await, Event::RoomUpdated) });
        }
    }
}

fn told(
    documents: Result<Vec<RawDocumentBuf>, StoreError>,
    event: impl Fn(RawDocumentBuf) -> Event,
) -> Vec<Event> {
    documents.map(|documents| documents.into_iter().map(event).collect()).unwrap_or_else(|error| {
        tracing::warn!(%error, "a part of a rename is not announced");
        Vec::new()
    })
}
