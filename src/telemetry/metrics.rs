//! The metrics: where they are collected, what each means, and how they are told.
//!
//! A room counts what happens in it with the macros of `metrics`. Without an operations listener there is nobody to tell,
//! nothing is collected, and the macros do nothing.

mod catalogue;

use catalogue::{CATALOGUE, Kind};
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::interval;

/// What a process has collected is one for all services in it, of which only tests have several.
static COLLECTED: OnceLock<Metrics> = OnceLock::new();

/// How often measured times are put into their buckets, so that they do not pile up where nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// What was collected.
#[derive(Clone)]
pub struct Metrics(Option<PrometheusHandle>);

impl Metrics {
    /// Collects from now on. What keeps a handle of a metric must make it later than this.
    #[must_use]
    pub fn start() -> Metrics {
        COLLECTED.get_or_init(Metrics::install).clone()
    }

    fn install() -> Metrics {
        let mut builder = PrometheusBuilder::new();
        for metric in CATALOGUE {
            if let Kind::Seconds(buckets) = metric.kind {
                let name = Matcher::Full(metric.name.to_owned());
                // Refused is only an empty list.
                let Ok(with_buckets) = builder.set_buckets_for_metric(name, buckets) else {
                    return Metrics(None);
                };
                builder = with_buckets;
            }
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            return Metrics(None);
        }
        for metric in CATALOGUE {
            match metric.kind {
                Kind::Counter => describe_counter!(metric.name, metric.help),
                Kind::Gauge => describe_gauge!(metric.name, metric.help),
                Kind::Seconds(_) => describe_histogram!(metric.name, metric.help),
            }
        }
        Metrics(Some(handle))
    }

    /// In Prometheus's text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.as_ref().map(PrometheusHandle::render).unwrap_or_default()
    }
}

/// Runs until it is aborted.
pub async fn upkeep(metrics: Metrics) {
    let Some(handle) = metrics.0 else { return };
    let mut ticks = interval(UPKEEP);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}
