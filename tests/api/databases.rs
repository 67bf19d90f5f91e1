//! `MONGO_URL`, `MONGO_OPTIONS`, and what is said where they lead to no usable MongoDB: docs/DATABASES.md, row by row.

mod document;
mod login;
mod options;
mod reached;
mod srv;
mod tls;
mod variables;

use crate::support::{check_with, program, run};

/// Nothing may take longer than it has to, and what is away stays so.
const PATIENCE: &str = "serverSelectionTimeoutMS=1500";

/// The lines for what is wrong with a database, each once in docs/DATABASES.md.
const LINES: [&str; 19] = [
    "no MongoDB answers there within 1.5s: 127.0.0.1:1 refuses connections: nothing listens there",
    "no MongoDB answers there within 1.5s: HOST does not answer",
    "no MongoDB answers there within 1.5s: nowhere.invalid:27017 has no address: the name is unknown",
    "breaks the connection: it may be no MongoDB",
    "the DNS has no usable record _mongodb._tcp.cluster.nowhere.invalid",
    "TLS is on, but the MongoDB at HOST speaks none",
    "the MongoDB at HOST wants TLS, and tls=true is missing",
    "the certificate of HOST is not trusted: its authority is not known",
    "the certificate of HOST is not trusted: it is for another host name",
    "HOST ends the TLS connection; it may want a certificate of its clients",
    "the file of tlsCAFile cannot be used: entity not found",
    "MongoDB refused the connection: user name or password is wrong, or the user is none of the database",
    "this MongoDB wants a user and a password, and none is named",
    "this MongoDB is of version 4.2; 4.4 is the oldest that can be used",
    "this MongoDB is not a replica set",
    "this MongoDB is to be a replica set, but was never made one",
    "replicaSet=other, but this MongoDB belongs to the replica set rs0",
    "replicaSet is given, but this is a mongos, the router of a sharded cluster",
    "the replica set rs0 has no primary, so nothing can be read or written",
];

/// The lines that name a member of a replica set.
const MEMBER_LINES: [&str; 2] = [
    "directConnection=true leads to a member of the replica set rs0 that is not its primary",
    "the primary of the replica set rs0 calls itself nowhere.invalid:27017, and from here nowhere.invalid:27017 has no address",
];

/// `serve` and `check` both say this, in one line and with a remedy, and nothing that could be a password.
#[track_caller]
fn both_say(environment: &[(&str, &str)], line: &str) {
    assert!(LINES.contains(&line) || MEMBER_LINES.contains(&line), "{line:?} is not in the list");
    let place = environment[0].1.split("//").nth(1).unwrap_or_default();
    let place = place.rsplit('@').next().unwrap_or_default().split(['/', ',']).next().unwrap_or_default();
    let line = line.replace("HOST", place);
    let ended = run(program(&["serve"], environment));
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!((ended.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("MONGO_URL") && said.contains(&line), "{line:?} is not in: {said}");
    let checked = check_with(environment);
    checked.has("mongodb", "error", &line);
    for text in [&said, &checked.said] {
        assert!(!text.contains("hunter2") && !text.contains("password-of"), "{text}");
    }
}

/// Where that address leads to, `rc-account check` finds a MongoDB that it can work with.
#[track_caller]
fn is_taken(environment: &[(&str, &str)]) {
    let checked = check_with(environment);
    checked.is_ok("mongodb", "replica set");
    assert!(checked.of("configuration").is_empty(), "{}", checked.said);
}
