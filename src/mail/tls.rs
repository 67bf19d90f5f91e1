//! TLS towards the mail server: which certificates are trusted.

use super::{Encryption, MailServer};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;
use tokio_rustls::TlsConnector;

/// Why the file of trusted certificates cannot be used.
#[derive(Debug, Error)]
pub enum NoCertificates {
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
    #[error("the file holds no certificate in PEM form")]
    NotPem,
}

/// A certificate of an authority.
pub type Certificate = CertificateDer<'static>;

/// The certificates of a PEM file.
///
/// # Errors
/// [`NoCertificates`].
pub fn read_certificates(path: &Path) -> Result<Vec<Certificate>, NoCertificates> {
    #[expect(clippy::disallowed_methods, reason = "read once, before anything is served")]
    let pem = std::fs::read(path)?;
    let read: Result<Vec<Certificate>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = read.map_err(|_| NoCertificates::NotPem)?;
    let mut roots = RootCertStore::empty();
    let are_usable = certificates.iter().all(|certificate| roots.add(certificate.clone()).is_ok());
    if certificates.is_empty() || !are_usable { Err(NoCertificates::NotPem) } else { Ok(certificates) }
}

/// How one server is spoken to by TLS.
pub(super) struct Client {
    pub connector: TlsConnector,
    /// What its certificate must be for.
    pub name: ServerName<'static>,
    pub verifies: bool,
}

impl Client {
    /// `None` where TLS is never used. `authorities` are trusted besides the public ones.
    ///
    /// # Errors
    /// No certificate can be for such a host.
    pub fn new(server: &MailServer, authorities: &[Certificate]) -> Result<Option<Client>, String> {
        if server.encryption == Encryption::None {
            return Ok(None);
        }
        let host = server.options.tls.server_name.as_ref().unwrap_or(&server.host);
        let name = ServerName::try_from(host.clone()).map_err(|_| "its name can stand in no certificate")?;
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&server.options.tls.versions.protocols())
            .map_err(|error| error.to_string())?;
        let verifies = !server.options.tls.accepts_any_certificate;
        let config = if verifies {
            let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            roots.add_parsable_certificates(authorities.iter().cloned());
            builder.with_root_certificates(roots).with_no_client_auth()
        } else {
            let any = Arc::new(AnyCertificate(provider.signature_verification_algorithms));
            builder.dangerous().with_custom_certificate_verifier(any).with_no_client_auth()
        };
        Ok(Some(Client { connector: TlsConnector::from(Arc::new(config)), name, verifies }))
    }
}

/// `tls.rejectUnauthorized=false`: encrypted, but nobody knows with whom. That the server has the key of its
/// certificate is still proved.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test without a runtime")]
    fn a_file_without_usable_certificates_is_refused() {
        for pem in ["", "text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let path =
                std::env::temp_dir().join(format!("rc-account-ca-{}-{}.pem", std::process::id(), pem.len()));
            std::fs::write(&path, pem).expect("written");
            assert!(matches!(read_certificates(&path), Err(NoCertificates::NotPem)), "{pem:?}");
            std::fs::remove_file(&path).expect("removed");
            assert!(matches!(read_certificates(&path), Err(NoCertificates::Unreadable(_))));
        }
    }
}
