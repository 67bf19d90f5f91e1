//! Why options have no effect, or are refused.

pub(super) const OLD: &str = "it is of an old version of Node's driver, and says nothing to this one";
pub(super) const VALUES: &str = "it is about how Node's driver makes values of JavaScript";
pub(super) const NODE: &str = "it is about Node.js itself";
pub(super) const DEADLINE: &str = "every operation has a deadline of its own, RC_ACCOUNT_DEADLINE_MS";
pub(super) const WRITES: &str = "every write is confirmed by a majority, with journal";
pub(super) const RETRIED: &str = "writes are always retried, so that it is certain what is written";
pub(super) const READS: &str = "everything is read from the primary";
pub(super) const LEVEL: &str = "what is decided on is guarded by the write itself";
pub(super) const UNCOMPRESSED: &str = "what is sent is not compressed";
pub(super) const TCP: &str = "the connection is kept alive and sends at once, anyway";
pub(super) const SYSTEM: &str = "the system chooses addresses";
pub(super) const LOGS: &str = "it is about the log of Node's driver; RC_ACCOUNT_LOG is the one for this";
pub(super) const CRYPTOGRAPHY: &str = "safe ciphers and protocols are chosen, TLS 1.2 and 1.3";
pub(super) const OVERLOAD: &str = "this driver decides by itself when to try again";
pub(super) const PROXY: &str = "there is no way through a SOCKS5 proxy";
pub(super) const REVOCATION: &str =
    "lists of revoked certificates cannot be looked at, and without them it would trust too much";
pub(super) const IN_A_FILE: &str =
    "write certificates and keys into files and name these in tlsCAFile and tlsCertificateKeyFile";
pub(super) const DECRYPTED: &str =
    "encrypted keys cannot be read; name a file with the decrypted one in tlsCertificateKeyFile";
pub(super) const HOST_NAMES: &str = "host names are always compared with the certificate; give the server one with its name, or do \
     without the check by tlsAllowInvalidCertificates";
