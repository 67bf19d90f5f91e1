mod parts;

use super::*;
use proptest::prelude::*;
use secrecy::ExposeSecret;

fn read(url: &str) -> Result<MongoUrl, Refusal> {
    MongoUrl::read(url, None)
}

/// What the driver gets; whether TLS is on is said in any case.
fn for_driver(url: &str, options: Option<&str>) -> String {
    let read = MongoUrl::read(url, options).unwrap_or_else(|refusal| panic!("{url} {options:?}: {refusal}"));
    let text = read.for_driver().expose_secret().to_owned();
    text.replace("?tls=false&", "?").replace("&tls=false", "").replace("?tls=false", "")
}

#[test]
fn what_has_the_same_meaning_is_passed_on_under_the_drivers_own_name() {
    for (options, passed) in [
        ("replicaSet=rs0", "replicaSet=rs0"),
        ("REPLICASET=rs0&replicaset=rs1", "replicaSet=rs0"),
        ("directConnection=yes", "directConnection=true"),
        ("directConnection=0", ""),
        ("appName=a+b%26c", "appName=a%20b%26c"),
        ("poolSize=5", "maxPoolSize=5"),
        ("poolSize=5&maxPoolSize=7", "maxPoolSize=7"),
        ("maxPoolSize=0", "maxPoolSize=4294967295"),
        ("minSize=3", "minPoolSize=3"),
        ("maxIdleTimeMS=99999999999999999999999", "maxIdleTimeMS=2147483647"),
        ("connectTimeoutMS=%2B1500ms", "connectTimeoutMS=1500"),
        ("connectTimeoutMS=1.9", "connectTimeoutMS=1"),
        ("serverSelectionTimeoutMS=0", ""),
        ("heartbeatFrequencyMS=1", "heartbeatFrequencyMS=500"),
        ("retryReads=n", "retryReads=false"),
        ("ssl=true", "tls=true"),
        ("tls=t&sslCA=/a+b.pem", "tls=true&tlsCAFile=%2Fa%20b%2Epem"),
        ("tls=1&sslKey=k&sslCert=k", "tls=true&tlsCertificateKeyFile=k"),
        ("tls=1&sslValidate=false", "tls=true&tlsAllowInvalidCertificates=true"),
        ("tls=1&tlsInsecure=true", "tls=true&tlsAllowInvalidCertificates=true"),
        ("tls=1&tlsInsecure=false", "tls=true"),
        ("authMechanism=mongodb-x509&tls=1", "tls=true&authSource=%24external&authMechanism=MONGODB%2DX509"),
        ("authSource=admin", ""),
        ("&&", ""),
        ("#fragment", ""),
    ] {
        let mark = if passed.is_empty() { "" } else { "?" };
        let expected = format!("mongodb://h:1/db{mark}{passed}");
        let found = for_driver(&format!("mongodb://h:1/db?{options}"), None);
        assert_eq!(found.trim_end_matches('?'), expected, "{options}");
    }
}

#[test]
fn options_of_the_object_win_and_are_read_as_json() {
    for (url, options, expected) in [
        ("h/db?replicaSet=a", r#"{"replicaSet": "b"}"#, "h/db?replicaSet=b"),
        ("h/db", r#"{"TLS": true, "maxpoolsize": 7.9, "replicaSet": null}"#, "h/db?maxPoolSize=7&tls=true"),
        (
            "h/db?tls=true",
            r#"{"rejectUnauthorized": false}"#,
            "h/db?tls=true&tlsAllowInvalidCertificates=true",
        ),
        ("h/db", r#"{"dbName": "other"}"#, "h/other"),
        ("h", r#"{"dbName": "other"}"#, "h/other"),
        ("u:p@h/db", r#"{"auth": {"username": "x", "password": "y:@/"}}"#, "x:y%3A%40%2F@h/db"),
        ("h/db", "{}", "h/db"),
    ] {
        let found = for_driver(&format!("mongodb://{url}"), Some(options));
        assert_eq!(found.trim_end_matches('?'), format!("mongodb://{expected}"), "{options}");
    }
    for text in ["", "[]", "null", "{", "'{}'", "tls=true", r#"{"tls": "#] {
        let refusal = MongoUrl::read("mongodb://h/db", Some(text)).expect_err(text).to_string();
        assert!(refusal.starts_with("MONGO_OPTIONS cannot be used: a JSON object"), "{refusal}");
    }
}

#[test]
fn options_without_effect_are_named_once_and_what_is_so_anyway_not_at_all() {
    let named = |options: &str| -> Vec<String> {
        let url = read(&format!("mongodb://h/db?{options}")).unwrap_or_else(|refusal| panic!("{refusal}"));
        url.ignored().iter().map(|ignored| ignored.option.to_owned()).collect()
    };
    assert_eq!(
        named("useUnifiedTopology=true&socketTimeoutMS=30000"),
        ["socketTimeoutMS", "useUnifiedTopology"]
    );
    assert_eq!(named("w=majority&journal=true&j=1&retryWrites=true&readPreference=primary"), [""; 0]);
    assert_eq!(named("w=1&W=2&retryWrites=false&fsync=true"), ["fsync", "retryWrites", "w"]);
    // Without TLS they do nothing in Node's driver either, and whoever wrote them expects it.
    let url = read("mongodb://h/db?tlsCAFile=ca.pem&sslValidate=false").expect("an address");
    assert!(url.ignored().len() == 2 && url.ignored().iter().all(|ignored| ignored.matters));
    let said = url.ignored()[0].to_string();
    assert_eq!(said, "MONGO_URL: tlsCAFile is ignored: without tls=true the connection is not encrypted");
}

#[test]
fn a_refused_option_is_named_with_its_key_and_its_value_is_not_shown() {
    for (options, said) in [
        ("turbo=hunter2", "MONGO_URL: turbo is no option"),
        ("tls=hunter2", "MONGO_URL: tls must be true or false"),
        ("maxPoolSize=hunter2", "MONGO_URL: maxPoolSize must be a whole number"),
        ("maxPoolSize=-1", "MONGO_URL: maxPoolSize must be a whole number"),
        ("maxPoolSize=5&minPoolSize=6", "MONGO_URL: minPoolSize must not be more"),
        ("maxConnecting=0", "MONGO_URL: maxConnecting must be a whole number from 1 on"),
        ("proxyPassword=hunter2", "MONGO_URL: proxyPassword is refused: "),
        ("tlsCertificateKeyFilePassword=hunter2", "MONGO_URL: tlsCertificateKeyFilePassword is refused: "),
        ("tlsAllowInvalidHostnames=true", "MONGO_URL: tlsAllowInvalidHostnames is refused: "),
        ("auth=hunter2", "MONGO_URL: auth belongs into MONGO_OPTIONS"),
        ("authMechanism=GSSAPI", "MONGO_URL: authMechanism must be SCRAM-SHA-1"),
        ("authMechanism=PLAIN", "MONGO_URL: authMechanism needs a user and a password"),
        ("serverMonitoringMode=hunter2", "MONGO_URL: serverMonitoringMode must be auto"),
        ("replicaSet=", "MONGO_URL: replicaSet has no value"),
        ("replicaSet", "MONGO_URL: replicaSet has no value"),
        ("tls=true&ssl=false", "MONGO_URL: ssl contradicts tls"),
        ("tls=true&tlsInsecure=true&tlsAllowInvalidCertificates=true", "cannot be used with tlsInsecure"),
        ("tls=true&sslValidate=true&tlsInsecure=true", "MONGO_URL: sslValidate contradicts"),
        ("tls=true&sslKey=a&sslCert=b", "MONGO_URL: sslCert must name the same file"),
        ("srvMaxHosts=1", "MONGO_URL: srvMaxHosts is only for mongodb+srv"),
        ("hunter2%20is=secret", "MONGO_URL: one of the options (its name is not shown"),
        ("hunter2=secret&x=@", "MONGO_URL: one of the options (its name is not shown"),
    ] {
        let refusal = read(&format!("mongodb://h/db?{options}")).expect_err(options);
        let said_now = format!("{refusal}\n{refusal:?}");
        assert!(said_now.contains(said) && !said_now.contains("hunter2"), "{options}: {said_now}");
    }
    for options in ["tlsAllowInvalidHostnames=false", "loadBalanced=false"] {
        assert!(read(&format!("mongodb://h/db?{options}")).is_ok(), "{options}");
    }
    for (options, said) in [
        (r#"{"server": {"hunter2": 1}}"#, "MONGO_OPTIONS: server is no option"),
        (
            r#"{"tlsCAFileAsset": "hunter2"}"#,
            "MONGO_OPTIONS: tlsCAFileAsset names a file within Rocket.Chat's own",
        ),
        (r#"{"loadBalanced": true}"#, "MONGO_OPTIONS: loadBalanced belongs into MONGO_URL"),
        (r#"{"auth": {"user": "x", "password": "hunter2"}}"#, "MONGO_OPTIONS: auth must be an object"),
        (r#"{"tls": ["hunter2"]}"#, "MONGO_OPTIONS: tls must be true or false"),
        (r#"{"replicaSet": {"name": "hunter2"}}"#, "MONGO_OPTIONS: replicaSet must be a text"),
    ] {
        let refusal = MongoUrl::read("mongodb://h/db", Some(options)).expect_err(options);
        let said_now = format!("{refusal}\n{refusal:?}");
        assert!(said_now.contains(said) && !said_now.contains("hunter2"), "{options}: {said_now}");
    }
    let options = r#"{"tls": true}"#;
    let refusal = MongoUrl::read("mongodb+srv://a.b.c/db?srvMaxHosts=1&replicaSet=r", Some(options));
    assert!(refusal.expect_err("both").to_string().contains("srvMaxHosts cannot be used with replicaSet"));
}

#[test]
fn every_option_is_in_the_table_once() {
    for (number, known) in KNOWN.iter().enumerate() {
        let same = KNOWN.iter().position(|other| other.name.eq_ignore_ascii_case(known.name));
        assert_eq!(same, Some(number), "{}", known.name);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_repeating_it(url in ".*", options in proptest::option::of(".*")) {
        let _ = read(&url);
        let _ = MongoUrl::read(&format!("mongodb://{url}"), options.as_deref());
    }

    #[test]
    fn every_user_and_password_arrives(user in "\\PC{1,20}", password in "\\PC{0,20}") {
        let url = format!("mongodb://{}:{}@h/db", encoded(&user), encoded(&password));
        let passed = read(&url).expect("an address");
        let expected = format!("mongodb://{}:{}@h/db?tls=false", encoded(&user), encoded(&password));
        prop_assert_eq!(passed.for_driver().expose_secret(), &expected);
    }

    #[test]
    fn no_secret_is_in_a_refusal(secret in "s3cret[!-~]{0,20}", before in "[a-z:@/?&=#%]{0,20}", behind in "[a-z:@/?&=#%]{0,20}") {
        let url = format!("mongodb://user:{before}{secret}{behind}@host/db");
        if let Err(refusal) = read(&url) {
            prop_assert!(!refusal.to_string().contains("s3cret"), "{}", refusal);
        }
    }
}
