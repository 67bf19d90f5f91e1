//! Every key of the environment and of the file: one table, which parsing, `rc-account config`, the help and the tests of
//! the documentation share. A new key is a row here and a field of [`super::Config`].

use super::ops_bind;
use crate::mongo_url;

/// Names the file to read; without it `config/default.toml` is read where it exists.
pub const FILE_KEY: &str = "RC_ACCOUNT_CONFIG";

/// What all keys of our own begin with. The others mean what they mean for Rocket.Chat's own container.
pub(super) const PREFIX: &str = "RC_ACCOUNT_";

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub name: &'static str,
    /// What counts where nothing is given, as it would be written; empty: nothing.
    pub default: &'static str,
    /// What an empty value says; empty: it counts as not given.
    pub when_empty: &'static str,
    /// Its value may hold a password, so it is shown nowhere.
    pub is_secret: bool,
    /// In one line, for the help.
    pub meaning: &'static str,
}

const fn key(name: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { name, default, when_empty: "", is_secret: false, meaning }
}

const fn secret(name: &'static str, meaning: &'static str) -> Key {
    Key { is_secret: true, ..key(name, "", meaning) }
}

/// All keys, in the order of the documentation.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    secret(mongo_url::URL, "connection string with the workspace's database in its path; required"),
    secret(mongo_url::OPTIONS, "further options of MongoDB's driver, as a JSON object"),
    key("PORT", "3001", "the port to listen on; 0: the system chooses"),
    key("BIND_IP", "0.0.0.0", "the address to listen on"),
    key("ROOT_URL", "http://localhost:3000", "the workspace's public address"),
    secret("MAIL_URL", "the mail server while the setting SMTP_Host is empty"),
    key("HTTP_FORWARDED_COUNT", "1", "proxies whose X-Forwarded-For entry is believed"),
    key("RC_ACCOUNT_TRUSTED_PROXIES", "", "networks whose X-Real-IP and X-Forwarded-For are believed; none given: all"),
    key("MAX_RESUME_LOGIN_TOKENS", "50", "sessions of a user that a login leaves"),
    key("RC_ACCOUNT_RELEASE", "auto", "the version of Rocket.Chat that is imitated"),
    key("RC_ACCOUNT_STANDALONE", "false", "also serve the routes that a stack without Rocket.Chat needs"),
    key("RC_ACCOUNT_DEADLINE_MS", "20000", "how long a request may take"),
    key("RC_ACCOUNT_DRAIN_MS", "5000", "how long the service serves on after SIGTERM"),
    key("RC_ACCOUNT_RENAME_WAIT_MS", "5000", "how long an answer waits for a new name to be everywhere"),
    key("RC_ACCOUNT_CREATE_INDEXES", "false", "create the indexes that Rocket.Chat lacks for renames"),
    key("RC_ACCOUNT_RATE_LIMIT", "auto", "auto, off, or CALLS/WINDOW_MS"),
    key("RC_ACCOUNT_REPLY", "full", "full, or masked: no hashes in the reply of release 6"),
    key("RC_ACCOUNT_GUESS_BUDGET", "10/900000", "wrong second factors per account: off, or GUESSES/WINDOW_MS"),
    key("RC_ACCOUNT_MAIL_LIMIT", "20/3600000", "mails that a user may cause and an address may get: off, or MAILS/WINDOW_MS"),
    key("RC_ACCOUNT_TOTP_REPLAY", "refuse", "refuse or allow a TOTP code a second time"),
    key("RC_ACCOUNT_REMEMBER_USER_AGENT", "auto", "bind a remembered second factor to the user agent, too: auto, yes, no"),
    key("RC_ACCOUNT_DNS_SERVER", "", "IP:PORT for the e-mail domain check; none given: the system's"),
    key("RC_ACCOUNT_MAIL_CA", "", "PEM file of a private authority that is trusted when mail is sent"),
    key("RC_ACCOUNT_ANNOUNCE", "off", "tell a running Rocket.Chat of changes: off, touch, nats or tcp"),
    key("RC_ACCOUNT_UPSTREAM_URL", "", "the address of Rocket.Chat itself"),
    secret("TRANSPORTER", "for nats: the server, as in Rocket.Chat's own container"),
    key("MS_NAMESPACE", "", "for nats: the namespace, as in Rocket.Chat's own container"),
    key("BROKER", "moleculer", "for nats: what connects the processes, as in Rocket.Chat's own container"),
    secret("NATS_URL", "for BROKER=nats: its servers"),
    secret("MOLECULER_ENCRYPTION_SECRET", "not supported: nats for whole Rocket.Chats and tcp are refused with it"),
    key("MONGO_URL_FILE", "", "a file that holds MONGO_URL"),
    key("MAIL_URL_FILE", "", "a file that holds MAIL_URL"),
    key("TRANSPORTER_FILE", "", "a file that holds TRANSPORTER"),
    Key { when_empty: "off", ..key(ops_bind::KEY, "127.0.0.1:9459", "IP:PORT of probes and metrics; empty: no such listener") },
    key("RC_ACCOUNT_LOG", "info", "off, error, warn, info, debug or trace; after commas such levels for single modules"),
    key("RC_ACCOUNT_LOG_FORMAT", "text", "text or json"),
    key("RC_ACCOUNT_RECORD", "", "a file in which requests are recorded for compare, with stand-ins for what is secret or personal"),
    key("OTEL_EXPORTER_OTLP_ENDPOINT", "", "the collector that traces are sent to, in a build with the feature traces"),
];

/// Keys that a file can hold in their place, as secrets of containers do, and the keys that name the file.
pub(super) const IN_FILES: [(&str, &str); 3] =
    [("MONGO_URL", "MONGO_URL_FILE"), ("MAIL_URL", "MAIL_URL_FILE"), ("TRANSPORTER", "TRANSPORTER_FILE")];

/// The row of a key.
pub(super) fn known(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The known key that is most like this one.
pub(super) fn nearest(name: &str) -> &'static str {
    // Whether a word is divided by `_` is what people remember least.
    let plain = |name: &str| name.to_uppercase().replace(['_', '-'], "");
    let wanted = plain(name);
    let names = KEYS.iter().map(|key| key.name).chain([FILE_KEY]);
    names.min_by_key(|known| strsim::osa_distance(&plain(known), &wanted)).unwrap_or(FILE_KEY)
}

/// Whether Kubernetes has made this variable: for a service that is called `rc-account`, it gives such to every container.
/// `RC_ACCOUNT_PORT` is one of them only if it holds an address.
pub(super) fn is_of_kubernetes(name: &str, value: &str) -> bool {
    let has_address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    let is_port = |rest: &str| {
        let mut parts = rest.split('_');
        let is_number = parts.next().is_some_and(|port| port.parse::<u16>().is_ok());
        is_number && parts.next().is_some_and(|protocol| ["TCP", "UDP", "SCTP"].contains(&protocol))
    };
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || (name.ends_with("_PORT") && has_address)
        || name.match_indices("_PORT_").any(|(at, word)| is_port(&name[at + word.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_what_was_meant() {
        for (written, meant) in [
            ("RC_ACCOUNT_RATELIMIT", "RC_ACCOUNT_RATE_LIMIT"),
            ("RC_ACCOUNT_RATE_LIMITS", "RC_ACCOUNT_RATE_LIMIT"),
            ("RC_ACCOUNT_LOGLEVEL", "RC_ACCOUNT_LOG"),
            ("RC_ACCOUNT_STAND_ALONE", "RC_ACCOUNT_STANDALONE"),
            ("RC_ACCOUNT_CONFIG_FILE", "RC_ACCOUNT_CONFIG"),
            ("rc-account-drain-ms", "RC_ACCOUNT_DRAIN_MS"),
            ("PROT", "PORT"),
        ] {
            assert_eq!(nearest(written), meant, "{written}");
        }
    }

    #[test]
    fn what_kubernetes_makes_is_told_from_a_mistake() {
        for (name, value) in [
            ("RC_ACCOUNT_SERVICE_HOST", "10.0.0.1"),
            ("RC_ACCOUNT_SERVICE_PORT", "3001"),
            ("RC_ACCOUNT_SERVICE_PORT_HTTP", "3001"),
            ("RC_ACCOUNT_PORT", "tcp://10.0.0.1:3001"),
            ("RC_ACCOUNT_PORT_3001_TCP", "tcp://10.0.0.1:3001"),
            ("RC_ACCOUNT_PORT_3001_TCP_ADDR", "10.0.0.1"),
            ("RC_ACCOUNT_OPS_PORT_9459_TCP_PROTO", "tcp"),
        ] {
            assert!(is_of_kubernetes(name, value), "{name}");
        }
        for (name, value) in [
            ("RC_ACCOUNT_PORT", "3001"),
            ("RC_ACCOUNT_PORT_HTTP", "3001"),
            ("RC_ACCOUNT_RATELIMIT", "tcp://10.0.0.1:3001"),
        ] {
            assert!(!is_of_kubernetes(name, value), "{name}");
        }
    }
}
