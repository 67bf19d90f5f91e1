//! The demo, run as a whole with the service at trace level: whatever it shows, no secret of it is logged.

#![expect(clippy::disallowed_methods, reason = "reads what the demo recorded")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

/// What the demo must have used at least, or the search proves little. Second-factor codes by header are those from
/// the mailbox and from the authenticator.
const USED: [&str; 18] = [
    "authToken",
    "bcrypt",
    "code",
    "codes",
    "currentPassword",
    "digest",
    "hashedBackup",
    "hashedToken",
    "mail login",
    "mail password",
    "newPassword",
    "password",
    "secret",
    "tempSecret",
    "token",
    "twoFactorAuthorizedHash",
    "url",
    "x-2fa-code",
];

/// Runs the demo and returns the service's log, and what was used with its secret.
fn record() -> (String, Vec<(String, String)>) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let demo = Command::new(env!("CARGO_BIN_EXE_demo")).arg("--once").arg("--record").arg(&folder).output();
    let demo = demo.unwrap();
    let told = String::from_utf8_lossy(&demo.stdout) + String::from_utf8_lossy(&demo.stderr);
    assert!(demo.status.success(), "{told}");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let secrets = read("secrets");
    let secrets = secrets.lines().map(|line| line.split_once('\t').unwrap());
    let recorded =
        (read("service.log"), secrets.map(|(what, secret)| (what.to_owned(), secret.to_owned())).collect());
    std::fs::remove_dir_all(&folder).unwrap();
    recorded
}

/// A code stands alone: six digits inside of a longer number are something else.
fn holds(text: &str, secret: &str) -> bool {
    if secret.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.split(|character: char| !character.is_ascii_digit()).any(|number| number == secret);
    }
    text.contains(secret)
}

#[test]
fn no_line_of_the_services_log_holds_a_secret_of_the_demo() {
    let (log, secrets) = record();
    let used: BTreeSet<&str> = secrets.iter().map(|(what, _)| what.as_str()).collect();
    let missing: Vec<_> = USED.iter().filter(|what| !used.contains(**what)).collect();
    assert!(missing.is_empty(), "the demo does not use {missing:?}");
    for sign in ["TRACE", "/api/v1/users.updateOwnBasicInfo", "/api/v1/users.validateTotp"] {
        assert!(log.contains(sign), "the log lacks {sign}:\n{log}");
    }
    for line in log.lines() {
        // The time at the beginning of a line may look like a code.
        let text = line.split_once(' ').map_or("", |(_, text)| text);
        let found: Vec<_> = secrets.iter().filter(|(_, secret)| holds(text, secret)).collect();
        assert!(found.is_empty(), "{found:?} in {line}");
    }
}
