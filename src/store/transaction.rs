//! Transactions: how they begin and end, and when they are tried again.

use super::bounded::counted;
use super::{Store, error, lasting};
use crate::deadline::Deadline;
use crate::random;
use metrics::counter;
use mongodb::ClientSession;
use mongodb::error::{Error, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT};
use mongodb::options::{ReadConcern, TransactionOptions};
use std::time::{Duration, Instant};

/// How long a transaction that loses against others is tried again, and the longest delay in between.
const RETRY_TIMEOUT: Duration = Duration::from_secs(10);
const LONGEST_DELAY_MS: u64 = 128;

/// How often a commit whose outcome is unknown is repeated.
const COMMIT_ATTEMPTS: u32 = 8;

/// The conflicts of one transaction with others that were faster.
pub(super) struct Conflicts {
    began: Instant,
    longest_delay_ms: u64,
}

impl Conflicts {
    pub(super) fn new() -> Conflicts {
        Conflicts { began: Instant::now(), longest_delay_ms: 2 }
    }

    /// Whether this is one, so that the transaction is to be tried again; then it also waits for a moment.
    pub(super) async fn is_one(&mut self, error: &Error) -> bool {
        if !error.contains_label(TRANSIENT_TRANSACTION_ERROR) {
            return false;
        }
        self.wait().await
    }

    /// `false` when it was tried for long enough.
    pub(super) async fn wait(&mut self) -> bool {
        if self.began.elapsed() >= RETRY_TIMEOUT {
            return false;
        }
        let delay = Duration::from_millis(random::below(self.longest_delay_ms));
        counter!("rc_account_commit_retries_total", "reason" => "conflict").increment(1);
        self.longest_delay_ms = (self.longest_delay_ms * 2).min(LONGEST_DELAY_MS);
        tokio::time::sleep(delay).await;
        true
    }
}

impl Store {
    pub(super) async fn begin_transaction(&self, session: &mut ClientSession) -> Result<(), Error> {
        let left = self.deadline.as_ref().map(Deadline::left);
        let mut options = TransactionOptions::default();
        options.read_concern = Some(ReadConcern::snapshot());
        options.write_concern = Some(lasting(left.map(|left| left / 2)));
        options.max_commit_time = left;
        session.start_transaction().with_options(options).await
    }

    /// Nothing of it is written.
    pub(super) async fn abort_transaction(&self, session: &mut ClientSession) {
        // The server ends an abandoned transaction by itself; a failing abort changes nothing.
        counted("", "abortTransaction");
        let _ = session.abort_transaction().await;
    }

    /// All of it is written, unless there is an error.
    pub(super) async fn commit_transaction(&self, session: &mut ClientSession) -> Result<(), Error> {
        self.begin_write();
        let committed = self.commit_again(session).await;
        if committed.as_ref().is_err_and(|error| !error::is_outcome_unknown(error)) {
            self.disprove_write();
        }
        committed
    }

    async fn commit_again(&self, session: &mut ClientSession) -> Result<(), Error> {
        let mut tries = 0;
        loop {
            counted("", "commitTransaction");
            match session.commit_transaction().await {
                Err(error)
                    if tries < COMMIT_ATTEMPTS
                        && error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT)
                        && self.deadline.as_ref().is_none_or(|deadline| !deadline.left().is_zero()) =>
                {
                    counter!("rc_account_commit_retries_total", "reason" => "unknown_outcome").increment(1);
                    tries += 1;
                }
                result => return result,
            }
        }
    }
}
