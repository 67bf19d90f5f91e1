//! Keeps a [`Workspace`] fresh by a change stream, so that no request pays for reading settings.

use super::freshness::Freshness;
use super::{BYPASS_RATE_LIMIT, SettingVariables, Settings, Workspace};
use crate::release::{self, ReleaseChoice, Version};
use crate::store::{Store, StoreError, WorkspaceChanges};
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// The workspace as it is now. Dropping it ends the watching.
#[derive(Debug)]
pub struct LiveWorkspace {
    current: Arc<ArcSwap<Workspace>>,
    freshness: Arc<Freshness>,
    changes: watch::Receiver<()>,
    watcher: JoinHandle<()>,
}

impl LiveWorkspace {
    /// Reads the workspace and starts watching it.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be watched or read even once.
    pub async fn start(
        store: Store,
        variables: SettingVariables,
        choice: ReleaseChoice,
    ) -> Result<LiveWorkspace, StoreError> {
        // Watched before it is read: a change in between is seen twice rather than never.
        let changes = watch(&store).await?;
        let workspace = Workspace::read(&store, &variables, choice).await?;
        warn_beyond_the_table(workspace.release.version);
        let current = Arc::new(ArcSwap::from_pointee(workspace));
        let freshness = Arc::<Freshness>::default();
        let (changed, receiver) = watch::channel(());
        let watcher = Watcher {
            store,
            variables,
            choice,
            current: Arc::clone(&current),
            freshness: Arc::clone(&freshness),
            changed,
        };
        let watcher = tokio::spawn(watcher.run(changes));
        Ok(LiveWorkspace { current, freshness, changes: receiver, watcher })
    }

    /// Notifies of every later change.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.clone()
    }

    /// How old the present state is, and whether later changes would be seen.
    #[must_use]
    pub fn freshness(&self) -> &Freshness {
        &self.freshness
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
    choice: ReleaseChoice,
    current: Arc<ArcSwap<Workspace>>,
    freshness: Arc<Freshness>,
    changed: watch::Sender<()>,
}

impl Watcher {
    /// Follows one stream after the other. The driver resumes a stream over short failures by itself; after
    /// longer ones a new stream and a fresh read are as good as the old place in the stream.
    async fn run(self, mut changes: WorkspaceChanges) {
        let mut delay = FIRST_DELAY;
        loop {
            let followed = self.follow(changes, &mut delay).await;
            self.freshness.set_watched(false);
            match followed {
                Ok(()) => tracing::debug!("the stream of settings ended and is opened again"),
                Err(error) => tracing::warn!(%error, "settings cannot be watched; trying again"),
            }
            changes = loop {
                tokio::time::sleep(delay).await;
                delay = (delay * 2).min(LONGEST_DELAY);
                match self.reopen().await {
                    Ok(changes) => break changes,
                    Err(error) => tracing::warn!(%error, "settings cannot be watched; trying again"),
                }
            };
        }
    }

    async fn follow(&self, mut changes: WorkspaceChanges, delay: &mut Duration) -> Result<(), StoreError> {
        while changes.changed().await? {
            self.refresh().await?;
            *delay = FIRST_DELAY;
        }
        Ok(())
    }

    async fn reopen(&self) -> Result<WorkspaceChanges, StoreError> {
        let changes = watch(&self.store).await?;
        self.refresh().await?;
        self.freshness.set_watched(true);
        Ok(changes)
    }

    async fn refresh(&self) -> Result<(), StoreError> {
        let workspace = Workspace::read(&self.store, &self.variables, self.choice).await?;
        let (before, version) = (self.current.load().release.version, workspace.release.version);
        self.current.store(Arc::new(workspace));
        self.freshness.note_read();
        if version != before {
            tracing::info!(release = %version, %before, rows = release::summary(version), "another version is imitated");
            warn_beyond_the_table(version);
        }
        self.changed.send_replace(());
        Ok(())
    }
}

fn warn_beyond_the_table(version: Version) {
    if version.is_beyond_the_table() {
        let known = Version::NEWEST;
        tracing::warn!(release = %version, newest = %known, "this version is newer than the newest that is known, and imitated as that one");
    }
}

async fn watch(store: &Store) -> Result<WorkspaceChanges, StoreError> {
    store.watch_workspace(Settings::IDS, BYPASS_RATE_LIMIT).await
}
