//! How a mail server can differ from others, all of it at once.

use std::time::Duration;

/// The login of a server with manners: the example of RFC 2195, whose answer to [`CHALLENGE`] is known.
pub const LOGIN: &str = "tim";
pub const PASSWORD: &str = "tanstaaftanstaaf";
/// `<1896.697170952@postoffice.reston.mci.net>`
pub(super) const CHALLENGE: &str = "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+";
/// `tim b913a602c7eda7a495b4e6e7334d3890`
pub(super) const ANSWER: &str = "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw";

/// When something happens: before the answer to what the client has just said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Greeting,
    Hello,
    StartTls,
    Login,
    Sender,
    Recipient,
    Data,
    EndOfData,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// What EHLO is answered with, beside the name. `None`: it is not known; only HELO is.
    pub extensions: Option<&'static [&'static str]>,
    /// Whether the login of [`LOGIN`] is needed for mail, and by which mechanism it is taken: `PLAIN`, `LOGIN` or `CRAM-MD5`.
    pub login: Option<&'static str>,
    /// Answers late.
    pub slow: Option<(Moment, Duration)>,
    /// Hangs up instead of an answer.
    pub cut: Option<Moment>,
    /// Answers so.
    pub answer: Option<(Moment, &'static str)>,
    /// Takes a recipient only at the second time.
    pub greylists: bool,
    /// Writes each answer byte by byte.
    pub stutters: bool,
}

impl Manners {
    /// Takes every mail and offers nothing.
    pub const PLAIN: Manners = Manners {
        extensions: Some(&[]),
        login: None,
        slow: None,
        cut: None,
        answer: None,
        greylists: false,
        stutters: false,
    };
}
