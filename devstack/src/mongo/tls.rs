//! A MongoDB that takes nothing but TLS, with a certificate of a private authority.

use std::path::{Path, PathBuf};

use anyhow::Context;
use mongodb::bson::doc;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::address::Address;
use super::{Mongo, Progress, replica_set};

/// For this name, and no other, is the server's certificate.
const NAME: &str = "127.0.0.1";
const AUTHORITY: &str = "authority.pem";
const SERVER: &str = "server.pem";
const CLIENT: &str = "client.pem";

impl Mongo {
    /// Gets and starts one. With `demands_certificates`, clients need one, too: [`Mongo::client_certificate`].
    pub async fn start_with_tls(demands_certificates: bool, progress: Progress<'_>) -> anyhow::Result<Self> {
        let add = |folder: &Path, command: &mut std::process::Command| {
            write_certificates(folder)?;
            // A replica set is initiated without TLS; then the rest is refused.
            command.args(["--tlsMode", "preferTLS", "--tlsCertificateKeyFile"]).arg(folder.join(SERVER));
            command.arg("--tlsCAFile").arg(folder.join(AUTHORITY));
            if !demands_certificates {
                command.arg("--tlsAllowConnectionsWithoutCertificates");
            }
            Ok(())
        };
        let mut mongo = Self::start_with(&add, progress).await?;
        let client = replica_set::client_of(mongo.port)?;
        let demand = doc! { "setParameter": 1, "tlsMode": "requireTLS" };
        client.database("admin").run_command(demand).await.context("tlsMode")?;
        client.shutdown().await;
        let path = |file: Option<PathBuf>| file.map(|file| file.display().to_string()).unwrap_or_default();
        let (authority, certificate) = (path(mongo.authority()), path(mongo.client_certificate()));
        mongo.address = Address::parse(&format!(
            "mongodb://{NAME}:{}/?replicaSet={}&tls=true&tlsCAFile={authority}&tlsCertificateKeyFile={certificate}",
            mongo.port,
            replica_set::NAME
        ))?;
        Ok(mongo)
    }

    /// The file with the certificate of the authority.
    pub fn authority(&self) -> Option<PathBuf> {
        self.folder().map(|folder| folder.join(AUTHORITY))
    }

    /// A file with a certificate for a client, and its key.
    pub fn client_certificate(&self) -> Option<PathBuf> {
        self.folder().map(|folder| folder.join(CLIENT))
    }
}

fn write_certificates(folder: &Path) -> anyhow::Result<()> {
    let mut authority = CertificateParams::new([])?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate()?;
    std::fs::write(folder.join(AUTHORITY), authority.self_signed(&authority_key)?.pem())?;
    let issuer = Issuer::new(authority, authority_key);
    for (file, name) in [(SERVER, NAME), (CLIENT, "client.test")] {
        let key = KeyPair::generate()?;
        let mut certificate = CertificateParams::new([name.to_owned()])?;
        // One with the authority's own name would be taken for self-signed.
        certificate.distinguished_name.push(DnType::CommonName, name);
        let certificate = certificate.signed_by(&key, &issuer)?;
        std::fs::write(folder.join(file), format!("{}{}", certificate.pem(), key.serialize_pem()))?;
    }
    Ok(())
}
