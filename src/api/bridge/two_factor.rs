//! The methods `2fa:…`, for clients up to 7.x. Source: `docs/behaviour/two-factor.md` section 8.

use super::MethodError;
use super::matching;
use crate::api::Api;
use crate::api::audit::{self, Sensitive, note_code};
use crate::api::extract::Authenticated;
use crate::api::reply::second_factor::{backup_codes, new_secret, one};
use crate::hashing::Work;
use crate::second_factor::Method;
use actix_web::HttpRequest;
use secrecy::SecretString;
use serde_json::Value;
use serde_json::value::RawValue;

/// One of the methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoFactorMethod {
    Enable,
    ValidateTempToken,
    Disable,
    RegenerateCodes,
    CheckCodesRemaining,
}

impl TwoFactorMethod {
    const ALL: [TwoFactorMethod; 5] = [
        TwoFactorMethod::Enable,
        TwoFactorMethod::ValidateTempToken,
        TwoFactorMethod::Disable,
        TwoFactorMethod::RegenerateCodes,
        TwoFactorMethod::CheckCodesRemaining,
    ];

    pub fn named(name: &str) -> Option<TwoFactorMethod> {
        TwoFactorMethod::ALL.into_iter().find(|method| method.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            TwoFactorMethod::Enable => "2fa:enable",
            TwoFactorMethod::ValidateTempToken => "2fa:validateTempToken",
            TwoFactorMethod::Disable => "2fa:disable",
            TwoFactorMethod::RegenerateCodes => "2fa:regenerateCodes",
            TwoFactorMethod::CheckCodesRemaining => "2fa:checkCodesRemaining",
        }
    }

    fn sensitive(self) -> Option<Sensitive> {
        match self {
            TwoFactorMethod::Enable => Some(Sensitive::TotpBegin),
            TwoFactorMethod::ValidateTempToken => Some(Sensitive::TotpEnable),
            TwoFactorMethod::Disable => Some(Sensitive::TotpDisable),
            TwoFactorMethod::RegenerateCodes => Some(Sensitive::TotpNewBackupCodes),
            TwoFactorMethod::CheckCodesRemaining => None,
        }
    }

    /// Runs the method; `None` is JavaScript's `undefined`.
    pub async fn run(
        self,
        request: &HttpRequest,
        api: &Api,
        Authenticated { caller, session, workspace, .. }: Authenticated,
        params: &[&RawValue],
    ) -> Result<Option<Value>, MethodError> {
        let enrolment = api.enrolment(&workspace, Work::of_user(&caller.id));
        let code = || matching::text(params.first().copied()).map(SecretString::from);
        if let Some(sensitive) = self.sensitive() {
            audit::begin(request, sensitive);
        }
        let fields = match self {
            TwoFactorMethod::Enable => new_secret(&enrolment.begin_totp(caller, &session).await?),
            TwoFactorMethod::ValidateTempToken => {
                let codes = enrolment.validate_totp(caller, &session, &code()?).await?;
                audit::proved(request, Some(Method::Totp));
                backup_codes(&codes)
            }
            TwoFactorMethod::Disable => {
                let disabled = enrolment.disable_totp(caller, &session, &code()?).await?;
                note_code(request, disabled);
                return Ok(Some(disabled.into()));
            }
            TwoFactorMethod::RegenerateCodes => {
                let codes = enrolment.regenerate_backup_codes(caller, &session, &code()?).await?;
                note_code(request, codes.is_some());
                match codes {
                    Some(codes) => backup_codes(&codes),
                    None => return Ok(None),
                }
            }
            TwoFactorMethod::CheckCodesRemaining => {
                one("remaining", enrolment.backup_codes_left(&caller).await?.into())
            }
        };
        Ok(Some(Value::Object(fields)))
    }
}
