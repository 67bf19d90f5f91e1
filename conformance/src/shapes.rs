//! The shapes that answers have, by version: `cases/shapes.toml`. A case names one and says what fills it.

use anyhow::{Context, bail};
use semver::{Version, VersionReq};
use serde::Deserialize;
use toml::Table;

use crate::family;

/// What an answer has to be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub status: Option<u16>,
    /// A JSON pattern, the same keys in the same order.
    pub body: Option<String>,
    /// The body where it is no JSON.
    pub text: Option<String>,
    /// It says that nothing was saved, whatever its status.
    #[serde(default)]
    pub refuses: bool,
    /// Each header with its one value, or `(absent)`.
    #[serde(default)]
    pub headers: toml::map::Map<String, toml::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    shape: Vec<Table>,
}

/// Every shape of the file.
#[derive(Debug)]
pub struct Shapes(Vec<(String, VersionReq, Table)>);

impl Shapes {
    /// Reads the file.
    ///
    /// # Errors
    /// A shape without a name or with versions that are none.
    pub fn read(text: &str) -> anyhow::Result<Shapes> {
        let file: File = toml::from_str(text).context("shapes.toml")?;
        let mut shapes = Vec::new();
        for mut table in file.shape {
            let name = table.remove("name").context("shapes.toml: a shape without a name")?;
            let name = name.as_str().context("shapes.toml: a name")?.to_owned();
            let versions = table.remove("versions");
            let versions = versions.as_ref().and_then(toml::Value::as_str).unwrap_or("*");
            shapes.push((name, VersionReq::parse(versions).context("shapes.toml: versions")?, table));
        }
        Ok(Shapes(shapes))
    }

    /// The shape of that name at that version, filled. It is that of all answers of this name together: later ones add
    /// to earlier ones.
    ///
    /// # Errors
    /// There is none.
    pub fn at(&self, version: &Version, answer: &toml::Value) -> anyhow::Result<Expected> {
        let (name, row) = match answer {
            toml::Value::String(name) => (name.as_str(), Table::new()),
            toml::Value::Table(row) => {
                (row.get("is").and_then(toml::Value::as_str).context("answer: which?")?, row.clone())
            }
            _ => bail!("answer: neither a name nor a table"),
        };
        let mut found = Table::new();
        for (known, versions, table) in &self.0 {
            if (known == name || known == "every") && versions.matches(version) {
                for (key, value) in family::filled(table, &row) {
                    match (found.get_mut(&key), value) {
                        (Some(toml::Value::Table(own)), toml::Value::Table(more)) => own.extend(more),
                        (_, value) => {
                            found.insert(key, value);
                        }
                    }
                }
            }
        }
        if !found.contains_key("status") {
            bail!("shapes.toml has no {name} for {version}");
        }
        Ok(found.try_into()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_that_of_the_version_with_what_all_answers_have() {
        let text = "
            [[shape]]\nname = 'every'\nheaders = {a = '1'}\n
            [[shape]]\nname = 'x'\nversions = '<8.0.0'\nstatus = 400\nbody = '%what% old'\nheaders = {b = '2'}\n
            [[shape]]\nname = 'x'\nversions = '>=8.0.0'\nstatus = 400\nbody = '%what%'";
        let shapes = Shapes::read(text).unwrap();
        let answer = "answer = {is = 'x', what = 'w'}".parse::<Table>().unwrap().remove("answer").unwrap();
        let old = shapes.at(&Version::new(7, 0, 0), &answer).unwrap();
        assert_eq!((old.body.as_deref(), old.headers.len()), (Some("w old"), 2));
        assert_eq!(shapes.at(&Version::new(8, 0, 0), &answer).unwrap().headers.len(), 1);
        assert!(shapes.at(&Version::new(8, 0, 0), &"y".into()).is_err());
    }
}
