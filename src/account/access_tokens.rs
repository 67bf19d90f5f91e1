//! Personal access tokens. Source: `docs/behaviour/own-account.md` section 6.
//!
//! They stand in the same list as sessions. A change writes the list as a whole, guarded by the list that it was decided on:
//! so one write can take entries away, add one and mark the session by which it was allowed.

use super::change::Decision;
use crate::caller::{Caller, Session};
use crate::domain_error::DomainError;
use crate::random;
use crate::refusal::Refusal;
use crate::release::AccountRoutes;
use crate::second_factor::{Confirmation, Gate, Offered, Requirement, is_remembered, remembered};
use crate::session::hash_token;
use crate::store::UserUpdate;
use crate::workspace::{Permission, Workspace};
use bson::{Bson, DateTime, Document, doc};
use secrecy::{ExposeSecret, SecretString};

const LOGIN_TOKENS: &str = "services.resume.loginTokens";
const KIND: &str = "personalAccessToken";
const BYPASS: &str = "bypassTwoFactor";
/// So many characters of a token are shown later on.
const LAST_PART: usize = 6;

/// What is to become of the tokens.
#[derive(Debug)]
pub struct TokenChange {
    pub kind: TokenChangeKind,
    /// `None`: none was given, where the version looks at that only here.
    pub name: Option<String>,
    /// Whether the second factor is bypassed, as it came; only of a new token.
    pub bypass: Option<Bson>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenChangeKind {
    Generate,
    Regenerate,
    Remove,
}

impl TokenChangeKind {
    /// What the original calls the method that does it, and that refuses.
    pub fn method(self) -> &'static str {
        match self {
            TokenChangeKind::Generate => "personalAccessTokens:generateToken",
            TokenChangeKind::Regenerate => "personalAccessTokens:regenerateToken",
            TokenChangeKind::Remove => "personalAccessTokens:removeToken",
        }
    }
}

/// Who wants it, and by which second factor, if any.
pub struct TokenHolder<'a> {
    pub session: &'a Session,
    pub offered: &'a Offered,
    pub workspace: &'a Workspace,
    pub gate: &'a Gate<'a>,
}

impl TokenHolder<'_> {
    /// Asks for the second factor, then for name and permission, then whether there is such a token. `stored`: the user's
    /// list of login tokens. The answer is the new token, in plain text, or the refusal: a second factor that was given is
    /// remembered, and so spent, even where what it was given for is refused.
    ///
    /// # Errors
    /// The challenge, or the refusal of the second factor.
    pub async fn decide(
        &self,
        change: &TokenChange,
        caller: &Caller,
        stored: &Bson,
    ) -> Result<Decision<Result<Option<SecretString>, Refusal>>, DomainError> {
        let now = self.gate.now;
        let allowed_by = if is_remembered(caller, self.session, now) {
            Confirmation::NotAsked
        } else {
            self.gate.confirm_by(Requirement::WITHOUT_REMEMBERING, caller, self.offered).await?
        };
        let token = SecretString::from(random::secret());
        let stored_tokens = elements(stored);
        let changed = self.changed(change, caller, &stored_tokens, &token);
        let mark = remembered(&allowed_by, self.session, &self.workspace.settings, now);
        let mut update = UserUpdate::default();
        if changed.is_err() && mark.is_empty() {
            let answer = changed.map(|_| None);
            return Ok(Decision { update, allowed_by: Confirmation::NotAsked, answer });
        }
        let mut tokens = changed.as_ref().ok().cloned().unwrap_or(stored_tokens);
        for entry in tokens.iter_mut().filter_map(Bson::as_document_mut) {
            if entry.get_str("hashedToken").ok() == Some(self.session.hashed_token.as_str()) {
                entry.extend(mark.clone());
            }
        }
        update.guard_exactly(LOGIN_TOKENS, Some(stored.clone()));
        update.set(LOGIN_TOKENS, tokens);
        allowed_by.spend(&mut update);
        let answer = changed.map(|_| (change.kind != TokenChangeKind::Remove).then_some(token));
        Ok(Decision { update, allowed_by, answer })
    }

    /// The list as it is to be.
    fn changed(
        &self,
        change: &TokenChange,
        caller: &Caller,
        stored: &[Bson],
        token: &SecretString,
    ) -> Result<Vec<Bson>, Refusal> {
        let name = change.name.as_deref().ok_or_else(Refusal::token_name_missing)?;
        let method = change.kind.method();
        if !self.workspace.allows(Permission::CreatePersonalAccessTokens, &caller.roles) {
            return Err(Refusal::tokens_not_authorized(Some(method)));
        }
        let known = stored.iter().filter_map(Bson::as_document).find(|entry| is_token(entry, name));
        let is_typed = self.workspace.release.account_routes == AccountRoutes::Typed;
        let others =
            || stored.iter().filter(|entry| !entry.as_document().is_some_and(|entry| is_token(entry, name)));
        let bypass = match (change.kind, known) {
            (TokenChangeKind::Generate, Some(_)) => return Err(Refusal::token_exists(method)),
            (TokenChangeKind::Regenerate | TokenChangeKind::Remove, None) => {
                return Err(Refusal::no_such_token(method));
            }
            (TokenChangeKind::Remove, Some(_)) => return Ok(others().cloned().collect()),
            (TokenChangeKind::Generate, None) if is_typed => {
                Some(change.bypass.clone().unwrap_or(false.into()))
            }
            (TokenChangeKind::Generate, None) => change.bypass.clone(),
            (TokenChangeKind::Regenerate, Some(known)) if is_typed => Some(bypasses(known).into()),
            // The flag is lost: it is read where it is not.
            (TokenChangeKind::Regenerate, Some(_)) => None,
        };
        let plain = token.expose_secret();
        let mut entry = doc! {
            "hashedToken": hash_token(plain),
            "type": KIND,
            "createdAt": DateTime::from_chrono(self.gate.now),
            "lastTokenPart": plain.get(plain.len().saturating_sub(LAST_PART)..).unwrap_or_default(),
            "name": name,
        };
        entry.extend(bypass.map(|bypass| (BYPASS.to_owned(), bypass)));
        Ok(others().cloned().chain([entry.into()]).collect())
    }
}

/// One without a list around it is its only element.
pub(super) fn elements(stored: &Bson) -> Vec<Bson> {
    match stored {
        Bson::Array(elements) => elements.clone(),
        Bson::Document(_) => vec![stored.clone()],
        _ => Vec::new(),
    }
}

pub(super) fn is_of_kind(entry: &Document) -> bool {
    entry.get_str("type").is_ok_and(|kind| kind == KIND)
}

/// Letter case counts.
fn is_token(entry: &Document, name: &str) -> bool {
    is_of_kind(entry) && entry.get_str("name").is_ok_and(|stored| stored == name)
}

/// As JavaScript takes it.
pub(super) fn bypasses(entry: &Document) -> bool {
    match entry.get(BYPASS) {
        None | Some(Bson::Null | Bson::Undefined | Bson::Boolean(false) | Bson::Int32(0)) => false,
        Some(Bson::String(text)) => !text.is_empty(),
        Some(Bson::Double(number)) => *number != 0.0,
        Some(_) => true,
    }
}
