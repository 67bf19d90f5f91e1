//! `users.setPreferences`. Source: `docs/behaviour/own-account.md` sections 3.2 and 3.3.

use crate::refusal::Refusal;
use crate::release::AutoTranslate;
use crate::store::{NOTIFICATIONS, SubscriptionsChange, UserUpdate};
use crate::workspace::Workspace;
use bson::raw::RawDocument;
use bson::{Bson, Document};

const LANGUAGE: &str = "language";
const UTC_OFFSET: &str = "utcOffset";
const DEFAULT: &str = "default";
/// In seconds.
const SHORTEST_IDLE_TIME: f64 = 60.0;

/// What is wanted, by names that there are and with values of their types, in the order in which it came.
#[derive(Debug, Default)]
pub struct Preferences(pub Vec<(&'static str, Bson)>);

/// What is stored, as far as it decides.
#[derive(Debug, Default)]
pub struct StoredPreferences {
    has_settings: bool,
    preferences: Document,
    utc_offset: Option<Bson>,
}

impl StoredPreferences {
    /// Reads the user's document.
    ///
    /// # Errors
    /// When it is broken BSON.
    pub fn of(user: &RawDocument) -> Result<StoredPreferences, bson::error::Error> {
        let settings = user.get("settings")?.and_then(|settings| settings.as_document());
        let preferences = match settings {
            Some(settings) => settings.get("preferences")?.and_then(|stored| stored.as_document()),
            None => None,
        };
        Ok(StoredPreferences {
            has_settings: settings.is_some(),
            preferences: preferences.map(Document::try_from).transpose()?.unwrap_or_default(),
            utc_offset: user.get(UTC_OFFSET)?.map(Bson::try_from).transpose()?,
        })
    }

    fn text(&self, preference: &str) -> Option<&str> {
        self.preferences.get_str(preference).ok()
    }
}

impl Preferences {
    fn text(&self, preference: &str) -> Option<&str> {
        let (_, value) = self.0.iter().rev().find(|(name, _)| *name == preference)?;
        value.as_str().filter(|text| !text.is_empty())
    }
}

/// What becomes of the account and of its subscriptions.
///
/// # Errors
/// The refusal.
pub fn plan_preferences(
    wanted: &Preferences,
    stored: &StoredPreferences,
    workspace: &Workspace,
) -> Result<UserUpdate, Refusal> {
    let wanted = Preferences(wanted.0.iter().map(|(name, value)| (*name, modern(name, value))).collect());
    let mut update = UserUpdate::default();
    let mut leaves_settings = false;
    for (name, value) in &wanted.0 {
        let path = format!("settings.preferences.{name}");
        match (*name, number(value)) {
            ("idleTimeLimit", Some(seconds)) if seconds < SHORTEST_IDLE_TIME => {
                return Err(Refusal::idle_time_too_short());
            }
            (UTC_OFFSET, _) => {
                if stored.utc_offset.as_ref().and_then(number) != number(value) {
                    update.set(UTC_OFFSET, value.clone());
                }
                continue;
            }
            ("clockMode", Some(0.0)) => {
                // Of what is not there, nothing can be taken away.
                if stored.has_settings {
                    update.unset(&path);
                }
                continue;
            }
            (LANGUAGE, _) if *value != Bson::Null => update.set(LANGUAGE, value.clone()),
            _ => {}
        }
        update.set(path, value.clone());
        leaves_settings = true;
    }
    if !leaves_settings && !stored.has_settings {
        update.set("settings", Document::new());
    }
    plan_subscriptions(&wanted, stored, workspace, &mut update);
    Ok(update)
}

fn plan_subscriptions(
    wanted: &Preferences,
    stored: &StoredPreferences,
    workspace: &Workspace,
    update: &mut UserUpdate,
) {
    for (name, field, origin) in NOTIFICATIONS {
        let Some(value) = wanted.text(name) else { continue };
        update.guard(&format!("settings.preferences.{name}"), stored.text(name));
        if stored.text(name) != Some(value) {
            let value = Some(value).filter(|value| *value != DEFAULT);
            update.subscriptions.push(SubscriptionsChange::notifications(field, origin, value));
        }
    }
    let highlights = wanted.0.iter().find_map(|(name, value)| match value {
        Bson::Array(words) if *name == "highlights" => Some(words.clone()),
        _ => None,
    });
    update.subscriptions.extend(highlights.map(SubscriptionsChange::highlights));
    let Some(language) = wanted.text(LANGUAGE).filter(|_| workspace.settings.auto_translate_rooms) else {
        return;
    };
    update.guard("settings.preferences.language", stored.text(LANGUAGE));
    if stored.text(LANGUAGE) == Some(language) {
        return;
    }
    let is_the_servers = language == DEFAULT || language == workspace.settings.language;
    match workspace.release.auto_translate {
        AutoTranslate::Switches if is_the_servers => {
            update.subscriptions.push(SubscriptionsChange::translate_none());
        }
        AutoTranslate::Switches => {
            update.subscriptions.push(SubscriptionsChange::language_of_translated(language));
            update.subscriptions.push(SubscriptionsChange::translate_undecided(language));
        }
        AutoTranslate::Follows => {
            update.subscriptions.push(SubscriptionsChange::language_of_translated(language));
        }
    }
}

/// Names of old for how much is mailed.
fn modern(name: &str, value: &Bson) -> Bson {
    match (name, value.as_str()) {
        ("emailNotificationMode", Some("all")) => "mentions".into(),
        ("emailNotificationMode", Some("disabled")) => "nothing".into(),
        _ => value.clone(),
    }
}

fn number(value: &Bson) -> Option<f64> {
    match value {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Double(number) => Some(*number),
        #[expect(clippy::cast_precision_loss, reason = "JavaScript reads every number as a double")]
        Bson::Int64(number) => Some(*number as f64),
        _ => None,
    }
}
