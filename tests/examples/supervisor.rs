//! `examples/systemd/rc-account.service` waits to be told (`Type=notify`).

use devstack::mongo::Mongo;
use devstack::supervised::{Supervised, free_port};
use devstack::workspace::{Release, seed};
use mongodb::Client;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_told_when_the_service_serves_and_when_it_ends() {
    let mongo = Mongo::start(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let name = format!("supervisor_{}", std::process::id());
    let client = Client::with_uri_str(mongo.url(&name)).await.expect("a client");
    seed(&client.database(&name), Release::Eight).await.expect("a workspace");
    let mut told = None;
    let port = free_port().expect("a port").to_string();
    let service = Supervised::start("service", |folder| {
        let socket = folder.join("notify");
        told = Some(UnixDatagram::bind(&socket)?);
        std::fs::write(folder.join("empty.toml"), "")?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_rc-account"));
        command.arg("serve").env("NOTIFY_SOCKET", socket).env("RC_ACCOUNT_CONFIG", folder.join("empty.toml"));
        command.env("MONGO_URL", mongo.url(&name)).env("BIND_IP", "127.0.0.1").env("PORT", &port);
        command.env("RC_ACCOUNT_OPS_BIND", "").env("RC_ACCOUNT_DRAIN_MS", "0");
        Ok(command)
    });
    let (service, told) = (service.expect("the service"), told.expect("a socket"));
    told.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let next = || {
        let mut text = [0; 256];
        let length = told.recv(&mut text).unwrap_or_else(|error| panic!("{error}: {}", service.log_tail(20)));
        String::from_utf8_lossy(&text[..length]).trim_end().to_owned()
    };
    assert_eq!(next(), "READY=1");
    std::net::TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
    service.signal("TERM").expect("sent");
    assert_eq!(next(), "STOPPING=1");
}
