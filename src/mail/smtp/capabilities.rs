//! What a server says that it can do.

use super::login::Mechanism;
use super::reply::Reply;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    pub starttls: bool,
    pub eight_bit_mime: bool,
    pub smtp_utf8: bool,
    /// The server wants to know the size of a mail beforehand, and takes so many bytes at most; 0: it does not say.
    pub size: Option<u64>,
    pub login: OfferedLogin,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OfferedLogin {
    /// EHLO was answered without one.
    #[default]
    None,
    /// The server knows only HELO, so nobody can tell.
    Unknown,
    /// The mechanisms that are known here, in the server's order; perhaps none of those that it has.
    Some(Vec<Mechanism>),
}

impl Capabilities {
    /// Of the answer to EHLO, whose first line is a greeting. Letter case does not count. Logins are read in every
    /// spelling that is in use: `AUTH PLAIN LOGIN`, `AUTH=PLAIN LOGIN`, `AUTH =LOGIN`, on one line or on several.
    pub fn from_ehlo(reply: &Reply) -> Capabilities {
        let mut capabilities = Capabilities::default();
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line
                .split(|c: char| c.is_whitespace() || c == '=' || c == ',')
                .filter(|word| !word.is_empty());
            match words.next().unwrap_or_default() {
                "STARTTLS" => capabilities.starttls = true,
                "8BITMIME" => capabilities.eight_bit_mime = true,
                "SMTPUTF8" => capabilities.smtp_utf8 = true,
                "SIZE" => {
                    capabilities.size = Some(words.next().and_then(|size| size.parse().ok()).unwrap_or(0));
                }
                "AUTH" => capabilities.login.add(words.filter_map(Mechanism::named)),
                _ => {}
            }
        }
        capabilities
    }

    /// Of a server that knows only HELO.
    pub fn from_helo() -> Capabilities {
        Capabilities { login: OfferedLogin::Unknown, ..Capabilities::default() }
    }
}

impl OfferedLogin {
    fn add(&mut self, mechanisms: impl Iterator<Item = Mechanism>) {
        let mut known = match std::mem::take(self) {
            OfferedLogin::Some(known) => known,
            OfferedLogin::None | OfferedLogin::Unknown => Vec::new(),
        };
        for mechanism in mechanisms {
            if !known.contains(&mechanism) {
                known.push(mechanism);
            }
        }
        *self = OfferedLogin::Some(known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Mechanism::{CramMd5, Login, Plain};

    fn of(lines: &[&str]) -> Capabilities {
        let lines = std::iter::once(&"mail.example.org").chain(lines).map(|line| (*line).to_owned());
        Capabilities::from_ehlo(&Reply { code: 250, lines: lines.collect() })
    }

    #[test]
    fn a_login_is_found_in_every_spelling() {
        for (lines, expected) in [
            (&["AUTH PLAIN LOGIN"][..], vec![Plain, Login]),
            (&["AUTH=LOGIN"], vec![Login]),
            (&["AUTH=PLAIN LOGIN CRAM-MD5"], vec![Plain, Login, CramMd5]),
            (&["AUTH =LOGIN"], vec![Login]),
            (&["auth   login\tplain"], vec![Login, Plain]),
            (&["AUTH LOGIN", "AUTH=LOGIN PLAIN"], vec![Login, Plain]),
            (&["AUTH CRAM-MD5"], vec![CramMd5]),
            (&["AUTH GSSAPI NTLM XOAUTH2"], vec![]),
            (&["AUTH"], vec![]),
        ] {
            assert_eq!(of(lines).login, OfferedLogin::Some(expected), "{lines:?}");
        }
        for lines in [&[][..], &["AUTHORITY PLAIN"], &["X-AUTH PLAIN"]] {
            assert_eq!(of(lines).login, OfferedLogin::None, "{lines:?}");
        }
    }

    #[test]
    fn extensions_are_known_by_their_first_word_in_any_case() {
        let all = of(&["size 10240000", "8bitmime", "SMTPUTF8", "StartTLS", "PIPELINING"]);
        assert_eq!(all.size, Some(10_240_000));
        assert!(all.eight_bit_mime && all.smtp_utf8 && all.starttls);
        assert_eq!((of(&["SIZE"]).size, of(&["SIZE x"]).size, of(&[]).size), (Some(0), Some(0), None));
        // The first line is the server's name and not an extension.
        let named = Reply { code: 250, lines: vec!["STARTTLS".to_owned()] };
        assert_eq!(Capabilities::from_ehlo(&named), Capabilities::default());
    }
}
