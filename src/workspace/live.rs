//! Keeps a [`Workspace`] fresh by a change stream, so that no request pays for reading settings.

use super::{BYPASS_RATE_LIMIT, Settings, Workspace};
use crate::config::SettingVariables;
use crate::release::SettingDefaults;
use crate::store::{Store, StoreError};
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The workspace as it is now. Dropping it ends the watching.
#[derive(Debug)]
pub struct LiveWorkspace {
    current: Arc<ArcSwap<Workspace>>,
    watcher: JoinHandle<()>,
}

impl LiveWorkspace {
    /// Reads the workspace and starts watching it.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read even once.
    pub async fn start(
        store: Store,
        variables: SettingVariables,
        defaults: SettingDefaults,
    ) -> Result<LiveWorkspace, StoreError> {
        let workspace = Workspace::read(&store, &variables, defaults).await?;
        let current = Arc::new(ArcSwap::from_pointee(workspace));
        let watcher = Watcher { store, variables, defaults, current: Arc::clone(&current) };
        Ok(LiveWorkspace { current, watcher: tokio::spawn(watcher.run()) })
    }

    /// The present state. A request takes it once, so that all its rules see the same settings.
    #[must_use]
    pub fn now(&self) -> Arc<Workspace> {
        self.current.load_full()
    }
}

impl Drop for LiveWorkspace {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

struct Watcher {
    store: Store,
    variables: SettingVariables,
    defaults: SettingDefaults,
    current: Arc<ArcSwap<Workspace>>,
}

impl Watcher {
    async fn run(self) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.follow(&mut pause).await {
                Ok(()) => tracing::debug!("the stream of settings ended and is opened again"),
                Err(error) => tracing::warn!(%error, "settings cannot be watched; trying again"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Follows one stream until it breaks. The driver resumes it over short failures by itself; after longer
    /// ones a new stream and a fresh read are as good as the old place in the stream.
    async fn follow(&self, pause: &mut Duration) -> Result<(), StoreError> {
        let mut changes = self.store.watch_workspace(Settings::IDS, BYPASS_RATE_LIMIT).await?;
        // Read behind the opening: what changed before it is seen here, what changes later comes by the stream.
        self.refresh().await?;
        *pause = FIRST_PAUSE;
        while changes.changed().await? {
            self.refresh().await?;
        }
        Ok(())
    }

    async fn refresh(&self) -> Result<(), StoreError> {
        let workspace = Workspace::read(&self.store, &self.variables, self.defaults).await?;
        self.current.store(Arc::new(workspace));
        Ok(())
    }
}
