use super::process::folder;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::Command;

const HEADER: usize = 12;
const A: u16 = 1;
const TXT: u16 = 16;
const SRV: u16 = 33;
/// The DNS of a system is always asked at port 53; nobody else uses this address.
const ADDRESS: &str = "127.53.53.53";

/// A DNS server that a program takes for that of the system. It knows one service of MongoDB, and ends with the process.
pub struct SrvDns {
    configuration: PathBuf,
}

impl SrvDns {
    /// `_mongodb._tcp.NAME` leads to `target` at that port, and the options of `NAME` are `text`. Every other name that ends
    /// like `target`'s domain is 127.0.0.1. `None`: this user may not do that; root may.
    pub fn start(name: &str, target: &str, port: u16, text: &str) -> Option<SrvDns> {
        let socket = UdpSocket::bind((ADDRESS, 53)).ok()?;
        let path = folder("dns").join("resolv.conf");
        std::fs::write(&path, format!("nameserver {ADDRESS}\noptions timeout:1 attempts:1\n"))
            .expect("written");
        let dns = SrvDns { configuration: path };
        if !dns.command("true", &[], &[]).status().is_ok_and(|status| status.success()) {
            return None;
        }
        let (service, name) = (format!("_mongodb._tcp.{name}"), name.to_owned());
        let (target, text) = (target.to_owned(), text.to_owned());
        std::thread::spawn(move || {
            let mut query = [0; 4096];
            while let Ok((length, client)) = socket.recv_from(&mut query) {
                let (asked, kind, end) = question(&query[..length]);
                let data = match kind {
                    SRV if asked == service => {
                        Some([&[0, 0, 0, 0], &port.to_be_bytes()[..], &labels(&target)].concat())
                    }
                    TXT if asked == name && !text.is_empty() => {
                        Some([&[u8::try_from(text.len()).expect("short")], text.as_bytes()].concat())
                    }
                    A if asked == target => Some(vec![127, 0, 0, 1]),
                    _ => None,
                };
                let is_known = [&service, &name, &target].contains(&&asked);
                socket.send_to(&reply(&query[..end], kind, data, is_known), client).expect("sent");
            }
        });
        Some(dns)
    }

    /// The program where this is the DNS of the system: with a `resolv.conf` of its own.
    pub fn command(&self, program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\""]);
        command.arg(&self.configuration).arg(program).args(arguments);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(environment.iter().copied()).current_dir(env!("CARGO_TARGET_TMPDIR"));
        command
    }
}

/// Name and type that are asked for, and where the question ends.
fn question(query: &[u8]) -> (String, u16, usize) {
    let (mut names, mut at) = (Vec::new(), HEADER);
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        names.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    (names.join("."), u16::from_be_bytes([query[at + 1], query[at + 2]]), at + 5)
}

fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).expect("short"));
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

fn reply(query: &[u8], kind: u16, data: Option<Vec<u8>>, is_known: bool) -> Vec<u8> {
    let code = if is_known { 0 } else { 3 };
    let mut reply = query[..2].to_vec();
    reply.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(data.is_some()), 0, 0, 0, 0]);
    reply.extend(&query[HEADER..]);
    if let Some(data) = data {
        // The name of the question, class IN, for a minute.
        reply.extend([0xC0, 12]);
        reply.extend(kind.to_be_bytes());
        reply.extend([0, 1, 0, 0, 0, 60]);
        reply.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
        reply.extend(data);
    }
    reply
}
