//! How much waits in the outbox, asked of the database now and then: probes and metrics tell what was found last.

use crate::effects::Effect;
use crate::store::{EffectState, OutboxDepth, Store};
use metrics::gauge;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval, timeout};

const PERIOD: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(5);
/// What was found longer ago is not told as if it were so.
const STALE: Duration = Duration::from_mins(1);
/// Of a later version, beside which this one runs.
const OTHER_KIND: &str = "other";

/// The last look. Clones share it.
#[derive(Clone, Default)]
pub struct OutboxWatch(Arc<Mutex<Option<Found>>>);

struct Found {
    at: Instant,
    waiting: u64,
    parked: u64,
    oldest: Duration,
}

impl OutboxWatch {
    /// Looks again and again.
    pub async fn run(self, store: Store) {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // A failure is told by the worker, and here by the age of what was found last.
            if let Ok(Ok(depths)) = timeout(PATIENCE, store.outbox_depths()).await {
                self.note(&depths);
            }
        }
    }

    fn note(&self, depths: &[OutboxDepth]) {
        let count = |wanted: fn(EffectState) -> bool| {
            depths.iter().filter(|depth| wanted(depth.state)).map(|depth| depth.effects).sum()
        };
        let not_parked = depths.iter().filter(|depth| depth.state != EffectState::Parked);
        let oldest = not_parked.map(|depth| depth.oldest).max().unwrap_or_default();
        let found = Found {
            at: Instant::now(),
            waiting: count(|state| state != EffectState::Parked),
            parked: count(|state| state == EffectState::Parked),
            oldest,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        gauge!("rc_account_outbox_oldest_age_seconds").set(oldest.as_secs_f64());
        // What is not there any more is none.
        for kind in Effect::MAILS.iter().chain(Effect::RENAMES).copied().chain([OTHER_KIND]) {
            for state in EffectState::ALL {
                let of_kind =
                    depths.iter().filter(|depth| depth.state == state && known(&depth.kind) == kind);
                let effects = of_kind.map(|depth| depth.effects).sum::<u64>();
                #[expect(clippy::cast_precision_loss, reason = "counts are far below")]
                gauge!("rc_account_outbox_effects", "kind" => kind, "state" => state.name())
                    .set(effects as f64);
            }
        }
    }

    /// For `/readyz`.
    pub fn to_json(&self) -> Value {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(found) = found.as_ref() else { return json!({"ok": false}) };
        json!({
            "ok": found.at.elapsed() < STALE,
            "waiting": found.waiting,
            "parked": found.parked,
            "oldest_seconds": found.oldest.as_secs_f64(),
        })
    }
}

/// Kinds of other versions get no label of their own.
fn known(kind: &str) -> &str {
    let mut kinds = Effect::MAILS.iter().chain(Effect::RENAMES);
    kinds.find(|known| **known == kind).copied().unwrap_or(OTHER_KIND)
}
