//! What one server says of itself, or why it does not. The driver leaves servers out of account that do not fit the address,
//! and then only tells that none was found.

use bson::Document;
use mongodb::Client;
use mongodb::error::{Error, ErrorKind};
use mongodb::event::sdam::SdamEvent;
use mongodb::options::{ClientOptions, ServerAddress, Tls, TlsOptions};
use rustls::{AlertDescription, CertificateError};
use std::io;
use std::time::Duration;
use tokio::net::lookup_host;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long one server may take to say what it is.
pub(super) const ASKING: Duration = Duration::from_secs(2);

/// More events than a server causes until it has said it.
const EVENTS: usize = 64;

pub(super) enum Answer {
    /// The reply to `hello`, which needs no login.
    Hello(Document),
    Silence(Silence),
    NoTls,
    WantsTls,
    Certificate(&'static str),
    ClientCertificate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    UnknownName,
    Refused,
    Late,
    Broken,
}

impl Silence {
    /// Behind the name of the host.
    pub fn how(self) -> &'static str {
        match self {
            Silence::UnknownName => "has no address: the name is unknown",
            Silence::Refused => "refuses connections: nothing listens there",
            Silence::Late => "does not answer",
            Silence::Broken => "breaks the connection: it may be no MongoDB",
        }
    }
}

/// Asks as the options say; where that fails, with and without TLS.
pub(super) async fn ask(host: &ServerAddress, options: &ClientOptions) -> Answer {
    if let Err(silence) = look_up(host).await {
        return Answer::Silence(silence);
    }
    let error = match hello(host, options.tls.clone()).await {
        Heard::Hello(reply) => return Answer::Hello(reply),
        Heard::Nothing => return Answer::Silence(Silence::Late),
        Heard::Failure(error) => error,
    };
    let silence = silence(&error);
    if silence != Silence::Broken {
        return Answer::Silence(silence);
    }
    let unchecked = TlsOptions::builder().allow_invalid_certificates(true);
    match &options.tls {
        Some(Tls::Enabled(own)) => {
            let unchecked = unchecked.cert_key_file_path(own.cert_key_file_path.clone()).build();
            if let Heard::Hello(_) = hello(host, Some(Tls::Enabled(unchecked))).await {
                return Answer::Certificate(why_not_trusted(&error));
            }
            match hello(host, None).await {
                Heard::Hello(_) => Answer::NoTls,
                _ if is_alert(&error) || has_hung_up(&error) => Answer::ClientCertificate,
                _ => Answer::Silence(silence),
            }
        }
        _ => match hello(host, Some(Tls::Enabled(unchecked.build()))).await {
            Heard::Hello(_) => Answer::WantsTls,
            Heard::Failure(error) if is_alert(&error) || has_hung_up(&error) => Answer::WantsTls,
            _ => Answer::Silence(silence),
        },
    }
}

async fn look_up(host: &ServerAddress) -> Result<(), Silence> {
    let ServerAddress::Tcp { .. } = host else { return Ok(()) };
    let found = timeout(ASKING, lookup_host(host.to_string())).await;
    let has_one = found.is_ok_and(|found| found.is_ok_and(|mut addresses| addresses.next().is_some()));
    if has_one { Ok(()) } else { Err(Silence::UnknownName) }
}

enum Heard {
    Hello(Document),
    Failure(Error),
    Nothing,
}

/// As the driver's own watching of a server does it: without a login, and whatever the server is.
async fn hello(host: &ServerAddress, tls: Option<Tls>) -> Heard {
    let (sender, mut events) = mpsc::channel::<SdamEvent>(EVENTS);
    let mut options = ClientOptions::builder()
        .hosts(vec![host.clone()])
        .direct_connection(true)
        .connect_timeout(ASKING)
        .sdam_event_handler(sender)
        .build();
    options.tls = tls;
    let client = match Client::with_options(options) {
        Ok(client) => client,
        Err(error) => return Heard::Failure(error),
    };
    let first = async {
        while let Some(event) = events.recv().await {
            match event {
                SdamEvent::ServerHeartbeatSucceeded(event) => return Heard::Hello(event.reply),
                SdamEvent::ServerHeartbeatFailed(event) => return Heard::Failure(event.failure),
                _ => {}
            }
        }
        Heard::Nothing
    };
    let heard = timeout(ASKING, first).await.unwrap_or(Heard::Nothing);
    client.shutdown().immediate(true).await;
    heard
}

fn silence(error: &Error) -> Silence {
    match error.kind.as_ref() {
        ErrorKind::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => Silence::Refused,
            io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Silence::Late
            }
            _ => Silence::Broken,
        },
        _ => Silence::Broken,
    }
}

/// What TLS says, where it is that.
fn tls_error(error: &Error) -> Option<&rustls::Error> {
    match error.kind.as_ref() {
        ErrorKind::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

fn why_not_trusted(error: &Error) -> &'static str {
    match tls_error(error) {
        Some(rustls::Error::InvalidCertificate(reason)) => match reason {
            CertificateError::UnknownIssuer => "its authority is not known",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "it is for another host name"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "it is not valid yet"
            }
            _ => "it is not valid",
        },
        _ => "it is not valid",
    }
}

/// Whether the server has refused us in the words of TLS, as for the lack of a certificate.
fn is_alert(error: &Error) -> bool {
    matches!(
        tls_error(error),
        Some(rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
                | AlertDescription::HandshakeFailure
                | AlertDescription::BadCertificate
                | AlertDescription::UnknownCA
        ))
    )
}

/// Whether the server has ended a connection on which TLS had begun. With TLS 1.3 a server hears of a missing certificate
/// only when its client is ready, and MongoDB then says nothing.
fn has_hung_up(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::Io(error) => {
            let ended =
                [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
            // The TLS library's words for an end before that.
            ended.contains(&error.kind()) && error.to_string() != "tls handshake eof"
        }
        _ => false,
    }
}
