use super::*;
use mongodb::options::{AuthMechanism, ServerMonitoringMode};

async fn driver_options(query: &str) -> ClientOptions {
    let url = format!("mongodb://user:p%40ss@localhost:27018/rocketchat?{query}");
    let url = MongoUrl::read(&url, None).unwrap_or_else(|refusal| panic!("{query}: {refusal}"));
    options(&url, None).await.unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn tls(options: &ClientOptions) -> &mongodb::options::TlsOptions {
    match &options.tls {
        Some(Tls::Enabled(tls)) => tls,
        other => panic!("{other:?}"),
    }
}

type Check = fn(&ClientOptions) -> bool;

#[tokio::test]
async fn every_option_that_is_taken_reaches_the_driver() {
    let ms = |number| Some(Duration::from_millis(number));
    let holds: [(&str, Check); 17] = [
        ("replicaSet=rs0", |o| o.repl_set_name.as_deref() == Some("rs0")),
        ("directConnection=true", |o| o.direct_connection == Some(true)),
        ("appName=chat", |o| o.app_name.as_deref() == Some("chat")),
        ("maxPoolSize=7", |o| o.max_pool_size == Some(7)),
        ("poolSize=7", |o| o.max_pool_size == Some(7)),
        ("minPoolSize=2", |o| o.min_pool_size == Some(2)),
        ("minSize=2", |o| o.min_pool_size == Some(2)),
        ("maxConnecting=4", |o| o.max_connecting == Some(4)),
        ("retryReads=false", |o| o.retry_reads == Some(false)),
        ("serverMonitoringMode=poll", |o| o.server_monitoring_mode == Some(ServerMonitoringMode::Poll)),
        ("tls=true&tlsCAFile=ca.pem", |o| tls(o).ca_file_path.as_deref() == Some(Path::new("ca.pem"))),
        ("ssl=true&sslCA=ca.pem", |o| tls(o).ca_file_path.as_deref() == Some(Path::new("ca.pem"))),
        ("tls=true&tlsCertificateKeyFile=k", |o| {
            tls(o).cert_key_file_path.as_deref() == Some(Path::new("k"))
        }),
        ("tls=true&tlsCertificateFile=k", |o| tls(o).cert_key_file_path.as_deref() == Some(Path::new("k"))),
        ("tls=true&tlsInsecure=true", |o| tls(o).allow_invalid_certificates == Some(true)),
        ("tls=true&sslValidate=false", |o| tls(o).allow_invalid_certificates == Some(true)),
        ("tls=true&tlsAllowInvalidCertificates=true", |o| tls(o).allow_invalid_certificates == Some(true)),
    ];
    for (query, holds) in holds {
        assert!(holds(&driver_options(query).await), "{query}");
    }
    for (query, time) in [("connectTimeoutMS=1500", 1500), ("connectTimeoutMS=0", 0)] {
        assert_eq!(driver_options(query).await.connect_timeout, ms(time), "{query}");
    }
    let times = driver_options("maxIdleTimeMS=1&heartbeatFrequencyMS=900&localThresholdMS=3").await;
    assert_eq!((times.max_idle_time, times.heartbeat_freq, times.local_threshold), (ms(1), ms(900), ms(3)));
    assert_eq!(driver_options("serverSelectionTimeoutMS=4").await.server_selection_timeout, ms(4));
    let login =
        driver_options("authSource=admin&authMechanism=SCRAM-SHA-256").await.credential.expect("a login");
    assert_eq!((login.username.as_deref(), login.password.as_deref()), (Some("user"), Some("p@ss")));
    assert_eq!((login.source.as_deref(), login.mechanism), (Some("admin"), Some(AuthMechanism::ScramSha256)));
    let plain = driver_options("authMechanism=PLAIN").await.credential.expect("a login");
    assert_eq!((plain.source.as_deref(), plain.mechanism), (Some("$external"), Some(AuthMechanism::Plain)));
}

#[tokio::test]
async fn what_nobody_says_is_as_rocket_chat_has_it_and_reads_and_writes_are_ours() {
    let options =
        driver_options("w=0&journal=false&retryWrites=false&readPreference=secondary&readConcernLevel=local")
            .await;
    assert_eq!(options.credential.and_then(|login| login.source).as_deref(), Some("rocketchat"));
    assert_eq!((options.max_pool_size, options.app_name.as_deref()), (Some(100), Some("rc-account")));
    assert_eq!(options.max_connecting, Some(8));
    assert_eq!((options.retry_writes, options.read_concern), (None, None));
    let concern = options.write_concern.expect("a write concern");
    assert_eq!(
        (concern.w, concern.journal, concern.w_timeout),
        (Some(Acknowledgment::Majority), Some(true), None)
    );
    let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
    assert_eq!(options.selection_criteria, Some(primary));
}
