//! Rocket.Chat's own settings, as one typed table: id, kind, default of release 6 and of release 8.
//!
//! Source: `docs/behaviour/settings.md` sections 3 and 5. The effective value is `value` of the document with that id;
//! a missing document means the default; a `value` of null means false, zero or empty.

use super::mail_defaults as mail;
use super::setting_kind::{ExactlyTrue, Integer, Kind, Secret, Text, Truthy, type_name};
use super::variables::SettingVariables;
use crate::release::SettingDefaults;
use bson::Bson;
use std::collections::HashMap;

/// A stored value of a type that the setting should not have. It is read as JavaScript would read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeMismatch {
    pub id: &'static str,
    pub found: &'static str,
    pub expected: &'static str,
}

macro_rules! settings {
    ($( $field:ident: $kind:ident, $id:literal, six: $six:expr, eight: $eight:expr; )*) => {
        /// The settings that decide about an account, with their effective values.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $(
                #[doc = concat!("`", $id, "`")]
                pub $field: <$kind as Kind>::Value,
            )*
        }

        impl Settings {
            /// The ids of all settings of the table.
            pub const IDS: &'static [&'static str] = &[$($id),*];

            /// The settings whose stored value is of a type that Rocket.Chat does not give them.
            #[must_use]
            pub fn type_mismatches(stored: &HashMap<String, Bson>) -> Vec<TypeMismatch> {
                let mut type_mismatches = Vec::new();
                $(
                    if let Some(value) = stored.get($id).filter(|value| !$kind::fits(value)) {
                        type_mismatches.push(TypeMismatch { id: $id, found: type_name(value), expected: $kind::EXPECTED });
                    }
                )*
                type_mismatches
            }

            /// The effective values: what the database holds, else what the environment gives, else the default.
            #[must_use]
            pub fn resolve(
                stored: &HashMap<String, Bson>,
                variables: &SettingVariables,
                defaults: SettingDefaults,
            ) -> Settings {
                Settings {
                    $(
                        $field: match stored.get($id) {
                            Some(value) => $kind::read(value),
                            None => variables
                                .value_of($id)
                                .and_then($kind::from_variable)
                                .unwrap_or_else(|| match defaults {
                                    SettingDefaults::Six => $six.into(),
                                    SettingDefaults::Eight => $eight.into(),
                                }),
                        },
                    )*
                }
            }
        }
    };
}

settings! {
    // What a user may change.
    allow_profile_change: Truthy, "Accounts_AllowUserProfileChange", six: true, eight: true;
    allow_real_name_change: Truthy, "Accounts_AllowRealNameChange", six: true, eight: true;
    allow_username_change: Truthy, "Accounts_AllowUsernameChange", six: true, eight: true;
    allow_email_change: Truthy, "Accounts_AllowEmailChange", six: true, eight: true;
    allow_status_message_change: Truthy, "Accounts_AllowUserStatusMessageChange", six: true, eight: true;
    allow_password_change: ExactlyTrue, "Accounts_AllowPasswordChange", six: true, eight: true;
    allow_password_change_for_oauth: Truthy, "Accounts_AllowPasswordChangeForOAuthUsers", six: true, eight: true;
    allow_invisible_status: Truthy, "Accounts_AllowInvisibleStatusOption", six: true, eight: true;

    // Names.
    require_name: Truthy, "Accounts_RequireNameForSignUp", six: true, eight: true;
    username_pattern: Text, "UTF8_User_Names_Validation", six: "[0-9a-zA-Z-_.]+", eight: "[0-9a-zA-Z-_.]+";
    blocked_usernames: Text, "Accounts_BlockedUsernameList", six: "", eight: "";
    system_blocked_usernames: Text, "Accounts_SystemBlockedUsernameList", six: "admin,administrator,system,user", eight: "admin,administrator,system,user";

    // E-mail domains.
    allowed_domains: Text, "Accounts_AllowedDomainsList", six: "", eight: "";
    blocked_domains: Text, "Accounts_BlockedDomainsList", six: "", eight: "";
    use_default_blocked_domains: Truthy, "Accounts_UseDefaultBlockedDomainsList", six: true, eight: true;
    use_dns_domain_check: Truthy, "Accounts_UseDNSDomainCheck", six: false, eight: false;

    // Passwords. The defaults changed with 8.1.
    password_policy_enabled: Truthy, "Accounts_Password_Policy_Enabled", six: false, eight: true;
    password_min_length: Integer, "Accounts_Password_Policy_MinLength", six: 7, eight: 14;
    password_max_length: Integer, "Accounts_Password_Policy_MaxLength", six: -1, eight: -1;
    password_forbid_repeating: Truthy, "Accounts_Password_Policy_ForbidRepeatingCharacters", six: true, eight: true;
    password_repeating_count: Integer, "Accounts_Password_Policy_ForbidRepeatingCharactersCount", six: 3, eight: 3;
    password_one_lowercase: Truthy, "Accounts_Password_Policy_AtLeastOneLowercase", six: true, eight: true;
    password_one_uppercase: Truthy, "Accounts_Password_Policy_AtLeastOneUppercase", six: true, eight: true;
    password_one_number: Truthy, "Accounts_Password_Policy_AtLeastOneNumber", six: true, eight: true;
    password_one_special: Truthy, "Accounts_Password_Policy_AtLeastOneSpecialCharacter", six: true, eight: true;
    password_history_enabled: Truthy, "Accounts_Password_History_Enabled", six: false, eight: false;
    password_history_amount: Integer, "Accounts_Password_History_Amount", six: 5, eight: 5;

    // Custom fields: JSON text.
    custom_fields: Text, "Accounts_CustomFields", six: "", eight: "";

    // Second factor.
    two_factor_enabled: Truthy, "Accounts_TwoFactorAuthentication_Enabled", six: true, eight: true;
    two_factor_by_totp: Truthy, "Accounts_TwoFactorAuthentication_By_TOTP_Enabled", six: true, eight: true;
    two_factor_by_email: Truthy, "Accounts_TwoFactorAuthentication_By_Email_Enabled", six: true, eight: true;
    // 6.x does not know it and behaves as if it were on.
    two_factor_email_for_oauth: Truthy, "Accounts_twoFactorAuthentication_email_available_for_OAuth_users", six: true, eight: true;

    two_factor_max_delta: Integer, "Accounts_TwoFactorAuthentication_MaxDelta", six: 1, eight: 1;
    two_factor_email_code_seconds: Integer, "Accounts_TwoFactorAuthentication_By_Email_Code_Expiration", six: 3600, eight: 3600;
    two_factor_email_attempts: Integer, "Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts", six: 5, eight: 5;
    two_factor_remember_seconds: Integer, "Accounts_TwoFactorAuthentication_RememberFor", six: 1800, eight: 1800;
    two_factor_password_fallback: Truthy, "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback", six: true, eight: true;

    // Sessions, and failed attempts at one. 6.x did not block by default.
    login_expiration_days: Integer, "Accounts_LoginExpiration", six: 90, eight: 90;
    email_verification_required: ExactlyTrue, "Accounts_EmailVerification", six: false, eight: false;
    block_failed_logins: Truthy, "Block_Multiple_Failed_Logins_Enabled", six: false, eight: true;
    block_by_user: Truthy, "Block_Multiple_Failed_Logins_By_User", six: true, eight: true;
    block_by_user_attempts: Integer, "Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", six: 10, eight: 10;
    block_by_user_minutes: Integer, "Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes", six: 5, eight: 5;
    block_by_address: Truthy, "Block_Multiple_Failed_Logins_By_Ip", six: true, eight: true;
    block_by_address_attempts: Integer, "Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip", six: 50, eight: 50;
    block_by_address_minutes: Integer, "Block_Multiple_Failed_Logins_Time_To_Unblock_By_Ip_In_Minutes", six: 5, eight: 5;
    never_blocked_addresses: Text, "Block_Multiple_Failed_Logins_Ip_Whitelist", six: "", eight: "";

    // REST.
    rate_limiter_enabled: Truthy, "API_Enable_Rate_Limiter", six: true, eight: true;
    rate_limit_calls: Integer, "API_Enable_Rate_Limiter_Limit_Calls_Default", six: 10, eight: 10;
    rate_limit_window_ms: Integer, "API_Enable_Rate_Limiter_Limit_Time_Default", six: 60_000, eight: 60_000;
    method_limit_enabled: Truthy, "DDP_Rate_Limit_User_By_Method_Enabled", six: true, eight: true;
    method_limit_calls: Integer, "DDP_Rate_Limit_User_By_Method_Requests_Allowed", six: 20, eight: 20;
    method_limit_window_ms: Integer, "DDP_Rate_Limit_User_By_Method_Interval_Time", six: 10_000, eight: 10_000;
    cors_enabled: Truthy, "API_Enable_CORS", six: false, eight: false;
    cors_origin: Text, "API_CORS_Origin", six: "*", eight: "*";

    // Which changes are announced.
    use_real_name: ExactlyTrue, "UI_Use_Real_Name", six: false, eight: false;
    presence_broadcast_disabled: Truthy, "Presence_broadcast_disabled", six: false, eight: false;
    troubleshoot_presence_broadcast_disabled: Truthy, "Troubleshoot_Disable_Presence_Broadcast", six: false, eight: false;

    // The mail server. An empty SMTP_Host means MAIL_URL. The port is text in the original, too.
    from_email: Text, "From_Email", six: "", eight: "";
    smtp_protocol: Text, "SMTP_Protocol", six: "smtp", eight: "smtp";
    smtp_host: Text, "SMTP_Host", six: "", eight: "";
    smtp_port: Text, "SMTP_Port", six: "", eight: "";
    smtp_ignore_tls: Truthy, "SMTP_IgnoreTLS", six: true, eight: true;
    smtp_pool: Truthy, "SMTP_Pool", six: true, eight: true;
    smtp_username: Text, "SMTP_Username", six: "", eight: "";
    smtp_password: Secret, "SMTP_Password", six: "", eight: "";

    // The mails.
    mail_plain_text_only: Truthy, "email_plain_text_only", six: false, eight: false;
    mail_style: Text, "email_style", six: mail::STYLE, eight: mail::STYLE;
    mail_header: Text, "Email_Header", six: mail::HEADER, eight: mail::HEADER;
    mail_footer: Text, "Email_Footer", six: mail::FOOTER, eight: mail::FOOTER;
    email_changed_subject: Text, "Email_Changed_Email_Subject", six: "{Email_Changed_Email_Subject}", eight: "{Email_Changed_Email_Subject}";
    email_changed_body: Text, "Email_Changed_Email", six: mail::EMAIL_CHANGED, eight: mail::EMAIL_CHANGED;
    verification_subject: Text, "Verification_Email_Subject", six: "{Verification_Email_Subject}", eight: "{Verification_Email_Subject}";
    verification_body: Text, "Verification_Email", six: mail::VERIFICATION, eight: mail::VERIFICATION;
    site_name: Text, "Site_Name", six: "Rocket.Chat", eight: "Rocket.Chat";
    language: Text, "Language", six: "", eight: "";

    // What the reply shows. A missing Site_Url means ROOT_URL.
    site_url: Text, "Site_Url", six: "", eight: "";
    outlook_enabled: Truthy, "Outlook_Calendar_Enabled", six: false, eight: false;
    outlook_exchange_url: Text, "Outlook_Calendar_Exchange_Url", six: "", eight: "";
    outlook_url: Text, "Outlook_Calendar_Outlook_Url", six: "", eight: "";
    outlook_url_mapping: Text, "Outlook_Calendar_Url_Mapping", six: "{}", eight: "{}";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(stored: &[(&str, Bson)], defaults: SettingDefaults) -> Settings {
        let stored = stored.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
        Settings::resolve(&stored, &SettingVariables::default(), defaults)
    }

    #[test]
    fn a_missing_setting_has_the_default_of_the_release() {
        let six = resolve(&[], SettingDefaults::Six);
        let eight = resolve(&[], SettingDefaults::Eight);
        assert_eq!((six.password_policy_enabled, six.password_min_length), (false, 7));
        assert_eq!((eight.password_policy_enabled, eight.password_min_length), (true, 14));
    }

    #[test]
    fn a_stored_value_wins_and_null_means_false_or_empty() {
        let settings = resolve(
            &[
                ("Accounts_AllowUserProfileChange", Bson::Null),
                ("Accounts_Password_Policy_MinLength", Bson::Double(9.0)),
                ("Accounts_AllowPasswordChange", Bson::String("yes".to_owned())),
                ("Accounts_AllowEmailChange", Bson::String("yes".to_owned())),
                ("UTF8_User_Names_Validation", Bson::Null),
            ],
            SettingDefaults::Eight,
        );
        assert!(!settings.allow_profile_change);
        assert_eq!(settings.password_min_length, 9);
        assert!(!settings.allow_password_change, "only the boolean true counts");
        assert!(settings.allow_email_change, "any text but the empty one counts");
        assert_eq!(settings.username_pattern, "");
    }

    #[test]
    fn no_id_stands_twice_in_the_table() {
        let mut ids = Settings::IDS.to_vec();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Settings::IDS.len());
    }
}
