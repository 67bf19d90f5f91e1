//! One mail over an open connection. Commands go one by one, whether or not the server knows PIPELINING: so an answer
//! always belongs to the command before it.

use super::dialogue::{Dialogue, positive};
use super::error::{Fault, SmtpError, Step};
use lettre::address::Envelope;

impl Dialogue {
    /// Hands one mail over. Returns when the server has taken responsibility for it.
    ///
    /// # Errors
    /// [`SmtpError`]. After one at [`Step::EndOfData`] other than an answer the server may have the mail all the same.
    pub async fn hand_over(&mut self, envelope: &Envelope, content: &[u8]) -> Result<(), SmtpError> {
        let size = content.len() as u64;
        match self.capabilities.size {
            Some(most) if most > 0 && size > most => {
                return Err(SmtpError::new(Step::Sender, Fault::TooLarge { size, most }));
            }
            _ => {}
        }
        let patience = self.patience;
        let command = self.mail_command(envelope, content)?;
        let reply = self.say(Step::Sender, &command, patience.command).await?;
        positive(Step::Sender, &reply)?;
        for recipient in envelope.to() {
            let reply =
                self.say(Step::Recipient, &format!("RCPT TO:<{recipient}>"), patience.command).await?;
            positive(Step::Recipient, &reply)?;
        }
        let reply = self.say(Step::Data, "DATA", patience.data).await?;
        // Some servers answer with 250 instead of 354.
        if !matches!(reply.code / 100, 2 | 3) {
            return Err(SmtpError::new(Step::Data, Fault::Answered(reply.code)));
        }
        self.wire.write(Step::Content, &on_the_wire(content), patience.block).await?;
        let reply = self.wire.reply(Step::EndOfData, patience.end_of_data).await?;
        self.trace.note_reply(Step::EndOfData, "the mail", &reply);
        positive(Step::EndOfData, &reply)
    }

    /// MAIL, with what the server wants to know. A domain in other letters than ASCII has a form in them; a name before it
    /// has none, and needs SMTPUTF8.
    fn mail_command(&self, envelope: &Envelope, content: &[u8]) -> Result<String, SmtpError> {
        let sender = envelope.from().map(ToString::to_string).unwrap_or_default();
        let mut command = format!("MAIL FROM:<{sender}>");
        let foreign_recipient = envelope.to().iter().any(|recipient| !recipient.to_string().is_ascii());
        if !sender.is_ascii() || foreign_recipient {
            if !self.capabilities.smtp_utf8 {
                let step = if sender.is_ascii() { Step::Recipient } else { Step::Sender };
                return Err(SmtpError::new(step, Fault::NotOffered("SMTPUTF8")));
            }
            command.push_str(" SMTPUTF8");
        }
        if !content.is_ascii() && self.capabilities.eight_bit_mime {
            command.push_str(" BODY=8BITMIME");
        }
        if self.capabilities.size.is_some() {
            command.push_str(&format!(" SIZE={}", content.len()));
        }
        Ok(command)
    }
}

/// The mail as DATA carries it: every line ends with CR LF, none is a single dot, and behind the last stands one. So
/// nothing in a mail can end it early, however a server reads lone line breaks.
fn on_the_wire(content: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(content.len() + content.len() / 32 + 5);
    let mut rest = content;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        if rest[0] == b'.' {
            wire.push(b'.');
        }
        wire.extend_from_slice(&rest[..end]);
        wire.extend_from_slice(b"\r\n");
        let break_length = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + break_length..).unwrap_or_default();
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_ended_and_dots_doubled() {
        for (content, expected) in [
            (&b""[..], &b".\r\n"[..]),
            (b"a", b"a\r\n.\r\n"),
            (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
            (b"a\n.\nb", b"a\r\n..\r\nb\r\n.\r\n"),
            (b"a\r.\rb\n\r\n", b"a\r\n..\r\nb\r\n\r\n.\r\n"),
            (b".a..b\r\n..", b"..a..b\r\n...\r\n.\r\n"),
        ] {
            assert_eq!(on_the_wire(content), expected, "{content:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_in_a_mail_ends_it(content in "[.\r\na]{0,60}") {
            let wire = on_the_wire(content.as_bytes());
            let text = String::from_utf8(wire).expect("ASCII");
            let inner = text.strip_suffix(".\r\n").expect("an end");
            prop_assert!(inner.split("\r\n").all(|line| line != "."));
            prop_assert!(!inner.replace("\r\n", "").contains(['\r', '\n']));
        }
    }
}
