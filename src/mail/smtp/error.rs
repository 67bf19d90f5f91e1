//! Where a dialogue ended, and why. Nothing here repeats what a server said: it may echo names and addresses.

use std::fmt;
use std::time::Duration;

/// The steps of a dialogue, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Connection,
    /// TLS from the first byte, or after STARTTLS.
    Tls,
    Greeting,
    Hello,
    StartTls,
    Login,
    Sender,
    Recipient,
    Data,
    /// The mail itself.
    Content,
    /// The answer to the mail.
    EndOfData,
}

impl Step {
    /// As it stands in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Step::Connection => "the connection",
            Step::Tls => "the TLS handshake",
            Step::Greeting => "the greeting",
            Step::Hello => "EHLO",
            Step::StartTls => "STARTTLS",
            Step::Login => "the login",
            Step::Sender => "the sender",
            Step::Recipient => "the recipient",
            Step::Data => "DATA",
            Step::Content => "the mail",
            Step::EndOfData => "the end of the mail",
        }
    }
}

/// What went wrong at a step.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// An answer that is not the one that leads on.
    Answered(u16),
    /// No answer within this time.
    Silent(Duration),
    /// The connection was closed.
    Closed,
    /// What was received is no reply of SMTP, or longer than any.
    NotSmtp,
    /// The system or TLS, in their words, which are made on this side.
    Failed(String),
    /// An extension without which this cannot go on.
    NotOffered(&'static str),
    /// The server takes mails of so many bytes, and this one has more.
    TooLarge { size: u64, most: u64 },
    /// A value that no command can hold.
    Unsayable,
}

#[derive(Debug, PartialEq, Eq)]
pub struct SmtpError {
    pub step: Step,
    pub fault: Fault,
}

impl SmtpError {
    pub fn new(step: Step, fault: Fault) -> SmtpError {
        SmtpError { step, fault }
    }
}

impl fmt::Display for SmtpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = self.step.name();
        match &self.fault {
            Fault::Answered(code) if self.step == Step::Greeting => {
                write!(f, "it answered with code {code} instead of a greeting")
            }
            Fault::Answered(code) => write!(f, "it answered with code {code} to {step}"),
            Fault::Silent(waited) => write!(f, "it did not finish {step} within {}", seconds(*waited)),
            Fault::Closed => write!(f, "it closed the connection at {step}"),
            Fault::NotSmtp => write!(f, "it does not speak SMTP (at {step})"),
            Fault::Failed(reason) => write!(f, "{step}: {reason}"),
            Fault::NotOffered(extension) => write!(f, "{extension} is not supported"),
            Fault::TooLarge { size, most } => {
                write!(f, "the mail has {size} bytes, and it takes {most} at most")
            }
            Fault::Unsayable => write!(f, "{step}: a value holds a line break"),
        }
    }
}

/// `14 s`; fractions only of short times.
pub(super) fn seconds(time: Duration) -> String {
    match time.subsec_millis() {
        0 => format!("{} s", time.as_secs()),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}
