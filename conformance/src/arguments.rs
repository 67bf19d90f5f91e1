//! What was given on the command line: switches, and options with a value each.

use std::collections::BTreeMap;

use anyhow::Context;

#[derive(Debug, Default)]
pub struct Given(BTreeMap<String, Vec<String>>);

impl Given {
    /// `None`: nothing is given, or something that is not known.
    pub fn read(
        arguments: impl Iterator<Item = String>,
        options: &[&str],
        switches: &[&str],
    ) -> Option<Given> {
        let mut given = Given::default();
        let mut arguments = arguments.peekable();
        arguments.peek()?;
        while let Some(argument) = arguments.next() {
            if switches.contains(&argument.as_str()) {
                given.0.entry(argument).or_default();
            } else if options.contains(&argument.as_str()) {
                given.0.entry(argument).or_default().push(arguments.next()?);
            } else {
                return None;
            }
        }
        Some(given)
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The last value.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|values| values.last()).map(String::as_str)
    }

    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// # Errors
    /// It is not given.
    pub fn needed(&self, name: &str) -> anyhow::Result<&str> {
        self.one(name).with_context(|| format!("{name} is missing"))
    }

    /// # Errors
    /// It is no number.
    pub fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> anyhow::Result<T> {
        let given =
            self.one(name).map(|text| text.parse().ok().with_context(|| format!("{name}: no number")));
        given.unwrap_or(Ok(default))
    }

    /// Writes into the file that the option names, if it is given.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, option: &str, text: &str) -> anyhow::Result<()> {
        match self.one(option) {
            Some(file) => std::fs::write(file, text).with_context(|| format!("{option} {file}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_wrongly_is_not_guessed() {
        let read = |arguments: &[&str]| {
            let arguments = arguments.iter().map(|argument| (*argument).to_owned());
            Given::read(arguments, &["--only", "--jobs"], &["--list"])
        };
        for wrong in [&[][..], &["--x"], &["--only"], &["x"], &["--list", "--base-url"]] {
            assert!(read(wrong).is_none(), "{wrong:?}");
        }
        let given = read(&["--only", "a", "--only", "b", "--jobs", "x", "--list"]).unwrap();
        assert_eq!(
            (given.all("--only").len(), given.one("--only"), given.has("--list")),
            (2, Some("b"), true)
        );
        assert!(given.number("--jobs", 8).is_err() && given.number("--seed", 1).is_ok());
    }
}
