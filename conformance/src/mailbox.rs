//! The mail server that the workspace is told to use: it takes every mail and keeps it.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// Of the envelope.
    pub to: Vec<String>,
    /// Of the header: `Name <address>`, or the address alone.
    pub from: String,
    pub subject: String,
    /// The decoded parts.
    pub text: String,
    pub html: String,
}

/// Takes mails until it is dropped.
#[derive(Debug)]
pub struct Mailbox {
    pub port: u16,
    mails: Arc<Mutex<Vec<Received>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Mailbox {
    /// Listens at `IP:PORT`.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn listen(address: &str) -> anyhow::Result<Mailbox> {
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("--smtp-listen {address}"))?;
        let port = listener.local_addr()?.port();
        let mails = Arc::<Mutex<Vec<Received>>>::default();
        let kept = Arc::clone(&mails);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    // A client that hangs up has its reasons; the mails until then count.
                    let _ = serve(stream, &kept).await;
                });
            }
        });
        Ok(Mailbox { port, mails, task })
    }

    /// The mails to addresses that hold one of these texts, oldest first.
    pub fn of(&self, texts: &[&str]) -> Vec<Received> {
        let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        let is_of = |mail: &&Received| mail.to.iter().any(|to| texts.iter().any(|text| to.contains(text)));
        mails.iter().filter(is_of).cloned().collect()
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, mails: &Mutex<Vec<Received>>) -> anyhow::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 conformance ESMTP\r\n").await?;
    let mut to = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let command = String::from_utf8_lossy(&line).trim().to_owned();
        let verb = command.get(..4).unwrap_or_default().to_uppercase();
        let reply = match verb.as_str() {
            "EHLO" => "250-conformance\r\n250-8BITMIME\r\n250 SMTPUTF8",
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            "RCPT" => {
                let address = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                to.extend(address.map(|(address, _)| address.to_owned()));
                "250 ok"
            }
            "MAIL" | "RSET" => {
                to.clear();
                "250 ok"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let raw = read_data(&mut stream).await?;
                let mail = Received::parse(std::mem::take(&mut to), &raw);
                mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                "250 kept"
            }
            _ => "250 ok",
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
}

async fn read_data(stream: &mut BufReader<TcpStream>) -> anyhow::Result<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let begin = raw.len();
        anyhow::ensure!(stream.read_until(b'\n', &mut raw).await? > 0, "the mail is cut");
        if raw[begin..] == *b".\r\n" {
            raw.truncate(begin);
            return Ok(raw);
        }
        if raw[begin] == b'.' {
            raw.remove(begin);
        }
    }
}

impl Received {
    fn parse(to: Vec<String>, raw: &[u8]) -> Received {
        let message = MessageParser::default().parse(raw).unwrap_or_default();
        let from = message.from().and_then(|from| from.first());
        let from = from.map_or_else(String::new, |from| match (from.name(), from.address()) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (_, address) => address.unwrap_or_default().to_owned(),
        });
        // The parser makes HTML of a text where there is none.
        let has_html = message.html_part(0).is_some_and(|part| part.is_text_html());
        Received {
            to,
            from,
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
            html: message.body_html(0).filter(|_| has_html).unwrap_or_default().replace("\r\n", "\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mail_is_taken_and_told_to_whom_it_went() {
        let mailbox = Mailbox::listen("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(("127.0.0.1", mailbox.port)).await.unwrap();
        let mut stream = BufReader::new(stream);
        let said = "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nFrom: A <a@b>\r\nSubject: s\r\n\r\n..text\r\n.\r\nQUIT\r\n";
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut heard = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut heard).await.unwrap();
        assert!(heard.ends_with("250 kept\r\n221 bye\r\n"), "{heard}");
        let mails = mailbox.of(&["c@"]);
        assert_eq!((mails.len(), mails[0].subject.as_str(), mails[0].text.trim()), (1, "s", ".text"));
        assert_eq!((mails[0].from.as_str(), mails[0].html.as_str()), ("A <a@b>", ""));
        assert!(mailbox.of(&["x@"]).is_empty());
    }
}
