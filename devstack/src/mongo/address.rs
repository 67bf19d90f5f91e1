//! A MongoDB connection string whose database can be exchanged.

use anyhow::Context;

/// A connection string, taken apart around its database.
#[derive(Debug)]
pub(super) struct Address {
    /// Scheme, credentials and hosts.
    server: String,
    /// What follows the `?`; may be empty.
    options: String,
}

impl Address {
    pub(super) fn parse(url: &str) -> anyhow::Result<Self> {
        let (scheme, rest) = url
            .split_once("://")
            .filter(|(scheme, _)| matches!(*scheme, "mongodb" | "mongodb+srv"))
            .context("must begin with mongodb:// or mongodb+srv://")?;
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        let mut options = options.to_owned();

        // Without authSource the credentials are looked up in the path's database, which is about to change.
        let has_source =
            options.split('&').any(|option| option.to_ascii_lowercase().starts_with("authsource="));
        if hosts.contains('@') && !has_source {
            let source = if database.is_empty() { "admin" } else { database };
            let joint = if options.is_empty() { "" } else { "&" };
            options = format!("{options}{joint}authSource={source}");
        }
        Ok(Self { server: format!("{scheme}://{hosts}"), options })
    }

    pub(super) fn with_database(&self, database: &str) -> String {
        let mark = if self.options.is_empty() { "" } else { "?" };
        format!("{}/{database}{mark}{}", self.server, self.options)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn exchanged(url: &str) -> String {
        Address::parse(url).unwrap().with_database("new")
    }

    #[test]
    fn options_stay() {
        assert_eq!(exchanged("mongodb://a:1,b:2/old?replicaSet=rs0"), "mongodb://a:1,b:2/new?replicaSet=rs0");
        assert_eq!(exchanged("mongodb://a:1/?replicaSet=rs0"), "mongodb://a:1/new?replicaSet=rs0");
        assert_eq!(exchanged("mongodb://a:1"), "mongodb://a:1/new");
    }

    #[test]
    fn credentials_stay_in_their_database() {
        assert_eq!(exchanged("mongodb://u:p@a/old"), "mongodb://u:p@a/new?authSource=old");
        assert_eq!(exchanged("mongodb://u:p@a"), "mongodb://u:p@a/new?authSource=admin");
        assert_eq!(exchanged("mongodb://u:p@a/old?w=1&authSource=x"), "mongodb://u:p@a/new?w=1&authSource=x");
    }

    #[test]
    fn other_schemes_are_refused() {
        assert!(Address::parse("localhost:27017").is_err());
        assert!(Address::parse("http://localhost").is_err());
    }
}
