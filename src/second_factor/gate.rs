//! The gate in front of a sensitive change. Source: `docs/behaviour/two-factor.md` sections 2 to 5.

use super::attempt_budget::{AttemptBudget, GuessedAt};
use super::by_email::address_of;
use super::confirmation::{BACKUP_CODES, EMAIL_CODE_HASH};
use super::totp::{self, Matched};
use super::{CodeMail, Confirmation, Method, Offered, Requirement, email_code};
use crate::caller::Caller;
use crate::domain_error::DomainError;
use crate::hashing::{Hashing, PasswordDigest};
use crate::mail_limit::MailLimiter;
use crate::refusal::Refusal;
use crate::release::{EmailCodeForm, Release};
use crate::store::{SecondFactorSecrets, Store, StoreError};
use crate::workspace::Settings;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const AVAILABLE_METHODS: &str = "availableMethods";

pub struct Gate<'a> {
    pub store: &'a Store,
    pub settings: &'a Settings,
    pub release: &'a Release,
    pub hashing: Hashing,
    pub code_mail: &'a Arc<dyn CodeMail>,
    pub mail_limit: &'a MailLimiter,
    pub attempts: &'a AttemptBudget,
    pub guessed_at: GuessedAt,
    /// A TOTP code may be used again within its window.
    pub totp_replay_allowed: bool,
    pub now: DateTime<Utc>,
}

/// What a code turned out to be.
pub(super) enum Verdict {
    Right(Confirmation),
    Wrong,
    /// Wrong, and the last attempt that this e-mail code allowed.
    LastAttempt,
    /// Right once, but spent: not counted as a wrong attempt.
    Spent,
}

/// What is known about the user's factors when a code is verified.
pub(super) struct Inquiry<'a> {
    pub caller: &'a Caller,
    pub available: Vec<Method>,
    method: Method,
    pub secrets: SecondFactorSecrets,
}

impl Gate<'_> {
    /// Lets through anyone who offers a valid second factor, and says what that spends.
    ///
    /// Remembered authorisations and personal access tokens do not help here: the original asks the profile
    /// route's callers anew each time.
    pub async fn confirm(&self, caller: &Caller, offered: &Offered) -> Result<Confirmation, DomainError> {
        self.confirm_by(Requirement::ANEW, caller, offered).await
    }

    /// Lets through anyone who meets the requirement. With two-factor authentication switched off in the workspace,
    /// everyone passes.
    pub async fn confirm_by(
        &self,
        requirement: Requirement,
        caller: &Caller,
        offered: &Offered,
    ) -> Result<Confirmation, DomainError> {
        if !self.settings.two_factor_enabled {
            return Ok(Confirmation::NotAsked);
        }
        let available = Method::available(caller, self.settings);
        if requirement.is_met_already(caller, &available, self.settings, self.release, self.now) {
            return Ok(Confirmation::NotAsked);
        }
        let selected = Method::select(offered.method.as_deref(), &available);
        let Some(method) = selected.or_else(|| requirement.fallback(caller, self.settings)) else {
            return Ok(Confirmation::NotAsked);
        };
        let secrets = match method {
            Method::Password => SecondFactorSecrets::default(),
            Method::Totp | Method::Email => {
                let found = self.store.second_factor_secrets(&caller.id).await?;
                found.ok_or_else(Refusal::totp_user_not_found)?
            }
        };
        let inquiry = Inquiry { caller, available, method, secrets };
        let details = self.challenge(&inquiry).await?;
        let Some(code) = &offered.code else {
            return Err(Refusal::totp_required(details).into());
        };

        let turn = self.attempts.take_turn(self.store, self.guessed_at, &caller.id, self.now).await?;
        let verdict = match method {
            Method::Password => self.verify_password(caller, code).await?,
            Method::Totp if inquiry.available.contains(&Method::Totp) => {
                self.verify_totp(&inquiry.secrets, code)
            }
            Method::Totp => Verdict::Wrong,
            Method::Email => self.verify_email_code(&inquiry, code).await?,
        };
        let refusal = match verdict {
            Verdict::Right(confirmation) => return Ok(confirmation),
            Verdict::Spent => return Err(self.invalid(details).into()),
            Verdict::Wrong => self.invalid(details),
            Verdict::LastAttempt => Refusal::totp_max_attempts(details),
        };
        self.attempts.count_wrong(self.store, self.now, turn).await?;
        Err(refusal.into())
    }

    /// Verifies a TOTP or backup code by itself; a wrong one is counted. `None`: wrong, or spent.
    pub async fn verify_totp_alone(
        &self,
        caller: &Caller,
        secrets: &SecondFactorSecrets,
        code: &SecretString,
    ) -> Result<Option<Confirmation>, DomainError> {
        let turn = self.attempts.take_turn(self.store, self.guessed_at, &caller.id, self.now).await?;
        match self.verify_totp(secrets, code) {
            Verdict::Right(confirmation) => Ok(Some(confirmation)),
            Verdict::Spent => Ok(None),
            Verdict::Wrong | Verdict::LastAttempt => {
                self.attempts.count_wrong(self.store, self.now, turn).await?;
                Ok(None)
            }
        }
    }

    /// The refusal for a code that another request has spent meanwhile; `None` if it is still good.
    pub async fn refusal_if_spent(
        &self,
        caller: &Caller,
        confirmation: &Confirmation,
    ) -> Result<Option<Refusal>, StoreError> {
        let is_spent = self.is_spent(caller, confirmation).await?;
        Ok(is_spent.then(|| self.refusal_for_spent(caller, confirmation)))
    }

    /// Whether another request has spent the code meanwhile.
    pub async fn is_spent(&self, caller: &Caller, confirmation: &Confirmation) -> Result<bool, StoreError> {
        let is_unspent = match confirmation {
            Confirmation::NotAsked | Confirmation::Password(_) | Confirmation::ReusableTotp => true,
            Confirmation::TotpStep(step) => {
                let secrets = self.store.second_factor_secrets(&caller.id).await?;
                secrets.is_some_and(|secrets| secrets.spent_step.is_none_or(|spent| spent < *step))
            }
            Confirmation::BackupCode(hash) => self.store.still_stores(&caller.id, BACKUP_CODES, hash).await?,
            Confirmation::EmailCode(hash) | Confirmation::ListedEmailCode(hash) => {
                self.store.still_stores(&caller.id, EMAIL_CODE_HASH, hash).await?
            }
        };
        Ok(!is_unspent)
    }

    /// The refusal for a code that another request has spent meanwhile.
    pub fn refusal_for_spent(&self, caller: &Caller, confirmation: &Confirmation) -> Refusal {
        let available = Method::available(caller, self.settings);
        let method = confirmation.method().unwrap_or(Method::Password);
        let about_code = match method {
            Method::Totp | Method::Password => no_code_generated(),
            Method::Email => email_code::details_of_none(address_of(caller)),
        };
        self.invalid(details(method, about_code, &available))
    }

    /// A code is not right. The versions that list codes by e-mail do not say here which methods there are.
    fn invalid(&self, mut details: Value) -> Refusal {
        if self.release.email_codes == EmailCodeForm::List
            && let Some(details) = details.as_object_mut()
        {
            details.remove(AVAILABLE_METHODS);
        }
        Refusal::totp_invalid(details)
    }

    /// What the answer tells about the method. For e-mail it also sees to it that there is a code, whether or
    /// not one was offered: the original does so before it looks at the offered one.
    async fn challenge(&self, inquiry: &Inquiry<'_>) -> Result<Value, DomainError> {
        let about_code = match inquiry.method {
            Method::Totp | Method::Password => no_code_generated(),
            Method::Email => self.provide_email_code(inquiry).await?,
        };
        Ok(details(inquiry.method, about_code, &inquiry.available))
    }

    /// The code must be the digest of the present password. A user without one can never pass.
    async fn verify_password(&self, caller: &Caller, code: &SecretString) -> Result<Verdict, DomainError> {
        let Some(hash) = &caller.services.password_hash else { return Ok(Verdict::Wrong) };
        let digest = PasswordDigest::from_client(code.expose_secret());
        let matches = self.hashing.matches(digest.clone(), hash.clone()).await?;
        Ok(if matches { Verdict::Right(Confirmation::Password(digest)) } else { Verdict::Wrong })
    }

    fn verify_totp(&self, secrets: &SecondFactorSecrets, code: &SecretString) -> Verdict {
        match totp::verify(&secrets.totp, code, self.settings.two_factor_max_delta, self.now) {
            Some(Matched::Backup(hash)) => Verdict::Right(Confirmation::BackupCode(hash)),
            Some(Matched::Step(_)) if self.totp_replay_allowed => Verdict::Right(Confirmation::ReusableTotp),
            Some(Matched::Step(step)) if secrets.spent_step.is_none_or(|spent| spent < step) => {
                Verdict::Right(Confirmation::TotpStep(step))
            }
            Some(Matched::Step(_)) => Verdict::Spent,
            None => Verdict::Wrong,
        }
    }
}

fn no_code_generated() -> Map<String, Value> {
    Map::from_iter([("codeGenerated".to_owned(), Value::Bool(false))])
}

/// Key order: method, what the method says, availableMethods.
fn details(method: Method, about_code: Map<String, Value>, available: &[Method]) -> Value {
    let mut details = Map::from_iter([("method".to_owned(), Value::from(method.name()))]);
    details.extend(about_code);
    let available: Vec<_> = available.iter().map(|method| method.name()).collect();
    details.insert(AVAILABLE_METHODS.to_owned(), json!(available));
    Value::Object(details)
}
