//! The options that were given, by their names.

use super::known::{self, Known, Rule};
use super::parts::Parts;
use super::{Ignored, OPTIONS, Passed, Refusal, URL, value};
use serde_json::Value;
use std::collections::BTreeMap;

const NO_VALUE: &str = "has no value";
const UNKNOWN: &str = "is no option that Rocket.Chat's driver or rc-account knows";

pub(super) struct Given {
    by_name: BTreeMap<&'static str, (&'static str, &'static Known, Value)>,
    pub ignored: Vec<Ignored>,
}

impl Given {
    /// Those of both keys. An option of `MONGO_OPTIONS` wins over the same of `MONGO_URL`, and of two in a connection string
    /// the first counts.
    pub fn gather(parts: &Parts, options: Option<&str>) -> Result<Given, Refusal> {
        let mut given = Given { by_name: BTreeMap::new(), ignored: Vec::new() };
        let object = match options.map(serde_json::from_str) {
            None => serde_json::Map::new(),
            Some(Ok(Value::Object(object))) => object,
            Some(_) => {
                let text = " cannot be used: a JSON object with options of MongoDB's driver for Node.js, such as \
                            {\"tls\": true, \"tlsCAFile\": \"/etc/ssl/mongodb.pem\"}";
                return Err(Refusal { key: OPTIONS, text: text.to_owned() });
            }
        };
        for (name, value) in object.into_iter().filter(|(_, value)| !value.is_null()) {
            given.add(OPTIONS, &name, value, true)?;
        }
        for (name, value) in &parts.options {
            given.add(URL, name, Value::String(value.clone()), parts.shows_names)?;
        }
        Ok(given)
    }

    fn add(&mut self, key: &'static str, name: &str, value: Value, shows_names: bool) -> Result<(), Refusal> {
        let known = match known::find(name) {
            Some(known) => known,
            None if name.len() > known::ASSET.len() && name.ends_with(known::ASSET) && key == OPTIONS => {
                let reason = "names a file within Rocket.Chat's own bundle; name one of this machine, with the option \
                              without Asset at its end";
                return Err(Refusal::option(key, shown(name, shows_names), reason));
            }
            None => return Err(Refusal::option(key, shown(name, shows_names), UNKNOWN)),
        };
        if value == Value::String(String::new()) {
            return Err(Refusal::option(key, known.name, NO_VALUE));
        }
        if let Some(only) = known.only.filter(|only| *only != key) {
            let reason =
                if only == OPTIONS { "belongs into MONGO_OPTIONS" } else { "belongs into MONGO_URL" };
            return Err(Refusal::option(key, known.name, reason));
        }
        self.by_name.entry(known.name).or_insert((key, known, value));
        Ok(())
    }

    /// Those that mean the same to this program's driver, those without effect, and those that are refused. What needs more
    /// thought is left to others.
    pub fn passed(&mut self) -> Result<Passed, Refusal> {
        let mut passed = Passed::new();
        for (key, known, value) in self.by_name.values() {
            let refused = |reason| Refusal::option(key, known.name, reason);
            match known.rule {
                Rule::Special => {}
                Rule::Flag => {
                    let flag = value::flag(value).ok_or_else(|| refused(FLAG))?;
                    passed.push((known.name, flag.to_string()));
                }
                Rule::Ignored { why, unless } => {
                    let is_so_anyway = value::text(value)
                        .is_some_and(|text| unless.iter().any(|same| text.eq_ignore_ascii_case(same)));
                    if !is_so_anyway {
                        let (key, option) = (*key, known.name);
                        self.ignored.push(Ignored { key, option, why, matters: false });
                    }
                }
                Rule::Refused { why, unless_false } => {
                    if !(unless_false && value::flag(value) == Some(false)) {
                        return Err(refused(&format!("is refused: {why}")));
                    }
                }
            }
        }
        Ok(passed)
    }

    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    pub fn value(&self, name: &str) -> Option<&Value> {
        self.by_name.get(name).map(|(_, _, value)| value)
    }

    pub fn flag(&self, name: &'static str) -> Result<Option<bool>, Refusal> {
        self.read(name, FLAG, value::flag)
    }

    pub fn number(&self, name: &'static str) -> Result<Option<u64>, Refusal> {
        self.read(name, "must be a whole number from 0 on", value::number)
    }

    pub fn text(&self, name: &'static str) -> Result<Option<String>, Refusal> {
        self.read(name, "must be a text", value::text)
    }

    /// Of the first of these names that is given.
    pub fn first_number(&self, names: &[&'static str]) -> Result<Option<u64>, Refusal> {
        names.iter().find(|name| self.has(name)).map_or(Ok(None), |name| self.number(name))
    }

    fn read<T>(
        &self,
        name: &'static str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        self.value(name).map(|value| read(value).ok_or_else(|| self.refusal(name, expected))).transpose()
    }

    pub fn refusal(&self, name: &str, reason: &str) -> Refusal {
        let key = self.by_name.get(name).map_or(URL, |(key, _, _)| *key);
        Refusal::option(key, name, reason)
    }

    /// The option has no effect, though the operator seems to expect one.
    pub fn ignore(&mut self, name: &str, why: &'static str) {
        if let Some((key, known, _)) = self.by_name.get(name) {
            self.ignored.push(Ignored { key, option: known.name, why, matters: true });
        }
    }
}

const FLAG: &str = "must be true or false";

/// A name that nobody knows is shown only where it can be nothing else.
fn shown(name: &str, shows_names: bool) -> &str {
    const LONGEST: usize = 40;
    let is_name = name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    if is_name && shows_names {
        name
    } else {
        "one of the options (its name is not shown, as it may hold a secret)"
    }
}
