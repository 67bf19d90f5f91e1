//! The methods of the own account that official clients call over REST, stand-alone. Source: `docs/behaviour/own-account.md`
//! sections 3, 5.3, 6 and 7.3.

use super::profile_params::second_factor;
use super::{MethodError, matching, new_password};
use crate::account::{Redeemed, Subject, TokenChangeKind};
use crate::api::account_changes::{become_a_user, change_tokens, redeeming, save_preferences};
use crate::api::call_limit::count_status;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, preferences_body, token_body};
use crate::api::logging_in::log_in;
use crate::api::reply::to_json;
use crate::api::save_profile::save_profile;
use crate::api::{Api, announcing, mails};
use crate::profile::{Change, Scope};
use crate::refusal::Refusal;
use crate::second_factor::Offered;
use crate::session::{LoggedIn, LoginError, LoginRequest, expiry};
use crate::store::PublicSettings;
use crate::workspace::Workspace;
use actix_web::HttpRequest;
use bson::doc;
use bson::raw::RawBsonRef;
use secrecy::ExposeSecret;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;

/// One of the methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountMethod {
    SetUserStatus,
    PublicSettings,
    VerifyEmail,
    ResetPassword,
    SendForgotPasswordEmail,
    AfterVerifyEmail,
    SaveUserPreferences,
    Tokens(TokenChangeKind),
}

impl AccountMethod {
    const ALL: [AccountMethod; 10] = [
        AccountMethod::SetUserStatus,
        AccountMethod::PublicSettings,
        AccountMethod::VerifyEmail,
        AccountMethod::ResetPassword,
        AccountMethod::SendForgotPasswordEmail,
        AccountMethod::AfterVerifyEmail,
        AccountMethod::SaveUserPreferences,
        AccountMethod::Tokens(TokenChangeKind::Generate),
        AccountMethod::Tokens(TokenChangeKind::Regenerate),
        AccountMethod::Tokens(TokenChangeKind::Remove),
    ];

    pub fn named(name: &str) -> Option<AccountMethod> {
        AccountMethod::ALL.into_iter().find(|method| method.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            AccountMethod::PublicSettings => "public-settings/get",
            AccountMethod::SetUserStatus => "setUserStatus",
            AccountMethod::VerifyEmail => "verifyEmail",
            AccountMethod::ResetPassword => "resetPassword",
            AccountMethod::SendForgotPasswordEmail => "sendForgotPasswordEmail",
            AccountMethod::AfterVerifyEmail => "afterVerifyEmail",
            AccountMethod::SaveUserPreferences => "saveUserPreferences",
            AccountMethod::Tokens(kind) => kind.method(),
        }
    }

    /// Runs the method; `None` is JavaScript's `undefined`. `caller`: whoever is signed in.
    pub async fn run(
        self,
        request: &HttpRequest,
        api: &Api,
        caller: Option<Authenticated>,
        params: &[&RawValue],
    ) -> Result<Option<Value>, MethodError> {
        let workspace = api.workspace.now();
        match self {
            AccountMethod::SetUserStatus => {
                let caller = signed_in(caller)?;
                count_status(api, &caller.caller, &workspace)?;
                let text = |index: usize| matching::maybe_text(params.get(index).copied());
                let change = Change { status_type: text(0)?, status_text: text(1)?, ..Change::default() };
                if change.status_type.truthy().is_some() || change.status_text.text().is_some() {
                    let (scope, none) = (Scope::Status, Offered::default());
                    save_profile(request, api, caller, scope, &change, &none, doc! {"_id": 1}).await?;
                }
                Ok(None)
            }
            AccountMethod::PublicSettings => {
                // Since when does not matter: what is told again does no harm.
                let is_since = params.first().is_some_and(|since| since.get().contains("$date"));
                let all = public_settings(api).await?;
                Ok(Some(if is_since { json!({"update": all, "remove": []}) } else { all }))
            }
            AccountMethod::VerifyEmail => {
                let token = matching::text(params.first().copied())?;
                let redeemed = redeeming(request, api, &workspace).verify_email(&token).await?;
                sign_in(request, api, &workspace, redeemed).await
            }
            AccountMethod::ResetPassword => {
                let token = matching::text(params.first().copied())?;
                let password = new_password::parse(params.get(1).copied())?;
                let redeemed = redeeming(request, api, &workspace).reset_password(&token, &password).await?;
                sign_in(request, api, &workspace, redeemed).await
            }
            AccountMethod::SendForgotPasswordEmail => {
                let email = matching::text(params.first().copied())?;
                mails::send_password_reset(api, Arc::clone(&workspace), email)?;
                // Also where there is nobody, or nothing to reset: the answer does not tell.
                Ok(Some(true.into()))
            }
            AccountMethod::AfterVerifyEmail => {
                become_a_user(api, &signed_in(caller)?.caller.id).await?;
                Ok(None)
            }
            AccountMethod::SaveUserPreferences => {
                let Authenticated { caller, session, workspace, .. } = signed_in(caller)?;
                let data = params.first().map_or("{}", |data| data.get());
                let body = Body::Json(format!(r#"{{"data":{data}}}"#));
                let (wanted, _) = preferences_body::parse(&body, &workspace.release)?;
                let subject = Subject { user: caller, session: Some(session) };
                save_preferences(api, &workspace, subject, &wanted).await?;
                Ok(Some(true.into()))
            }
            AccountMethod::Tokens(kind) => {
                let caller = signed_in(caller)?;
                let body = Body::Json(params.first().map_or("{}", |options| options.get()).to_owned());
                let change = token_body::parse(kind, &body, &caller.workspace.release)?;
                let offered = params.iter().skip(1).last().and_then(|last| second_factor(last));
                let token = change_tokens(api, caller, &change, &offered.unwrap_or_default()).await?;
                Ok(token.map(|token| token.expose_secret().into()))
            }
        }
    }
}

async fn public_settings(api: &Api) -> Result<Value, MethodError> {
    const FIELDS: [&str; 7] =
        ["_id", "value", "editor", "enterprise", "invalidValue", "modules", "requiredOnWizard"];
    let all = PublicSettings { ids: &[], skip: 0, limit: 0 };
    let (settings, _) = api.store.public_settings(all, &FIELDS).await.map_err(ApiError::from)?;
    let settings = settings.iter().map(|setting| to_json(RawBsonRef::Document(setting)));
    Ok(settings.collect::<Result<_, _>>().map_err(ApiError::from)?)
}

fn signed_in(caller: Option<Authenticated>) -> Result<Authenticated, Refusal> {
    caller.ok_or_else(Refusal::invalid_user)
}

/// Signs in whoever was mailed the secret. What it has changed stays changed, even where they may not sign in.
async fn sign_in(
    request: &HttpRequest,
    api: &Api,
    workspace: &Workspace,
    redeemed: Redeemed,
) -> Result<Option<Value>, MethodError> {
    if let Ok((id, after)) = &redeemed {
        announcing::emails_changed(api, id, after);
    }
    let login = LoginRequest::Mailed(redeemed.map(|(id, _)| id));
    match log_in(request, api, workspace, &login, doc! {"_id": 1}).await {
        Ok(LoggedIn { user_id, token, .. }) => {
            announcing::sessions_changed(api, user_id.clone());
            let begun = doc! {"when": bson::DateTime::from_chrono((api.clock)())};
            let end = expiry(&begun, &workspace.settings).map(|end| end.timestamp_millis());
            Ok(Some(json!({
                "id": user_id,
                "token": token.expose_secret(),
                "tokenExpires": {"$date": end},
                "type": "password",
            })))
        }
        Err(LoginError::Mailed(reason)) => Err(MethodError::Meteor { code: 403, reason }),
        Err(LoginError::Stopped(error)) => Err(error.into()),
        // The user is gone since.
        Err(error) => Err(ApiError::Internal(error.to_string()).into()),
    }
}
