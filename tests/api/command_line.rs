//! What can be asked of the program without a workspace: help, version, completion, manual, configuration.

use crate::support::{program, run};
use std::process::{Output, Stdio};

fn asked(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = run(program(arguments, environment));
    (status.code(), String::from_utf8(stdout).expect("UTF-8"), String::from_utf8(stderr).expect("UTF-8"))
}

#[test]
fn an_unknown_word_is_refused_with_the_usage_and_no_word_serves() {
    for arguments in [&["server"][..], &["serve", "now"], &["--port", "1"], &["check", "json"], &["outbox"]] {
        let (code, said, complaint) = asked(arguments, &[]);
        assert_eq!((code, said.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(complaint.contains("Usage: rc-account"), "{arguments:?}: {complaint}");
    }
    assert!(asked(&["server"], &[]).2.contains("'serve'"), "what is meant is named");
    for arguments in [&[][..], &["serve"]] {
        let (code, said, complaint) = asked(arguments, &[]);
        assert_eq!((code, said.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(complaint.starts_with("rc-account: MONGO_URL is missing: "), "{complaint}");
    }
}

#[test]
fn every_command_has_help_and_a_manual_page() {
    let (code, help, complaint) = asked(&["--help"], &[]);
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
    for command in ["serve", "check", "config", "outbox", "seed", "completion", "man"] {
        assert!(help.contains(&format!("  {command} ")), "{command} is not in {help}");
        let (code, help, complaint) = asked(&[command, "--help"], &[]);
        assert_eq!((code, complaint.as_str()), (Some(0), ""), "{command}");
        assert!(help.contains(&format!("Usage: rc-account {command}")), "{help}");
        let (code, page, _) = asked(&["man", command], &[]);
        assert!(code == Some(0) && page.contains(&format!(".TH rc-account-{command}")), "{page}");
    }
    let keys = asked(&["serve", "--help"], &[]).1;
    assert!(keys.contains("RC_ACCOUNT_DRAIN_MS") && keys.contains("[5000]"), "{keys}");
    assert!(asked(&["man"], &[]).1.contains(".TH rc-account "));
    assert_eq!(asked(&["man", "nothing"], &[]).0, Some(1));
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, _) = asked(&["completion", shell], &[]);
        assert!(code == Some(0) && script.contains("mail-to"), "{shell}");
    }
}

#[test]
fn a_reader_of_a_completion_may_have_had_enough() {
    let mut command = program(&["completion", "zsh"], &[]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    drop(child.stdout.take());
    let told = child.wait_with_output().expect("its end").stderr;
    let told = String::from_utf8_lossy(&told);
    assert!(!told.contains("panicked"), "{told}");
}

#[test]
fn the_version_tells_what_it_is_built_from_and_what_it_imitates() {
    let version = concat!("rc-account ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(asked(&["-V"], &[]), (Some(0), version.to_owned(), String::new()));
    let (code, long, _) = asked(&["--version"], &[]);
    assert!(code == Some(0) && long.starts_with(version), "{long}");
    assert!(long.contains("\nrevision ") && long.contains("\nimitates Rocket.Chat 6.4.0 to "), "{long}");
}

#[test]
fn the_configuration_is_shown_without_secrets_and_all_that_is_wrong_named() {
    let right = [("MONGO_URL", "mongodb://admin:hunter2@localhost/rocketchat"), ("PORT", "80")];
    let (code, table, complaint) = asked(&["config"], &right);
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
    for line in ["MONGO_URL ", "PORT ", "RC_ACCOUNT_DRAIN_MS "] {
        assert!(table.lines().any(|row| row.starts_with(line)), "{line}: {table}");
    }
    assert!(table.contains("(hidden)") && !table.contains("hunter2"), "{table}");

    let wrong = [
        "PORT",
        "BIND_IP",
        "ROOT_URL",
        "MAIL_URL",
        "RC_ACCOUNT_STANDALONE",
        "RC_ACCOUNT_RATE_LIMIT",
        "RC_ACCOUNT_REPLY",
        "RC_ACCOUNT_ANNOUNCE",
        "RC_ACCOUNT_LOG",
        "RC_ACCOUNT_RATELIMIT",
    ];
    let environment: Vec<(&str, &str)> = wrong.iter().map(|key| (*key, "wr0ng")).chain([right[0]]).collect();
    let (code, table, complaint) = asked(&["config"], &environment);
    assert_eq!((code, complaint.lines().count()), (Some(1), 10), "{complaint}");
    for key in wrong {
        assert!(complaint.contains(&format!("rc-account: {key} ")), "{key} is not in {complaint}");
    }
    assert!(complaint.contains("the nearest known key is RC_ACCOUNT_RATE_LIMIT"), "{complaint}");
    assert!(!table.contains("wr0ng") && table.contains("(wrong)"), "{table}");
    // The service says the same.
    assert_eq!(asked(&["serve"], &environment), (Some(1), String::new(), complaint));
}

#[test]
fn compare_becomes_the_program_that_lies_beside_it() {
    let folder = crate::support::folder("compare");
    let program = folder.join("rc-account");
    // Its neighbours are those of its path, not those of the file that it is.
    std::fs::hard_link(env!("CARGO_BIN_EXE_rc-account"), &program).expect("a link");
    let asked = |arguments: &[&str]| {
        let mut command = std::process::Command::new(&program);
        command.arg("compare").args(arguments).env_clear().env("PATH", "/nowhere");
        let Output { status, stdout, stderr } = run(command);
        (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
    };
    let (code, complaint) = asked(&[]);
    assert!(code == Some(2) && complaint.contains("needs the program rc-conformance"), "{complaint}");
    let script = "#!/bin/sh\necho \"$@\"\nexit 7\n";
    std::fs::write(folder.join("rc-conformance"), script).expect("a script");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.join("rc-conformance"), executable).expect("executable");
    assert_eq!(asked(&["--json", "x"]), (Some(7), "compare --json x --own rc_account_\n".to_owned()));
    std::fs::remove_dir_all(folder).expect("removed");
}
