//! A mail as it arrived.

use mail_parser::MessageParser;

#[derive(Debug, Clone)]
pub struct Received {
    /// Of the envelope; empty for the null sender.
    pub sender: String,
    /// Of the envelope.
    pub recipients: Vec<String>,
    /// Of the header: `Name <address>`, or the address alone.
    pub from: String,
    /// Of the header.
    pub to: String,
    pub subject: String,
    pub message_id: String,
    /// The decoded parts.
    pub text: String,
    pub html: Option<String>,
    pub raw: String,
}

impl Received {
    /// What the envelope and the bytes say.
    pub(super) fn parse(sender: String, recipients: Vec<String>, raw: &[u8]) -> Received {
        let message = MessageParser::default().parse(raw).unwrap_or_default();
        let address = |given: Option<&mail_parser::Address>| {
            let first = given.and_then(|given| given.first());
            first.map_or_else(String::new, |first| match (first.name(), first.address()) {
                (Some(name), Some(address)) => format!("{name} <{address}>"),
                (_, address) => address.unwrap_or_default().to_owned(),
            })
        };
        // The parser makes HTML of a text where there is none.
        let has_html = message.html_part(0).is_some_and(|part| part.is_text_html());
        Received {
            sender,
            recipients,
            from: address(message.from()),
            to: address(message.to()),
            subject: message.subject().unwrap_or_default().to_owned(),
            message_id: message.message_id().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
            html: message.body_html(0).filter(|_| has_html).map(|html| html.replace("\r\n", "\n")),
            raw: String::from_utf8_lossy(raw).into_owned(),
        }
    }

    /// The names of the headers, in order.
    pub fn header_names(&self) -> Vec<String> {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default();
        let own = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        own.map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect()
    }
}
