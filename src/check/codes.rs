//! The names of the checks, and of what they can find. Both are described in docs/CHECK.md.

/// The code of what is in order.
pub const OK: &str = "ok";

/// What can be chosen with `--only` and `--skip`, in the order in which it is made. `configuration` and `mongodb` are always
/// looked at: without them nothing else can be.
pub const CHECKS: [&str; 24] = [
    "options",
    "rights",
    "majority",
    "sessions",
    "clock",
    "proxies",
    "release",
    "announce",
    "indexes",
    "settings",
    "mail",
    "mail-settings",
    "mail-to",
    "renames",
    "repair",
    "effects",
    "login-tokens",
    "passwords",
    "twins",
    "documents",
    "upstream",
    "route",
    "mongodb",
    "configuration",
];

/// What can be found that is not `ok`.
pub const CODES: &[&str] = &[
    "announce-off",
    "announce-unheard",
    "clock-differs",
    "configuration",
    "document-too-large",
    "effect-large",
    "effect-parked",
    "field-type",
    "forwarded-count",
    "hash-argon2",
    "hash-too-costly",
    "index-helpful",
    "index-missing",
    "index-unique-missing",
    "mail-ca-unusable",
    "mail-login-not-offered",
    "mail-name-short",
    "mail-not-configured",
    "mail-not-taken",
    "mail-option-ignored",
    "mail-setting",
    "mail-slow",
    "mail-tls-unchecked",
    "mail-unreachable",
    "majority-missing",
    "mongodb-mongos",
    "mongodb-old",
    "mongodb-unusable",
    "option-ignored",
    "outbox-late",
    "release-forced",
    "release-newer",
    "release-unknown",
    "rename-editors",
    "rename-half-done",
    "repair-incomplete",
    "rights-missing",
    "route-elsewhere",
    "route-forwarded-count",
    "route-no-instance",
    "route-too-wide",
    "route-unreachable",
    "sender-empty",
    "sender-invalid",
    "sender-not-ascii",
    "sender-several",
    "sender-unusual",
    "sessions-many",
    "sessions-not-killable",
    "setting-doubtful",
    "setting-overwritten",
    "setting-path",
    "setting-type",
    "settings-missing",
    "twins",
    "unanswered",
    "upstream-unreachable",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_describes_every_check_and_every_code() {
        let document = include_str!("../../docs/CHECK.md");
        for name in CHECKS {
            assert!(document.contains(&format!("\n| `{name}` |")), "{name}");
        }
        for code in CODES {
            let rows = document.lines().filter(|line| line.starts_with('|'));
            let mut cells = rows.filter_map(|row| row.split('|').nth(3));
            assert!(cells.any(|cell| cell.contains(&format!("`{code}`"))), "{code}");
        }
    }
}
