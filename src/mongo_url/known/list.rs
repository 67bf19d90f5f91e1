//! The options themselves.

use super::why::*;
use super::{Known, Rule};
use crate::mongo_url::{OPTIONS, URL};

/// Each has a row in docs/DATABASES.md, in this order.
pub const KNOWN: &[Known] = &[
    // Where and as whom.
    special("replicaSet"),
    special("directConnection"),
    special("srvServiceName"),
    special("srvMaxHosts"),
    in_options("dbName"),
    in_options("auth"),
    special("authSource"),
    special("authMechanism"),
    ignored("authMechanismProperties", "the mechanisms that are possible here need none"),
    ignored("gssapiServiceName", OLD),
    special("appName"),
    Known {
        name: "loadBalanced",
        only: Some(URL),
        rule: Rule::Refused { why: "there is no connection through a load balancer", unless_false: true },
    },
    refused("proxyHost", PROXY),
    refused("proxyPort", PROXY),
    refused("proxyUsername", PROXY),
    refused("proxyPassword", PROXY),
    // TLS.
    special("tls"),
    special("ssl"),
    special("tlsCAFile"),
    special("sslCA"),
    special("tlsCertificateKeyFile"),
    special("tlsCertificateFile"),
    special("sslKey"),
    special("sslCert"),
    special("tlsInsecure"),
    special("tlsAllowInvalidCertificates"),
    special("sslValidate"),
    in_options("rejectUnauthorized"),
    refused_if_true("tlsAllowInvalidHostnames", HOST_NAMES),
    refused("checkServerIdentity", HOST_NAMES),
    refused("servername", HOST_NAMES),
    refused("tlsCertificateKeyFilePassword", DECRYPTED),
    refused("sslPass", DECRYPTED),
    refused("passphrase", DECRYPTED),
    refused("tlsCRLFile", REVOCATION),
    refused("sslCRL", REVOCATION),
    refused("crl", REVOCATION),
    refused("ca", IN_A_FILE),
    refused("cert", IN_A_FILE),
    refused("key", IN_A_FILE),
    refused("pfx", IN_A_FILE),
    refused("pskCallback", IN_A_FILE),
    ignored("tlsDisableOCSPEndpointCheck", "no OCSP server is asked"),
    ignored("tlsDisableCertificateRevocationCheck", "no OCSP server is asked"),
    ignored("requestOCSP", "no OCSP server is asked"),
    ignored("allowPartialTrustChain", "it is so anyway"),
    ignored("ciphers", CRYPTOGRAPHY),
    ignored("ecdhCurve", CRYPTOGRAPHY),
    ignored("minDHSize", CRYPTOGRAPHY),
    ignored("secureProtocol", CRYPTOGRAPHY),
    ignored("ALPNProtocols", NODE),
    ignored("SNICallback", NODE),
    ignored("secureContext", NODE),
    ignored("session", NODE),
    ignored("requestCert", NODE),
    ignored("enableTrace", NODE),
    // How many connections, for how long.
    special("maxPoolSize"),
    special("poolSize"),
    special("minPoolSize"),
    special("minSize"),
    special("maxConnecting"),
    special("maxIdleTimeMS"),
    special("connectTimeoutMS"),
    special("serverSelectionTimeoutMS"),
    special("heartbeatFrequencyMS"),
    special("localThresholdMS"),
    special("serverMonitoringMode"),
    flag("retryReads"),
    ignored("minHeartbeatFrequencyMS", "500 ms is the least"),
    ignored("socketTimeoutMS", DEADLINE),
    ignored("timeoutMS", DEADLINE),
    ignored("waitQueueTimeoutMS", DEADLINE),
    ignored("keepAlive", TCP),
    ignored("keepAliveInitialDelay", TCP),
    ignored("noDelay", TCP),
    ignored("family", SYSTEM),
    ignored("autoSelectFamily", SYSTEM),
    ignored("autoSelectFamilyAttemptTimeout", SYSTEM),
    ignored("localAddress", SYSTEM),
    ignored("localPort", SYSTEM),
    ignored("hints", SYSTEM),
    ignored("lookup", SYSTEM),
    ignored_unless("compressors", &["none"], UNCOMPRESSED),
    ignored("zlibCompressionLevel", UNCOMPRESSED),
    ignored("maxAdaptiveRetries", OVERLOAD),
    ignored("enableOverloadRetargeting", OVERLOAD),
    // What reads and writes go by.
    ignored_unless("w", &["majority"], WRITES),
    ignored_unless("journal", YES, WRITES),
    ignored_unless("j", YES, WRITES),
    ignored("wtimeoutMS", DEADLINE),
    ignored("wtimeout", DEADLINE),
    ignored_unless("writeConcern", &["majority"], WRITES),
    ignored_unless("fsync", NO, WRITES),
    ignored("safe", WRITES),
    ignored_unless("retryWrites", YES, RETRIED),
    ignored_unless("readPreference", &["primary"], READS),
    ignored("readPreferenceTags", READS),
    ignored("maxStalenessSeconds", READS),
    ignored_unless("slaveOk", NO, READS),
    ignored("readConcernLevel", LEVEL),
    ignored("readConcern", LEVEL),
    ignored("serverApi", "no version of MongoDB's interface is declared"),
    refused("autoEncryption", "documents are neither encrypted nor decrypted"),
    // Values, logs, and what only Node's driver has.
    ignored("ignoreUndefined", VALUES),
    ignored("promoteBuffers", VALUES),
    ignored("promoteLongs", VALUES),
    ignored("promoteValues", VALUES),
    ignored("useBigInt64", VALUES),
    ignored("bsonRegExp", VALUES),
    ignored("raw", VALUES),
    ignored("fieldsAsRaw", VALUES),
    ignored("serializeFunctions", VALUES),
    ignored("checkKeys", VALUES),
    ignored("enableUtf8Validation", VALUES),
    ignored("forceServerObjectId", VALUES),
    ignored("pkFactory", VALUES),
    ignored("uuidRepresentation", VALUES),
    ignored("minInternalBufferSize", NODE),
    ignored("promiseLibrary", NODE),
    ignored("monitorCommands", LOGS),
    ignored("monitoring", LOGS),
    ignored("logger", LOGS),
    ignored("loggerLevel", LOGS),
    ignored("mongodbLogPath", LOGS),
    ignored("mongodbLogComponentSeverities", LOGS),
    ignored("mongodbLogMaxDocumentLength", LOGS),
    ignored("driverInfo", NODE),
    ignored("name", NODE),
    ignored("connectionType", NODE),
    ignored("srvPoller", NODE),
    ignored("index", NODE),
    ignored("__skipPingOnConnect", NODE),
    ignored("oplogUrl", "no oplog is read"),
    ignored("useNewUrlParser", OLD),
    ignored("useUnifiedTopology", OLD),
    ignored("autoReconnect", OLD),
    ignored("auto_reconnect", OLD),
    ignored("reconnectTries", OLD),
    ignored("reconnectInterval", OLD),
    ignored("numberOfRetries", OLD),
    ignored("bufferMaxEntries", OLD),
    ignored("connectWithNoPrimary", OLD),
    ignored("ha", OLD),
    ignored("haInterval", OLD),
    ignored("acceptableLatencyMS", OLD),
    ignored("secondaryAcceptableLatencyMS", OLD),
    ignored("domainsEnabled", OLD),
    ignored("native_parser", OLD),
    ignored("validateOptions", OLD),
];

const NO: &[&str] = &["false", "f", "0", "n", "no"];
const YES: &[&str] = &["true", "t", "1", "y", "yes"];

const fn flag(name: &'static str) -> Known {
    Known { name, only: None, rule: Rule::Flag }
}

const fn special(name: &'static str) -> Known {
    Known { name, only: None, rule: Rule::Special }
}

const fn in_options(name: &'static str) -> Known {
    Known { name, only: Some(OPTIONS), rule: Rule::Special }
}

const fn ignored(name: &'static str, why: &'static str) -> Known {
    ignored_unless(name, &[], why)
}

const fn ignored_unless(name: &'static str, unless: &'static [&'static str], why: &'static str) -> Known {
    Known { name, only: None, rule: Rule::Ignored { why, unless } }
}

const fn refused(name: &'static str, why: &'static str) -> Known {
    Known { name, only: None, rule: Rule::Refused { why, unless_false: false } }
}

const fn refused_if_true(name: &'static str, why: &'static str) -> Known {
    Known { name, only: None, rule: Rule::Refused { why, unless_false: true } }
}
