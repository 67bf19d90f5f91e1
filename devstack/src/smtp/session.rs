//! One connection: the few commands of SMTP that a client needs to hand over mail.

use std::future::pending;
use std::sync::{Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Behaviour, Received};

/// Serves one client until it leaves, or as long as the behaviour allows.
pub(super) async fn run(
    stream: TcpStream,
    behaviour: Behaviour,
    mails: &Mutex<Vec<Received>>,
) -> std::io::Result<()> {
    let mut client = Client(BufReader::new(stream));
    match behaviour {
        Behaviour::Hang => pending().await,
        Behaviour::Greet(code) => return client.say(&format!("{code} not now")).await,
        _ => client.say("220 sink ESMTP").await?,
    }
    let (mut sender, mut recipients) = (String::new(), Vec::new());
    while let Some(line) = client.line().await? {
        let command = line.trim_end().to_ascii_uppercase();
        match command.split([' ', ':']).next().unwrap_or_default() {
            _ if behaviour == Behaviour::Plain && !line.is_ascii() => client.say("553 ASCII only").await?,
            "EHLO" if behaviour == Behaviour::Plain => client.say("250 sink").await?,
            "AUTH" if behaviour == Behaviour::Plain => client.say("502 no such command").await?,
            "EHLO" => client.say("250-sink\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 SMTPUTF8").await?,
            "AUTH" => client.say("235 welcome").await?,
            "HELO" | "NOOP" => client.say("250 ok").await?,
            "RSET" => {
                (sender, recipients) = (String::new(), Vec::new());
                client.say("250 ok").await?;
            }
            "MAIL" => {
                sender = in_angle_brackets(&line);
                client.say("250 ok").await?;
            }
            "RCPT" => {
                if let Behaviour::Recipient(code) = behaviour {
                    client.say(&format!("{code} not for {}", in_angle_brackets(&line))).await?;
                } else {
                    recipients.push(in_angle_brackets(&line));
                    client.say("250 ok").await?;
                }
            }
            "DATA" => {
                client.say("354 go on").await?;
                let content = client.content().await?;
                let mail =
                    Received::parse(std::mem::take(&mut sender), std::mem::take(&mut recipients), &content);
                if behaviour == Behaviour::DropAfterData {
                    return Ok(());
                }
                mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                if behaviour == Behaviour::KeepAndDrop {
                    return Ok(());
                }
                client.say("250 kept").await?;
            }
            "QUIT" => return client.say("221 bye").await,
            _ => client.say("500 what?").await?,
        }
    }
    Ok(())
}

struct Client(BufReader<TcpStream>);

impl Client {
    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.0.write_all(format!("{text}\r\n").as_bytes()).await
    }

    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        let read = self.0.read_until(b'\n', &mut line).await?;
        Ok((read > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
    }

    /// The mail, up to the line with the single dot.
    async fn content(&mut self) -> std::io::Result<Vec<u8>> {
        let mut content = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.0.read_until(b'\n', &mut line).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if line == b".\r\n" {
                return Ok(content);
            }
            content.extend(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}

fn in_angle_brackets(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(inside, _)| inside.to_owned()).unwrap_or_default()
}
