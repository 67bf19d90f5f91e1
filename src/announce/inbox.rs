//! What waits to be announced.

use tokio::sync::{mpsc, oneshot};

/// Items that may wait. Beyond that they are dropped: announcing must never hold up requests.
const ROOM: usize = 1000;

/// The queue's end from which it is emptied.
pub struct Inbox<T> {
    items: mpsc::Receiver<T>,
    stop: oneshot::Receiver<()>,
    stopped: bool,
}

/// A queue; dropping the last part closes it: what is in it is still received.
#[must_use]
pub fn inbox<T>() -> (mpsc::Sender<T>, Inbox<T>, oneshot::Sender<()>) {
    let (sender, items) = mpsc::channel(ROOM);
    let (stopping, stop) = oneshot::channel();
    (sender, Inbox { items, stop, stopped: false }, stopping)
}

impl<T> Inbox<T> {
    /// The next item; `None` when the queue is closed and empty.
    pub async fn next(&mut self) -> Option<T> {
        loop {
            tokio::select! {
                item = self.items.recv() => return item,
                _ = &mut self.stop, if !self.stopped => {
                    self.stopped = true;
                    self.items.close();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_is_received_in_order_after_the_stop() {
        let (sender, mut inbox, stop) = inbox();
        sender.send(1).await.expect("open");
        sender.send(2).await.expect("open");
        drop(stop);
        assert_eq!((inbox.next().await, inbox.next().await, inbox.next().await), (Some(1), Some(2), None));
        assert!(sender.send(3).await.is_err());
    }

    #[tokio::test]
    async fn a_full_queue_refuses() {
        let (sender, _inbox, _stop) = inbox();
        for item in 0..ROOM {
            sender.try_send(item).expect("room");
        }
        assert!(sender.try_send(ROOM).is_err());
    }
}
