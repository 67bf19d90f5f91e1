//! What our mails say: pure functions of the settings. Source: `docs/behaviour/email.md` sections 4 to 6.
//!
//! The style sheet is not inlined into the HTML but stands in a `<style>` element: the mail clients in use read it.

mod accounts;

pub use accounts::{enrolment, forgot_password, verification};

use super::message::{Mail, Sender};
use super::template::{Template, escape, strip_tags};
use super::texts::translate;
use crate::workspace::Settings;
use url::Url;

/// The settings from which a mail is written.
#[derive(Debug, Clone, Copy)]
pub struct Letterhead<'a> {
    pub settings: &'a Settings,
    /// `ROOT_URL`, which stands in for an empty `Site_Url`.
    pub root_url: &'a str,
}

impl<'a> Letterhead<'a> {
    /// The workspace's address.
    #[must_use]
    pub fn site_url(&self) -> &'a str {
        match self.settings.site_url.as_str() {
            "" => self.root_url,
            site_url => site_url,
        }
    }

    /// Its host's name, for message ids and the sender that is not configured.
    #[must_use]
    pub fn site_host(&self) -> String {
        let url = Url::parse(self.site_url()).ok();
        url.as_ref().and_then(Url::host_str).unwrap_or("localhost").to_owned()
    }

    /// In the workspace's language.
    fn template(&self) -> Template<'a> {
        let language = self.settings.language.as_str();
        Template { site_name: &self.settings.site_name, site_url: self.site_url(), language }
    }

    /// HTML between header and footer, not yet filled in. With `email_plain_text_only` no mail has HTML.
    fn wrap(&self, html: &str) -> String {
        let settings = self.settings;
        format!("{} {html} {}", settings.mail_header, settings.mail_footer)
    }

    fn finish(&self, html: &str) -> Option<String> {
        (!self.settings.mail_plain_text_only).then(|| with_style(html, &self.settings.mail_style))
    }

    fn sender(&self) -> Sender {
        Sender { name: None, address: self.settings.from_email.clone() }
    }
}

/// The code of a second factor, `048213` shown as `048-213`, in the user's language. The subject is always English.
#[must_use]
pub fn authentication_code(
    letterhead: &Letterhead<'_>,
    language: Option<&str>,
    to: &str,
    code: &str,
) -> Mail {
    let settings = letterhead.settings;
    let language = language.filter(|language| !language.is_empty()).unwrap_or(&settings.language);
    let [here, keep_secret, ignore] = [
        "Here_is_your_authentication_code",
        "Do_not_provide_this_code_to_anyone",
        "If_you_didnt_try_to_login_in_your_account_please_ignore_this_email",
    ]
    .map(|key| translate(language, key));
    let shown = code.get(..3).zip(code.get(3..)).map_or_else(|| code.to_owned(), |(a, b)| format!("{a}-{b}"));
    let data = [("code", shown.as_str())];
    let template = letterhead.template();
    let html = format!(
        "<p>{here}</p><p style=\"font-size: 30px;\"><b>__code__</b></p><p>{keep_secret}</p><p>{ignore}</p>"
    );
    Mail {
        from: letterhead.sender(),
        to: to.to_owned(),
        subject: "Authentication code".to_owned(),
        text: template.replace(&format!("\n{here}\n\n__code__\n\n{keep_secret}\n{ignore}\n"), &data),
        html: letterhead.finish(&template.replace_escaped(&letterhead.wrap(&html), &data)),
        id: None,
    }
}

/// The notice to the old address that there is a new one.
#[must_use]
pub fn email_changed(letterhead: &Letterhead<'_>, old: &str, new: &str) -> Mail {
    let settings = letterhead.settings;
    let template = letterhead.template();
    // The original escapes the address twice in the HTML, and so once in the text that is made from it.
    let email = escape(new);
    let data = [("email", email.as_str())];
    let body = &settings.email_changed_body;
    Mail {
        from: letterhead.sender(),
        to: old.to_owned(),
        subject: template.replace(&settings.email_changed_subject, &data),
        text: strip_tags(&template.replace(body, &data)),
        html: letterhead.finish(&template.replace_escaped(&letterhead.wrap(body), &data)),
        id: None,
    }
}

/// The style sheet goes into the head where there is one, else before everything.
fn with_style(html: &str, style: &str) -> String {
    if style.trim().is_empty() {
        return html.to_owned();
    }
    let lower = html.to_ascii_lowercase();
    let at = lower.find("</head>").or_else(|| {
        let open = lower.find("<html")?;
        Some(open + lower[open..].find('>')? + 1)
    });
    let (before, after) = html.split_at(at.unwrap_or(0));
    format!("{before}<style>{style}</style>{after}")
}

#[cfg(test)]
mod tests;
