//! Debian's Exim as a submission server: STARTTLS with a certificate of a private authority, then a login, or no mail.
//!
//! What it accepts it hands on to a [`Sink`].

use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::Sink;
use super::certificates::Certificates;
use crate::debian;
use crate::supervised::{Supervised, free_port};

const PROGRAM: &str = "/usr/sbin/exim4";
const PACKAGE: &str = "exim4-daemon-light";
const START_PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

pub struct Exim {
    process: Supervised,
    ports: Ports,
}

#[derive(Clone, Copy)]
struct Ports {
    starttls: u16,
    implicit_tls: u16,
    sink: u16,
}

impl Exim {
    /// The host name that its certificate is for.
    pub const HOST: &str = "localhost";
    pub const USER: &str = "chat@acme.example";
    /// Must be escaped in a URL.
    pub const PASSWORD: &str = "S3cret:/@%";

    /// Starts the server with the login PLAIN; root installs it first where it is missing.
    pub async fn start(sink: &Sink) -> anyhow::Result<Exim> {
        Exim::with_login("PLAIN", sink).await
    }

    /// The same with another login: `PLAIN`, `LOGIN` or `CRAM-MD5`.
    pub async fn with_login(mechanism: &str, sink: &Sink) -> anyhow::Result<Exim> {
        debian::install(PROGRAM, PACKAGE).await?;
        let ports = Ports { starttls: free_port()?, implicit_tls: free_port()?, sink: sink.port() };
        let process = Supervised::start("exim", |folder| command(folder, ports, mechanism))?;
        let exim = Exim { process, ports };
        let deadline = Instant::now() + START_PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, ports.starttls)).is_err() {
            if exim.process.has_ended() || Instant::now() > deadline {
                bail!("exim did not come up. The end of its log:\n{}", exim.process.log_tail(20));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(exim)
    }

    pub fn port(&self) -> u16 {
        self.ports.starttls
    }

    /// Where it speaks TLS from the first byte.
    pub fn implicit_tls_port(&self) -> u16 {
        self.ports.implicit_tls
    }

    /// The PEM file of the authority that vouches for it.
    pub fn authority(&self) -> PathBuf {
        Certificates::in_folder(self.process.folder()).authority()
    }
}

fn command(folder: &Path, ports: Ports, mechanism: &str) -> anyhow::Result<Command> {
    // Exim does most of its work as a user of its own.
    let spool = folder.join("spool");
    std::fs::create_dir(&spool)?;
    std::fs::set_permissions(&spool, PermissionsExt::from_mode(0o777))?;
    Certificates::write(folder, Exim::HOST)?;
    let configuration = folder.join("exim.conf");
    std::fs::write(&configuration, configuration_text(&folder.display().to_string(), ports, mechanism))?;
    let mut command = Command::new(PROGRAM);
    command.arg("-C").arg(configuration).arg("-bdf");
    Ok(command)
}

fn configuration_text(folder: &str, ports: Ports, mechanism: &str) -> String {
    // `%` means nothing in an expansion; `$`, `\` and braces would.
    let (user, password) = (Exim::USER, Exim::PASSWORD);
    let authenticator = match mechanism {
        "CRAM-MD5" => format!(
            "  driver = cram_md5
  server_secret = ${{if eq{{$auth1}}{{{user}}}{{{password}}}fail}}
  server_set_id = $auth1"
        ),
        "LOGIN" => format!(
            "  driver = plaintext
  server_prompts = \"Username:: : Password::\"
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1"
        ),
        _ => format!(
            "  driver = plaintext
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2"
        ),
    };
    let Ports { starttls, implicit_tls, sink } = ports;
    format!(
        "spool_directory = {folder}/spool
log_file_path = {folder}/spool/%slog
pid_file_path = {folder}/spool/exim.pid
primary_hostname = localhost
keep_environment =
local_interfaces = 127.0.0.1.{starttls} : 127.0.0.1.{implicit_tls}
tls_on_connect_ports = {implicit_tls}
tls_advertise_hosts = *
tls_certificate = {folder}/certificate.pem
tls_privatekey = {folder}/key.pem
auth_advertise_hosts = ${{if def:tls_in_cipher{{*}}}}
acl_smtp_rcpt = check
acl_smtp_data = accept
deliver_drop_privilege
host_lookup =
rfc1413_query_timeout = 0s

begin acl
check:
  accept authenticated = *
         encrypted = *
  deny message = not without TLS and login

begin routers
onward:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = onward

begin transports
onward:
  driver = smtp
  port = {sink}
  allow_localhost
  hosts_avoid_tls = *

begin authenticators
the_login:
  public_name = {mechanism}
{authenticator}
"
    )
}
