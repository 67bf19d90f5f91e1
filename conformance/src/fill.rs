//! `${…}` in the texts of a case: what only the run knows.
//!
//! | Written | Stands for |
//! |---|---|
//! | `id`, `username`, `email`, `token`, `hashed-token`, `other-token`, `other-hashed-token`, `password`, `digest` | of the user |
//! | `NAME.id`, … | the same of one of `people` |
//! | `digest:TEXT` | the lower-case hex SHA-256 |
//! | `hash:TEXT` | a bcrypt hash of a password, as it is stored |
//! | `code-hash:TEXT` | a bcrypt hash of the text itself, as codes by e-mail are stored |
//! | `repeat:COUNT:TEXT` | the text so many times |
//! | `totp`, `totp:STEPS` | the code of the secret `JBSWY3DPEHPK3PXP` of when the case began, or so many steps of 30 s away: a case that goes over a step's end sends the same |
//! | `mailed`, `mailed-token` | the newest code, or the newest token of a verification, that was mailed |
//! | `address` | the client's address of this case |

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use totp_rs::{Builder, Secret};

use crate::mailbox::Mailbox;
use crate::person::{self, Person};

const TOTP_SECRET: &str = "JBSWY3DPEHPK3PXP";

/// What a case's texts are filled with.
pub struct Facts<'a> {
    /// By name; the sender is `user`.
    pub people: &'a BTreeMap<String, Person>,
    pub address: &'a str,
    pub mailbox: Option<&'a Mailbox>,
    /// When the case began.
    pub began: SystemTime,
}

impl Facts<'_> {
    /// The text with everything filled in.
    ///
    /// # Errors
    /// An unknown name, or a mail that has not come.
    pub fn fill(&self, text: &str) -> anyhow::Result<String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(begin) = rest.find("${") {
            let (before, inside) = rest.split_at(begin);
            let (name, after) = inside[2..].split_once('}').context("${ without }")?;
            filled.push_str(before);
            filled.push_str(&self.value(name)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, name: &str) -> anyhow::Result<String> {
        if let Some((what, text)) = name.split_once(':') {
            return match what {
                "digest" => Ok(person::digest(text)),
                "hash" => person::hash(&person::digest(text)),
                "code-hash" => person::hash(text),
                "totp" => self.totp(text.parse().context("a number of steps")?),
                "repeat" => {
                    let (count, text) = text.split_once(':').context("repeat:COUNT:TEXT")?;
                    Ok(text.repeat(count.parse().context("a count")?))
                }
                _ => bail!("${{{name}}} is unknown"),
            };
        }
        match name {
            "totp" => return self.totp(0),
            "address" => return Ok(self.address.to_owned()),
            "mailed" => return self.mailed(|mail| code(&mail.text)),
            "mailed-token" => return self.mailed(|mail| token(&mail.text)),
            _ => {}
        }
        let (who, field) = name.split_once('.').unwrap_or(("user", name));
        let person = self.people.get(who).with_context(|| format!("nobody is called {who}"))?;
        Ok(match field {
            "id" => person.id.clone(),
            "username" => person.username.clone(),
            "email" => person.email.clone(),
            "token" => person.token.clone(),
            "hashed-token" => person::hashed_token(&person.token),
            "other-token" => person.other_token.clone(),
            "other-hashed-token" => person::hashed_token(&person.other_token),
            "password" => person.password.clone(),
            "digest" => person::digest(&person.password),
            _ => bail!("${{{name}}} is unknown"),
        })
    }

    fn totp(&self, steps: i64) -> anyhow::Result<String> {
        let secret = Secret::try_from_base32(TOTP_SECRET).ok().context("base32")?;
        let moment = self.began.duration_since(UNIX_EPOCH)?.as_secs().saturating_add_signed(steps * 30);
        Ok(Builder::new().with_secret(secret).build_noncompliant().generate(moment).to_string())
    }

    fn mailed(&self, find: impl Fn(&crate::mailbox::Received) -> Option<String>) -> anyhow::Result<String> {
        let mailbox = self.mailbox.context("no mailbox")?;
        let usernames: Vec<&str> = self.people.values().map(|person| person.username.as_str()).collect();
        let mails = mailbox.of(&usernames);
        mails.iter().rev().find_map(find).context("no such mail has come")
    }
}

/// The digits of `123-456`.
fn code(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    words.find_map(|word| {
        let (front, back) = word.split_once('-')?;
        let is_code = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
        (is_code(front) && is_code(back)).then(|| format!("{front}{back}"))
    })
}

/// What follows `verify-email/`.
fn token(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("verify-email/")?;
    Some(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_and_unknown_names_refused() {
        let person = Person::new("seed");
        let people =
            BTreeMap::from([("user".to_owned(), person.clone()), ("other".to_owned(), Person::new("o"))]);
        let facts = Facts { people: &people, address: "192.0.2.1", mailbox: None, began: UNIX_EPOCH };
        let filled = facts.fill("{\"$set\": \"${id} ${repeat:3:ab} ${address}\"}").unwrap();
        assert_eq!(filled, format!("{{\"$set\": \"{} ababab 192.0.2.1\"}}", person.id));
        assert_ne!(facts.fill("${other.id}").unwrap(), person.id);
        assert_eq!(facts.fill("${totp} ${totp:1}").unwrap(), "282760 996554");
        for wrong in ["${x}", "${id", "${nobody.id}", "${mailed}"] {
            assert!(facts.fill(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn codes_and_tokens_are_found_in_mails() {
        assert_eq!(code("Here is your code:\n\n048-213\n\nDo not").as_deref(), Some("048213"));
        assert_eq!(code("no-reply 12-345"), None);
        assert_eq!(token("http://x/#/verify-email/a_B-9\nThanks").as_deref(), Some("a_B-9"));
    }
}
