//! Every metric by its name, with what it means. Labels are words of ours or of the imitated API, never a client's.

/// One metric.
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub help: &'static str,
}

pub enum Kind {
    Counter,
    Gauge,
    /// A histogram of seconds, with the upper ends of its buckets.
    Seconds(&'static [f64]),
}

/// A request is some milliseconds, with a password some tenths of a second, and ends by its deadline.
const REQUEST: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0];
/// bcrypt at Rocket.Chat's cost takes some fifty milliseconds.
const HASHING: &[f64] = &[0.001, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
const ROUND_TRIP: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

const fn counter(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, help }
}

const fn gauge(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, help }
}

const fn seconds(name: &'static str, buckets: &'static [f64], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Seconds(buckets), help }
}

/// In the order of docs/OPERATIONS.md section 3.
pub const CATALOGUE: &[Metric] = &[
    counter(
        "rc_account_http_requests_total",
        "Requests that were answered, by method, route and status; 499: the client hung up.",
    ),
    seconds(
        "rc_account_http_request_duration_seconds",
        REQUEST,
        "From the head of a request to its answer, by route.",
    ),
    counter("rc_account_refusals_total", "Answers that say why nothing was done, by error id."),
    gauge("rc_account_body_bytes", "Bytes of requests' bodies that are held now."),
    gauge("rc_account_ready", "1: requests should be sent here, as /readyz says."),
    gauge("rc_account_build_info", "1; the version is in the label."),
    gauge("rc_account_imitated_version", "The parts of the version of Rocket.Chat that is imitated."),
    gauge(
        "rc_account_settings_age_seconds",
        "How long ago the workspace's settings were read; they are read when one changes.",
    ),
    gauge("rc_account_settings_watched", "1: a change of the workspace's settings would be seen."),
    gauge("rc_account_hashing_waiting", "Those who wait for a password or code to be hashed, by class."),
    gauge("rc_account_hashing_running", "Runs of bcrypt under way."),
    counter("rc_account_hashing_refused_total", "Those who were turned away because too many waited."),
    seconds("rc_account_hashing_wait_seconds", HASHING, "How long a run of bcrypt waited for its turn."),
    seconds("rc_account_hashing_run_seconds", HASHING, "How long a run of bcrypt took."),
    counter(
        "rc_account_commit_retries_total",
        "Transactions that were tried again, because another was faster or an answer did not come, by reason.",
    ),
    counter(
        "rc_account_commit_conflicts_total",
        "Changes that were decided again, because the user was changed meanwhile.",
    ),
    counter(
        "rc_account_mongodb_operations_total",
        "Operations that were sent to MongoDB, by collection and operation.",
    ),
    seconds(
        "rc_account_mongodb_heartbeat_seconds",
        ROUND_TRIP,
        "How long the heartbeat's write took, once a second.",
    ),
    counter(
        "rc_account_mongodb_heartbeat_failures_total",
        "Heartbeats that MongoDB did not answer well within two seconds.",
    ),
    gauge(
        "rc_account_mongodb_silence_seconds",
        "For how long MongoDB has not answered the heartbeat; above 4, requests are refused.",
    ),
    gauge(
        "rc_account_outbox_effects",
        "Mails and renames in the outbox, by kind and state; the same for all instances of a workspace.",
    ),
    gauge(
        "rc_account_outbox_oldest_age_seconds",
        "How long ago the oldest effect was written that is not parked.",
    ),
    counter("rc_account_mails_total", "Mails that were to be handed to the mail server, by result."),
    counter("rc_account_announcements_total", "Announcements to Rocket.Chat, by result."),
];
