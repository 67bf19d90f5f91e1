//! One event for each sensitive change that was saved or refused: docs/LOGGING.md section 4. It says which, never what.

use super::error::OUTCOME_UNKNOWN;
use super::notes::{self, Notes};
use super::request_log::CLIENT_GONE;
use crate::caller::Caller;
use crate::profile::Change;
use crate::second_factor::Method;
use crate::telemetry::AUDIT;
use actix_web::HttpRequest;
use std::cell::Cell;
use tracing::Level;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitive {
    Profile { email: bool, password: bool, username: bool },
    TotpBegin,
    TotpEnable,
    TotpDisable,
    TotpNewBackupCodes,
    EmailCodesEnable,
    EmailCodesDisable,
    SessionsEndOwn,
    SessionsEndOthers,
}

/// A sensitive change on its way.
#[derive(Debug)]
pub struct Audit {
    what: Sensitive,
    proof: Cell<Option<Method>>,
}

impl Sensitive {
    /// Of a change of a profile, where that touches anything sensitive: clients send all of a profile, as it is, too.
    pub fn of_profile(change: &Change, caller: &Caller) -> Option<Sensitive> {
        let email = change.email.truthy().is_some_and(|email| Some(email) != caller.email());
        let username =
            change.username.truthy().is_some_and(|username| Some(username) != caller.username.as_deref());
        let password = change.new_password.is_some();
        (email || username || password).then_some(Sensitive::Profile { email, password, username })
    }

    fn name(self) -> &'static str {
        match self {
            Sensitive::Profile { .. } => "profile",
            Sensitive::TotpBegin => "totp.begin",
            Sensitive::TotpEnable => "totp.enable",
            Sensitive::TotpDisable => "totp.disable",
            Sensitive::TotpNewBackupCodes => "totp.new_backup_codes",
            Sensitive::EmailCodesEnable => "email_codes.enable",
            Sensitive::EmailCodesDisable => "email_codes.disable",
            Sensitive::SessionsEndOwn => "sessions.end_own",
            Sensitive::SessionsEndOthers => "sessions.end_others",
        }
    }

    fn fields(self) -> Option<String> {
        let Sensitive::Profile { email, password, username } = self else { return None };
        let named = [(email, "email"), (password, "password"), (username, "username")];
        let named: Vec<&str> = named.into_iter().filter_map(|(is_in, name)| is_in.then_some(name)).collect();
        Some(named.join(","))
    }
}

/// From now on the end of the request is an event.
pub fn begin(request: &HttpRequest, what: Sensitive) {
    if let Some(notes) = notes::of(request) {
        // A request asks for one thing.
        let _ = notes.audit.set(Audit { what, proof: Cell::new(None) });
    }
}

/// This second factor was given, and right.
pub fn proved(request: &HttpRequest, by: Option<Method>) {
    if let Some(audit) = notes::of(request).as_ref().and_then(|notes| notes.audit.get()) {
        audit.proof.set(by);
    }
}

/// A code of TOTP, or a backup code, was right or wrong where a wrong one is answered 200.
pub fn note_code(request: &HttpRequest, is_right: bool) {
    if is_right {
        proved(request, Some(Method::Totp));
    } else {
        notes::refused(request, "totp-invalid");
    }
}

/// At the end of the request.
pub fn write(notes: &Notes, status: u16) {
    let Some(audit) = notes.audit.get() else { return };
    let outcome = match notes.error() {
        _ if status == CLIENT_GONE => "unknown",
        Some("internal" | OUTCOME_UNKNOWN) => "unknown",
        Some(_) => "refused",
        None => "saved",
    };
    tracing::event!(
        target: AUDIT,
        Level::INFO,
        request.id = notes.id.as_str(),
        user.id = notes.user_id(),
        client.address = notes.address.as_str(),
        change = audit.what.name(),
        fields = audit.what.fields(),
        proof = audit.proof.get().map(Method::name),
        outcome,
        error.id = notes.error(),
        "audit"
    );
}
