//! The own preferences: setting and reading them. Source: `docs/behaviour/own-account.md` section 3.

mod get;
mod set;

use crate::api::deadline::timed;
use crate::api::reply::to_json;
use actix_web::web::{self, ServiceConfig};
use bson::error::Error;
use bson::raw::RawDocument;
use serde_json::{Map, Value};

pub fn register(routes: &mut ServiceConfig) {
    routes.route(set::PATH, web::post().to(timed(set::post)));
    routes.route(get::PATH, super::get().to(timed(get::get)));
}

/// What is stored, with the language of the account in the place of that of the preferences; without any defaults. `None`:
/// the user has no settings.
fn stored(user: &RawDocument) -> Result<Option<Value>, Error> {
    let Some(settings) = user.get("settings")?.and_then(|settings| settings.as_document()) else {
        return Ok(None);
    };
    let mut preferences = match settings.get("preferences")? {
        Some(preferences) if preferences.as_document().is_some() => to_json(preferences)?,
        _ => Value::Object(Map::new()),
    };
    if let Some(shown) = preferences.as_object_mut() {
        match user.get("language")? {
            Some(language) => drop(shown.insert("language".to_owned(), to_json(language)?)),
            None => drop(shown.shift_remove("language")),
        }
    }
    Ok(Some(preferences))
}
