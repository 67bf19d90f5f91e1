//! The user as shown to the owner who asks for it: a choice of fields, and the preferences filled in.
//!
//! Source: `docs/behaviour/login.md` sections 2.5 and 2.6. The same in both releases but for the calendar.

use super::json::{self, Entry};
use super::reshaped::{self, SettingsMember};
use super::style::{ReplyStyle, Shape, never_shown, only_in_stored_form};
use crate::announce::ejson;
use crate::workspace::Settings;
use bson::error::Error;
use bson::raw::{RawBsonRef, RawDocument, RawDocumentBuf};
use bson::{Document, doc};
use serde_json::{Map, Value, json};

/// The fields of the document that are shown, and those that are computed.
const SHOWN: [&str; 35] = [
    "_id",
    "name",
    "username",
    "nickname",
    "emails",
    "status",
    "statusDefault",
    "statusText",
    "statusSource",
    "statusExpiresAt",
    "statusConnection",
    "bio",
    "avatarOrigin",
    "utcOffset",
    "language",
    "settings",
    "enableAutoAway",
    "idleTimeLimit",
    "roles",
    "active",
    "defaultRoom",
    "customFields",
    "requirePasswordChange",
    "requirePasswordChangeReason",
    "statusLivechat",
    "banners",
    "oauth",
    "_updatedAt",
    "avatarETag",
    "openBusinessHours",
    "abacAttributes",
    "services",
    "email",
    "avatarUrl",
    "isOAuthUser",
];

impl ReplyStyle {
    /// What of the document is needed.
    pub fn own_projection(&self) -> Document {
        let mut projection = never_shown();
        projection.extend(only_in_stored_form());
        projection.extend(doc! {"__rooms": 0, "roomRolePriorities": 0});
        projection
    }

    /// The user as JSON. `defaults`: the workspace's default preferences; `tells_oauth`: with `isOAuthUser`.
    ///
    /// # Errors
    /// When a document is broken BSON.
    pub fn write_own(
        &self,
        user: &RawDocumentBuf,
        settings: &Settings,
        defaults: &Document,
        tells_oauth: bool,
    ) -> Result<String, Error> {
        let mut out = String::with_capacity(user.as_bytes().len() * 2);
        let mut entries = self.own_entries(user, settings, defaults)?;
        entries.retain(|(key, _)| tells_oauth || *key != "isOAuthUser");
        json::write_object(&mut out, entries)?;
        Ok(out)
    }

    /// The same as EJSON, in which Rocket.Chat's processes tell each other of it.
    ///
    /// # Errors
    /// When a document is broken BSON.
    pub fn own_ejson(
        &self,
        user: &RawDocumentBuf,
        settings: &Settings,
        defaults: &Document,
    ) -> Result<Map<String, Value>, Error> {
        let entries = self.own_entries(user, settings, defaults)?.into_iter().map(|(key, entry)| {
            let value = match entry {
                Entry::Bson(value) => ejson::value(value)?,
                Entry::Json(value) => value,
                Entry::Written(json) => serde_json::from_str(&json).unwrap_or_default(),
            };
            Ok((key.to_owned(), value))
        });
        entries.collect()
    }

    fn own_entries<'a>(
        &self,
        user: &'a RawDocumentBuf,
        settings: &Settings,
        defaults: &Document,
    ) -> Result<Vec<(&'a str, Entry<'a>)>, Error> {
        let member = SettingsMember {
            preferences: Some(preferences(user, &RawDocumentBuf::try_from(defaults)?)?),
            // Release 6 knows no calendar here.
            has_calendar: self.shape == Shape::Reshaped,
        };
        let mut entries = reshaped::entries(user, self, settings, member)?;
        entries.retain(|(key, _)| SHOWN.contains(key));
        for (key, entry) in &mut entries {
            if *key == "oauth"
                && let Entry::Bson(oauth) = entry
            {
                *entry = Entry::Json(authorized_clients(*oauth)?);
            }
        }
        Ok(entries)
    }
}

/// The defaults, and over them whatever the user has chosen.
fn preferences(user: &RawDocument, defaults: &RawDocument) -> Result<Value, Error> {
    let settings = user.get("settings")?.and_then(|settings| settings.as_document());
    let own = match settings {
        Some(settings) => settings.get("preferences")?.and_then(|preferences| preferences.as_document()),
        None => None,
    };
    let mut preferences = Map::new();
    for source in [Some(defaults), own].into_iter().flatten() {
        for preference in source {
            let (key, value) = preference?;
            preferences.insert(key.as_str().to_owned(), reshaped::to_json(value)?);
        }
    }
    Ok(Value::Object(preferences))
}

fn authorized_clients(oauth: RawBsonRef<'_>) -> Result<Value, Error> {
    let clients = match oauth.as_document() {
        Some(oauth) => oauth.get("authorizedClients")?,
        None => None,
    };
    match clients {
        Some(clients) => Ok(json!({"authorizedClients": reshaped::to_json(clients)?})),
        None => Ok(json!({})),
    }
}
