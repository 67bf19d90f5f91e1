use std::time::Duration;

/// How long each step of a dialogue may take: RFC 5321 section 4.5.3.2. A mail that is sent in the background loses
/// nothing by waiting, and one that is given up too early arrives twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailPatience {
    /// Until the server is reached, its name being looked up included. The original's SMTP client has the same.
    pub connect: Duration,
    /// Until the greeting, after the TLS handshake where that comes first, which may take as long.
    pub greeting: Duration,
    /// Until the answer to EHLO, STARTTLS, each step of the login, MAIL and RCPT; for a TLS handshake after STARTTLS.
    pub command: Duration,
    /// Until the answer to DATA.
    pub data: Duration,
    /// Until the server has taken 64 KiB of the mail.
    pub block: Duration,
    /// Until the answer to the end of the mail, which servers give only after they have looked at it.
    pub end_of_data: Duration,
}

impl Default for MailPatience {
    fn default() -> Self {
        MailPatience {
            connect: Duration::from_mins(2),
            greeting: Duration::from_mins(5),
            command: Duration::from_mins(5),
            data: Duration::from_mins(2),
            block: Duration::from_mins(3),
            end_of_data: Duration::from_mins(10),
        }
    }
}

impl MailPatience {
    /// On another scale: tests divide it by some hundreds, so that they need not wait for minutes.
    #[must_use]
    pub fn divided_by(self, divisor: u32) -> MailPatience {
        let divided = |patience: Duration| patience.checked_div(divisor).unwrap_or(patience);
        MailPatience {
            connect: divided(self.connect),
            greeting: divided(self.greeting),
            command: divided(self.command),
            data: divided(self.data),
            block: divided(self.block),
            end_of_data: divided(self.end_of_data),
        }
    }

    /// With what `MAIL_URL` says instead: its `socketTimeout` stands for every step after the greeting.
    #[must_use]
    pub fn with(
        self,
        connect: Option<Duration>,
        greeting: Option<Duration>,
        socket: Option<Duration>,
    ) -> MailPatience {
        MailPatience {
            connect: connect.unwrap_or(self.connect),
            greeting: greeting.unwrap_or(self.greeting),
            command: socket.unwrap_or(self.command),
            data: socket.unwrap_or(self.data),
            block: socket.unwrap_or(self.block),
            end_of_data: socket.unwrap_or(self.end_of_data),
        }
    }
}
