//! Trying a mail server for a person who wants to know, step by step.

use super::smtp::{MailPatience, StepTaken, Trace};
use super::tls::Certificate;
use super::transport::Transport;
use super::{Mail, MailError, MailServer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;

/// What came of a mail.
#[derive(Debug)]
pub struct Trial {
    /// What led on, and the answer that did not. Without secrets.
    pub steps: Vec<StepTaken>,
    pub outcome: Result<(), MailError>,
}

/// What is known of a server that takes the connection and the login.
#[derive(Debug, PartialEq, Eq)]
pub struct Reachable {
    /// A login is configured, and the server offers none.
    pub lacks_login: bool,
    /// The machine has no full name to greet a server elsewhere with; only this one.
    pub short_name: Option<String>,
}

/// Whether the server would take a mail from us: connects, with TLS and login as for a mail, and leaves.
///
/// # Errors
/// [`MailError::Unavailable`].
pub async fn try_server(server: MailServer, authorities: &[Certificate]) -> Result<Reachable, MailError> {
    let transport = Transport::new(server, authorities, MailPatience::default())?;
    let dialogue = transport.connect(Trace::default()).await.map_err(|error| MailError::of(&error, false))?;
    let lacks_login = dialogue.lacks_login;
    Transport::leave(dialogue).await;
    Ok(Reachable { lacks_login, short_name: transport.short_name().await })
}

/// Sends one mail, with as much patience as any mail. `site` is the workspace's host name.
pub async fn try_mail(server: MailServer, authorities: &[Certificate], mail: &Mail, site: &str) -> Trial {
    let trace = Trace::recording(secrets(&server));
    let attempt = async {
        let (envelope, content) = mail.encode(site)?;
        let transport = Transport::new(server, authorities, MailPatience::default())?;
        let opened = transport.connect(trace.clone()).await;
        let mut dialogue = opened.map_err(|error| MailError::of(&error, false))?;
        let handed_over = dialogue.hand_over(&envelope, &content).await;
        handed_over.map_err(|error| MailError::of(&error, dialogue.lacks_login))?;
        Transport::leave(dialogue).await;
        Ok(())
    };
    let outcome = attempt.await;
    Trial { steps: trace.steps(), outcome }
}

/// The forms in which a server could repeat the password.
fn secrets(server: &MailServer) -> Vec<String> {
    let Some(login) = &server.login else { return Vec::new() };
    let (user, password) = (&login.user, login.password.expose_secret());
    let encoded = [password.to_owned(), format!("\0{user}\0{password}")].map(|text| STANDARD.encode(text));
    [password.to_owned()].into_iter().chain(encoded).collect()
}
