//! The method `saveUserProfile`. Source: `docs/behaviour/http-api.md` section 7.2.

use super::MethodError;
use super::profile_params::ProfileParams;
use crate::api::Api;
use crate::api::extract::{Authenticated, second_factor};
use crate::api::save_profile::save_profile;
use crate::profile::Scope;
use crate::second_factor::Method;
use actix_web::HttpRequest;
use bson::doc;
use serde_json::Value;
use serde_json::value::RawValue;

/// Saves the profile as the REST route does.
pub async fn save_user_profile(
    request: &HttpRequest,
    api: &Api,
    caller: Authenticated,
    params: &[&RawValue],
) -> Result<Option<Value>, MethodError> {
    let params = ProfileParams::parse(params)?;
    let may_use_password = Method::available(&caller.caller, &caller.workspace.settings).is_empty();
    let offered = params.offered(second_factor::from_headers(request), may_use_password);
    save_profile(request, api, caller, Scope::Profile, &params.change, &offered, doc! {"_id": 1}).await?;
    Ok(Some(true.into()))
}
