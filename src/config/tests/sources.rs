//! Where values come from, and that everything that is wrong is told at once.

use super::*;
use std::path::PathBuf;

#[expect(clippy::disallowed_methods, reason = "a test has files of its own")]
fn file(name: &str, text: &[u8]) -> String {
    let path: PathBuf = std::env::temp_dir().join(format!("rc-account-{}-{name}", std::process::id()));
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

fn lines(refused: Result<Config, ConfigErrors>) -> Vec<String> {
    refused.expect_err("refused").to_string().lines().map(str::to_owned).collect()
}

#[test]
fn ten_wrong_keys_are_told_at_once_in_the_order_of_the_documentation() {
    let wrong = [
        ("RC_ACCOUNT_LOG", "loud"),
        ("MONGO_OPTIONS", "tls=true"),
        ("PORT", "http"),
        ("ROOT_URL", "chat.example.org"),
        ("MAIL_URL", "localhost:25"),
        ("RC_ACCOUNT_TRUSTED_PROXIES", "proxy"),
        ("RC_ACCOUNT_STANDALONE", "1"),
        ("RC_ACCOUNT_RATE_LIMIT", "10"),
        ("RC_ACCOUNT_UPSTREAM_URL", "rocketchat:3000"),
        ("RC_ACCOUNT_ANNOUNCE", "touch"),
        ("RC_ACCOUNT_RATELIMIT", "off"),
    ];
    // Without the upstream there is no touch, but it is not missing.
    let told = lines(Config::from_sources(map(&wrong), Texts::new()));
    let keys: Vec<&str> = told.iter().filter_map(|line| line.split([' ', ':']).next()).collect();
    let expected = [
        "RC_ACCOUNT_RATELIMIT",
        "MONGO_URL",
        "MONGO_OPTIONS",
        "PORT",
        "ROOT_URL",
        "MAIL_URL",
        "RC_ACCOUNT_TRUSTED_PROXIES",
        "RC_ACCOUNT_STANDALONE",
        "RC_ACCOUNT_RATE_LIMIT",
        "RC_ACCOUNT_UPSTREAM_URL",
        "RC_ACCOUNT_LOG",
    ];
    assert_eq!(keys, expected, "{told:?}");
}

#[test]
fn what_is_missing_for_one_way_to_announce_hides_nothing_else() {
    let told = lines(from_env(&[("RC_ACCOUNT_ANNOUNCE", "nats"), ("TRANSPORTER", "TCP"), ("PORT", "x")]));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("PORT") && told[1].starts_with("TRANSPORTER cannot be used"), "{told:?}");
    let told = lines(from_env(&[("RC_ACCOUNT_ANNOUNCE", "touch"), ("PORT", "x")]));
    assert!(
        told[0].starts_with("PORT") && told[1].starts_with("RC_ACCOUNT_UPSTREAM_URL is missing"),
        "{told:?}"
    );
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    let told = lines(from_env(&[("RC_ACCOUNT_RATELIMIT", "off")]));
    assert_eq!(told, ["RC_ACCOUNT_RATELIMIT is unknown; the nearest known key is RC_ACCOUNT_RATE_LIMIT"]);
    let told = lines(Config::from_sources(map(&[("MONGO_URL", MONGO)]), map(&[("PROT", "1")])));
    assert_eq!(told, ["config/default.toml: the key PROT is unknown; the nearest known one is PORT"]);
    let kubernetes = [("RC_ACCOUNT_PORT", "tcp://10.0.0.1:3001"), ("RC_ACCOUNT_SERVICE_HOST", "10.0.0.1")];
    from_env(&kubernetes).expect("not ours");
    // A file's key is ours whatever its name is; the environment holds much that is not.
    from_env(&[("PROT", "1"), (FILE_KEY, "rc-account.toml")]).expect("somebody else's");
    let told = lines(from_env(&[("RC_ACCOUNT_\nLOG", "x")]));
    assert!(told.len() == 1 && told[0].starts_with(r"RC_ACCOUNT_\nLOG is unknown"), "{told:?}");
}

#[test]
fn a_value_may_stand_in_a_file() {
    let mongo = file("mongo", format!(" {MONGO}\r\n").as_bytes());
    let mail = file("mail", b"smtp://user:hunter2@localhost\n");
    let env = map(&[("MONGO_URL_FILE", &mongo), ("MAIL_URL_FILE", &mail)]);
    let config = Config::from_sources(env, Texts::new()).expect("both files");
    assert!(config.mongo_url.for_driver().expose_secret().contains("localhost:27017/rocketchat?"));
    assert!(config.mail_server.is_some());
    let transporter = file("transporter", b"nats://user:hunter2@nats:4222");
    let env = [("RC_ACCOUNT_ANNOUNCE", "nats"), ("TRANSPORTER_FILE", transporter.as_str())];
    assert!(matches!(from_env(&env).expect("valid").announce, Channel::Nats(_)));

    let told = lines(from_env(&[("MONGO_URL_FILE", &mongo)]));
    assert_eq!(told, ["MONGO_URL and MONGO_URL_FILE are both given: one of them must go"]);
    let (empty, binary) = (file("empty", b" \n"), file("binary", b"\xff\xfe"));
    for (path, reason) in [
        ("/nowhere/mongo", "/nowhere/mongo: No such file"),
        (&empty, "it is empty"),
        (&binary, "UTF-8"),
        ("/dev/zero", "more than 64 KiB"),
        ("/tmp", "directory"),
    ] {
        // Neither is the value called missing, nor is a secret in the place of a path repeated.
        let told = lines(Config::from_sources(map(&[("MONGO_URL_FILE", path)]), Texts::new()));
        assert!(told.len() == 1 && told[0].starts_with("MONGO_URL_FILE: "), "{told:?}");
        assert!(told[0].contains(reason), "{told:?}");
    }
    let pasted = map(&[("MONGO_URL_FILE", "mongodb://admin:hunter2@localhost/rocketchat")]);
    let told = lines(Config::from_sources(pasted, Texts::new()));
    assert!(told.len() == 1 && !told[0].contains("hunter2"), "{told:?}");
}

#[test]
fn a_file_with_bad_syntax_is_refused() {
    assert!(value::file_keys("f.toml", "PORT = ").is_err());
}

#[test]
fn every_default_is_a_valid_value() {
    for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
        from_env(&[(key.name, key.default)]).expect(key.name);
    }
}

/// Names in backquotes in the first column of the table below that heading.
fn documented(text: &str, heading: &str) -> BTreeSet<String> {
    let section = text.split(heading).nth(1).expect("the section").split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn the_documents_and_the_shipped_file_name_every_key_and_no_other() {
    let known: BTreeSet<String> =
        KEYS.iter().map(|key| key.name).chain([FILE_KEY]).map(str::to_owned).collect();
    assert_eq!(documented(include_str!("../../../README.md"), "\n## Configuration\n"), known);
    let text = include_str!("../../../config/default.toml");
    value::file_keys("config/default.toml", text).expect("valid");
    for key in KEYS {
        assert!(text.contains(&format!("# {} = ", key.name)), "{}", key.name);
    }
    let keys = text.lines().filter_map(|line| line.strip_prefix("# ")?.split_once(" = "));
    for (key, default) in keys.filter(|(key, _)| key.bytes().all(|b| b == b'_' || b.is_ascii_uppercase())) {
        let row = keys::known(key).unwrap_or_else(|| panic!("{key} is unknown"));
        let default = default.trim_matches('"');
        assert!(row.is_secret || row.default == default, "{key}: {default} is not {}", row.default);
    }
}

#[test]
fn what_is_shown_has_sources_and_no_secrets() {
    let env = map(&[("MONGO_URL", "mongodb://admin:hunter2@localhost/rocketchat"), ("PORT", "80x")]);
    let file = map(&[("BIND_IP", "127.0.0.1"), ("ROOT_URL", "https://user:hunter2@chat.example.org")]);
    let sources = Sources { env, file, path: "f.toml".to_owned(), wrong: Vec::new() };
    let shown = Shown::of(sources);
    let table = shown.table();
    let row = |key: &str| -> Vec<String> {
        let line = table.lines().find(|line| line.split(' ').next() == Some(key)).expect(key);
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
    };
    assert_eq!(row("MONGO_URL"), ["MONGO_URL", "(hidden)", "environment"]);
    assert_eq!(row("PORT"), ["PORT", "(wrong)", "environment"]);
    assert_eq!(row("BIND_IP"), ["BIND_IP", "127.0.0.1", "f.toml"]);
    assert_eq!(row("ROOT_URL"), ["ROOT_URL", "(hidden)", "f.toml"]);
    assert_eq!(row("MAIL_URL"), ["MAIL_URL", "(none)", "default"]);
    assert_eq!(row("RC_ACCOUNT_DRAIN_MS"), ["RC_ACCOUNT_DRAIN_MS", "5000", "default"]);
    assert!(!table.contains("hunter2"), "{table}");
    assert_eq!(shown.errors().map(|errors| errors.iter().count()), Some(1));
}
