//! The method `saveUserProfile`. Source: `docs/behaviour/http-api.md` section 7.2.

use super::{MethodError, ProfileParams};
use crate::api::Api;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, second_factor};
use crate::profile;
use crate::second_factor::Method;
use actix_web::HttpRequest;
use bson::doc;
use serde_json::Value;
use serde_json::value::RawValue;

/// Saves the profile as the REST route does.
///
/// # Errors
/// [`MethodError`].
pub async fn save_user_profile(
    request: &HttpRequest,
    api: &Api,
    Authenticated { caller, session, .. }: Authenticated,
    params: &[&RawValue],
) -> Result<Option<Value>, MethodError> {
    let params = ProfileParams::parse(params)?;
    let workspace = api.workspace.now();
    let may_use_password = Method::available(&caller, &workspace.settings).is_empty();
    let offered = params.offered(second_factor::from_headers(request), may_use_password);
    let saving = api.saving(&workspace, api.projection_with_news(doc! {"_id": 1}));
    let mut news = api.news(request, &caller, &params.change, &workspace);
    let saved = profile::save(&saving, caller, &session, &params.change, &offered).await;
    let saved = saved.map_err(ApiError::from)?;
    news.committed(&saved.user);
    api.settled(saved).await;
    news.finished();
    Ok(Some(true.into()))
}
