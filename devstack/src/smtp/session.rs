//! One connection: the few commands of SMTP that a client needs to hand over mail.

use std::future::pending;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::manners::{ANSWER, CHALLENGE, LOGIN, PASSWORD};
use super::{Behaviour, Manners, Moment, Received, State};

const USUAL: &[&str] = &["8BITMIME", "AUTH PLAIN", "SMTPUTF8"];

/// Serves one client until it leaves, or as long as the behaviour allows.
pub(super) async fn run(stream: TcpStream, behaviour: Behaviour, state: &State) -> std::io::Result<()> {
    let manners = match behaviour {
        Behaviour::Hang => return pending().await,
        Behaviour::As(manners) => manners,
        Behaviour::Plain => Manners::PLAIN,
        _ => Manners { extensions: Some(USUAL), ..Manners::PLAIN },
    };
    let client = Client { stream: BufReader::new(stream), stutters: manners.stutters };
    let session = Session { client, behaviour, manners, state, logged_in: false };
    // That it hangs up is no error.
    match session.serve().await {
        Err(Ended::Broken(error)) => Err(error),
        Ok(()) | Err(Ended::HungUp) => Ok(()),
    }
}

enum Ended {
    HungUp,
    Broken(std::io::Error),
}

impl From<std::io::Error> for Ended {
    fn from(error: std::io::Error) -> Self {
        Ended::Broken(error)
    }
}

struct Session<'a> {
    client: Client,
    behaviour: Behaviour,
    manners: Manners,
    state: &'a State,
    logged_in: bool,
}

impl Session<'_> {
    async fn serve(mut self) -> Result<(), Ended> {
        if let Behaviour::Greet(code) = self.behaviour {
            return Ok(self.client.say(&format!("{code} not now")).await?);
        }
        self.answer(Moment::Greeting, "220 sink ESMTP").await?;
        let (mut sender, mut recipients) = (String::new(), Vec::new());
        while let Some(line) = self.line().await? {
            let command = line.to_ascii_uppercase();
            match command.split([' ', ':']).next().unwrap_or_default() {
                _ if self.behaviour == Behaviour::Plain && !line.is_ascii() => {
                    self.client.say("553 ASCII only").await?;
                }
                "EHLO" => self.hello().await?,
                "HELO" => self.client.say("250 sink").await?,
                "STARTTLS" => self.answer(Moment::StartTls, "454 no TLS now").await?,
                "AUTH" => self.login(&line).await?,
                "NOOP" => self.client.say("250 ok").await?,
                "RSET" => {
                    (sender, recipients) = (String::new(), Vec::new());
                    self.client.say("250 ok").await?;
                }
                "MAIL" if self.manners.login.is_some() && !self.logged_in => {
                    self.client.say("530 5.7.0 login first").await?;
                }
                "MAIL" => {
                    sender = in_angle_brackets(&line);
                    self.answer(Moment::Sender, "250 ok").await?;
                }
                "RCPT" => {
                    let recipient = in_angle_brackets(&line);
                    let refusal = self.refusal(&recipient);
                    if refusal.is_none() {
                        recipients.push(recipient);
                    }
                    self.answer(Moment::Recipient, refusal.as_deref().unwrap_or("250 ok")).await?;
                }
                "DATA" => {
                    self.answer(Moment::Data, "354 go on").await?;
                    let content = self.client.content().await?;
                    let (sender, recipients) = (std::mem::take(&mut sender), std::mem::take(&mut recipients));
                    self.take(&Received::parse(sender, recipients, &content)).await?;
                }
                "QUIT" => return Ok(self.client.say("221 bye").await?),
                _ => self.client.say("500 what?").await?,
            }
        }
        Ok(())
    }

    async fn line(&mut self) -> Result<Option<String>, Ended> {
        let line = self.client.line().await?.map(|line| line.trim_end().to_owned());
        let mut commands = self.state.commands.lock().unwrap_or_else(PoisonError::into_inner);
        commands.extend(line.clone());
        Ok(line)
    }

    /// Answers as usual, unless the manners are others at this moment.
    async fn answer(&mut self, moment: Moment, usual: &str) -> Result<(), Ended> {
        if let Some((slow, by)) = self.manners.slow
            && slow == moment
        {
            tokio::time::sleep(by).await;
        }
        if self.manners.cut == Some(moment) {
            return Err(Ended::HungUp);
        }
        match self.manners.answer {
            Some((other, text)) if other == moment => self.client.say(text).await?,
            _ => self.client.say(usual).await?,
        }
        Ok(())
    }

    async fn hello(&mut self) -> Result<(), Ended> {
        let Some(extensions) = self.manners.extensions else {
            if self.manners.cut == Some(Moment::Hello) {
                return Err(Ended::HungUp);
            }
            return Ok(self.client.say("502 HELO is the word").await?);
        };
        let lines: Vec<&str> = std::iter::once("sink").chain(extensions.iter().copied()).collect();
        let (last, before) = lines.split_last().unwrap_or((&"sink", &[]));
        let before: String = before.iter().map(|line| format!("250-{line}\r\n")).collect();
        self.answer(Moment::Hello, &format!("{before}250 {last}")).await
    }

    /// Whoever needs no login may say anything; else it must be right, by the one mechanism.
    async fn login(&mut self, line: &str) -> Result<(), Ended> {
        let Some(mechanism) = self.manners.login else {
            let known = self.manners.extensions.is_some_and(|extensions| !extensions.is_empty());
            let usual = if known { "235 welcome" } else { "502 no such command" };
            return self.answer(Moment::Login, usual).await;
        };
        let mut words = line.split(' ').skip(1);
        if !words.next().unwrap_or_default().eq_ignore_ascii_case(mechanism) {
            return Ok(self.client.say("504 5.5.4 not by this").await?);
        }
        let plain = STANDARD.encode(format!("\0{LOGIN}\0{PASSWORD}"));
        let (user, password) = (STANDARD.encode(LOGIN), STANDARD.encode(PASSWORD));
        let is_right = match mechanism {
            "LOGIN" => self.ask("VXNlcm5hbWU6").await? == user && self.ask("UGFzc3dvcmQ6").await? == password,
            "CRAM-MD5" => self.ask(CHALLENGE).await? == ANSWER,
            _ => match words.next() {
                Some(response) => response == plain,
                None => self.ask("").await? == plain,
            },
        };
        self.logged_in = is_right;
        // Some servers are careless.
        let refusal = format!("535 5.7.8 {LOGIN} {PASSWORD} is wrong");
        self.answer(Moment::Login, if is_right { "235 welcome" } else { &refusal }).await
    }

    async fn ask(&mut self, question: &str) -> Result<String, Ended> {
        self.client.say(&format!("334 {question}")).await?;
        self.line().await?.ok_or(Ended::HungUp)
    }

    /// Why the recipient is not taken.
    fn refusal(&self, recipient: &str) -> Option<String> {
        if let Behaviour::Recipient(code) = self.behaviour {
            return Some(format!("{code} not for {recipient}"));
        }
        let mut postponed = self.state.postponed.lock().unwrap_or_else(PoisonError::into_inner);
        (self.manners.greylists && postponed.insert(recipient.to_owned()))
            .then(|| "451 4.7.1 greylisted, come back".to_owned())
    }

    async fn take(&mut self, mail: &Received) -> Result<(), Ended> {
        if self.behaviour == Behaviour::DropAfterData || self.manners.cut == Some(Moment::EndOfData) {
            return Err(Ended::HungUp);
        }
        // A mail that is not taken is not kept.
        let is_refused = self
            .manners
            .answer
            .is_some_and(|(moment, text)| moment == Moment::EndOfData && !text.starts_with('2'));
        if !is_refused {
            self.state.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
        }
        if self.behaviour == Behaviour::KeepAndDrop {
            return Err(Ended::HungUp);
        }
        self.answer(Moment::EndOfData, "250 kept").await
    }
}

struct Client {
    stream: BufReader<TcpStream>,
    stutters: bool,
}

impl Client {
    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        let line = format!("{text}\r\n");
        if !self.stutters {
            return self.stream.write_all(line.as_bytes()).await;
        }
        for byte in line.as_bytes() {
            self.stream.write_all(&[*byte]).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        let read = self.stream.read_until(b'\n', &mut line).await?;
        Ok((read > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
    }

    /// The mail, up to the line with the single dot.
    async fn content(&mut self) -> std::io::Result<Vec<u8>> {
        let mut content = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
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
