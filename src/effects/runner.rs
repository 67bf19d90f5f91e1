//! Carries out one leased effect: renews its lease meanwhile, and records what became of it.

use super::{Effect, Failure, RetryPolicy, mail, rename};
use crate::announce::Announcer;
use crate::mail::Mailer;
use crate::store::{Leased, Store, StoreError};
use std::time::Instant;
use tokio::time::{sleep, timeout_at};

/// What it takes to carry out any effect.
#[derive(Clone)]
pub struct EffectRunner {
    pub store: Store,
    pub mailer: Mailer,
    pub announcer: Announcer,
    pub policy: RetryPolicy,
}

impl EffectRunner {
    pub async fn run(&self, leased: Leased) {
        let outcome = tokio::select! {
            outcome = self.attempt(&leased) => outcome,
            failure = self.renew_lease(&leased) => Err(failure),
        };
        if let Err(error) = self.record(&leased, outcome).await {
            // The effect is tried again when the lease ends.
            tracing::error!(%error, effect.id = leased.id, "the outcome of an effect could not be stored");
        }
    }

    async fn attempt(&self, leased: &Leased) -> Result<(), Failure> {
        match Effect::from_stored(&leased.effect) {
            Some(Effect::Mail(notice)) => mail::send(&self.mailer, leased, &notice).await,
            Some(Effect::Rename(effect)) => {
                rename::run(&self.store, &self.announcer, &self.policy, leased, &effect).await
            }
            None => Err(Failure::Permanent("the effect cannot be read".to_owned())),
        }
    }

    /// Renews the lease until another instance has it, or until it has ended while the database did not answer.
    async fn renew_lease(&self, leased: &Leased) -> Failure {
        let mut held_until = Instant::now() + self.policy.lease;
        loop {
            sleep(self.policy.lease / 4).await;
            let asked = Instant::now();
            let renewed = self.store.renew_lease(leased, self.policy.lease, None);
            match timeout_at(held_until.into(), renewed).await {
                Ok(Ok(true)) => held_until = asked + self.policy.lease,
                Ok(Ok(false)) | Err(_) => return Failure::LeaseLost,
                Ok(Err(error)) => {
                    tracing::warn!(%error, effect.id = leased.id, "a lease was not renewed; trying again");
                }
            }
        }
    }

    async fn record(&self, leased: &Leased, outcome: Result<(), Failure>) -> Result<(), StoreError> {
        let (reason, delay) = match outcome {
            Ok(()) => return self.store.finish_effect(leased).await,
            Err(Failure::LeaseLost) => return Ok(()),
            Err(Failure::Permanent(reason)) => (reason, None),
            Err(Failure::Transient(reason) | Failure::NeedsOperator(reason))
                if leased.attempts >= self.policy.attempts =>
            {
                (reason, None)
            }
            Err(Failure::Transient(reason)) => (reason, Some(self.policy.delay(leased.attempts))),
            Err(Failure::NeedsOperator(reason)) => (reason, Some(self.policy.longest_delay)),
        };
        let (id, kind, attempts) = (leased.id.as_str(), leased.effect.kind.as_str(), leased.attempts);
        match delay {
            Some(delay) => {
                tracing::warn!(
                    effect.id = id,
                    effect.kind = kind,
                    attempts,
                    reason,
                    "an effect is tried again later"
                );
                self.store.postpone_effect(leased, delay, &reason).await
            }
            None => {
                tracing::error!(effect.id = id, effect.kind = kind, attempts, reason, "an effect is parked");
                self.store.park_effect(leased, &reason).await
            }
        }
    }
}
