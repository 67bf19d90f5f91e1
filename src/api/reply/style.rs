//! How users are shown to their owners.

use super::json::{self, Entry};
use super::reshaped::{self, SettingsMember};
use super::services::{self, Hashes};
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

/// Fields that are shown to no one. `statusVisibilityDeniedByAdmin` is not meant for the user whom it is about.
pub(super) const HIDDEN: [&str; 5] =
    ["joinCode", "members", "importIds", "e2e", "statusVisibilityDeniedByAdmin"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// As stored, but of `services` only what is allowed.
    Stored(Hashes),
    Reshaped,
}

/// What is not even read: it is long, or a secret of this workspace. What else is shown to no one the writers leave out, of
/// `services` everything that they do not name; each path here costs MongoDB some microseconds for every change.
pub(super) fn never_shown() -> Document {
    doc! {
        "e2e": 0, "services.totp.secret": 0, "services.totp.hashedBackup": 0, "services.emailCode": 0,
        "services.password.reset": 0,
    }
}

/// What only the stored form shows. It can be long.
pub(super) fn only_in_stored_form() -> Document {
    doc! {"services.resume": 0, "services.passwordHistory": 0, "services.email": 0}
}

impl ReplyStyle {
    /// `version`: what the workspace's statistics say, if anything.
    pub fn new(release: &Release, masked: bool, version: Option<&str>, root_url: Arc<str>) -> ReplyStyle {
        let shape = match release.reply {
            UserShape::Reshaped => Shape::Reshaped,
            UserShape::Stored if masked => Shape::Stored(Hashes::Masked),
            UserShape::Stored => Shape::Stored(Hashes::Shown),
        };
        let Version { major, minor, patch } = release.version;
        let imitated = || semver::Version::new(major.into(), minor.into(), patch.into());
        let version =
            version.and_then(|version| semver::Version::parse(version).ok()).unwrap_or_else(imitated);
        ReplyStyle { shape, version, root_url }
    }

    /// The user as stored, whatever the release shows, with marks in the place of the hashes.
    pub fn into_stored(self) -> ReplyStyle {
        ReplyStyle { shape: Shape::Stored(Hashes::Marked), ..self }
    }

    /// The version without its patch, which is all that anyone may know.
    pub fn short_version(&self) -> String {
        format!("{}.{}", self.version.major, self.version.minor)
    }

    /// What of the document is needed.
    pub fn projection(&self) -> Document {
        let mut projection = never_shown();
        projection.extend(match self.shape {
            Shape::Reshaped => only_in_stored_form(),
            Shape::Stored(_) => {
                doc! {"services.resume.loginTokens.token": 0, "services.resume.loginTokensToDelete": 0}
            }
        });
        projection
    }

    /// The user as JSON.
    ///
    /// # Errors
    /// When the document is broken BSON.
    pub fn write(&self, user: &RawDocumentBuf, settings: &Settings) -> Result<String, Error> {
        let mut out = String::with_capacity(user.as_bytes().len() * 2);
        let entries = match self.shape {
            Shape::Stored(hashes) => stored_entries(user, hashes)?,
            Shape::Reshaped => reshaped::entries(user, self, settings, SettingsMember::CALENDAR)?,
        };
        json::write_object(&mut out, entries)?;
        Ok(out)
    }
}

fn stored_entries(user: &RawDocumentBuf, hashes: Hashes) -> Result<Vec<(&str, Entry<'_>)>, Error> {
    let mut entries = Vec::new();
    for entry in user {
        let (key, value) = entry?;
        let key = key.as_str();
        match (key, value.as_document()) {
            ("services", Some(services)) => {
                entries.push((key, Entry::Written(services::stored(services, hashes)?)));
            }
            ("services", None) => {}
            (key, _) if HIDDEN.contains(&key) => {}
            _ => entries.push((key, Entry::Bson(value))),
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests;
