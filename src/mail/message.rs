//! One mail, and its form on the wire. No value that a mail is made of can add a header to it.

use super::MailError;
use crate::random;
use lettre::address::Envelope;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use std::fmt;

/// A mail to one recipient.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    pub from: Sender,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    /// Becomes the `Message-ID`. A second delivery of the same mail carries the same.
    pub id: Option<String>,
}

/// Who a mail is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    pub name: Option<String>,
    /// The setting `From_Email`; may be empty.
    pub address: String,
}

/// Shows no content: it may hold a code or a token.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Mail {
    /// Whether the recipient is well-formed, which the original checks before anything else.
    #[must_use]
    pub fn is_addressed(&self) -> bool {
        address(&self.to).is_some()
    }

    /// The envelope and the bytes. `site` is the host name that stands in for what is not configured.
    ///
    /// # Errors
    /// [`MailError::BadRecipient`]; [`MailError::Unavailable`] when `From_Email` is no address.
    pub(super) fn encode(&self, site: &str) -> Result<(Envelope, Vec<u8>), MailError> {
        let to = address(&self.to).ok_or(MailError::BadRecipient)?;
        let (sender, from) = self.sender(site)?;
        let envelope = Envelope::new(sender, vec![to.clone()]).map_err(|_| MailError::BadRecipient)?;
        let id = self.id.clone().unwrap_or_else(|| random::hex(16));
        let head = Message::builder()
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(one_line(&self.subject))
            .message_id(Some(format!("<{}@{site}>", one_line(&id))))
            .envelope(envelope.clone());
        let message = match &self.html {
            Some(html) => head.multipart(MultiPart::alternative_plain_html(self.text.clone(), html.clone())),
            None => head.singlepart(SinglePart::plain(self.text.clone())),
        };
        let message = message.map_err(|_| MailError::Unavailable("the mail cannot be encoded".to_owned()))?;
        Ok((envelope, message.formatted()))
    }

    /// The sender for the envelope and for the header. Without `From_Email` the original hands the mail over with an
    /// empty sender and lets the server decide; a mail must name somebody in its header, though.
    fn sender(&self, site: &str) -> Result<(Option<Address>, Mailbox), MailError> {
        let configured = self.from.address.trim();
        let name = self.from.name.as_deref().map(one_line).filter(|name| !name.is_empty());
        let unusable = || MailError::Unavailable("the setting From_Email is not an address".to_owned());
        if configured.is_empty() {
            let address = Address::new("no-reply", site).or_else(|_| Address::new("no-reply", "localhost"));
            return Ok((None, Mailbox::new(name, address.map_err(|_| unusable())?)));
        }
        // An operator may have written `Name <address>`.
        let mailbox = match address(configured) {
            Some(address) => Mailbox::new(None, address),
            None => {
                let written: Mailbox = one_line(configured).parse().map_err(|_| unusable())?;
                let address = address(written.email.as_ref()).ok_or_else(unusable)?;
                Mailbox::new(written.name, address)
            }
        };
        Ok((Some(mailbox.email.clone()), Mailbox::new(name.or(mailbox.name), mailbox.email)))
    }
}

/// Without line breaks and other control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// An address of `something@something` that can stand in an SMTP command as it is. A domain in other letters than
/// ASCII has a form in them, which every server takes, as the original's SMTP client knows; a name before it has none.
fn address(text: &str) -> Option<Address> {
    let (local, domain) = text.split_once('@')?;
    if domain.contains('@') {
        return None;
    }
    // In lower case, as the original's SMTP client writes it.
    let domain = domain.to_lowercase();
    let domain = if domain.is_ascii() { domain } else { idna::domain_to_ascii(&domain).ok()? };
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&c);
    Address::new(local, domain.as_str()).ok().or_else(|| {
        // Dots in unusual places are against the standard, but such addresses are in use.
        let harmless =
            !local.is_empty() && local.bytes().all(plain) && Address::new("x", domain.as_str()).is_ok();
        harmless.then(|| Address::new_dangerous(local, &domain))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mail(to: &str, subject: &str, name: &str, from: &str) -> Mail {
        Mail {
            from: Sender { name: Some(name.to_owned()), address: from.to_owned() },
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: "text".to_owned(),
            html: Some("<p>html</p>".to_owned()),
            id: Some("id".to_owned()),
        }
    }

    fn headers(mail: &Mail) -> Vec<String> {
        let (_, bytes) = mail.encode("chat.example").expect("encoded");
        let text = String::from_utf8(bytes).expect("ASCII");
        let (head, _) = text.split_once("\r\n\r\n").expect("a head and a body");
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        unfolded.split("\r\n").filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect()
    }

    const HEADERS: [&str; 7] =
        ["From", "To", "Subject", "Message-ID", "MIME-Version", "Date", "Content-Type"];

    #[test]
    fn a_mail_has_these_headers() {
        let mut found = headers(&mail("a@b.example", "s", "n", "c@d.example"));
        found.sort();
        let mut expected = HEADERS.map(str::to_owned);
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn malformed_recipients_are_refused_for_good() {
        for to in [
            "",
            "a",
            "@b.example",
            "a@",
            "a@b@c.example",
            "a\r\nBcc: x@y.example",
            "a@b.example\r\nX: y",
            "<a@b.example>",
            "a b@c.example",
            "a@b.example>\r\nRCPT TO:<x@y.example",
            "a@b c",
        ] {
            assert_eq!(mail(to, "", "", "c@d.example").encode("h"), Err(MailError::BadRecipient), "{to:?}");
        }
        for to in ["a@b.example", "a..b@c.example", "a.@c.example", "a+b@localhost", "ä@ö.example"] {
            assert!(mail(to, "", "", "c@d.example").encode("h").is_ok(), "{to:?}");
        }
    }

    #[test]
    fn a_domain_in_any_letters_is_written_in_ascii_and_a_name_stays() {
        for from in ["chat@bücher.example", "Chat <chat@bücher.example>"] {
            let mail = mail("user@BÜCHER.example", "", "", from);
            let (envelope, bytes) = mail.encode("h").expect("encoded");
            assert_eq!(envelope.to()[0].to_string(), "user@xn--bcher-kva.example");
            assert_eq!(
                envelope.from().map(ToString::to_string).as_deref(),
                Some("chat@xn--bcher-kva.example")
            );
            assert!(!String::from_utf8(bytes).expect("ASCII").contains("=?utf-8"), "{from}");
        }
        let (envelope, _) = mail("User@EXAMPLE.Com", "", "", "").encode("h").expect("encoded");
        assert_eq!(envelope.to()[0].to_string(), "User@example.com");
        let (envelope, _) = mail("ä@ö.example", "", "", "").encode("h").expect("encoded");
        assert_eq!(envelope.to()[0].to_string(), "ä@xn--nda.example");
    }

    #[test]
    fn without_from_email_the_envelope_has_no_sender() {
        let (envelope, bytes) = mail("a@b.example", "", "Acme", "").encode("chat.example").expect("encoded");
        assert_eq!(envelope.from(), None);
        assert!(String::from_utf8(bytes).expect("ASCII").contains("no-reply@chat.example"));
        let named = mail("a@b.example", "", "", "Chat <c@d.example>").encode("h").expect("encoded");
        assert_eq!(named.0.from().map(ToString::to_string).as_deref(), Some("c@d.example"));
        assert!(matches!(
            mail("a@b.example", "", "", "c\r\nX: y").encode("h"),
            Err(MailError::Unavailable(_))
        ));
    }

    #[test]
    fn debug_shows_nothing_of_the_content() {
        let shown =
            format!("{:?}", Mail { text: "123-456".to_owned(), ..mail("a@b.example", "s", "n", "f") });
        assert!(!shown.contains("123-456") && !shown.contains("a@b.example"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_value_adds_a_header(subject in "(?s).{0,80}", name in "(?s).{0,80}", injected in "[\r\n]{1,4}X-Evil: 1[\r\n]{0,4}") {
            for mail in [
                mail("a@b.example", &format!("{subject}{injected}"), &name, "c@d.example"),
                mail("a@b.example", &subject, &format!("{name}{injected}{name}"), "c@d.example"),
            ] {
                let mut found = headers(&mail);
                found.sort();
                let mut expected = HEADERS.map(str::to_owned);
                expected.sort();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
