//! From the connection to the login.

use super::capabilities::Capabilities;
use super::connect::connect;
use super::error::{Fault, SmtpError, Step};
use super::login::{LoggedIn, log_in};
use super::patience::MailPatience;
use super::reply::Reply;
use super::trace::Trace;
use super::wire::Wire;
use crate::mail::client_name::ClientName;
use crate::mail::{Encryption, MailServer, tls};
use std::time::Duration;

/// One connection on which mails can be handed over.
pub struct Dialogue {
    pub(super) wire: Wire,
    pub(super) capabilities: Capabilities,
    pub(super) patience: MailPatience,
    pub(super) trace: Trace,
    /// A login is configured, but the server offers none.
    pub lacks_login: bool,
}

/// What is said first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hello {
    Extended,
    Simple,
}

const SERVICE_ENDS: u16 = 421;

impl Dialogue {
    /// Connects, with TLS and the login as far as they are configured.
    ///
    /// # Errors
    /// [`SmtpError`]. No mail is under way.
    pub async fn open(
        server: &MailServer,
        tls: Option<&tls::Client>,
        name: &ClientName,
        patience: MailPatience,
        trace: Trace,
    ) -> Result<Dialogue, SmtpError> {
        match Dialogue::open_with(Hello::Extended, server, tls, name, patience, trace.clone()).await {
            // A server that knows only HELO may hang up at anything else.
            Err(SmtpError { step: Step::Hello, fault: Fault::Closed })
                if server.encryption != Encryption::Required =>
            {
                trace.note(Step::Hello, || "hung up at EHLO; once more with HELO".to_owned());
                Dialogue::open_with(Hello::Simple, server, tls, name, patience, trace).await
            }
            opened => opened,
        }
    }

    async fn open_with(
        hello: Hello,
        server: &MailServer,
        tls: Option<&tls::Client>,
        name: &ClientName,
        patience: MailPatience,
        trace: Trace,
    ) -> Result<Dialogue, SmtpError> {
        let stream = connect(server, patience.connect).await?;
        let name = name.on(stream.local_addr().ok()).await;
        trace.note(Step::Connection, || match stream.peer_addr() {
            Ok(address) => format!("connected to {address}"),
            Err(_) => "connected".to_owned(),
        });
        let wire = Wire::new(stream);
        let capabilities = Capabilities::default();
        let mut dialogue = Dialogue { wire, capabilities, patience, trace, lacks_login: false };
        if server.encryption == Encryption::Implicit {
            dialogue = dialogue.encrypted(tls, patience.greeting).await?;
        }
        let greeting = dialogue.wire.reply(Step::Greeting, patience.greeting).await?;
        dialogue.trace.note_reply(Step::Greeting, "greeting", &greeting);
        positive(Step::Greeting, &greeting)?;
        dialogue.hello(hello, server.encryption, &name).await?;
        if dialogue.wants_starttls(server) {
            dialogue = dialogue.start_tls(server, tls, &name).await?;
        }
        dialogue.log_in(server).await?;
        Ok(dialogue)
    }

    /// A command, its answer noted as what is shown of the command.
    pub(super) async fn say(
        &mut self,
        step: Step,
        command: &str,
        patience: Duration,
    ) -> Result<Reply, SmtpError> {
        let reply = self.wire.command(step, command, patience).await?;
        self.trace.note_reply(step, command, &reply);
        Ok(reply)
    }

    async fn hello(&mut self, hello: Hello, encryption: Encryption, name: &str) -> Result<(), SmtpError> {
        let patience = self.patience.command;
        if hello == Hello::Extended {
            let reply = self.say(Step::Hello, &format!("EHLO {name}"), patience).await?;
            if reply.is_positive() {
                self.capabilities = Capabilities::from_ehlo(&reply);
                return Ok(());
            }
            if reply.code == SERVICE_ENDS {
                return Err(SmtpError::new(Step::Hello, Fault::Answered(reply.code)));
            }
            if encryption == Encryption::Required {
                return Err(SmtpError::new(Step::StartTls, Fault::NotOffered("STARTTLS")));
            }
        }
        let reply = self.say(Step::Hello, &format!("HELO {name}"), patience).await?;
        positive(Step::Hello, &reply)?;
        self.capabilities = Capabilities::from_helo();
        Ok(())
    }

    /// Where TLS is required it is asked for even if it is not offered, as by the original's client.
    fn wants_starttls(&self, server: &MailServer) -> bool {
        match server.encryption {
            Encryption::None | Encryption::Implicit => false,
            Encryption::Opportunistic => self.capabilities.starttls,
            Encryption::Required => true,
        }
    }

    async fn start_tls(
        mut self,
        server: &MailServer,
        tls: Option<&tls::Client>,
        name: &str,
    ) -> Result<Dialogue, SmtpError> {
        let is_offered = self.capabilities.starttls;
        let reply = self.say(Step::StartTls, "STARTTLS", self.patience.command).await?;
        if !reply.is_positive() {
            let may_go_on =
                server.options.opportunistic_tls && server.encryption == Encryption::Opportunistic;
            return match is_offered {
                true if may_go_on => Ok(self),
                true => Err(SmtpError::new(Step::StartTls, Fault::Answered(reply.code))),
                false => Err(SmtpError::new(Step::StartTls, Fault::NotOffered("STARTTLS"))),
            };
        }
        let patience = self.patience.command;
        let mut dialogue = self.encrypted(tls, patience).await?;
        // What was said before TLS counts for nothing.
        dialogue.capabilities = Capabilities::default();
        dialogue.hello(Hello::Extended, server.encryption, name).await?;
        Ok(dialogue)
    }

    async fn encrypted(self, tls: Option<&tls::Client>, patience: Duration) -> Result<Dialogue, SmtpError> {
        let Some(tls) = tls else {
            return Err(SmtpError::new(Step::Tls, Fault::Failed("TLS is not set up".to_owned())));
        };
        let wire = self.wire.encrypted(&tls.connector, tls.name.clone(), patience).await?;
        self.trace.note(Step::Tls, || match tls.verifies {
            true => "encrypted; the certificate is valid".to_owned(),
            false => "encrypted; the certificate was not looked at".to_owned(),
        });
        Ok(Dialogue { wire, ..self })
    }

    async fn log_in(&mut self, server: &MailServer) -> Result<(), SmtpError> {
        let Some(login) = &server.login else { return Ok(()) };
        match log_in(&mut self.wire, &self.capabilities.login, login, self.patience.command).await? {
            LoggedIn::By(mechanism) => {
                self.trace.note(Step::Login, || format!("logged in by {}", mechanism.name()));
            }
            LoggedIn::NotOffered => {
                self.lacks_login = true;
                self.trace
                    .note(Step::Login, || "the server offers no login; going on without one".to_owned());
            }
        }
        Ok(())
    }

    /// Whether the server still answers.
    pub async fn is_alive(&mut self, patience: Duration) -> bool {
        let reply = self.wire.command(Step::Hello, "NOOP", patience).await;
        reply.is_ok_and(|reply| reply.is_positive())
    }

    /// Takes leave. How the server answers does not matter.
    pub async fn quit(mut self, patience: Duration) {
        let _ = self.wire.command(Step::EndOfData, "QUIT", patience).await;
    }
}

pub(super) fn positive(step: Step, reply: &Reply) -> Result<(), SmtpError> {
    if reply.is_positive() { Ok(()) } else { Err(SmtpError::new(step, Fault::Answered(reply.code))) }
}
