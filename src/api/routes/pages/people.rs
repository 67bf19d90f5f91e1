//! `GET /page/people`: who can sign in, where the workspace is the one that `rc-account seed` makes. Of any other nobody is
//! told: the people are known by their ids, which Rocket.Chat rolls dice for.

use crate::api::call_limit::count_call;
use crate::api::error::ApiError;
use crate::api::{Api, envelope};
use crate::release::RouteLimit;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};
use workspace_seed::{INTRODUCED, TOTP_SECRET};

pub const PATH: &str = "/page/people";
const LIMIT: RouteLimit = RouteLimit::Own { calls: 60, window_ms: 60_000 };

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let workspace = api.workspace.now();
    count_call(&request, &api, PATH, LIMIT, &workspace, &[])?;
    let seeded = workspace_seed::people();
    let ids = INTRODUCED.map(|introduced| seeded.person(introduced.handle).id.as_str());
    let stored = api.store.names_of(&ids).await?;
    let mut people = Vec::new();
    for (introduced, id) in INTRODUCED.iter().zip(ids) {
        // By the present name: renaming them is what the page is for.
        let found = stored.iter().find(|user| user.get_str("_id").is_ok_and(|found| found == id));
        let Some(username) = found.and_then(|user| user.get_str("username").ok()) else { break };
        let mut person = Map::new();
        person.insert("username".to_owned(), username.into());
        person.insert("password".to_owned(), json!(seeded.person(introduced.handle).password));
        person.insert("by".to_owned(), introduced.by.into());
        if introduced.handle == "totp" {
            person.insert("totpSecret".to_owned(), TOTP_SECRET.into());
        }
        people.push(Value::Object(person));
    }
    if people.len() < INTRODUCED.len() {
        people.clear();
    }
    Ok(envelope::success_with(Map::from_iter([("people".to_owned(), people.into())])))
}
