//! TLS: on both sides, on one of them, and with certificates that do not fit.

use super::{PATIENCE, both_say, is_taken};
use crate::support::{check_with, folder, mongo};
use devstack::mongo::Mongo;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn with_tls_each_option_does_what_it_says_and_each_mismatch_is_named() {
    let mongo = Mongo::start_with_tls(false, &|step| eprintln!("{step}")).await.expect("a MongoDB");
    let (place, authority) = (mongo.place(), mongo.authority().expect("a file").display().to_string());
    let url = |options: &str| format!("mongodb://{place}/rocketchat?{PATIENCE}&{options}");
    for options in [
        format!("replicaSet=rs0&tls=true&tlsCAFile={authority}"),
        format!("ssl=true&sslCA={authority}"),
        format!("tls=1&TLSCAFILE={authority}&tlsInsecure=false"),
        "tls=true&tlsInsecure=true".to_owned(),
        "tls=true&tlsAllowInvalidCertificates=true".to_owned(),
        "ssl=true&sslValidate=false".to_owned(),
    ] {
        is_taken(&[("MONGO_URL", &url(&options))]);
    }
    for options in [
        json!({"tls": true, "tlsCAFile": authority}),
        json!({"ssl": true, "sslCA": authority, "sslValidate": true}),
        json!({"tls": true, "rejectUnauthorized": false}),
    ] {
        is_taken(&[("MONGO_URL", &url("")), ("MONGO_OPTIONS", &options.to_string())]);
    }
    let says = |url: &str, line| both_say(&[("MONGO_URL", url)], line);
    says(&url("replicaSet=rs0"), "the MongoDB at HOST wants TLS, and tls=true is missing");
    says(&url("tls=false"), "the MongoDB at HOST wants TLS, and tls=true is missing");
    says(&url("tls=true"), "the certificate of HOST is not trusted: its authority is not known");
    let by_name = url(&format!("tls=true&tlsCAFile={authority}&directConnection=true"));
    says(
        &by_name.replace("127.0.0.1", "localhost"),
        "the certificate of HOST is not trusted: it is for another host name",
    );
    says(&url("tls=true&tlsCAFile=missing.pem"), "the file of tlsCAFile cannot be used: entity not found");
    let empty = folder("databases").join("empty.pem");
    std::fs::write(&empty, "").expect("written");
    let checked = check_with(&[("MONGO_URL", &url(&format!("tls=true&tlsCAFile={}", empty.display())))]);
    checked.has(
        "mongodb",
        "error",
        "the file of tlsCAFile cannot be used: it holds no line with BEGIN CERTIFICATE",
    );
    // Node's driver does not turn TLS on for them either.
    let checked = check_with(&[("MONGO_URL", &url(&format!("tlsCAFile={authority}")))]);
    let said = checked.of("options");
    assert!(said[0].0 == "warning" && said[0].1.contains("without tls=true"), "{}", checked.said);
    mongo.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_ours_is_shown_where_it_is_demanded() {
    let mongo = Mongo::start_with_tls(true, &|step| eprintln!("{step}")).await.expect("a MongoDB");
    let (place, authority) = (mongo.place(), mongo.authority().expect("a file").display().to_string());
    let certificate = mongo.client_certificate().expect("a file").display().to_string();
    let url = format!("mongodb://{place}/rocketchat?{PATIENCE}&tls=true&tlsCAFile={authority}");
    is_taken(&[("MONGO_URL", &mongo.url("rocketchat"))]);
    for options in [
        format!("tlsCertificateKeyFile={certificate}"),
        format!("tlsCertificateFile={certificate}"),
        format!("sslKey={certificate}&sslCert={certificate}"),
    ] {
        is_taken(&[("MONGO_URL", &format!("{url}&{options}"))]);
    }
    both_say(
        &[("MONGO_URL", &url)],
        "HOST ends the TLS connection; it may want a certificate of its clients",
    );
    let plain = url.split("&tls=").next().expect("a beginning").to_owned();
    both_say(&[("MONGO_URL", &plain)], "the MongoDB at HOST wants TLS, and tls=true is missing");
    mongo.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mongodb_without_tls_is_named_where_tls_is_on() {
    let url = format!("{}&{PATIENCE}", mongo().await.url("test_databases_tls"));
    for options in ["tls=true", "ssl=true", "tls=true&tlsInsecure=true"] {
        both_say(
            &[("MONGO_URL", &format!("{url}&{options}"))],
            "TLS is on, but the MongoDB at HOST speaks none",
        );
    }
    is_taken(&[("MONGO_URL", &format!("{url}&tls=false"))]);
}
