//! What waits to be announced.

use tokio::sync::{mpsc, oneshot};

/// Items that may wait. Beyond that they are dropped: announcing must never hold up requests.
const CAPACITY: usize = 1000;

/// The receiving end of a queue.
pub struct Queue<T> {
    items: mpsc::Receiver<T>,
    stop: oneshot::Receiver<()>,
    stopped: bool,
}

/// A new queue. Dropping the last part that is returned closes it; what is in it is still received.
#[must_use]
pub fn queue<T>() -> (mpsc::Sender<T>, Queue<T>, oneshot::Sender<()>) {
    let (sender, items) = mpsc::channel(CAPACITY);
    let (stopping, stop) = oneshot::channel();
    (sender, Queue { items, stop, stopped: false }, stopping)
}

impl<T> Queue<T> {
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
        let (sender, mut queue, stop) = queue();
        sender.send(1).await.expect("open");
        sender.send(2).await.expect("open");
        drop(stop);
        assert_eq!((queue.next().await, queue.next().await, queue.next().await), (Some(1), Some(2), None));
        assert!(sender.send(3).await.is_err());
    }

    #[tokio::test]
    async fn a_full_queue_refuses() {
        let (sender, _queue, _stop) = queue();
        for item in 0..CAPACITY {
            sender.try_send(item).expect("room");
        }
        assert!(sender.try_send(CAPACITY).is_err());
    }
}
