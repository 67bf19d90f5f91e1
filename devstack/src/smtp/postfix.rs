//! Debian's Postfix, which takes mail only with STARTTLS, from clients that greet it with a full name, and hands it on to a
//! [`Sink`].
//!
//! Debian does not install it beside Exim, so its package is unpacked instead. It runs without its own `postfix` command,
//! which would look for an installed one; whatever that prepares is prepared here.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::Sink;
use super::certificates::Certificates;
use crate::debian;
use crate::supervised::{Supervised, free_port};

const PACKAGE: &str = "postfix";
/// Accounts that every Debian has, for what Postfix does without root's rights.
const OWNER: &str = "mail";
const GROUP: &str = "games";
const START_PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

pub struct Postfix {
    process: Supervised,
    port: u16,
}

impl Postfix {
    /// The host name that its certificate is for.
    pub const HOST: &str = "localhost";

    /// Starts the server; its package is fetched first where it is missing. Needs root.
    pub async fn start(sink: &Sink) -> anyhow::Result<Postfix> {
        let programs = debian::unpacked(PACKAGE, &[]).await?;
        let (port, sink) = (free_port()?, sink.port());
        let process = Supervised::start("postfix", |folder| command(folder, &programs, port, sink))?;
        let postfix = Postfix { process, port };
        let deadline = Instant::now() + START_PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if postfix.process.has_ended() || Instant::now() > deadline {
                let log =
                    std::fs::read_to_string(postfix.process.folder().join("maillog")).unwrap_or_default();
                bail!("postfix did not come up: {}\n{log}", postfix.process.log_tail(20));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(postfix)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The PEM file of the authority that vouches for it.
    pub fn authority(&self) -> PathBuf {
        Certificates::in_folder(self.process.folder()).authority()
    }
}

fn command(folder: &Path, programs: &Path, port: u16, sink: u16) -> anyhow::Result<Command> {
    let certificates = Certificates::write(folder, Postfix::HOST)?;
    let etc = folder.join("etc");
    std::fs::create_dir(&etc)?;
    std::fs::write(etc.join("main.cf"), main_cf(folder, programs, &certificates, sink))?;
    std::fs::write(etc.join("master.cf"), MASTER_CF.replace("PORT", &port.to_string()))?;
    prepare_queue(folder)?;
    let mut command = Command::new(programs.join("usr/lib/postfix/sbin/master"));
    command.arg("-c").arg(etc).arg("-d").env("LD_LIBRARY_PATH", programs.join("usr/lib/postfix"));
    Ok(command)
}

fn main_cf(folder: &Path, programs: &Path, certificates: &Certificates, sink: u16) -> String {
    let (folder, programs) = (folder.display(), programs.display());
    let (certificate, key) = (certificates.certificate(), certificates.key());
    let (certificate, key) = (certificate.display(), key.display());
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
meta_directory = {folder}/etc
command_directory = {programs}/usr/sbin
daemon_directory = {programs}/usr/lib/postfix/sbin
shlib_directory = {programs}/usr/lib/postfix
import_environment = LD_LIBRARY_PATH MAIL_CONFIG MAIL_LOGTAG
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
mail_owner = {OWNER}
setgid_group = {GROUP}
default_privs = nobody
myhostname = localhost
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{sink}
mynetworks = 127.0.0.0/8
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_helo_required = yes
smtpd_helo_restrictions = reject_non_fqdn_helo_hostname
smtpd_relay_restrictions = permit_mynetworks, reject
"
    )
}

/// No daemon is in a chroot, where the unpacked libraries would not be.
const MASTER_CF: &str = "127.0.0.1:PORT inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
";

fn prepare_queue(folder: &Path) -> anyhow::Result<()> {
    let script = format!(
        "set -e; cd \"$1\"; chmod 755 .; mkdir queue data; cd queue
mkdir active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace
chown {OWNER} active bounce corrupt defer deferred flush hold incoming private saved trace ../data
chmod 700 active bounce corrupt defer deferred flush hold incoming private saved trace
chown {OWNER}:{GROUP} maildrop public; chmod 730 maildrop; chmod 710 public"
    );
    let mut shell = Command::new("sh");
    let output = shell.arg("-c").arg(script).arg("prepare").arg(folder).output();
    let output = output.context("cannot start `sh`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "postfix needs root for its queue ({said})");
    Ok(())
}
