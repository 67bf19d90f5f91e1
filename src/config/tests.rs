use super::*;
use crate::announce::Topology;
use secrecy::ExposeSecret;

const MONGO: &str = "mongodb://localhost:27017/rocketchat?replicaSet=rs0";

mod sources;

fn map(pairs: &[(&str, &str)]) -> Texts {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn from_env(pairs: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let mut env = map(&[("MONGO_URL", MONGO)]);
    env.extend(map(pairs));
    Config::from_sources(env, Texts::new())
}

#[test]
fn only_mongo_url_is_needed() {
    let config = from_env(&[]).expect("defaults");
    let url = config.mongo_url.for_driver().expose_secret();
    assert_eq!(url, "mongodb://localhost:27017/rocketchat?replicaSet=rs0&tls=false");
    assert_eq!(config.address.to_string(), "0.0.0.0:3001");
    assert_eq!(config.root_url, "http://localhost:3000");
    assert_eq!(config.http_forwarded_count, 1);
    assert_eq!(config.release, ReleaseChoice::Auto);
    assert_eq!(config.rate_limit, RateLimit::Auto);
    assert!(!config.masked_reply);
    assert_eq!(config.mail_limit.map(|limit| (limit.mails, limit.window_ms)), Some((20, 3_600_000)));
    assert!(matches!(config.announce, Channel::Off));
    assert_eq!((config.log, config.log_format), (LogFilter::default(), LogFormat::Text));
}

#[test]
fn every_wrong_value_is_refused_by_its_key() {
    for (key, value) in [
        ("MONGO_URL", "localhost"),
        ("MONGO_URL", "mongodb://localhost:27017"),
        ("MONGO_URL", "mongodb://localhost:27017/?replicaSet=rs0"),
        ("PORT", "70000"),
        ("PORT", "http"),
        ("BIND_IP", "localhost"),
        ("ROOT_URL", "chat.example.org"),
        ("ROOT_URL", "http://"),
        ("MAIL_URL", "localhost:25"),
        ("MAIL_URL", "http://localhost"),
        ("MAIL_URL", "smtp://"),
        ("MAIL_URL", "smtp://localhost:70000"),
        ("MAIL_URL", "smtp://localhost?proxy=socks5://hunter2"),
        ("RC_ACCOUNT_RELEASE", "7"),
        ("RC_ACCOUNT_STANDALONE", "1"),
        ("RC_ACCOUNT_RATE_LIMIT", "10"),
        ("RC_ACCOUNT_RATE_LIMIT", "0/60000"),
        ("RC_ACCOUNT_REPLY", "none"),
        ("RC_ACCOUNT_GUESS_BUDGET", "10"),
        ("RC_ACCOUNT_MAIL_LIMIT", "20"),
        ("RC_ACCOUNT_MAIL_LIMIT", "1001/1000"),
        ("RC_ACCOUNT_GUESS_BUDGET", "10/99999999999999999"),
        ("RC_ACCOUNT_RATE_LIMIT", "10/99999999999999999"),
        ("RC_ACCOUNT_TOTP_REPLAY", "maybe"),
        ("RC_ACCOUNT_REMEMBER_USER_AGENT", "true"),
        ("RC_ACCOUNT_DNS_SERVER", "127.0.0.1"),
        ("RC_ACCOUNT_UPSTREAM_URL", "rocketchat:3000"),
        ("RC_ACCOUNT_UPSTREAM_URL", "ftp://rocketchat"),
        ("RC_ACCOUNT_UPSTREAM_URL", "http://user:hunter2@rocketchat"),
        ("RC_ACCOUNT_UPSTREAM_URL", "http://rocketchat?token=hunter2"),
        ("RC_ACCOUNT_ANNOUNCE", "on"),
        ("RC_ACCOUNT_LOG", "loud"),
    ] {
        let refusal = from_env(&[(key, value)]).expect_err(key).to_string();
        assert!(refusal.starts_with(key), "{refusal}");
        assert!(!refusal.contains('\n'), "{refusal}");
    }
    let missing = Config::from_sources(Texts::new(), Texts::new()).expect_err("no MONGO_URL");
    assert!(missing.to_string().starts_with("MONGO_URL is missing: a MongoDB connection string"));
}

#[test]
fn a_refused_mongo_url_does_not_show_its_password() {
    let refusal = from_env(&[("MONGO_URL", "mongodb://admin:hunter2@localhost")]).expect_err("no database");
    assert!(!format!("{refusal} {refusal:?}").contains("hunter2"));
    let config = from_env(&[("MONGO_URL", "mongodb://admin:hunter2@localhost/rocketchat")]).expect("valid");
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_mail_url_never_shows_its_password() {
    let refusal = from_env(&[("MAIL_URL", "smtp//user:hunter2@localhost")]).expect_err("no scheme");
    assert!(!format!("{refusal} {refusal:?}").contains("hunter2"));
    let config = from_env(&[("MAIL_URL", "smtp://user:hunter2@localhost")]).expect("valid");
    assert!(config.mail_server.is_some());
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn each_way_to_announce_needs_what_it_needs_and_no_more() {
    let announce = |door: &str, pairs: &[(&str, &str)]| {
        let mut pairs = pairs.to_vec();
        pairs.push(("RC_ACCOUNT_ANNOUNCE", door));
        from_env(&pairs).map(|config| config.announce)
    };
    let useless = [("TRANSPORTER", "TCP")];
    assert!(matches!(announce("off", &useless), Ok(Channel::Off)));
    assert!(matches!(announce("tcp", &useless), Ok(Channel::Tcp)));

    let refused = |door, pairs: &[(&str, &str)]| announce(door, pairs).expect_err(door).to_string();
    let missing = refused("touch", &[]);
    assert!(missing.starts_with("RC_ACCOUNT_UPSTREAM_URL is missing: "), "{missing}");
    assert!(missing.contains("RC_ACCOUNT_ANNOUNCE=touch"), "{missing}");
    let upstream = [("RC_ACCOUNT_UPSTREAM_URL", "http://rocketchat:3000")];
    assert!(matches!(announce("touch", &upstream), Ok(Channel::Touch(_))));

    assert!(refused("nats", &[]).starts_with("TRANSPORTER is missing: for RC_ACCOUNT_ANNOUNCE=nats"));
    assert!(refused("nats", &useless).starts_with("TRANSPORTER cannot be used: "));
    for (address, topology) in [
        ("nats://nats:4222", Topology::MicroServices { namespace: Some("chat".to_owned()) }),
        ("monolith+nats://nats:4222", Topology::Monolith),
    ] {
        let Ok(Channel::Nats(transporter)) =
            announce("nats", &[("TRANSPORTER", address), ("MS_NAMESPACE", "chat")])
        else {
            panic!("{address}");
        };
        assert_eq!(transporter.topology, topology);
    }
}

#[test]
fn a_transporter_never_shows_its_password() {
    let door = |address| from_env(&[("RC_ACCOUNT_ANNOUNCE", "nats"), ("TRANSPORTER", address)]);
    let refusal = door("redis://user:hunter2@localhost").expect_err("no NATS");
    assert!(!format!("{refusal} {refusal:?}").contains("hunter2"));
    assert!(!format!("{:?}", door("nats://user:hunter2@localhost").expect("valid")).contains("hunter2"));
}

#[test]
fn the_environment_wins_over_the_file_and_empty_values_count_as_absent() {
    let file = value::file_keys("f.toml", "PORT = 4000\nBIND_IP = \"127.0.0.1\"\nHTTP_FORWARDED_COUNT = 2")
        .expect("file");
    let env = map(&[("MONGO_URL", MONGO), ("PORT", "5000"), ("BIND_IP", "")]);
    let config = Config::from_sources(env, file).expect("both");
    assert_eq!(config.address.to_string(), "127.0.0.1:5000");
    assert_eq!(config.http_forwarded_count, 2);
}

#[test]
fn white_space_around_a_value_is_no_part_of_it() {
    let padded: Vec<(String, String)> = [
        ("MONGO_URL", MONGO),
        ("PORT", "4000"),
        ("BIND_IP", "127.0.0.1"),
        ("ROOT_URL", "https://chat.example.org"),
        ("HTTP_FORWARDED_COUNT", "2"),
        ("RC_ACCOUNT_RELEASE", "8"),
        ("RC_ACCOUNT_STANDALONE", "true"),
        ("RC_ACCOUNT_REPLY", "masked"),
        ("RC_ACCOUNT_RATE_LIMIT", "off"),
        ("RC_ACCOUNT_LOG", "warn"),
        ("RC_ACCOUNT_UPSTREAM_URL", "http://rocketchat:3000"),
        ("MAIL_URL", "smtp://localhost"),
        ("MONGO_OPTIONS", "{\"maxPoolSize\": 5}"),
        ("OVERWRITE_SETTING_Site_Name", "Chat"),
    ]
    .map(|(key, value)| (key.to_owned(), format!("\t {value} \r\n")))
    .to_vec();
    let config = Config::from_sources(padded.into_iter().collect(), Texts::new()).expect("valid");
    assert_eq!(config.address.to_string(), "127.0.0.1:4000");
    assert_eq!((config.root_url.as_str(), config.http_forwarded_count), ("https://chat.example.org", 2));
    assert!(config.standalone && config.masked_reply && config.mail_server.is_some());
    assert!(config.upstream.is_some() && Ok(config.log) == "warn".parse());
    assert!(config.mongo_url.for_driver().expose_secret().contains("maxPoolSize=5"));
    assert_eq!(config.setting_variables.value_of("Site_Name"), Some("Chat"));
    // Nothing but white space is nothing.
    let blank =
        from_env(&[("PORT", " \n"), ("HTTP_FORWARDED_COUNT", "\n"), ("MONGO_OPTIONS", " ")]).expect("valid");
    assert_eq!((blank.address.port(), blank.http_forwarded_count), (3001, 1));
}

#[test]
fn rate_limits_and_forwarded_counts_are_read_as_written() {
    let own = from_env(&[("RC_ACCOUNT_RATE_LIMIT", "5/1000")]).expect("own");
    assert_eq!(own.rate_limit, RateLimit::Own { calls: 5, window_ms: 1000 });
    for (text, count) in [
        ("", 1),
        ("0", 0),
        ("2", 2),
        (" +2", 2),
        ("-1", 0),
        ("x", 0),
        ("0x10", 16),
        ("3 proxies", 3),
        ("1.9", 1),
    ] {
        assert_eq!(from_env(&[("HTTP_FORWARDED_COUNT", text)]).expect(text).http_forwarded_count, count);
    }
    for (text, count) in [("", 50), ("0", 50), ("x", 50), ("7", 7), ("7 tokens", 7)] {
        assert_eq!(from_env(&[("MAX_RESUME_LOGIN_TOKENS", text)]).expect(text).max_login_tokens, count);
    }
}

#[test]
fn an_overwriting_variable_wins_over_the_plain_one() {
    let config = from_env(&[("Site_Name", "a"), ("OVERWRITE_SETTING_Site_Name", "b")]).expect("valid");
    assert_eq!(config.setting_variables.value_of("Site_Name"), Some("b"));
    assert_eq!(config.setting_variables.value_of("Site_Url"), None);
}

#[test]
fn what_may_hold_credentials_is_not_repeated() {
    for key in
        ["ROOT_URL", "PORT", "BIND_IP", "RC_ACCOUNT_RELEASE", "RC_ACCOUNT_RATE_LIMIT", "RC_ACCOUNT_LOG"]
    {
        for value in
            ["ftp://someone:s3cret@chat.example.org", "s3cret-and-more-than-forty-characters-behind-it"]
        {
            let error = from_env(&[(key, value)]).expect_err(key).to_string();
            assert!(error.starts_with(key) && !error.contains("s3cret"), "{error}");
        }
    }
}
