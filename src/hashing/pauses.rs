//! The pause before the answer to those who find no room, so that who asks again at once costs little.

use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::sleep;

const PAUSE: Duration = Duration::from_secs(1);
/// To so many at a time; further ones are answered at once.
const AT_A_TIME: usize = 256;

#[derive(Debug)]
pub(super) struct Pauses(Semaphore);

impl Default for Pauses {
    fn default() -> Self {
        Pauses(Semaphore::new(AT_A_TIME))
    }
}

impl Pauses {
    pub(super) async fn pause(&self) {
        if let Ok(_one) = self.0.try_acquire() {
            sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn beyond_the_bound_nobody_waits() {
        let pauses = Pauses::default();
        let mut paused: Vec<_> = (0..AT_A_TIME).map(|_| Box::pin(pauses.pause())).collect();
        assert!(paused.iter_mut().all(|pause| pause.now_or_never().is_none()));
        assert!(pauses.pause().now_or_never().is_some());
        drop(paused);
        assert!(pauses.pause().now_or_never().is_none());
    }
}
