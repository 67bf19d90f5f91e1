//! Why the service does not start.

use crate::announce::NoCertificates as NoUpstreamCertificates;
use crate::mail::NoCertificates;
use crate::mail_domains::NoResolver;
use crate::ops::PortTaken;
use crate::store::{ConnectError, StoreError};
use std::net::SocketAddr;
use thiserror::Error;

/// Why the service does not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the workspace cannot be read: {0}")]
    Workspace(#[from] StoreError),
    #[error("RC_ACCOUNT_DNS_SERVER: {0}")]
    Dns(#[from] NoResolver),
    #[error("RC_ACCOUNT_MAIL_CA: {0}")]
    MailCa(#[from] NoCertificates),
    #[error("RC_ACCOUNT_UPSTREAM_URL: {0}")]
    Upstream(#[from] NoUpstreamCertificates),
    #[error("RC_ACCOUNT_RECORD: the file cannot be written: {0}")]
    Record(std::io::Error),
    #[error("BIND_IP and PORT: cannot listen on {address}: {reason}")]
    Bind { address: SocketAddr, reason: std::io::Error },
    #[error(transparent)]
    Operations(#[from] PortTaken),
}
