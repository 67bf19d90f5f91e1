//! One mail that somebody asks for, told step by step.

use super::Finding;
use crate::config::Config;
use crate::mail::{Certificate, Letterhead, Mail, MailError, MailServer, Sender, try_mail};
use crate::workspace::Settings;
use serde_json::json;

const CHECK: &str = "mail-to";

pub(super) async fn send(
    settings: &Settings,
    config: &Config,
    server: MailServer,
    authorities: &[Certificate],
    address: &str,
) -> Vec<Finding> {
    let letterhead = Letterhead { settings, root_url: &config.root_url };
    let mail = Mail {
        from: Sender { name: Some(settings.site_name.clone()), address: settings.from_email.clone() },
        to: address.to_owned(),
        subject: "rc-account check".to_owned(),
        text: format!(
            "This mail was asked for with `rc-account check --mail-to`, for {}.\n",
            letterhead.site_url()
        ),
        html: None,
        id: None,
    };
    let place = format!("{}:{}", server.host, server.port);
    let trial = try_mail(server, authorities, &mail, &letterhead.site_host()).await;
    let mut findings: Vec<Finding> = trial
        .steps
        .iter()
        .map(|step| {
            let took = step.took.as_millis();
            let details = json!({"step": step.step.name(), "milliseconds": took});
            Finding::ok(CHECK, format!("{took} ms  {}", step.told)).details(details)
        })
        .collect();
    findings.push(match trial.outcome {
        Ok(()) => Finding::ok(CHECK, format!("{place} has taken the mail to {address}")),
        Err(error) => Finding::error(CHECK, "mail-not-taken", format!("{place}: {error}"), remedy(&error)),
    });
    findings
}

fn remedy(error: &MailError) -> &'static str {
    match error {
        MailError::BadRecipient => "give an address such as user@example.org, which the mail server can take",
        MailError::NotConfigured => "set SMTP_Host in Rocket.Chat's administration, or MAIL_URL",
        MailError::Refused(_) => "ask the mail server's operator why; the answer above tells its reason",
        MailError::TooLarge { .. } => "let the mail server take larger mails",
        MailError::Postponed(_) => "none is needed if it is greylisting: a real mail is tried again",
        MailError::Unavailable(_) => {
            "look at the last step above: correct what it names, or ask the mail server's operator"
        }
    }
}
