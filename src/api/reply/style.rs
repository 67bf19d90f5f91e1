//! How users are shown to their owners.

use super::json::{self, Entry};
use super::reshaped::{self, SettingsMember};
use crate::release::{Release, UserShape, Version};
use crate::workspace::Settings;
use bson::error::Error;
use bson::raw::RawDocumentBuf;
use bson::{Document, doc};
use std::sync::Arc;

/// How users are shown to their owners.
#[derive(Debug, Clone)]
pub struct ReplyStyle {
    pub(super) shape: Shape,
    /// Version of the workspace, for `versionUpdate-…` banners.
    pub(super) version: semver::Version,
    /// `ROOT_URL`, without trailing slash.
    pub(super) root_url: Arc<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Stored,
    /// As stored, but `services` reduced as release 8 does.
    Masked,
    Reshaped,
}

impl ReplyStyle {
    /// `version`: what the workspace's statistics say, if anything.
    pub fn new(release: &Release, masked: bool, version: Option<&str>, root_url: Arc<str>) -> ReplyStyle {
        let shape = match release.reply {
            UserShape::Reshaped => Shape::Reshaped,
            UserShape::Stored if masked => Shape::Masked,
            UserShape::Stored => Shape::Stored,
        };
        let Version { major, minor, patch } = release.version;
        let imitated = || semver::Version::new(major.into(), minor.into(), patch.into());
        let version =
            version.and_then(|version| semver::Version::parse(version).ok()).unwrap_or_else(imitated);
        ReplyStyle { shape, version, root_url }
    }

    /// The version without its patch, which is all that anyone may know.
    pub fn short_version(&self) -> String {
        format!("{}.{}", self.version.major, self.version.minor)
    }

    /// What of the document is needed. Second-factor secrets never leave the database.
    pub fn projection(&self) -> Document {
        let mut projection = doc! {
            "joinCode": 0, "members": 0, "importIds": 0, "e2e": 0,
            "services.totp.secret": 0, "services.totp.tempSecret": 0, "services.totp.hashedBackup": 0,
            "services.emailCode": 0, "services.password.reset": 0,
        };
        if self.shape != Shape::Stored {
            // Reduced to a few flags in the reply: what can be long stays in the database.
            projection.extend(doc! {
                "services.resume.loginTokens": 0, "services.passwordHistory": 0,
                "services.email.verificationTokens": 0,
            });
        }
        projection
    }

    /// The user as JSON.
    ///
    /// # Errors
    /// When the document is broken BSON.
    pub fn write(&self, user: &RawDocumentBuf, settings: &Settings) -> Result<String, Error> {
        let mut out = String::with_capacity(user.as_bytes().len() * 2);
        match self.shape {
            Shape::Stored => json::write_document(&mut out, user)?,
            Shape::Masked => {
                let entries = user.iter().map(|entry| {
                    let (key, value) = entry?;
                    Ok(match (key.as_str(), value.as_document()) {
                        ("services", Some(services)) => {
                            ("services", Entry::Json(reshaped::services(services)?))
                        }
                        (key, _) => (key, Entry::Bson(value)),
                    })
                });
                json::write_object(&mut out, entries.collect::<Result<_, Error>>()?)?;
            }
            Shape::Reshaped => {
                json::write_object(
                    &mut out,
                    reshaped::entries(user, self, settings, SettingsMember::CALENDAR)?,
                )?;
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
