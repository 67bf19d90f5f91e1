//! Why no usable server was found.

use super::ask::{Answer, Silence, ask};
use super::{ConnectError, SERVER_SELECTION};
use crate::store::error;
use bson::Document;
use futures_util::future::join_all;
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{ClientOptions, ServerAddress};

/// The newest protocol of MongoDB 4.4. The driver knows no older one; besides, transactions that create collections and
/// `$bsonSize` exist since then.
const OLDEST_PROTOCOL: i32 = 9;

/// How many hosts of an address are asked.
const MOST_HOSTS: usize = 20;

/// Asks each server by itself what it is.
pub(super) async fn of(error: &Error, options: &ClientOptions) -> ConnectError {
    if let Some(reason) = refused(error, options) {
        return reason;
    }
    let patience = options.server_selection_timeout.unwrap_or(SERVER_SELECTION);
    let asked = options.hosts.iter().take(MOST_HOSTS);
    let answers = join_all(asked.map(async |host| (host, ask(host, options).await))).await;
    // A member that says what it is tells more than one that is silent, and any answer more than none.
    let said = answers.iter().find(|(_, answer)| matches!(answer, Answer::Hello(_)));
    let heard = answers.iter().find(|(_, answer)| !matches!(answer, Answer::Silence(_)));
    let Some((host, answer)) = said.or(heard).or(answers.first()) else {
        return ConnectError::Address("it names no host".to_owned());
    };
    let host = host.to_string();
    match answer {
        Answer::Hello(hello) => match unfit(hello, options) {
            Some(reason) => reason,
            None => about_primary(hello, options).await.unwrap_or(ConnectError::Unreachable {
                patience,
                host,
                how: "answers late",
            }),
        },
        Answer::Silence(silence) => ConnectError::Unreachable { patience, host, how: silence.how() },
        Answer::NoTls => ConnectError::NoTls(host),
        Answer::WantsTls => ConnectError::WantsTls(host),
        Answer::Certificate(reason) => ConnectError::Certificate { host, reason },
        Answer::ClientCertificate => ConnectError::ClientCertificate(host),
    }
}

/// It was reached, and has refused us.
fn refused(error: &Error, options: &ClientOptions) -> Option<ConnectError> {
    let reason = error::refused_connection(error)?;
    let source = options.credential.as_ref().and_then(|credential| credential.source.as_deref());
    let is_shown = |source: &&str| {
        source.len() <= 63 && source.chars().all(|c| c.is_ascii_alphanumeric() || "$_-".contains(c))
    };
    Some(ConnectError::Refused(match (error.kind.as_ref(), source.filter(is_shown)) {
        (ErrorKind::Authentication { .. }, Some(source)) => {
            format!("{reason}, or the user is none of the database {source} (authSource)")
        }
        _ => reason,
    }))
}

/// Why nothing can be done with a server that says this of itself.
pub(super) fn unfit(hello: &Document, options: &ClientOptions) -> Option<ConnectError> {
    let protocol = hello.get_i32("maxWireVersion").unwrap_or(0);
    if protocol < OLDEST_PROTOCOL {
        return Some(ConnectError::TooOld(match protocol {
            8 => "of version 4.2",
            7 => "of version 4.0",
            6 => "of version 3.6",
            _ => "older than 3.6",
        }));
    }
    let wanted = options.repl_set_name.as_deref();
    if is_router(hello) {
        return wanted.map(|_| ConnectError::Router);
    }
    match (hello.get_str("setName").ok(), wanted) {
        (None, _) if hello.get_bool("isreplicaset").unwrap_or(false) => Some(ConnectError::NotInitiated),
        (None, _) => Some(ConnectError::NotAReplicaSet),
        (Some(found), Some(wanted)) if found != wanted => {
            Some(ConnectError::OtherReplicaSet { wanted: wanted.to_owned(), found: found.to_owned() })
        }
        _ => None,
    }
}

pub(super) fn is_router(hello: &Document) -> bool {
    hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid")
}

/// The driver goes to the primary by the name that the replica set itself has for it.
async fn about_primary(hello: &Document, options: &ClientOptions) -> Option<ConnectError> {
    let set = hello.get_str("setName").unwrap_or_default().to_owned();
    let Ok(primary) = hello.get_str("primary") else { return Some(ConnectError::NoPrimary(set)) };
    let address = ServerAddress::parse(primary).ok()?;
    let elsewhere = |how| Some(ConnectError::PrimaryElsewhere { set, primary: primary.to_owned(), how });
    match ask(&address, options).await {
        Answer::Hello(_) => None,
        Answer::Silence(silence) => elsewhere(silence.how()),
        Answer::Certificate(_) => elsewhere("has a certificate for another name"),
        Answer::NoTls | Answer::WantsTls | Answer::ClientCertificate => elsewhere(Silence::Broken.how()),
    }
}

/// `None`: it is the primary, or stands for it.
pub(super) fn not_the_primary(hello: &Document) -> Option<ConnectError> {
    if is_router(hello) || hello.get_bool("isWritablePrimary").unwrap_or(false) {
        return None;
    }
    let text = |key| hello.get_str(key).ok().map(str::to_owned);
    let set = text("setName").unwrap_or_default();
    Some(match text("primary") {
        Some(primary) => ConnectError::NotThePrimary { set, primary },
        None => ConnectError::NoPrimary(set),
    })
}
