//! A MongoDB connection string whose database can be exchanged.

use std::net::SocketAddr;

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

    /// The same through `place`, where the driver stays, whatever the replica set's configuration names.
    pub(super) fn directly_at(&self, place: SocketAddr, database: &str) -> String {
        let credentials = self.server.rsplit_once('@').map_or("mongodb://", |(credentials, _)| credentials);
        let at = if credentials.ends_with('/') { "" } else { "@" };
        let direct = Address {
            server: format!("{credentials}{at}{place}"),
            options: match self.options.as_str() {
                "" => "directConnection=true".to_owned(),
                options => format!("{options}&directConnection=true"),
            },
        };
        direct.with_database(database)
    }

    /// The same as another user of `admin`.
    pub(super) fn as_user(&self, name: &str, password: &str) -> Address {
        let hosts = self.server.rsplit_once(['@', '/']).map_or("", |(_, hosts)| hosts);
        let others =
            self.options.split('&').filter(|option| !option.to_ascii_lowercase().starts_with("authsource="));
        let options: Vec<&str> =
            others.filter(|option| !option.is_empty()).chain(["authSource=admin"]).collect();
        Address { server: format!("mongodb://{name}:{password}@{hosts}"), options: options.join("&") }
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
    fn a_direct_place_keeps_credentials_and_options() {
        let direct = |url: &str| Address::parse(url).unwrap().directly_at(([127, 0, 0, 1], 5).into(), "new");
        assert_eq!(direct("mongodb://a:1,b:2"), "mongodb://127.0.0.1:5/new?directConnection=true");
        assert_eq!(
            direct("mongodb://u:p@a/old?replicaSet=rs0"),
            "mongodb://u:p@127.0.0.1:5/new?replicaSet=rs0&authSource=old&directConnection=true"
        );
    }

    #[test]
    fn another_user_takes_the_place_of_the_first() {
        let other = |url: &str| Address::parse(url).unwrap().as_user("x", "y").with_database("new");
        assert_eq!(other("mongodb://a:1"), "mongodb://x:y@a:1/new?authSource=admin");
        assert_eq!(
            other("mongodb://u:p@a,b/old?replicaSet=rs0"),
            "mongodb://x:y@a,b/new?replicaSet=rs0&authSource=admin"
        );
    }

    #[test]
    fn other_schemes_are_refused() {
        assert!(Address::parse("localhost:27017").is_err());
        assert!(Address::parse("http://localhost").is_err());
    }
}
