//! Release 8's reply: hashes and tokens removed, a few keys computed.

use super::json::{self, Entry};
use super::services;
use super::style::{HIDDEN, ReplyStyle};
use crate::caller::LOCAL_SERVICES;
use crate::config::path_of;
use crate::ecmascript;
use crate::workspace::Settings;
use bson::error::Error;
use bson::raw::{RawBsonRef, RawDocument};
use serde_json::{Map, Value, json};

/// What stands in the place of the stored `settings`.
pub struct SettingsMember {
    pub preferences: Option<Value>,
    pub has_calendar: bool,
}

impl SettingsMember {
    pub const CALENDAR: SettingsMember = SettingsMember { preferences: None, has_calendar: true };

    fn value(self, email: Option<&str>, settings: &Settings) -> Value {
        let mut member = Map::from_iter([("profile".to_owned(), json!({}))]);
        member.extend(self.preferences.map(|preferences| ("preferences".to_owned(), preferences)));
        if self.has_calendar {
            member.insert("calendar".to_owned(), calendar(email, settings));
        }
        Value::Object(member)
    }
}

/// The members of the reshaped user. A replaced key stays in its place; a new one is appended.
pub fn entries<'a>(
    user: &'a RawDocument,
    style: &ReplyStyle,
    settings: &Settings,
    member: SettingsMember,
) -> Result<Vec<(&'a str, Entry<'a>)>, Error> {
    let email = verified_email(user)?;
    let mut computed: Vec<(&str, Option<Value>)> = vec![
        ("email", email.map(Value::from)),
        ("settings", Some(member.value(email, settings))),
        ("avatarUrl", Some(avatar_url(user, style, settings)?.into())),
        ("isOAuthUser", Some(is_oauth_user(user)?.into())),
    ];
    let mut entries = Vec::new();
    for entry in user {
        let (key, value) = entry?;
        let key = key.as_str();
        let replaced = computed.iter().position(|(name, _)| *name == key).map(|at| computed.remove(at).1);
        match (key, replaced, value.as_document()) {
            (_, Some(Some(json)), _) => entries.push((key, Entry::Json(json))),
            (_, Some(None), _) => {}
            ("services", None, Some(document)) => entries.push((key, Entry::Json(services(document)?))),
            ("services", None, None) => {}
            ("banners", None, Some(document)) => {
                entries.push((key, Entry::Written(banners(document, style)?)))
            }
            (key, None, _) if HIDDEN.contains(&key) => {}
            (_, None, _) => entries.push((key, Entry::Bson(value))),
        }
    }
    entries.extend(computed.into_iter().filter_map(|(key, value)| Some((key, Entry::Json(value?)))));
    Ok(entries)
}

/// What is left of `services`: which of them are in use, never their secrets.
pub fn services(services: &RawDocument) -> Result<Value, Error> {
    let mut shown = Map::new();
    for service in ["github", "gitlab"] {
        if let Some(value) = services.get(service)?
            && let Some(json) = services::other(value)?
        {
            shown.insert(service.to_owned(), serde_json::from_str(&json).unwrap_or_default());
        }
    }
    for service in ["email2fa", "totp"] {
        if is_true(field(services, service, "enabled")?) {
            shown.insert(service.to_owned(), json!({"enabled": true}));
        }
    }
    let hash = field(services, "password", "bcrypt")?;
    let exists = hash.and_then(|hash| hash.as_str()).is_some_and(|hash| !hash.is_empty());
    shown.insert("password".to_owned(), json!({"exists": exists}));
    Ok(Value::Object(shown))
}

fn field<'a>(document: &'a RawDocument, outer: &str, inner: &str) -> Result<Option<RawBsonRef<'a>>, Error> {
    match document.get(outer)?.and_then(|value| value.as_document()) {
        Some(document) => document.get(inner),
        None => Ok(None),
    }
}

fn is_true(value: Option<RawBsonRef<'_>>) -> bool {
    value.and_then(|value| value.as_bool()) == Some(true)
}

fn verified_email(user: &RawDocument) -> Result<Option<&str>, Error> {
    let Some(emails) = user.get("emails")?.and_then(|emails| emails.as_array()) else { return Ok(None) };
    for email in emails {
        let Some(email) = email?.as_document() else { continue };
        if is_true(email.get("verified")?) {
            return Ok(email.get("address")?.and_then(|address| address.as_str()));
        }
    }
    Ok(None)
}

fn calendar(email: Option<&str>, settings: &Settings) -> Value {
    let domain = email.and_then(|email| email.rsplit('@').next());
    let mapping = ecmascript::parse_json(&settings.outlook_url_mapping).unwrap_or(ecmascript::Value::Null);
    let own = domain.map(|domain| mapping.get(domain).clone()).unwrap_or(ecmascript::Value::Undefined);
    let general = [
        ("Enabled", ecmascript::Value::Boolean(settings.outlook_enabled)),
        ("Exchange_Url", ecmascript::Value::Text(settings.outlook_exchange_url.clone())),
        ("Outlook_Url", ecmascript::Value::Text(settings.outlook_url.clone())),
    ];
    // What the domain's own entry lacks comes from the general settings.
    let outlook = general.map(|(key, general)| match own.get(key) {
        ecmascript::Value::Undefined => (key, general),
        own => (key, own.clone()),
    });
    if outlook.iter().any(|(key, value)| *key == "Enabled" && value.is_truthy()) {
        let outlook: Map<String, Value> =
            outlook.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        json!({"outlook": outlook})
    } else {
        json!({})
    }
}

/// The literal text `undefined` for users without a username, as the original writes it.
fn avatar_url(user: &RawDocument, style: &ReplyStyle, settings: &Settings) -> Result<String, Error> {
    let username = user.get("username")?.and_then(|username| username.as_str()).unwrap_or("undefined");
    let prefix = path_of(&style.root_url);
    let site = if settings.site_url.is_empty() { &*style.root_url } else { settings.site_url.as_str() };
    let site = site.trim_end_matches('/');
    let site = site.strip_suffix(prefix).unwrap_or(site);
    Ok(format!("{site}{prefix}/avatar/{username}"))
}

fn is_oauth_user(user: &RawDocument) -> Result<bool, Error> {
    let Some(services) = user.get("services")?.and_then(|services| services.as_document()) else {
        return Ok(false);
    };
    for service in services {
        let (name, _) = service?;
        if !LOCAL_SERVICES.contains(&name.as_str()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Banners about versions that the workspace already has are left out.
fn banners(banners: &RawDocument, style: &ReplyStyle) -> Result<String, Error> {
    let is_outdated = |id: &str| {
        id.strip_prefix("versionUpdate-").is_some_and(|version| {
            // One that cannot be read is as good as old.
            semver::Version::parse(&version.replace('_', "."))
                .map_or(true, |announced| announced <= style.version)
        })
    };
    let mut shown = json::entries(banners)?;
    shown.retain(|(id, _)| !is_outdated(id));
    let mut out = String::new();
    json::write_object(&mut out, shown)?;
    Ok(out)
}

pub fn to_json(value: RawBsonRef<'_>) -> Result<Value, Error> {
    let mut text = String::new();
    json::write_value(&mut text, value)?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}
