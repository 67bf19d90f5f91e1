//! The methods `2fa:…`, for clients up to 7.x. Source: `docs/behaviour/two-factor.md` section 8.

use super::MethodError;
use super::matching;
use crate::api::Api;
use crate::api::extract::Authenticated;
use crate::api::reply::second_factor::{backup_codes, new_secret, one};
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
    pub fn named(name: &str) -> Option<TwoFactorMethod> {
        match name {
            "2fa:enable" => Some(TwoFactorMethod::Enable),
            "2fa:validateTempToken" => Some(TwoFactorMethod::ValidateTempToken),
            "2fa:disable" => Some(TwoFactorMethod::Disable),
            "2fa:regenerateCodes" => Some(TwoFactorMethod::RegenerateCodes),
            "2fa:checkCodesRemaining" => Some(TwoFactorMethod::CheckCodesRemaining),
            _ => None,
        }
    }

    /// Runs the method; `None` is JavaScript's `undefined`.
    pub async fn run(
        self,
        api: &Api,
        Authenticated { caller, session, workspace, .. }: Authenticated,
        params: &[&RawValue],
    ) -> Result<Option<Value>, MethodError> {
        let enrolment = api.enrolment(&workspace.settings);
        let code = || matching::text(params.first().copied()).map(SecretString::from);
        let fields = match self {
            TwoFactorMethod::Enable => new_secret(&enrolment.begin_totp(caller, &session).await?),
            TwoFactorMethod::ValidateTempToken => {
                backup_codes(&enrolment.validate_totp(caller, &session, &code()?).await?)
            }
            TwoFactorMethod::Disable => {
                let disabled = enrolment.disable_totp(caller, &session, &code()?).await?;
                return Ok(Some(disabled.into()));
            }
            TwoFactorMethod::RegenerateCodes => {
                let codes = enrolment.regenerate_backup_codes(caller, &session, &code()?).await;
                match codes? {
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
