//! Carries out a rename: what there is to change is looked up for all steps together; the steps that change a few documents
//! are done side by side, then those that change more, one after the other.

use super::events::RenameEvents;
use super::{Rename, Step, catch_up};
use crate::announce::Announcer;
use crate::effects::{Failure, RetryPolicy};
use crate::store::{Leased, Outdated, Store, StoreError};
use bson::Bson;
use futures_util::future::join_all;
use std::time::{Duration, Instant};

/// How long it may take to look up what all steps have to change. Some collections have no index for that: where they are
/// very large, each step looks for itself.
const LOOK_TIMEOUT: Duration = Duration::from_secs(5);

pub async fn run(
    store: &Store,
    announcer: &Announcer,
    policy: &RetryPolicy,
    leased: &Leased,
    rename: &Rename,
) -> Result<(), Failure> {
    let user_id = leased.user_id.as_str();
    // A document that cannot take the name holds up neither the others nor whoever waits for the names.
    let (store, leftovers) = &store.leaving_out();
    // Nothing can have happened since this process has written it.
    if !leased.is_fresh
        && let Some(username) = other_goal(store, leased, rename).await?
    {
        catch_up(store, user_id, &rename.old_username, &username, rename.reaches_calls).await?;
        return leftovers.told().map_or(Ok(()), |left| Err(Failure::Permanent(left)));
    }
    let with_name;
    let rename = if rename.name_is_long {
        let name = current(store, user_id, "name").await?;
        with_name = Rename { name, ..rename.clone() };
        &with_name
    } else {
        rename
    };
    let began = Instant::now();
    let steps = Step::after(leased.progress.as_deref(), rename);
    let known = known_of(store, user_id, rename, &steps).await;
    let events = RenameEvents { announcer, store, user_id, rename, rooms_changed: false };
    let mut progress = Progress::new(store, policy, leased, &steps, events);

    let few = steps.iter().zip(&known).enumerate().filter_map(|(number, (step, known))| {
        let known = known.as_deref()?;
        Some(async move { (number, step.run(store, user_id, rename, Some(known)).await) })
    });
    let mut failure = None;
    for (number, outcome) in join_all(few).await {
        match outcome {
            Ok(changed) => progress.is_done(number, changed).await,
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if let Some(failure) = failure {
        progress.note().await?;
        return Err(failure.into());
    }
    progress.note_now_and_then().await?;
    for (number, step) in steps.iter().enumerate().filter(|(number, _)| known[*number].is_none()) {
        let changed = step.run(store, user_id, rename, None).await?;
        progress.is_done(number, changed).await;
        progress.note_now_and_then().await?;
    }
    if let Some(left) = leftovers.told() {
        return Err(Failure::Permanent(left));
    }
    tracing::info!(
        user.id = user_id,
        documents = progress.changed,
        duration_ms = began.elapsed().as_millis(),
        "a new name is everywhere"
    );
    Ok(())
}

/// For each step the ids of what it has to change in each of its places, or `None` if those are many, or not known.
async fn known_of(
    store: &Store,
    user_id: &str,
    rename: &Rename,
    steps: &[Step],
) -> Vec<Option<Vec<Vec<Bson>>>> {
    let mut places: Vec<Outdated> = Vec::new();
    let mut counts = Vec::new();
    for step in steps {
        let of_step = step.outdated(user_id, rename);
        counts.push(of_step.len());
        places.extend(of_step);
    }
    let found = match store.find_outdated(&places, LOOK_TIMEOUT).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, user.id = user_id, "each step of a rename looks for itself what there is to change");
            vec![None; places.len()]
        }
    };
    let mut found = found.into_iter();
    counts
        .into_iter()
        .map(|count| found.by_ref().take(count).collect::<Vec<_>>().into_iter().collect())
        .collect()
}

/// How far a rename is.
struct Progress<'a> {
    store: &'a Store,
    policy: &'a RetryPolicy,
    leased: &'a Leased,
    steps: &'a [Step],
    events: RenameEvents<'a>,
    /// By step: how many documents it has changed, if it is done.
    outcomes: Vec<Option<u64>>,
    /// So many steps from the first one on are done.
    done: usize,
    /// Documents in all.
    changed: u64,
    noted: Instant,
}

impl<'a> Progress<'a> {
    fn new(
        store: &'a Store,
        policy: &'a RetryPolicy,
        leased: &'a Leased,
        steps: &'a [Step],
        events: RenameEvents<'a>,
    ) -> Progress<'a> {
        let outcomes = vec![None; steps.len()];
        Progress {
            store,
            policy,
            leased,
            steps,
            events,
            outcomes,
            done: 0,
            changed: 0,
            noted: Instant::now(),
        }
    }

    /// Other clients see the steps in their order, whatever the order in which they end.
    async fn is_done(&mut self, number: usize, changed: u64) {
        self.changed += changed;
        self.outcomes[number] = Some(changed);
        while let Some(Some(changed)) = self.outcomes.get(self.done) {
            self.events.after(self.steps[self.done], *changed).await;
            self.done += 1;
        }
    }

    /// Stores the last of the steps before which all are done.
    async fn note(&mut self) -> Result<(), Failure> {
        let Some(step) = self.done.checked_sub(1).and_then(|last| self.steps.get(last)) else {
            return Ok(());
        };
        if !self.store.renew_lease(self.leased, self.policy.lease, Some(step.name())).await? {
            return Err(Failure::LeaseLost);
        }
        self.noted = Instant::now();
        Ok(())
    }

    async fn note_now_and_then(&mut self) -> Result<(), Failure> {
        if self.noted.elapsed() < self.policy.progress_interval { Ok(()) } else { self.note().await }
    }
}

/// The username to which the old one has to be carried instead, because the rename comes late (it was parked) or because
/// somebody else has renamed the user meanwhile. If another rename waits in the lane, it starts from that username.
async fn other_goal(store: &Store, leased: &Leased, rename: &Rename) -> Result<Option<String>, StoreError> {
    let next = store.next_in_lane(leased, &Rename::lane(&leased.user_id), "old_username").await?;
    if let Some(old_username) = next {
        return Ok(leased.is_late.then_some(old_username));
    }
    let username = current(store, &leased.user_id, "username").await?;
    Ok(username.filter(|username| leased.is_late || *username != rename.username))
}

async fn current(store: &Store, user_id: &str, field: &str) -> Result<Option<String>, StoreError> {
    let user = store.names_of(&[user_id]).await?.pop();
    Ok(user.and_then(|user| user.get_str(field).ok().map(str::to_owned)))
}
