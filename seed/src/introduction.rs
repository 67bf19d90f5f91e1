//! As whom one can sign in: few of the people, one for each way.

use std::fmt::Write;

use super::{TOTP_SECRET, Workspace};

/// Somebody who is introduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Introduced {
    /// The username, by which the person is found.
    pub handle: &'static str,
    /// What a client meets with this person.
    pub by: &'static str,
}

/// Who is introduced, in this order.
pub const INTRODUCED: [Introduced; 5] = [
    Introduced { handle: "plain", by: "a password, which is also the second factor" },
    Introduced { handle: "email2fa", by: "codes by e-mail to email2fa@example.com" },
    Introduced { handle: "totp", by: "TOTP" },
    Introduced { handle: "admin", by: "the administrator; a password" },
    Introduced { handle: "bot", by: "a bot with a personal access token" },
];

/// A few lines: usernames, passwords, second factors.
#[must_use]
pub fn introduction(workspace: &Workspace) -> String {
    let mut text = format!("  {:<10} {:<22} {}\n", "USERNAME", "PASSWORD", "SECOND FACTOR");
    for Introduced { handle, by } in INTRODUCED {
        let person = workspace.person(handle);
        let password = person.password.as_deref().unwrap_or_default();
        let more = match handle {
            "totp" => format!(", secret {TOTP_SECRET}"),
            "bot" => format!(
                ": X-User-Id {}, X-Auth-Token {}",
                person.id,
                person.other_tokens.first().map_or("", String::as_str)
            ),
            _ => String::new(),
        };
        // Writing into a text cannot fail.
        let _ = writeln!(text, "  {handle:<10} {password:<22} {by}{more}");
    }
    text
}
