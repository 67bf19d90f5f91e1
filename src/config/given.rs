//! What was given, and where: the environment, the file, and the files that hold secrets.

use super::ConfigError;
use super::keys::{FILE_KEY, IN_FILES, KEYS, PREFIX, is_of_kubernetes, known, nearest};
use crate::mongo_url;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

/// In the place of a `MONGO_URL` that cannot be used, so that the other keys are looked at, too.
const STAND_IN: &str = "mongodb://localhost/workspace";
/// No secret is as long, in bytes.
const LONGEST_VALUE: u64 = 64 << 10;
/// How much of the name of an unknown key is repeated.
const LONGEST_NAME: usize = 60;

/// Names and values, as in an environment.
pub type Texts = BTreeMap<String, String>;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Default,
    Environment,
    /// The configuration file, by its path.
    File(String),
    /// The file that this key names.
    NamedBy(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Default => "default",
            Source::Environment => "environment",
            Source::File(path) => path,
            Source::NamedBy(key) => key,
        })
    }
}

/// The values of all known keys that are not left to their defaults.
#[derive(Clone)]
pub(super) struct Given(BTreeMap<&'static str, (String, Source)>);

impl Given {
    /// Of `file`, which has this path, all keys are ours; of the environment those that are known or begin as ours do.
    pub fn gather(env: &Texts, file: &Texts, path: &str, wrong: &mut Vec<ConfigError>) -> Given {
        wrong.extend(unknown_variables(env));
        wrong.extend(unknown_keys(file, path));
        let mut given = BTreeMap::new();
        for key in KEYS {
            let of = |source: &Texts| {
                let text = source.get(key.name)?.trim();
                let text = if text.is_empty() { key.when_empty } else { text };
                (!text.is_empty()).then(|| text.to_owned())
            };
            let value = of(env)
                .map(|text| (text, Source::Environment))
                .or_else(|| of(file).map(|text| (text, Source::File(path.to_owned()))));
            given.extend(value.map(|value| (key.name, value)));
        }
        for (key, file_key) in IN_FILES {
            let Some((path, _)) = given.get(file_key) else { continue };
            if given.contains_key(key) {
                wrong.push(ConfigError::GivenTwice { key, file_key });
                continue;
            }
            let text = read_value(path).unwrap_or_else(|reason| {
                wrong.push(ConfigError::ValueFile { file_key, reason });
                String::new()
            });
            // Empty: it was given, but is not known.
            given.insert(key, (text, Source::NamedBy(file_key)));
        }
        Given(given)
    }

    /// The value of the key, or its default. `None`: it has none.
    pub fn text(&self, name: &'static str) -> Option<String> {
        let default = || known(name).map(|key| key.default.to_owned());
        self.0.get(name).map(|(text, _)| text.clone()).or_else(default).filter(|text| !text.is_empty())
    }

    pub fn source(&self, name: &'static str) -> Source {
        self.0.get(name).map_or(Source::Default, |(_, source)| source.clone())
    }

    /// The value of a file that could not be read.
    pub fn is_unread(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|(text, _)| text.is_empty())
    }

    /// From now on this key is as if it had not been given. `false`: it is so already.
    pub fn set_aside(&mut self, name: &'static str) -> bool {
        if name != mongo_url::URL {
            return self.0.remove(name).is_some();
        }
        if self.text(name).as_deref() == Some(STAND_IN) {
            return self.0.remove(mongo_url::OPTIONS).is_some();
        }
        self.0.insert(name, (STAND_IN.to_owned(), Source::Default));
        true
    }
}

fn unknown_variables(env: &Texts) -> impl Iterator<Item = ConfigError> {
    let is_unknown = |(name, value): &(&String, &String)| {
        name.starts_with(PREFIX)
            && *name != FILE_KEY
            && known(name).is_none()
            && !is_of_kubernetes(name, value)
    };
    env.iter()
        .filter(is_unknown)
        .map(|(name, _)| ConfigError::UnknownVariable { key: shown(name), nearest: nearest(name) })
}

fn unknown_keys<'a>(file: &'a Texts, path: &'a str) -> impl Iterator<Item = ConfigError> + 'a {
    file.keys().filter(|name| known(name).is_none()).map(|name| ConfigError::UnknownKey {
        path: path.to_owned(),
        key: shown(name),
        nearest: nearest(name),
    })
}

/// A name in one line of bounded length.
fn shown(name: &str) -> String {
    name.chars().take(LONGEST_NAME).flat_map(char::escape_debug).collect()
}

/// What the file holds, without white space around it. The path is repeated only if it cannot be the secret itself, which
/// somebody has given in its place.
fn read_value(path: &str) -> Result<String, String> {
    let is_path = !path.contains('@') && !path.contains("://");
    let named = |reason: String| if is_path { format!("{path}: {reason}") } else { reason };
    let mut text = String::new();
    #[expect(clippy::disallowed_methods, reason = "read once, before anything is served")]
    let file = std::fs::File::open(path).map_err(|error| named(error.to_string()))?;
    file.take(LONGEST_VALUE + 1).read_to_string(&mut text).map_err(|error| named(error.to_string()))?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > LONGEST_VALUE {
        return Err(named(format!("it holds more than {} KiB", LONGEST_VALUE >> 10)));
    }
    match text.trim() {
        "" => Err(named("it is empty".to_owned())),
        text => Ok(text.to_owned()),
    }
}
