//! Mails to one's own addresses, behind the answer: neither what is answered nor when tells who there is.

use super::Api;
use super::background::behind_the_answer;
use super::error::ApiError;
use crate::account::Mailing;
use crate::workspace::Workspace;
use std::sync::Arc;

/// Has a confirmation of this address mailed, if somebody has it.
pub fn send_confirmation(api: &Api, workspace: Arc<Workspace>, email: String) -> Result<(), ApiError> {
    let (store, mail_limit) = (api.shared.store.clone(), api.mail_limit.clone());
    let now = (api.clock)();
    behind_the_answer(api, async move {
        let mailing = Mailing { store: &store, mail_limit: &mail_limit, workspace: &workspace, now };
        if let Err(error) = mailing.send_confirmation(&email).await {
            tracing::warn!(%error, "a confirmation was not mailed");
        }
    })
}

/// Has the way to a new password mailed, if somebody has this address.
pub fn send_password_reset(api: &Api, workspace: Arc<Workspace>, email: String) -> Result<(), ApiError> {
    let (store, mail_limit) = (api.shared.store.clone(), api.mail_limit.clone());
    let now = (api.clock)();
    behind_the_answer(api, async move {
        let mailing = Mailing { store: &store, mail_limit: &mail_limit, workspace: &workspace, now };
        if let Err(error) = mailing.send_password_reset(&email).await {
            tracing::warn!(%error, "the way to a new password was not mailed");
        }
    })
}
