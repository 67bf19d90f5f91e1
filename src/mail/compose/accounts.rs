//! The mails of Meteor's accounts, which carry the workspace's name as their sender. Source: `docs/behaviour/email.md` section 5,
//! `docs/behaviour/own-account.md` section 7.2.

use super::Letterhead;
use crate::mail::message::{Mail, Sender};
use crate::mail::template::{escape, insert, strip_tags};

/// Asks the new address for a confirmation. Its sender carries the workspace's name.
#[must_use]
pub fn verification(letterhead: &Letterhead<'_>, name: Option<&str>, to: &str, token: &str) -> Mail {
    let settings = letterhead.settings;
    let url = format!("{}/#/verify-email/{token}", letterhead.site_url().trim_end_matches('/'));
    Mail {
        to: to.to_owned(),
        text: format!(
            "Hello,\n\nTo verify your account email, simply click the link below.\n\n{url}\n\nThank you.\n"
        ),
        ..with_link(
            letterhead,
            &settings.verification_subject,
            &settings.verification_body,
            ("Verification_Url", &url),
            name,
        )
    }
}

/// The way to a new password, for who has asked for one. Its sender carries the workspace's name.
#[must_use]
pub fn forgot_password(letterhead: &Letterhead<'_>, name: Option<&str>, to: &str, token: &str) -> Mail {
    let settings = letterhead.settings;
    let url = format!("{}/reset-password/{token}", letterhead.site_url().trim_end_matches('/'));
    Mail {
        to: to.to_owned(),
        text: format!(
            "Hello,\n\nTo reset your password, simply click the link below.\n\n{url}\n\nThank you.\n"
        ),
        ..with_link(
            letterhead,
            &settings.forgot_password_subject,
            &settings.forgot_password_body,
            ("Forgot_Password_Url", &url),
            name,
        )
    }
}

/// Welcomes a user who has chosen a first username. Its sender carries the workspace's name.
#[must_use]
pub fn enrolment(letterhead: &Letterhead<'_>, name: Option<&str>, to: &str) -> Mail {
    let settings = letterhead.settings;
    let template = letterhead.template();
    let data = [("email", to), ("name", name.unwrap_or_default())];
    let body = &settings.enrolment_body;
    Mail {
        from: Sender { name: Some(settings.site_name.clone()), ..letterhead.sender() },
        to: to.to_owned(),
        subject: template.replace(&settings.enrolment_subject, &data),
        text: strip_tags(&template.replace(body, &data)),
        html: letterhead.finish(&template.replace_escaped(&letterhead.wrap(body), &data)),
        id: None,
    }
}

/// A mail of the accounts, all but its recipient and its text: they do not know each other's placeholders.
fn with_link(
    letterhead: &Letterhead<'_>,
    subject: &str,
    body: &str,
    (key, url): (&str, &str),
    name: Option<&str>,
) -> Mail {
    let template = letterhead.template();
    // Mail clients must not turn a name that looks like a web address into a link.
    let harmless = |text: &str| escape(text).replace('.', "&#8228;");
    let name = name.unwrap_or_default();
    let first = name.split(' ').next().unwrap_or_default();
    let last = name.rsplit(' ').next().unwrap_or_default();
    let html = template.replace_escaped(&letterhead.wrap(body), &[]);
    let html = insert(&html, key, url);
    let html = [("fname", first), ("lname", last), ("name", name)]
        .iter()
        .fold(html, |html, (key, value)| insert(&html, key, &harmless(value)));
    Mail {
        from: Sender { name: Some(letterhead.settings.site_name.clone()), ..letterhead.sender() },
        to: String::new(),
        subject: template.replace(subject, &[]),
        text: String::new(),
        html: letterhead.finish(&html),
        id: None,
    }
}
