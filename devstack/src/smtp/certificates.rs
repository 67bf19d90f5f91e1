//! An authority of our own, and a certificate of it for a mail server.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// The PEM files in that folder.
pub(super) struct Certificates(PathBuf);

impl Certificates {
    /// Makes them, for that host name.
    pub fn write(folder: &Path, host: &str) -> anyhow::Result<Certificates> {
        let certificates = Certificates(folder.to_owned());
        let mut authority = CertificateParams::new([])?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate()?;
        std::fs::write(certificates.authority(), authority.self_signed(&authority_key)?.pem())?;
        let key = KeyPair::generate()?;
        let issuer = Issuer::new(authority, authority_key);
        let certificate = CertificateParams::new([host.to_owned()])?.signed_by(&key, &issuer)?;
        std::fs::write(certificates.certificate(), certificate.pem())?;
        std::fs::write(certificates.key(), key.serialize_pem())?;
        Ok(certificates)
    }

    /// Those that [`Certificates::write`] has made in that folder.
    pub fn in_folder(folder: &Path) -> Certificates {
        Certificates(folder.to_owned())
    }

    pub fn authority(&self) -> PathBuf {
        self.0.join("authority.pem")
    }

    pub fn certificate(&self) -> PathBuf {
        self.0.join("certificate.pem")
    }

    pub fn key(&self) -> PathBuf {
        self.0.join("key.pem")
    }
}
