//! The parameters of the method `saveUserProfile`. Sources: `docs/behaviour/http-api.md` section 7.2,
//! `docs/behaviour/two-factor.md` section 8.

use super::matching::{self, Mismatch};
use crate::api::extract::json;
use crate::profile::{Change, Sent};
use crate::second_factor::Offered;
use indexmap::IndexMap;
use secrecy::SecretString;
use serde_json::value::RawValue;

/// What the client wants changed, and what it confirms that with.
pub struct ProfileParams {
    pub change: Change,
    /// `{twoFactorCode, twoFactorMethod}` as the last parameter.
    second_factor: Option<Offered>,
}

impl ProfileParams {
    /// Reads the settings, the custom fields and the second factor. Keys that are not known are ignored.
    ///
    /// # Errors
    /// The first mismatch; the original checks no single field, and fails later.
    pub fn parse(params: &[&RawValue]) -> Result<ProfileParams, Mismatch> {
        let param = |index: usize| params.get(index).copied();
        let settings = matching::object(param(0))?;
        let text = |key| matching::field(&settings, key);
        let secret = |key| Ok(text(key)?.truthy().map(SecretString::from));

        // The mobile client sends the name under this key.
        let name = match text("realname")? {
            Sent::Absent => text("name")?,
            sent => sent,
        };
        let current_password = match secret("currentPassword")? {
            // Clients of 3.x and older.
            None => secret("typedPassword")?,
            sent => sent,
        };
        let mut change = Change {
            name,
            current_password,
            email: text("email")?,
            username: text("username")?,
            nickname: text("nickname")?,
            bio: text("bio")?,
            status_type: text("statusType")?,
            status_text: text("statusText")?,
            new_password: secret("newPassword")?,
            custom_fields: IndexMap::new(),
        };
        let custom_fields = matching::maybe_object(param(1))?;
        let second_factor = params.iter().skip(1).last().and_then(|last| second_factor(last));
        // The last parameter is the second factor wherever it stands, then also in the place of custom fields.
        if let Some(fields) = custom_fields.filter(|_| params.len() > 2 || second_factor.is_none()) {
            change.custom_fields = fields.into_iter().map(|(key, value)| (key, value.to_owned())).collect();
        }
        Ok(ProfileParams { change, second_factor })
    }

    /// The second factor that counts: the parameter, else the headers, else the present password.
    ///
    /// The original looks at the present password up to 3.x only, and then as the one way to confirm. Here it
    /// counts for users without a method of their own (`may_use_password`), for whom it is the right answer.
    pub fn offered(&self, from_headers: Offered, may_use_password: bool) -> Offered {
        let password = self.change.current_password.as_ref().filter(|_| may_use_password);
        match (&self.second_factor, from_headers) {
            (Some(offered), _) => offered.clone(),
            (None, from_headers) if from_headers.code.is_some() => from_headers,
            (None, _) => Offered::new(password, None, None),
        }
    }
}

/// `{twoFactorCode, twoFactorMethod}` with both of them texts and not empty; anything else is none.
pub(super) fn second_factor(last: &RawValue) -> Option<Offered> {
    let options = json::object(last)?;
    let text = |key| options.get(key).and_then(|raw| json::text(raw)).filter(|text| !text.is_empty());
    let (code, method) = (text("twoFactorCode")?, text("twoFactorMethod")?);
    Some(Offered { code: Some(code.into()), method: Some(method) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn parse(params: &str) -> Result<ProfileParams, Mismatch> {
        ProfileParams::parse(&serde_json::from_str::<Vec<&RawValue>>(params).expect("an array"))
    }

    fn pair(offered: &Offered) -> Option<(String, String)> {
        let code = offered.code.as_ref()?.expose_secret().to_owned();
        Some((code, offered.method.clone().expect("both")))
    }

    #[test]
    fn realname_wins_over_name_and_unknown_keys_are_ignored() {
        let name = |settings: &str| parse(&format!("[{settings}, {{}}]")).expect("valid").change.name;
        assert_eq!(name(r#"{"name": "a", "x": {}}"#), Sent::Text("a".to_owned()));
        assert_eq!(name(r#"{"name": "a", "realname": "b"}"#), Sent::Text("b".to_owned()));
        assert_eq!(name("{}"), Sent::Absent);
    }

    #[test]
    fn the_last_parameter_is_the_second_factor_where_it_is_whole() {
        let whole = r#"{"twoFactorCode": "1", "twoFactorMethod": "totp"}"#;
        let expected = Some(("1".to_owned(), "totp".to_owned()));
        for params in [format!("[{{}}, null, {whole}]"), format!("[{{}}, {whole}]")] {
            let params = parse(&params).expect("valid");
            assert_eq!(pair(&params.offered(Offered::default(), true)), expected);
            assert!(params.change.custom_fields.is_empty());
        }
        let half = r#"[{}, {"a": 1}, {"twoFactorCode": "1", "twoFactorMethod": ""}]"#;
        let half = parse(half).expect("valid");
        assert_eq!(pair(&half.offered(Offered::default(), true)), None);
        assert_eq!(half.change.custom_fields.len(), 1);
    }

    #[test]
    fn the_present_password_comes_last_and_only_where_it_may() {
        let headers = || Offered { code: Some("2".into()), method: Some("email".to_owned()) };
        let params = parse(r#"[{"typedPassword": "d"}]"#).expect("valid");
        let of = |code: &str, method: &str| Some((code.to_owned(), method.to_owned()));
        assert_eq!(pair(&params.offered(headers(), true)), of("2", "email"));
        assert_eq!(pair(&params.offered(Offered::default(), true)), of("d", "password"));
        assert_eq!(pair(&params.offered(Offered::default(), false)), None);
    }
}
