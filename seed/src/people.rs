//! Who there is in the workspace, and what they sign in with.
//!
//! What their documents look like is in `users`.

use std::collections::BTreeMap;
use std::fmt;

use super::credentials::{self, secret};

/// The TOTP secret of the person `totp`, base32.
pub const TOTP_SECRET: &str = "JBSWY3DPEHPK3PXP";

/// The unused backup codes of the person `totp`, in the order in which their hashes are stored.
pub const BACKUP_CODES: [&str; 12] = [
    "aBcDeFg2", "hJkLmNp3", "qRsTwXy4", "zA2b3C4d", "5e6F7g8H", "9jKmLnP2", "rQtSxWz3", "bAdCfEh4",
    "kJnMqPs5", "wTyXa6Z7", "c8B9d2F3", "g4H5j6K7",
];

/// One user, with the plain text of what the database holds hashed.
#[derive(Clone)]
pub struct Person {
    /// What the tests and the demo call this person.
    pub handle: &'static str,
    /// The `_id`, the same in every workspace.
    pub id: String,
    pub username: Option<String>,
    pub name: String,
    pub email: Option<String>,
    pub password: Option<String>,
    /// Passwords whose hashes are in the stored history, oldest first.
    pub former_passwords: Vec<String>,
    /// A login token that is valid on its own.
    pub token: String,
    /// Further valid tokens, in stored order: of `pat` the one that bypasses the second factor, then the one that
    /// does not; of `bot` a personal access token that bypasses it; of others the tokens of other sessions.
    pub other_tokens: Vec<String>,
}

impl Person {
    /// The password as clients send it in `currentPassword`.
    ///
    /// # Panics
    /// If this person has none.
    pub fn password_digest(&self) -> String {
        let password = self.password.as_deref();
        credentials::password_digest(password.unwrap_or_else(|| panic!("{} has no password", self.handle)))
    }

    /// Every password whose hash is stored.
    pub(super) fn passwords(&self) -> impl Iterator<Item = String> {
        self.password.iter().chain(&self.former_passwords).cloned()
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("handle", &self.handle)
            .field("id", &self.id)
            .field("username", &self.username)
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// Everybody who can be signed in as, by handle.
pub(super) fn all() -> BTreeMap<&'static str, Person> {
    TABLE.iter().map(|row| (row.handle, row.person())).collect()
}

/// The usual person has a username and a password; what deviates is said in the row.
struct Row {
    handle: &'static str,
    id: &'static str,
    name: &'static str,
    has_username: bool,
    has_email: bool,
    has_password: bool,
    former_passwords: u8,
    other_tokens: u8,
}

const fn row(handle: &'static str, id: &'static str, name: &'static str) -> Row {
    Row {
        handle,
        id,
        name,
        has_username: true,
        has_email: true,
        has_password: true,
        former_passwords: 0,
        other_tokens: 0,
    }
}

#[rustfmt::skip]
const TABLE: [Row; 15] = [
    Row { other_tokens: 2, ..row("plain", "z577RyCswnzMJiFi4", "Plain User") },
    row("admin", "hoCXkTwrcReYcK43R", "Admin User"),
    Row { has_email: false, ..row("no-email", "ZNSXdCfDHG3DNDAcc", "User Without E-Mail") },
    Row { has_password: false, ..row("oauth", "RcofDYvWsdtRvhQRz", "OAuth User") },
    Row { other_tokens: 1, ..row("legacy", "YCtTqsZmdHbKbccyv", "Legacy User") },
    row("many-tokens", "QnZZQgrfrZbnGNxpy", "User With Many Tokens"),
    Row { other_tokens: 2, ..row("pat", "CjKuaMMwqycfdcmjh", "User With Personal Access Tokens") },
    row("null-custom-fields", "WMrFbcRoj6vxPr2xE", "User With Null Custom Fields"),
    Row { has_email: false, other_tokens: 1, ..row("bot", "s85gm5KhGo8tdAzKH", "Bot") },
    row("forced", "xF5Xqt45RRDHo3796", "User Forced To Change Password"),
    row("deactivated", "34r3RJAxCsDdp2Sh4", "Deactivated User"),
    row("totp", "vHB42Qjkss9LPb3MY", "User With TOTP"),
    row("email2fa", "fuis4JtTjqBaG7noN", "User With E-Mail Codes"),
    Row { has_username: false, ..row("no-username", "y83YvAdhuTbcNBPJJ", "User Without Username") },
    Row { former_passwords: 3, other_tokens: 2, ..row("agent", "iWm3pfAn5J4ACC8Zk", "Agent User") },
];

impl Row {
    fn person(&self) -> Person {
        let handle = self.handle;
        Person {
            handle,
            id: self.id.to_owned(),
            username: self.has_username.then(|| handle.to_owned()),
            name: self.name.to_owned(),
            email: self.has_email.then(|| format!("{handle}@example.com")),
            password: self.has_password.then(|| format!("Secret-1-of-{handle}")),
            former_passwords: (0..self.former_passwords)
                .map(|age| format!("Former-{age}-of-{handle}"))
                .collect(),
            token: secret(handle),
            other_tokens: (0..self.other_tokens)
                .map(|count| secret(&format!("{handle}, other {count}")))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn debug_tells_no_secret() {
        let people = all();
        let plain = &people["plain"];
        let shown = format!("{plain:?}");
        assert!(
            !shown.contains(&plain.token) && !shown.contains(plain.password.as_deref().unwrap()),
            "{shown}"
        );
    }

    #[test]
    fn nobody_shares_anything() {
        let people: Vec<Person> = all().into_values().collect();
        let ids: HashSet<&str> = people.iter().map(|person| person.id.as_str()).collect();
        let tokens: HashSet<&str> = people
            .iter()
            .flat_map(|person| person.other_tokens.iter().chain([&person.token]))
            .map(String::as_str)
            .collect();
        assert_eq!(ids.len(), TABLE.len());
        assert_eq!(tokens.len(), TABLE.iter().map(|row| 1 + usize::from(row.other_tokens)).sum::<usize>());
        assert!(all().values().flat_map(Person::passwords).all(|password| password.len() >= 14));
    }
}
