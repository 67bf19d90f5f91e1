//! Carries out one leased effect: renews its lease meanwhile, and records what became of it.

use super::{Effect, Failure, RetryPolicy, mail, rename};
use crate::announce::Announcer;
use crate::mail::Mailer;
use crate::store::{Leased, Store, StoreError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{sleep, timeout_at};

/// How long an effect in progress may take to end when the service stops. A mail that is broken off may arrive twice; a
/// rename goes on elsewhere where it was.
const MAIL_DRAIN: Duration = Duration::from_secs(15);
const RENAME_DRAIN: Duration = Duration::from_secs(3);
/// Between two attempts to store an outcome; the first is doubled up to the longest.
const FIRST_RECORD_DELAY: Duration = Duration::from_millis(500);
const LONGEST_RECORD_DELAY: Duration = Duration::from_secs(16);
/// How many parked effects of one user and kind are kept.
const PARKED: u64 = 10;

/// What it takes to carry out any effect.
#[derive(Clone)]
pub struct EffectRunner {
    pub store: Store,
    pub mailer: Mailer,
    pub announcer: Announcer,
    pub policy: RetryPolicy,
    /// Whether the service stops.
    pub stopping: watch::Receiver<bool>,
}

/// What is to be stored of an effect that was carried out, or not.
enum Outcome {
    Done,
    Postpone { delay: Duration, reason: String },
    Park { reason: String },
    GiveBack,
    LeaseLost,
}

impl EffectRunner {
    pub const LONGEST_DRAIN: Duration = MAIL_DRAIN;

    /// Returns when to look at the effect again, if it is still to happen and this instance knows when.
    pub async fn run(&self, leased: Leased) -> Option<Duration> {
        let effect = leased.effect.as_ref().and_then(Effect::from_stored);
        let mut held_until = leased.held_until;
        let result = tokio::select! {
            result = self.attempt(&leased, effect.as_ref()) => result,
            failure = self.renew_lease(&leased, &mut held_until) => Err(failure),
            () = self.drained(effect.as_ref()) => Err(Failure::Stopped),
        };
        let outcome = self.outcome(&leased, result);
        self.record(&leased, &outcome, held_until).await;
        match outcome {
            Outcome::Postpone { delay, .. } => Some(delay),
            Outcome::LeaseLost => Some(self.policy.lease),
            Outcome::Done | Outcome::Park { .. } | Outcome::GiveBack => None,
        }
    }

    async fn attempt(&self, leased: &Leased, effect: Option<&Effect>) -> Result<(), Failure> {
        match effect {
            Some(Effect::Mail(notice)) => mail::send(&self.mailer, leased, notice).await,
            Some(Effect::Rename(effect)) => {
                rename::run(&self.store, &self.announcer, &self.policy, leased, effect).await
            }
            None => Err(Failure::Permanent("the effect cannot be read".to_owned())),
        }
    }

    /// Renews the lease until another instance has it, or until it has ended while the database did not answer.
    async fn renew_lease(&self, leased: &Leased, held_until: &mut Instant) -> Failure {
        loop {
            sleep(self.policy.lease / 4).await;
            let asked = Instant::now();
            let renewed = self.store.renew_lease(leased, self.policy.lease, None);
            match timeout_at((*held_until).into(), renewed).await {
                Ok(Ok(true)) => *held_until = asked + self.policy.lease,
                Ok(Ok(false)) | Err(_) => return Failure::LeaseLost,
                Ok(Err(error)) => {
                    tracing::warn!(%error, effect.id = leased.id, "a lease was not renewed; trying again");
                }
            }
        }
    }

    /// Waits until the service stops, and then as long as this effect may take.
    async fn drained(&self, effect: Option<&Effect>) {
        let drain = if matches!(effect, Some(Effect::Rename(_))) { RENAME_DRAIN } else { MAIL_DRAIN };
        self.stopped().await;
        sleep(drain).await;
    }

    /// Waits until the service stops.
    pub async fn stopped(&self) {
        let _ = self.stopping.clone().wait_for(|stopping| *stopping).await;
    }

    fn outcome(&self, leased: &Leased, result: Result<(), Failure>) -> Outcome {
        let (id, kind, attempts) = (leased.id.as_str(), leased.kind(), leased.attempts);
        let (reason, delay) = match result {
            Ok(()) => return Outcome::Done,
            Err(Failure::LeaseLost) => return Outcome::LeaseLost,
            Err(Failure::Stopped) => return Outcome::GiveBack,
            Err(Failure::Permanent(reason)) => (reason, None),
            Err(Failure::Transient(reason) | Failure::NeedsOperator(reason))
                if attempts >= self.policy.attempts =>
            {
                (reason, None)
            }
            Err(Failure::Transient(reason)) => (reason, Some(self.policy.delay(attempts))),
            Err(Failure::NeedsOperator(reason)) => (reason, Some(self.policy.longest_delay)),
        };
        if let Some(delay) = delay {
            tracing::warn!(
                effect.id = id,
                effect.kind = kind,
                attempts,
                reason,
                "an effect is tried again later"
            );
            Outcome::Postpone { delay, reason }
        } else {
            let user = leased.user_id.as_str();
            tracing::error!(
                effect.id = id,
                effect.kind = kind,
                user.id = user,
                attempts,
                reason,
                "an effect is parked"
            );
            Outcome::Park { reason }
        }
    }

    /// Tried again until it is stored, so that a mail that was sent is not sent again because the database was away.
    /// When the lease has ended meanwhile, another instance may have the effect; then nothing is written. A service that
    /// stops tries it as long as the lease lasts.
    async fn record(&self, leased: &Leased, outcome: &Outcome, held_until: Instant) {
        let mut delay = FIRST_RECORD_DELAY;
        loop {
            let goes_on = || !*self.stopping.borrow() || Instant::now() < held_until;
            match self.store_outcome(leased, outcome).await {
                Ok(()) => return,
                Err(error @ (StoreError::Unavailable(_) | StoreError::Unknown(_))) if goes_on() => {
                    tracing::warn!(%error, effect.id = leased.id, "the outcome of an effect is not stored yet; trying again");
                }
                Err(error) => {
                    // The effect is tried again when the lease ends.
                    tracing::error!(%error, effect.id = leased.id, "the outcome of an effect could not be stored");
                    return;
                }
            }
            sleep(delay).await;
            delay = (delay * 2).min(LONGEST_RECORD_DELAY);
        }
    }

    async fn store_outcome(&self, leased: &Leased, outcome: &Outcome) -> Result<(), StoreError> {
        match outcome {
            Outcome::Done => self.store.finish_effect(leased).await,
            Outcome::Postpone { delay, reason } => self.store.postpone_effect(leased, *delay, reason).await,
            Outcome::Park { reason } => {
                self.store.park_effect(leased, reason).await?;
                let lane = Effect::lane_of_parked(leased.kind(), &leased.user_id);
                match lane {
                    Some(lane) => self.store.keep_newest_parked(&lane, PARKED).await,
                    None => Ok(()),
                }
            }
            Outcome::GiveBack => self.store.give_back_effect(leased).await,
            Outcome::LeaseLost => Ok(()),
        }
    }
}
