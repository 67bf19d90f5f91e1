//! How long clients may take for what they send and for taking what they are sent.

use std::time::Duration;

#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the end of an answer, or of the connecting, to the end of the next request's head.
    pub head: Duration,
    /// From the end of the head to the end of the body.
    pub body: Duration,
    /// For taking the answer.
    pub answer: Duration,
    /// After so long, a connection ends with its next answer.
    pub connection: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            connection: Duration::from_secs(10 * 60),
        }
    }
}
