use std::time::Duration;
use thiserror::Error;

/// Why the database cannot be used at all: one line that says what is wrong. docs/DATABASES.md lists them.
#[derive(Debug, Error)]
pub enum ConnectError {
    #[error("MONGO_URL cannot be used: {0}")]
    Address(String),
    #[error("MONGO_URL: the file of {option} cannot be used: {reason}")]
    File { option: &'static str, reason: String },
    #[error(
        "MONGO_URL: the DNS has no usable record {0}: the name is wrong, no DNS server answers, or the record leads out of \
         its own domain"
    )]
    NoService(String),
    #[error("MONGO_URL: no MongoDB answers there within {patience:?}: {host} {how}")]
    Unreachable { patience: Duration, host: String, how: &'static str },
    #[error("MONGO_URL: TLS is on, but the MongoDB at {0} speaks none")]
    NoTls(String),
    #[error("MONGO_URL: the MongoDB at {0} wants TLS, and tls=true is missing")]
    WantsTls(String),
    #[error("MONGO_URL: the certificate of {host} is not trusted: {reason}")]
    Certificate { host: String, reason: &'static str },
    #[error("MONGO_URL: {0} ends the TLS connection; it may want a certificate of its clients")]
    ClientCertificate(String),
    #[error("MONGO_URL: MongoDB refused the connection: {0}")]
    Refused(String),
    #[error("MONGO_URL: this MongoDB wants a user and a password, and none is named")]
    WantsLogin,
    #[error("MONGO_URL: this MongoDB is {0}; 4.4 is the oldest that can be used")]
    TooOld(&'static str),
    #[error(
        "MONGO_URL: this MongoDB is not a replica set, which Rocket.Chat and rc-account need. \
         Start mongod with --replSet rs0 and once run: mongosh --eval 'rs.initiate()'"
    )]
    NotAReplicaSet,
    #[error(
        "MONGO_URL: this MongoDB is to be a replica set, but was never made one. Once run: mongosh --eval 'rs.initiate()'"
    )]
    NotInitiated,
    #[error("MONGO_URL: replicaSet={wanted}, but this MongoDB belongs to the replica set {found}")]
    OtherReplicaSet { wanted: String, found: String },
    #[error("MONGO_URL: replicaSet is given, but this is a mongos, the router of a sharded cluster")]
    Router,
    #[error("MONGO_URL: the replica set {0} has no primary, so nothing can be read or written")]
    NoPrimary(String),
    #[error(
        "MONGO_URL: directConnection=true leads to a member of the replica set {set} that is not its primary, so nothing can \
         be written; the primary is {primary}"
    )]
    NotThePrimary { set: String, primary: String },
    #[error(
        "MONGO_URL: the primary of the replica set {set} calls itself {primary}, and from here {primary} {how}"
    )]
    PrimaryElsewhere { set: String, primary: String, how: &'static str },
    #[error(
        "MONGO_URL: this MongoDB user may not write into {collection} ({reason}); grant it the role readWrite on the \
         workspace's database"
    )]
    MayNotWrite { collection: &'static str, reason: String },
}

impl ConnectError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            ConnectError::Address(_) => {
                "correct MONGO_URL; special characters of its password are percent-encoded"
            }
            ConnectError::File { .. } => {
                "name a file in PEM that this program may read; a key in it is not encrypted"
            }
            ConnectError::NoService(_) => "correct the host in MONGO_URL, or the DNS",
            ConnectError::Unreachable { .. } => {
                "start MongoDB, or correct host, port and replicaSet in MONGO_URL"
            }
            ConnectError::NoTls(_) => {
                "take tls and ssl out of MONGO_URL and MONGO_OPTIONS; with mongodb+srv, add tls=false"
            }
            ConnectError::WantsTls(_) => {
                "add tls=true to MONGO_URL, and tlsCAFile if the authority is a private one"
            }
            ConnectError::Certificate { .. } => {
                "name the authority's file in tlsCAFile, and the host as the certificate does"
            }
            ConnectError::ClientCertificate(_) => {
                "name a file with certificate and key in tlsCertificateKeyFile"
            }
            ConnectError::Refused(_) | ConnectError::WantsLogin => {
                "correct user, password and authSource in MONGO_URL"
            }
            ConnectError::TooOld(_) => {
                "upgrade MongoDB to the version that this Rocket.Chat needs: docs/DATABASES.md"
            }
            ConnectError::NotAReplicaSet => {
                "start mongod with --replSet rs0 and once run: mongosh --eval 'rs.initiate()'"
            }
            ConnectError::NotInitiated => "once run: mongosh --eval 'rs.initiate()'",
            ConnectError::OtherReplicaSet { .. } => "correct replicaSet in MONGO_URL",
            ConnectError::Router => "take replicaSet out of MONGO_URL, or name the members of a replica set",
            ConnectError::NoPrimary(_) => {
                "start the missing members; mongosh --eval 'rs.status()' shows them"
            }
            ConnectError::NotThePrimary { .. } => {
                "take directConnection out of MONGO_URL, and name the replica set"
            }
            ConnectError::PrimaryElsewhere { .. } => {
                "let that name lead to it from here, or give the member another one (rs.reconfig); for a replica set of one \
                 member, directConnection=true in MONGO_URL"
            }
            ConnectError::MayNotWrite { .. } => {
                "grant the MongoDB user the role readWrite on the workspace's database"
            }
        }
    }
}
