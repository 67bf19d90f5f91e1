//! A proxy that runs.

use super::kinds::{Kind, Places, Program};
use devstack::supervised::Supervised;
use std::net::TcpStream;
use std::time::{Duration, Instant};

const START_PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

pub struct Proxy {
    process: Supervised,
    pub base: String,
}

impl Proxy {
    /// Starts it and waits until it answers for Rocket.Chat, whatever is with the service.
    pub async fn start(kind: &Kind, program: &Program, places: &Places) -> Proxy {
        let process = Supervised::start(kind.name, |folder| kind.command(program, places, folder));
        let process = process.unwrap_or_else(|error| panic!("{}: {error:#}", kind.name));
        let proxy = Proxy { process, base: format!("http://{}", places.listen) };
        let (http, deadline) = (devstack::http::client(), Instant::now() + START_PATIENCE);
        loop {
            // Some listen before they know their routes, so the answer of the stand-in counts.
            if TcpStream::connect(&places.listen).is_ok() {
                let answer = http.get(format!("{}/", proxy.base)).send().await;
                if answer.is_ok_and(|answer| answer.headers().contains_key(super::original::MARK)) {
                    return proxy;
                }
            }
            let log = || proxy.process.log_tail(30);
            assert!(!proxy.process.has_ended(), "{} has ended:\n{}", kind.name, log());
            assert!(Instant::now() < deadline, "{} does not come up:\n{}", kind.name, log());
            tokio::time::sleep(POLL).await;
        }
    }

    /// For the message of a failure.
    pub fn log(&self) -> String {
        self.process.log_tail(30)
    }
}
