//! One mail, and its form on the wire. No value that a mail is made of can add a header to it.

use super::MailError;
use super::address::address;
use super::sender::find_sender;
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
    /// [`MailError::BadRecipient`].
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

    /// The sender for the envelope and for the header. Without an address in `From_Email` the original hands the mail over
    /// with an empty sender and lets the server decide; a mail must name somebody in its header, though.
    fn sender(&self, site: &str) -> Result<(Option<Address>, Mailbox), MailError> {
        let name = self.from.name.as_deref().map(one_line).filter(|name| !name.is_empty());
        if let Some(found) = find_sender(&self.from.address) {
            let mailbox = Mailbox::new(name.or(found.name), found.address);
            return Ok((Some(mailbox.email.clone()), mailbox));
        }
        let address = Address::new("no-reply", site).or_else(|_| Address::new("no-reply", "localhost"));
        let address = address.map_err(|_| MailError::Unavailable("the mail cannot be encoded".to_owned()))?;
        Ok((None, Mailbox::new(name, address)))
    }
}

/// Without line breaks and other control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
