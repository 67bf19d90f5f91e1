//! What stays when the script has ended: a fresh workspace to sign in to, and the mails that come.

use std::fmt::Write;
use std::time::Duration;

use devstack::smtp::Sink;
use devstack::workspace::{Workspace, introduction};
use serde_json::{Value, json};

use crate::script::PATH;

/// Where the service listens, as it does by default and in docker-compose.yml, if nothing else does.
pub const PORT: u16 = 3001;

const POLL: Duration = Duration::from_millis(200);

/// Where it is, who can sign in, and lines to paste.
pub fn told(root_url: &str, workspace: &Workspace) -> String {
    let (plain, bot) = (workspace.person("plain"), workspace.person("bot"));
    let access_token = bot.other_tokens.first().unwrap_or(&bot.token);
    let mut text = format!(
        "\n━━ Try it yourself: {root_url}\n\n  Open it in a browser: a page to sign in and change a profile. {root_url}/docs shows the API.\n\n{}\n",
        introduction(workspace)
    );
    let login = json!({ "user": plain.username, "password": plain.password });
    let change = json!({ "data": { "bio": "Written with curl", "statusText": "Back soon" } });
    let name = json!({ "data": { "name": "A Bot With a Name" } });
    for (path, credentials, body) in [
        ("/api/v1/login", None, login),
        (PATH, Some((&plain.id, &plain.token)), change),
        (PATH, Some((&bot.id, access_token)), name),
    ] {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{}\n", curl(&format!("{root_url}{path}"), credentials, &body));
    }
    text
}

fn curl(url: &str, credentials: Option<(&String, &String)>, body: &Value) -> String {
    let credentials = credentials
        .map_or_else(String::new, |(id, token)| format!(" -H 'X-User-Id: {id}' -H 'X-Auth-Token: {token}'"));
    format!("curl -s {url}{credentials} -H 'Content-Type: application/json' -d '{body}'")
}

/// Shows every mail that comes from now on: codes and links stand in them.
pub async fn show_mails(mailbox: &Sink) {
    let mut shown = mailbox.mails().len();
    loop {
        let mails = mailbox.mails();
        for mail in mails.iter().skip(shown) {
            println!("✉ {} → {}: {}\n{}\n", mail.from, mail.to, mail.subject, mail.text.trim());
        }
        shown = shown.max(mails.len());
        tokio::time::sleep(POLL).await;
    }
}
