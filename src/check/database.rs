//! MongoDB itself, the Rocket.Chat that it belongs to, and the release that is imitated.

use super::Finding;
use crate::config::Config;
use crate::mongo_url::{Ignored, MongoUrl};
use crate::release::{self, ROWS, ReleaseChoice, Version};
use crate::store::{ConnectError, Store, StoreError};
use serde_json::json;

/// Which MongoDB a Rocket.Chat from that version on demands for itself, newest first. Source: docs/DATABASES.md.
const DEMANDED: [(&str, (u32, u32)); 4] =
    [("8.2.0", (8, 0)), ("8.0.0", (8, 2)), ("7.0.0", (5, 0)), ("6.4.0", (4, 4))];

/// The database cannot be reached or used.
pub(super) fn unusable(error: &ConnectError) -> Finding {
    Finding::error("mongodb", "mongodb-unusable", error.to_string(), error.remedy())
}

pub(super) async fn server(store: &Store, release: Version) -> Vec<Finding> {
    let server = match store.server().await {
        Ok(server) => server,
        Err(error) => return vec![Finding::unanswered("mongodb", &error)],
    };
    let deployment = match &server.replica_set {
        Some(name) => format!("replica set {name}"),
        None => "sharded cluster".to_owned(),
    };
    let details = json!({
        "version": server.version, "replicaSet": server.replica_set, "database": store.database_name(),
    });
    let message = format!("MongoDB {}, {deployment}, database {}", server.version, store.database_name());
    let finding = if server.replica_set.is_some() {
        Finding::ok("mongodb", message)
    } else {
        Finding::warning(
            "mongodb",
            "mongodb-mongos",
            format!("{message}: reached through a mongos, with which rc-account is not tested"),
            "name the members of a replica set in MONGO_URL",
        )
    };
    [finding.details(details)].into_iter().chain(too_old_for(release, &server.version)).collect()
}

/// The options of `MONGO_URL` and `MONGO_OPTIONS` that have no effect.
pub(super) fn ignored_options(url: &MongoUrl) -> Vec<Finding> {
    let finding = |option: &Ignored| {
        let details = json!({"key": option.key, "option": option.option});
        let finding = if option.matters {
            let remedy = format!("add tls=true, or take {} away", option.option);
            Finding::warning("options", "option-ignored", option.to_string(), remedy)
        } else {
            Finding::ok("options", option.to_string())
        };
        finding.details(details)
    };
    url.ignored().iter().map(finding).collect()
}

/// That the Rocket.Chat beside which this runs would not start with such a MongoDB.
fn too_old_for(release: Version, found: &str) -> Option<Finding> {
    let demanded = DEMANDED.iter().find(|(from, _)| Version::parse(from).is_ok_and(|from| release >= from));
    let (_, (major, minor)) = demanded?;
    let is_old = version(found)? < (*major, *minor);
    let message = format!(
        "Rocket.Chat {release} itself demands MongoDB {major}.{minor}; rc-account works with 4.4 and newer"
    );
    is_old.then(|| {
        let remedy = "upgrade MongoDB, one major version after the other";
        Finding::hint("mongodb", "mongodb-old", message, remedy)
    })
}

/// What this MongoDB, or its user, keeps the service from doing.
pub(super) async fn obstacles(store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(error) = store.prove_rights().await {
        return vec![match error {
            ConnectError::MayNotWrite { .. } => {
                Finding::error("rights", "rights-missing", error.to_string(), error.remedy())
            }
            error => unusable(&error),
        }];
    }
    findings.push(Finding::ok("rights", "the MongoDB user may write what has to be written"));
    findings.extend(unless(
        "majority",
        "majority-missing",
        store.has_majority().await,
        "no majority of the replica set's members with data confirms a write: changes are answered 500 and may be lost",
        "start the missing members; an arbiter holds no data, so use a third member with data instead",
    ));
    findings.extend(unless(
        "sessions",
        "sessions-not-killable",
        store.may_end_sessions().await,
        "the MongoDB user may not run killSessions: what a crashed instance held stays locked for a minute",
        "grant the MongoDB user the action killAnySession, or use one user for all instances",
    ));
    findings
}

/// A warning where the database does not say yes.
fn unless(
    check: &'static str,
    code: &'static str,
    answer: Result<bool, StoreError>,
    message: &'static str,
    remedy: &'static str,
) -> Option<Finding> {
    match answer {
        Ok(true) => None,
        Ok(false) => Some(Finding::warning(check, code, message, remedy)),
        Err(error) => Some(Finding::unanswered(check, &error)),
    }
}

/// Which Rocket.Chat was found, and which release the service would imitate.
pub(super) async fn release(store: &Store, config: &Config, findings: &mut Vec<Finding>) -> Version {
    let found = store.workspace_version().await.unwrap_or_else(|error| {
        findings.push(Finding::unanswered("release", &error));
        None
    });
    let by_version = ReleaseChoice::Auto.version(found.as_deref());
    let version = config.release.version(found.as_deref());
    let is_forced = config.release != ReleaseChoice::Auto;
    let workspace = match &found {
        Some(version) => format!("Rocket.Chat {version}"),
        None => "no version of Rocket.Chat in the database".to_owned(),
    };
    let forced = if is_forced { ", as RC_ACCOUNT_RELEASE says" } else { "" };
    let message = format!("{workspace}; {version} is imitated{forced}");
    let finding = match &found {
        None if !is_forced => Finding::warning(
            "release",
            "release-unknown",
            message,
            "is this the database of a Rocket.Chat? If so, set RC_ACCOUNT_RELEASE to its version",
        ),
        Some(_) if is_forced && version != by_version => Finding::warning(
            "release",
            "release-forced",
            format!("{message}; by the version it would be {by_version}"),
            "remove RC_ACCOUNT_RELEASE, unless the clients need the other version",
        ),
        Some(_) if version.is_beyond_the_table() => Finding::warning(
            "release",
            "release-newer",
            format!("{message}, as {} is, the newest version that is known", Version::NEWEST),
            "look for a newer rc-account, or set RC_ACCOUNT_RELEASE",
        ),
        _ => Finding::ok("release", message),
    };
    let rows: serde_json::Map<_, _> =
        ROWS.iter().map(|row| (row.name.to_owned(), row.at(version).into())).collect();
    let details =
        json!({"version": found, "imitated": version.to_string(), "forced": is_forced, "rows": rows});
    findings.push(finding.details(details));
    findings.push(Finding::ok("release", format!("what it does, since when: {}", release::summary(version))));
    version
}

/// Major and minor number; `None` when it cannot be read.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version("10.0.1"), Some((10, 0)));
        assert!(version("4.2.25") < Some((4, 4)) && version("10.0.1") > Some((4, 4)));
        assert_eq!((version(""), version("develop")), (None, None));
    }

    #[test]
    fn each_rocket_chat_demands_its_mongodb() {
        let is_too_old =
            |release, found| too_old_for(Version::parse(release).expect("a version"), found).is_some();
        for (release, too_old, enough) in [
            ("6.13.0", "4.2.25", "4.4.29"),
            ("7.10.0", "4.4.29", "5.0.31"),
            ("8.1.2", "8.0.12", "8.2.1"),
            ("8.8.1", "7.0.24", "8.0.12"),
            ("9.0.0", "6.0.5", "8.2.1"),
        ] {
            assert!(is_too_old(release, too_old) && !is_too_old(release, enough), "{release}");
        }
    }
}
