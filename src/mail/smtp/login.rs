//! Logins: PLAIN (RFC 4616), LOGIN and CRAM-MD5 (RFC 2195).

use super::capabilities::OfferedLogin;
use super::error::{Fault, SmtpError, Step};
use super::reply::Reply;
use super::wire::Wire;
use crate::mail::Login;
use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD};
use md5::{Digest, Md5};
use secrecy::ExposeSecret;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    Plain,
    Login,
    CramMd5,
}

/// How a login ended that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedIn {
    By(Mechanism),
    /// The server offers none. In a private network it may take mail without one.
    NotOffered,
}

const UNKNOWN_MECHANISM: u16 = 504;
const GO_ON: u16 = 334;

impl Mechanism {
    const ALL: [Mechanism; 3] = [Mechanism::Plain, Mechanism::Login, Mechanism::CramMd5];

    /// By its name in upper case.
    pub fn named(name: &str) -> Option<Mechanism> {
        Mechanism::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            Mechanism::Login => "LOGIN",
            Mechanism::CramMd5 => "CRAM-MD5",
        }
    }
}

/// In the order in which the original's client prefers them; what `MAIL_URL` asks for is the only one. A server that
/// offers none of them is asked for PLAIN, as there, and says itself what it thinks of that.
fn candidates(offered: &OfferedLogin, wanted: Option<Mechanism>) -> Vec<Mechanism> {
    match (wanted, offered) {
        (Some(wanted), _) => vec![wanted],
        (None, OfferedLogin::Some(offered)) if !offered.is_empty() => {
            Mechanism::ALL.into_iter().filter(|mechanism| offered.contains(mechanism)).collect()
        }
        (None, _) => vec![Mechanism::Plain],
    }
}

/// Logs in, if the server offers a login at all. One that turns out not to know a mechanism is asked for the next.
pub(super) async fn log_in(
    wire: &mut Wire,
    offered: &OfferedLogin,
    login: &Login,
    patience: Duration,
) -> Result<LoggedIn, SmtpError> {
    if *offered == OfferedLogin::None {
        return Ok(LoggedIn::NotOffered);
    }
    let mut refusal = 0;
    for mechanism in candidates(offered, login.mechanism) {
        let reply = attempt(wire, mechanism, login, patience).await?;
        match reply.code {
            _ if reply.is_positive() => return Ok(LoggedIn::By(mechanism)),
            // It knows only HELO and no login, and is used without one.
            500..=504 if *offered == OfferedLogin::Unknown => return Ok(LoggedIn::NotOffered),
            UNKNOWN_MECHANISM => refusal = reply.code,
            code => return Err(SmtpError::new(Step::Login, Fault::Answered(code))),
        }
    }
    Err(SmtpError::new(Step::Login, Fault::Answered(refusal)))
}

async fn attempt(
    wire: &mut Wire,
    mechanism: Mechanism,
    login: &Login,
    patience: Duration,
) -> Result<Reply, SmtpError> {
    let (user, password) = (login.user.as_str(), login.password.expose_secret());
    match mechanism {
        Mechanism::Plain => {
            let response = STANDARD.encode(format!("\0{user}\0{password}"));
            let reply = wire.command(Step::Login, &format!("AUTH PLAIN {response}"), patience).await?;
            // An old server takes it only on a line of its own.
            if reply.code == GO_ON { wire.command(Step::Login, &response, patience).await } else { Ok(reply) }
        }
        Mechanism::Login => {
            let mut reply = wire.command(Step::Login, "AUTH LOGIN", patience).await?;
            // What the server asks for is not read: the words differ, the order does not.
            for answer in [user, password] {
                if reply.code != GO_ON {
                    break;
                }
                reply = wire.command(Step::Login, &STANDARD.encode(answer), patience).await?;
            }
            Ok(reply)
        }
        Mechanism::CramMd5 => {
            let reply = wire.command(Step::Login, "AUTH CRAM-MD5", patience).await?;
            if reply.code != GO_ON {
                return Ok(reply);
            }
            let challenge = decoded(reply.text()).ok_or(SmtpError::new(Step::Login, Fault::NotSmtp))?;
            let answer = format!("{user} {}", hex::encode(hmac_md5(password.as_bytes(), &challenge)));
            wire.command(Step::Login, &STANDARD.encode(answer), patience).await
        }
    }
}

/// Base64, whether or not it is padded.
fn decoded(text: &str) -> Option<Vec<u8>> {
    use base64::alphabet;
    use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
    let any_padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet::STANDARD, any_padding).decode(text.trim()).ok()
}

/// RFC 2104 with MD5, which CRAM-MD5 prescribes.
fn hmac_md5(key: &[u8], message: &[u8]) -> [u8; 16] {
    const BLOCK: usize = 64;
    let mut padded = [0; BLOCK];
    if key.len() > BLOCK {
        padded[..16].copy_from_slice(&Md5::digest(key));
    } else {
        padded[..key.len()].copy_from_slice(key);
    }
    let inner = Md5::new().chain_update(padded.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Md5::new().chain_update(padded.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_answered_as_in_the_standard() {
        // RFC 2195 section 2.
        let challenge = decoded("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+").expect("base64");
        let digest = hmac_md5(b"tanstaaftanstaaf", &challenge);
        assert_eq!(hex::encode(digest), "b913a602c7eda7a495b4e6e7334d3890");
        // RFC 2202 section 2, test case 6: a key longer than a block.
        let digest = hmac_md5(&[0xaa; 80], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hex::encode(digest), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
        assert_eq!(
            (decoded("YQ"), decoded("YQ=="), decoded("%")),
            (Some(vec![b'a']), Some(vec![b'a']), None)
        );
    }

    #[test]
    fn the_order_is_the_originals_and_the_wanted_one_is_the_only_one() {
        use Mechanism::{CramMd5, Login, Plain};
        let offered = OfferedLogin::Some(vec![CramMd5, Login, Plain]);
        assert_eq!(candidates(&offered, None), [Plain, Login, CramMd5]);
        assert_eq!(candidates(&offered, Some(CramMd5)), [CramMd5]);
        assert_eq!(candidates(&OfferedLogin::Some(vec![CramMd5]), None), [CramMd5]);
        for offered in [OfferedLogin::Some(vec![]), OfferedLogin::Unknown] {
            assert_eq!(candidates(&offered, None), [Plain]);
        }
    }
}
