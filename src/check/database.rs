//! MongoDB itself, the Rocket.Chat that it belongs to, and the release that is imitated.

use super::Finding;
use crate::announce::Channel;
use crate::config::Config;
use crate::release::{self, ROWS, Release, ReleaseChoice, Version};
use crate::store::{ConnectError, Store};
use serde_json::json;

/// The oldest MongoDB in which transactions can create collections and `$bsonSize` exists.
const OLDEST_MONGODB: (u32, u32) = (4, 4);

/// The database cannot be reached or used.
pub(super) fn unusable(error: &ConnectError) -> Finding {
    let remedy = match error {
        ConnectError::NotAReplicaSet => {
            "start mongod with --replSet rs0 and once run: mongosh --eval 'rs.initiate()'"
        }
        ConnectError::Address(_) => {
            "correct MONGO_URL; special characters of its password are percent-encoded"
        }
        ConnectError::Unreachable(_) => "start MongoDB, or correct host, port and replicaSet in MONGO_URL",
        ConnectError::Refused(_) => "correct user, password and authSource in MONGO_URL",
        ConnectError::OtherReplicaSet { .. } => "correct replicaSet in MONGO_URL",
        ConnectError::NoPrimary(_) => "start the missing members; mongosh --eval 'rs.status()' shows them",
        ConnectError::MayNotWrite { .. } => {
            "grant the MongoDB user the role readWrite on the workspace's database"
        }
    };
    Finding::error("mongodb", error.to_string(), remedy)
}

pub(super) async fn server(store: &Store) -> Finding {
    let server = match store.server().await {
        Ok(server) => server,
        Err(error) => return Finding::unanswered("mongodb", &error),
    };
    let deployment = match &server.replica_set {
        Some(name) => format!("replica set {name}"),
        None => "sharded cluster".to_owned(),
    };
    let details = json!({
        "version": server.version, "replicaSet": server.replica_set, "database": store.database_name(),
    });
    let message = format!("MongoDB {}, {deployment}, database {}", server.version, store.database_name());
    let finding = if version(&server.version).is_none_or(|version| version >= OLDEST_MONGODB) {
        Finding::ok("mongodb", message)
    } else {
        Finding::error("mongodb", format!("{message}: too old"), "upgrade MongoDB to 4.4 or newer")
    };
    finding.details(details)
}

/// What this MongoDB, or its user, keeps the service from doing.
pub(super) async fn obstacles(store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(error) = store.prove_rights().await {
        return vec![unusable(&error)];
    }
    match store.has_majority().await {
        Ok(true) => {}
        Ok(false) => findings.push(Finding::warning(
            "majority",
            "no majority of the replica set's members with data confirms a write: changes are answered 500 and may be lost",
            "start the missing members; an arbiter holds no data, so use a third member with data instead",
        )),
        Err(error) => findings.push(Finding::unanswered("majority", &error)),
    }
    match store.may_end_sessions().await {
        Ok(true) => {}
        Ok(false) => findings.push(Finding::warning(
            "sessions",
            "the MongoDB user may not run killSessions: what a crashed instance held stays locked for a minute",
            "grant the MongoDB user the action killAnySession, or use one user for all instances",
        )),
        Err(error) => findings.push(Finding::unanswered("sessions", &error)),
    }
    findings
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
            message,
            "is this the database of a Rocket.Chat? If so, set RC_ACCOUNT_RELEASE to its version",
        ),
        Some(_) if is_forced && version != by_version => Finding::warning(
            "release",
            format!("{message}; by the version it would be {by_version}"),
            "remove RC_ACCOUNT_RELEASE, unless the clients need the other version",
        ),
        Some(_) if version.is_beyond_the_table() => Finding::warning(
            "release",
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
    if matches!(config.announce, Channel::Touch(_)) && !Release::at(version).save_is_announced {
        findings.push(Finding::warning(
            "announce",
            format!("RC_ACCOUNT_ANNOUNCE=touch: {version} announces nothing of what is saved through its own route"),
            "choose nats or tcp, or run Rocket.Chat 7.8.1 or newer",
        ));
    }
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
        assert!(version("4.2.25") < Some(OLDEST_MONGODB) && version("10.0.1") > Some(OLDEST_MONGODB));
        assert_eq!((version(""), version("develop")), (None, None));
    }
}
