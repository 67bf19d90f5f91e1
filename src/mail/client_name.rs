//! By which name this machine greets a mail server (RFC 5321 section 4.1.1.1). Many servers refuse one that is not full.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::lookup_host;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// How long the system may look for the full name, once.
const LOOKUP_PATIENCE: Duration = Duration::from_secs(5);
/// RFC 1035.
const LONGEST_NAME: usize = 255;

/// What is known of the name. The machine is asked when it is first needed.
pub struct ClientName {
    /// `name=` in `MAIL_URL`, which decides.
    given: Option<String>,
    machine: OnceCell<Machine>,
}

#[derive(Default)]
struct Machine {
    /// Of more than one part.
    full_name: Option<String>,
    host_name: Option<String>,
}

impl ClientName {
    pub fn new(given: Option<String>) -> ClientName {
        ClientName { given, machine: OnceCell::new() }
    }

    /// For a connection from that address: the name that was given, or the machine's full name, or the address itself,
    /// which the standard provides for a machine without one. The address of a loopback says nothing; there the short name
    /// is better.
    pub async fn on(&self, local: Option<SocketAddr>) -> String {
        if let Some(given) = &self.given {
            return given.clone();
        }
        let machine = self.machine.get_or_init(machine).await;
        if let Some(full_name) = &machine.full_name {
            return full_name.clone();
        }
        let local = local.map(|address| address.ip().to_canonical());
        match (local.filter(|address| !address.is_loopback()), &machine.host_name) {
            (Some(address), _) => literal(address),
            (None, Some(host_name)) => host_name.clone(),
            (None, None) => literal(local.unwrap_or(IpAddr::from([127, 0, 0, 1]))),
        }
    }

    /// Whether it has a full name, or the short one that it has instead.
    pub async fn missing(&self) -> Option<String> {
        if self.given.is_some() {
            return None;
        }
        let machine = self.machine.get_or_init(machine).await;
        match &machine.full_name {
            Some(_) => None,
            None => Some(machine.host_name.clone().unwrap_or_default()),
        }
    }
}

/// Whether a text can be said as a name: a domain, or an address in brackets.
pub(super) fn is_sayable(name: &str) -> bool {
    let name = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    let is_allowed = |c: u8| c.is_ascii_alphanumeric() || b"-._:".contains(&c);
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_allowed)
}

fn literal(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

/// As `hostname -f` finds it: the host's name where it is full, else the full one beside it in `/etc/hosts`, else the one
/// that the system resolves in one of its own domains.
async fn machine() -> Machine {
    let Some(host_name) = first_of(&["/proc/sys/kernel/hostname", "/etc/hostname"])
        .map(|text| text.trim().to_owned())
        .filter(|name| is_sayable(name))
    else {
        return Machine::default();
    };
    let hosts = first_of(&["/etc/hosts"]).unwrap_or_default();
    if let Some(full_name) = full_name(&host_name, &hosts) {
        return Machine { full_name: Some(full_name), host_name: Some(host_name) };
    }
    let domains = own_domains(&first_of(&["/etc/resolv.conf"]).unwrap_or_default());
    let resolved = timeout(LOOKUP_PATIENCE, async {
        for domain in domains {
            let name = format!("{host_name}.{domain}");
            if is_sayable(&name) && lookup_host((name.as_str(), 0)).await.is_ok() {
                return Some(name);
            }
        }
        None
    });
    Machine { full_name: resolved.await.unwrap_or(None), host_name: Some(host_name) }
}

#[expect(clippy::disallowed_methods, reason = "small files of the system, read once")]
fn first_of(paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| std::fs::read_to_string(path).ok())
}

fn full_name(host_name: &str, hosts: &str) -> Option<String> {
    let is_full = |name: &str| name.contains('.') && is_sayable(name);
    if host_name.parse::<IpAddr>().is_ok() {
        return host_name.parse().ok().map(literal);
    }
    if is_full(host_name) {
        return Some(host_name.to_owned());
    }
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines
        .map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>())
        .filter(|names| names.iter().any(|name| name.eq_ignore_ascii_case(host_name)))
        .flatten()
        .find(|name| is_full(name))
        .map(str::to_owned)
}

fn own_domains(resolv_conf: &str) -> Vec<String> {
    const MOST: usize = 6;
    let lines = resolv_conf.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let own = lines.filter(|words| matches!(words.first(), Some(&("search" | "domain"))));
    own.flat_map(|words| words.into_iter().skip(1).map(|domain| domain.trim_matches('.').to_owned()))
        .filter(|domain| !domain.is_empty())
        .take(MOST)
        .collect()
}

#[cfg(test)]
mod tests;
