//! `TRANSPORTER`, as Rocket.Chat's own container understands it.

use async_nats::ServerAddr;
use secrecy::SecretString;
use url::Url;

/// The NATS servers, and what is connected by them.
#[derive(Debug, Clone)]
pub struct Transporter {
    pub topology: Topology,
    pub servers: Vec<ServerAddr>,
    pub user: Option<String>,
    pub password: SecretString,
}

/// How Rocket.Chat's processes are put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topology {
    /// Each service is a process: `nats://…`. The namespace is `MS_NAMESPACE`.
    MicroServices { namespace: Option<String> },
    /// Each process is a whole Rocket.Chat: `monolith+nats://…`.
    Monolith,
    /// `BROKER=nats`: without moleculer, whatever a process is. Source: `docs/behaviour/versions.md` D5.
    Plain,
}

impl Transporter {
    /// Reads `[monolith+]nats://[USER:PASSWORD@]HOST[:PORT]`, several servers with commas between.
    ///
    /// As the original: the first user and the first password count, and neither is percent-decoded.
    #[must_use]
    pub fn parse(text: &str, namespace: Option<String>) -> Option<Transporter> {
        let (topology, servers) = match text.strip_prefix("monolith+") {
            Some(servers) => (Topology::Monolith, servers),
            None => (Topology::MicroServices { namespace }, text),
        };
        Transporter::connecting(topology, servers)
    }

    /// The servers of `BROKER=nats`: `NATS_URL`, or else `TRANSPORTER`.
    pub fn plain(servers: &str) -> Option<Transporter> {
        Transporter::connecting(Topology::Plain, servers.strip_prefix("monolith+").unwrap_or(servers))
    }

    fn connecting(topology: Topology, servers: &str) -> Option<Transporter> {
        let mut transporter =
            Transporter { topology, servers: Vec::new(), user: None, password: SecretString::default() };
        let mut password = None;
        for server in servers.split(',') {
            let url = Url::parse(server).ok().filter(|url| url.scheme() == "nats")?;
            let (host, port) = (url.host_str()?, url.port().unwrap_or(4222));
            // Without user and password: addresses are logged.
            transporter.servers.push(format!("nats://{host}:{port}").parse().ok()?);
            if transporter.user.is_none() && !url.username().is_empty() {
                transporter.user = Some(url.username().to_owned());
            }
            password = password.or_else(|| url.password().map(str::to_owned));
        }
        transporter.password = password.unwrap_or_default().into();
        Some(transporter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_transporter_is_read_as_the_original_reads_it() {
        let read = Transporter::parse("monolith+nats://a,nats://me:p%40ss@b:1", None).expect("valid");
        assert_eq!(read.topology, Topology::Monolith);
        let servers: Vec<String> =
            read.servers.iter().map(|server| format!("{}:{}", server.host(), server.port())).collect();
        assert_eq!(servers, ["a:4222", "b:1"]);
        assert_eq!((read.user.as_deref(), read.password.expose_secret()), (Some("me"), "p%40ss"));
        assert!(!format!("{read:?}").contains("p%40ss"));
        let plain = Transporter::parse("nats://[::1]:4223", Some("chat".to_owned())).expect("valid");
        let services = Topology::MicroServices { namespace: Some("chat".to_owned()) };
        assert_eq!((plain.topology, plain.servers[0].port()), (services, 4223));
    }

    #[test]
    fn what_is_no_nats_is_refused() {
        for text in ["", "TCP", "nats", "redis://a", "monolith+tcp://a", "nats://", "nats://a,b", "nats://a,"]
        {
            assert!(Transporter::parse(text, None).is_none(), "{text}");
        }
    }
}
