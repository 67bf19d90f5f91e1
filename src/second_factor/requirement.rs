//! How strictly a route asks for a second factor. Source: `docs/behaviour/two-factor.md` sections 2 and 6.

use super::Method;
use crate::caller::Caller;
use crate::release::Release;
use crate::workspace::Settings;
use chrono::{DateTime, TimeDelta, Utc};

/// The original's options of a check.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    pub memory: Memory,
    pub fallback: Fallback,
}

/// What of an earlier authorisation counts. The original's third kind, a second factor that the client has given a while
/// ago, is asked for by those who want it ([`is_remembered`](super::is_remembered)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Nothing: everyone is asked anew each time.
    Ignored,
    /// A token that was made to go without, and the time after the registration.
    OfTheToken,
}

/// Whether users without a method of their own are asked for their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// Also users who have no password; they cannot pass.
    Always,
    /// Users who have one, where the workspace wants it.
    ByWorkspace,
}

impl Requirement {
    /// A change of the profile: `requireSecondFactor`.
    pub const ANEW: Requirement = Requirement { memory: Memory::Ignored, fallback: Fallback::Always };

    /// Routes with `disableRememberMe`.
    pub const WITHOUT_REMEMBERING: Requirement =
        Requirement { memory: Memory::OfTheToken, fallback: Fallback::ByWorkspace };

    /// Whether the caller need not be asked.
    pub fn is_met_already(
        &self,
        caller: &Caller,
        available: &[Method],
        settings: &Settings,
        release: &Release,
        now: DateTime<Utc>,
    ) -> bool {
        let token = &caller.login_token;
        if self.memory == Memory::Ignored || token.is_empty() {
            return false;
        }
        if token.get_bool("bypassTwoFactor").unwrap_or(false) {
            return true;
        }
        let life = TimeDelta::try_seconds(settings.two_factor_remember_seconds).unwrap_or_default();
        let newcomer_until = caller.created_at.and_then(|created| created.checked_add_signed(life));
        let counts = available.is_empty() || !release.methods_before_newcomers;
        counts && newcomer_until.is_some_and(|until| until >= now)
    }

    /// The password, where a user without a method is asked for it.
    pub fn fallback(&self, caller: &Caller, settings: &Settings) -> Option<Method> {
        let asks = match self.fallback {
            Fallback::Always => true,
            Fallback::ByWorkspace => {
                settings.two_factor_password_fallback && caller.services.password_hash.is_some()
            }
        };
        asks.then_some(Method::Password)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Version;
    use crate::workspace::SettingVariables;
    use bson::{Document, doc};
    use std::collections::HashMap;

    fn met(memory: Memory, token: Document, created_at: i64, available: &[Method]) -> bool {
        met_in(Version::EIGHT, memory, token, created_at, available)
    }

    fn met_in(
        version: Version,
        memory: Memory,
        token: Document,
        created_at: i64,
        available: &[Method],
    ) -> bool {
        let settings = Settings::resolve(&HashMap::new(), &SettingVariables::default(), Version::DOCUMENTED);
        let seconds = |seconds| DateTime::from_timestamp(seconds, 0).expect("in range");
        let mut caller = Caller::from_document(&doc! {"ownToken": token}).expect("a caller");
        caller.created_at = Some(seconds(created_at));
        let requirement = Requirement { memory, fallback: Fallback::Always };
        requirement.is_met_already(&caller, available, &settings, &Release::at(version), seconds(10_000))
    }

    #[test]
    fn a_token_that_bypasses_and_a_new_account_are_not_asked_except_anew() {
        let bypass = || doc! {"hashedToken": "t", "bypassTwoFactor": true};
        let session = || doc! {"hashedToken": "t"};
        assert!(met(Memory::OfTheToken, bypass(), 0, &[Method::Totp]));
        assert!(!met(Memory::Ignored, bypass(), 0, &[]));
        assert!(met(Memory::OfTheToken, session(), 8_200, &[]));
        assert!(!met(Memory::OfTheToken, session(), 8_199, &[]));
        assert!(!met(Memory::OfTheToken, session(), 8_200, &[Method::Email]));
        assert!(!met(Memory::Ignored, session(), 8_200, &[]));
        let before = Version::new(8, 5, 9);
        assert!(met_in(before, Memory::OfTheToken, session(), 8_200, &[Method::Email]));
    }
}
