//! TOTP and its backup codes: on, off, anew.

use super::new_secret::NewSecret;
use super::{BackupCodes, Decision, Enrolment, end_other_sessions};
use crate::caller::{Caller, Session};
use crate::domain_error::DomainError;
use crate::refusal::Refusal;
use crate::second_factor::Confirmation;
use crate::store::{SecondFactorSecrets, Stored, TotpSecrets, UserUpdate};
use bson::doc;
use secrecy::{ExposeSecret, SecretString};

impl Enrolment<'_> {
    /// Makes a new secret, to be put in force by [`Enrolment::validate_totp`].
    ///
    /// # Errors
    /// Users without a username, and users who have TOTP already: their secret would be lost.
    pub async fn begin_totp(&self, caller: Caller, session: &Session) -> Result<NewSecret, DomainError> {
        let decide = async |caller: &Caller| {
            let username = caller.username.as_deref().filter(|username| !username.is_empty());
            let username = username.ok_or_else(Refusal::invalid_user)?;
            if caller.services.totp_enabled {
                return Err(Refusal::totp_already_enabled().into());
            }
            if self.gate.release.totp_needs_verified_email
                && !caller.emails.iter().any(|email| email.verified)
            {
                return Err(Refusal::unverified_emails().into());
            }
            let new = NewSecret::generate(username);
            let totp = doc! {"enabled": false, "tempSecret": new.secret.expose_secret()};
            let mut update = UserUpdate::default();
            update.guard("services.totp.enabled", Stored::True(false));
            update.set("services.totp", totp);
            Ok(Decision::unconfirmed(update, new))
        };
        self.carry_out(caller, session, decide).await
    }

    /// Puts the new secret in force, once a code was computed with it; ends all other sessions.
    ///
    /// # Errors
    /// `invalid-totp`.
    pub async fn validate_totp(
        &self,
        caller: Caller,
        session: &Session,
        code: &SecretString,
    ) -> Result<BackupCodes, DomainError> {
        let decide = async |caller: &Caller| {
            let stored = self.secrets(caller).await?;
            let Some(new) = stored.new_totp_secret.as_ref() else {
                return Err(Refusal::invalid_totp().into());
            };
            let untouched = SecondFactorSecrets {
                totp: TotpSecrets { secret: Some(new.clone()), hashed_backup: None },
                ..SecondFactorSecrets::default()
            };
            let right = self.gate.verify_totp_alone(caller, &untouched, code).await?;
            let right = right.ok_or_else(Refusal::invalid_totp)?;

            let codes = BackupCodes::generate();
            let mut update = UserUpdate::default();
            update.guard("services.totp.tempSecret", new.expose_secret());
            update.set("services.totp.enabled", true);
            update.set("services.totp.secret", new.expose_secret());
            update.set("services.totp.hashedBackup", codes.hashes());
            update.unset("services.totp.tempSecret");
            // A step that a code of an older secret has used up counts as spent already.
            if let Confirmation::TotpStep(step) = right
                && stored.spent_step.is_none_or(|spent| spent < step)
            {
                update.spent_totp_step = Some(step);
            }
            end_other_sessions(&mut update, session);
            Ok(Decision::unconfirmed(update, codes))
        };
        self.carry_out(caller, session, decide).await
    }

    /// Turns TOTP off with a TOTP or backup code. `false`: it was not on, or the code is not right.
    pub async fn disable_totp(
        &self,
        caller: Caller,
        session: &Session,
        code: &SecretString,
    ) -> Result<bool, DomainError> {
        let decide = async |caller: &Caller| {
            let stored = self.secrets(caller).await?;
            if !stored.totp_enabled {
                return Ok(Decision::Answer(false));
            }
            let Some(right) = self.gate.verify_totp_alone(caller, &stored, code).await? else {
                return Ok(Decision::Answer(false));
            };
            let off = ("services.totp", doc! {"enabled": false}.into());
            Ok(Decision::allowed_by(right, &stored, off, true, false))
        };
        self.carry_out(caller, session, decide).await
    }

    /// Replaces the backup codes, with a TOTP or backup code. `None`: the code is not right.
    ///
    /// # Errors
    /// `invalid-totp` for users without TOTP.
    pub async fn regenerate_backup_codes(
        &self,
        caller: Caller,
        session: &Session,
        code: &SecretString,
    ) -> Result<Option<BackupCodes>, DomainError> {
        let decide = async |caller: &Caller| {
            let stored = self.secrets(caller).await?;
            if !stored.totp_enabled {
                return Err(Refusal::invalid_totp().into());
            }
            let Some(right) = self.gate.verify_totp_alone(caller, &stored, code).await? else {
                return Ok(Decision::Answer(None));
            };
            let codes = BackupCodes::generate();
            let hashes = ("services.totp.hashedBackup", codes.hashes().into());
            Ok(Decision::allowed_by(right, &stored, hashes, Some(codes), None))
        };
        self.carry_out(caller, session, decide).await
    }

    /// How many backup codes are left.
    ///
    /// # Errors
    /// `invalid-totp` for users without TOTP.
    pub async fn backup_codes_left(&self, caller: &Caller) -> Result<usize, DomainError> {
        let stored = self.secrets(caller).await?;
        if !stored.totp_enabled {
            return Err(Refusal::invalid_totp().into());
        }
        Ok(stored.totp.hashed_backup.map_or(0, |codes| codes.len()))
    }

    async fn secrets(&self, caller: &Caller) -> Result<SecondFactorSecrets, DomainError> {
        let found = self.store.second_factor_secrets(&caller.id).await?;
        Ok(found.ok_or_else(Refusal::invalid_user)?)
    }
}
