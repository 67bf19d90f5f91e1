//! What others are told of a rename, as far as it has gone. Source: `spec/live-updates.md` section 3.
//!
//! Best effort: after a crash, what was rewritten before it is not told again.

use super::{Rename, Step};
use crate::announce::{Announcer, Event};
use crate::store::{Store, StoreError, Subscriptions};

/// Events that are told together.
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
                    let rooms = self.store.direct_message_rooms(self.user_id).await?;
                    self.send(rooms.into_iter().map(Event::RoomUpdated).collect());
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
        let subscriptions = self.store.subscriptions(of).await?;
        self.send(subscriptions.into_iter().map(Event::SubscriptionUpdated).collect());
        Ok(())
    }

    fn send(&self, events: Vec<Event>) {
        for events in events.chunks(BATCH) {
            self.announcer.events(events.to_vec());
        }
    }
}
