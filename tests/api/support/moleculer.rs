//! Nodes of the framework that connects Rocket.Chat's processes. The script `tests/clients/moleculer/node.cjs` says what
//! they do.

use crate::clients::installed;
use devstack::supervised::free_port;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/moleculer");
const TIMEOUT: Duration = Duration::from_secs(60);

/// A running node. Killed when dropped.
pub struct Node {
    child: Child,
    lines: Arc<Mutex<Vec<Value>>>,
}

impl Node {
    /// A micro-service on a NATS server, with listeners to these events.
    pub async fn service(id: &str, nats: &str, namespace: &str, events: &[&str]) -> Node {
        let environment = [("NATS", nats), ("NAMESPACE", namespace), ("LISTENS_TO", &events.join(","))];
        Node::start(id, &environment).await
    }

    /// The instance layer of a whole Rocket.Chat, on a NATS server.
    pub async fn instance_on_nats(id: &str, nats: &str) -> Node {
        Node::start(id, &[("NATS", nats)]).await
    }

    /// The same on a port of its own, which is returned.
    pub async fn instance_on_tcp(id: &str) -> (Node, u16) {
        let port = free_port().expect("a port");
        (Node::start(id, &[("TCP_PORT", &port.to_string())]).await, port)
    }

    /// The same in the form of 9.0.
    pub async fn newer_instance_on_tcp(id: &str) -> (Node, u16) {
        let port = free_port().expect("a port");
        (Node::start(id, &[("TCP_PORT", &port.to_string()), ("NEWER", "yes")]).await, port)
    }

    async fn start(id: &str, environment: &[(&str, &str)]) -> Node {
        let folder = tokio::task::spawn_blocking(|| installed(SOURCES)).await.expect("installed");
        let mut command = Command::new("node");
        command.arg(format!("{SOURCES}/node.cjs")).env("INSTALLED", folder).env("NODE_ID", id);
        command.envs(environment.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let output = BufReader::new(child.stdout.take().expect("its output")).lines();
        let lines = Arc::<Mutex<Vec<Value>>>::default();
        let kept = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in output {
                let line = serde_json::from_str(&line.expect("text")).expect("JSON");
                kept.lock().expect("lines").push(line);
            }
        });
        let node = Node { child, lines };
        node.wait_for(|line| line["ready"] == id).await;
        node
    }

    /// The events that it has heard so far, with their arguments, in order.
    pub fn events(&self) -> Vec<(String, Value)> {
        let lines = self.lines.lock().expect("lines");
        let events = lines.iter().filter_map(|line| Some((line["event"].as_str()?, &line["args"])));
        events.map(|(event, arguments)| (event.to_owned(), arguments.clone())).collect()
    }

    /// All that it has heard when the user as a whole has been told, from the given event on.
    pub async fn told(&self, from: usize) -> Vec<(String, Value)> {
        self.wait_until(|| self.events().into_iter().skip(from).any(|event| is_closing(&event))).await;
        self.events().split_off(from)
    }

    /// Waits for so many events behind the first `from`, and returns all of those.
    pub async fn heard(&self, from: usize, count: usize) -> Vec<(String, Value)> {
        self.wait_until(|| self.events().len() >= from + count).await;
        self.events().split_off(from)
    }

    /// Waits until it knows these nodes, itself included, in any order; it must never know another.
    pub async fn knows_only(&mut self, nodes: &[&str]) {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            self.child.stdin.as_mut().expect("its input").write_all(b"nodes\n").expect("asked");
            let answer = self.wait_for(|line| line["nodes"].is_array()).await;
            self.lines.lock().expect("lines").retain(|line| line["nodes"].is_null());
            let known = answer["nodes"].as_array().expect("a list");
            assert!(known.iter().all(|id| nodes.iter().any(|node| id == node)), "{known:?}");
            if known.len() == nodes.len() {
                return;
            }
            assert!(Instant::now() < deadline, "{known:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn wait_for(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let find = || self.lines.lock().expect("lines").iter().find(|line| wanted(line)).cloned();
        self.wait_until(|| find().is_some()).await;
        find().expect("just found")
    }

    async fn wait_until(&self, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + TIMEOUT;
        while !condition() {
            assert!(Instant::now() < deadline, "there is only {:?}", self.lines.lock().expect("lines"));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The last event of a change is the one with the user as a whole.
fn is_closing((name, arguments): &(String, Value)) -> bool {
    name == "watch.users" && arguments[0]["diff"]["_id"].is_string()
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
