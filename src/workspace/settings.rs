//! Rocket.Chat's own settings, as one typed table: id, kind, default, and the versions at which the default
//! changed.
//!
//! Source: `docs/behaviour/settings.md` sections 3 and 5. The effective value is `value` of the document with that id;
//! a missing document means the default; a `value` of null means false, zero or empty.

use super::mail_defaults as mail;
use super::setting_kind::{
    ExactlyTrue, Integer, Kind, Number, Repeats, Secret, Text, Truthy, to_javascript, type_name,
};
use super::variables::SettingVariables;
use crate::release::Version;
use bson::Bson;
use std::collections::HashMap;

/// A stored value of a type that the setting should not have. It is read as JavaScript would read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeMismatch {
    pub id: &'static str,
    pub found: &'static str,
    pub expected: &'static str,
    /// What it counts as: nothing of the value, which may be a password.
    pub counts_as: &'static str,
}

fn mismatch<K: Kind>(id: &'static str, value: &Bson) -> Option<TypeMismatch> {
    let read = to_javascript(value);
    let (found, expected, counts_as) = (type_name(value), K::EXPECTED, K::counts_as(&read));
    (!K::fits(&read)).then_some(TypeMismatch { id, found, expected, counts_as })
}

macro_rules! settings {
    ($( $field:ident: $kind:ident, $id:literal, $default:expr
        $(, ($major:literal, $minor:literal, $patch:literal) => $later:expr)*; )*) => {
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
                    if let Some(value) = stored.get($id) {
                        type_mismatches.extend(mismatch::<$kind>($id, value));
                    }
                )*
                type_mismatches
            }

            /// The effective values: what the database holds, else what the environment gives, else the default.
            #[must_use]
            pub fn resolve(
                stored: &HashMap<String, Bson>,
                variables: &SettingVariables,
                version: Version,
            ) -> Settings {
                Settings {
                    $(
                        $field: match stored.get($id) {
                            Some(value) => $kind::read(&to_javascript(value)),
                            None => variables
                                .value_of($id)
                                .and_then($kind::from_variable)
                                .unwrap_or_else(|| {
                                    $( if version >= Version::new($major, $minor, $patch) {
                                        return $later.into();
                                    } )*
                                    $default.into()
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
    allow_profile_change: Truthy, "Accounts_AllowUserProfileChange", true;
    allow_real_name_change: Truthy, "Accounts_AllowRealNameChange", true;
    allow_username_change: Truthy, "Accounts_AllowUsernameChange", true;
    allow_email_change: Truthy, "Accounts_AllowEmailChange", true;
    allow_status_message_change: Truthy, "Accounts_AllowUserStatusMessageChange", true;
    allow_password_change: ExactlyTrue, "Accounts_AllowPasswordChange", true;
    allow_password_change_for_oauth: Truthy, "Accounts_AllowPasswordChangeForOAuthUsers", true;
    allow_invisible_status: Truthy, "Accounts_AllowInvisibleStatusOption", true;

    // Names.
    require_name: Truthy, "Accounts_RequireNameForSignUp", true;
    username_pattern: Text, "UTF8_User_Names_Validation", "[0-9a-zA-Z-_.]+";
    blocked_usernames: Text, "Accounts_BlockedUsernameList", "";
    system_blocked_usernames: Text, "Accounts_SystemBlockedUsernameList", "admin,administrator,system,user";

    slugify_names: Truthy, "UTF8_Names_Slugify", true;
    suggested_prefix: Text, "Accounts_DefaultUsernamePrefixSuggestion", "user";

    // E-mail domains.
    allowed_domains: Text, "Accounts_AllowedDomainsList", "";
    blocked_domains: Text, "Accounts_BlockedDomainsList", "";
    use_default_blocked_domains: Truthy, "Accounts_UseDefaultBlockedDomainsList", true;
    use_dns_domain_check: Truthy, "Accounts_UseDNSDomainCheck", false;

    // Passwords.
    password_policy_enabled: Truthy, "Accounts_Password_Policy_Enabled", false, (8, 1, 0) => true;
    password_min_length: Number, "Accounts_Password_Policy_MinLength", 7.0, (8, 1, 0) => 14.0;
    password_max_length: Number, "Accounts_Password_Policy_MaxLength", -1.0;
    password_forbid_repeating: Truthy, "Accounts_Password_Policy_ForbidRepeatingCharacters", true;
    password_repeating_count: Repeats, "Accounts_Password_Policy_ForbidRepeatingCharactersCount", 3_u64;
    password_one_lowercase: Truthy, "Accounts_Password_Policy_AtLeastOneLowercase", true;
    password_one_uppercase: Truthy, "Accounts_Password_Policy_AtLeastOneUppercase", true;
    password_one_number: Truthy, "Accounts_Password_Policy_AtLeastOneNumber", true;
    password_one_special: Truthy, "Accounts_Password_Policy_AtLeastOneSpecialCharacter", true;
    password_history_enabled: Truthy, "Accounts_Password_History_Enabled", false;
    password_reset_enabled: Truthy, "Accounts_PasswordReset", true;
    password_history_amount: Integer, "Accounts_Password_History_Amount", 5;

    // Custom fields: JSON text.
    custom_fields: Text, "Accounts_CustomFields", "";

    // Second factor.
    two_factor_enabled: Truthy, "Accounts_TwoFactorAuthentication_Enabled", true;
    two_factor_by_totp: Truthy, "Accounts_TwoFactorAuthentication_By_TOTP_Enabled", true;
    two_factor_by_email: Truthy, "Accounts_TwoFactorAuthentication_By_Email_Enabled", true;
    // 6.x does not know it and behaves as if it were on.
    two_factor_email_for_oauth: Truthy, "Accounts_twoFactorAuthentication_email_available_for_OAuth_users", true;

    two_factor_max_delta: Integer, "Accounts_TwoFactorAuthentication_MaxDelta", 1;
    two_factor_email_code_seconds: Integer, "Accounts_TwoFactorAuthentication_By_Email_Code_Expiration", 3600;
    two_factor_email_attempts: Number, "Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts", 5.0;
    two_factor_remember_seconds: Integer, "Accounts_TwoFactorAuthentication_RememberFor", 1800;
    two_factor_password_fallback: Truthy, "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback", true;

    // Sessions, and failed attempts at one.
    login_expiration_days: Number, "Accounts_LoginExpiration", 90.0;
    email_verification_required: ExactlyTrue, "Accounts_EmailVerification", false;
    block_failed_logins: Truthy, "Block_Multiple_Failed_Logins_Enabled", false, (6, 5, 1) => true;
    block_by_user: Truthy, "Block_Multiple_Failed_Logins_By_User", true;
    block_by_user_attempts: Number, "Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", 10.0;
    block_by_user_minutes: Number, "Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes", 5.0;
    block_by_address: Truthy, "Block_Multiple_Failed_Logins_By_Ip", true;
    block_by_address_attempts: Number, "Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip", 50.0;
    block_by_address_minutes: Number, "Block_Multiple_Failed_Logins_Time_To_Unblock_By_Ip_In_Minutes", 5.0;
    never_blocked_addresses: Text, "Block_Multiple_Failed_Logins_Ip_Whitelist", "";

    // REST.
    rate_limiter_enabled: Truthy, "API_Enable_Rate_Limiter", true;
    rate_limit_calls: Number, "API_Enable_Rate_Limiter_Limit_Calls_Default", 10.0;
    rate_limit_window_ms: Number, "API_Enable_Rate_Limiter_Limit_Time_Default", 60_000.0;
    method_limit_enabled: Truthy, "DDP_Rate_Limit_User_By_Method_Enabled", true;
    method_limit_calls: Number, "DDP_Rate_Limit_User_By_Method_Requests_Allowed", 20.0;
    method_limit_window_ms: Number, "DDP_Rate_Limit_User_By_Method_Interval_Time", 10_000.0;
    cors_enabled: Truthy, "API_Enable_CORS", false;
    cors_origin: Text, "API_CORS_Origin", "*";

    // Which changes are announced.
    use_real_name: ExactlyTrue, "UI_Use_Real_Name", false;
    presence_broadcast_disabled: Truthy, "Presence_broadcast_disabled", false;
    troubleshoot_presence_broadcast_disabled: Truthy, "Troubleshoot_Disable_Presence_Broadcast", false;

    // The mail server. An empty SMTP_Host means MAIL_URL. The port is text in the original, too.
    from_email: Text, "From_Email", "";
    smtp_protocol: Text, "SMTP_Protocol", "smtp";
    smtp_host: Text, "SMTP_Host", "";
    smtp_port: Text, "SMTP_Port", "";
    smtp_ignore_tls: Truthy, "SMTP_IgnoreTLS", true;
    smtp_pool: Truthy, "SMTP_Pool", true;
    smtp_username: Text, "SMTP_Username", "";
    smtp_password: Secret, "SMTP_Password", "";

    // The mails.
    mail_plain_text_only: Truthy, "email_plain_text_only", false;
    mail_style: Text, "email_style", mail::STYLE;
    mail_header: Text, "Email_Header", mail::HEADER;
    mail_footer: Text, "Email_Footer", mail::FOOTER;
    email_changed_subject: Text, "Email_Changed_Email_Subject", "{Email_Changed_Email_Subject}";
    email_changed_body: Text, "Email_Changed_Email", mail::EMAIL_CHANGED;
    enrolment_subject: Text, "Accounts_Enrollment_Email_Subject", "{Welcome_to Site_name}";
    enrolment_body: Text, "Accounts_Enrollment_Email", mail::ENROLMENT;
    forgot_password_subject: Text, "Forgot_Password_Email_Subject", "{Forgot_Password_Email_Subject}";
    forgot_password_body: Text, "Forgot_Password_Email", mail::FORGOT_PASSWORD;
    verification_subject: Text, "Verification_Email_Subject", "{Verification_Email_Subject}";
    verification_body: Text, "Verification_Email", mail::VERIFICATION;
    site_name: Text, "Site_Name", "Rocket.Chat";
    language: Text, "Language", "";

    // New members of rooms.
    read_receipts: Truthy, "Message_Read_Receipt_Enabled", false;

    // Preferences.
    auto_translate_rooms: Truthy, "AutoTranslate_AutoEnableOnJoinRoom", false;

    // What the reply shows. A missing Site_Url means ROOT_URL.
    site_url: Text, "Site_Url", "";
    outlook_enabled: Truthy, "Outlook_Calendar_Enabled", false;
    outlook_exchange_url: Text, "Outlook_Calendar_Exchange_Url", "";
    outlook_url: Text, "Outlook_Calendar_Outlook_Url", "";
    outlook_url_mapping: Text, "Outlook_Calendar_Url_Mapping", "{}";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(stored: &[(&str, Bson)], version: Version) -> Settings {
        let stored = stored.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
        Settings::resolve(&stored, &SettingVariables::default(), version)
    }

    #[test]
    fn a_missing_setting_has_the_default_of_the_version() {
        let policy = |version| {
            let settings = resolve(&[], version);
            (settings.password_policy_enabled, settings.password_min_length.to_bits())
        };
        assert_eq!(policy(Version::new(8, 0, 9)), (false, 7.0_f64.to_bits()));
        assert_eq!(policy(Version::new(8, 1, 0)), (true, 14.0_f64.to_bits()));
        let blocks = |version| resolve(&[], version).block_failed_logins;
        assert!(!blocks(Version::new(6, 5, 0)) && blocks(Version::new(6, 5, 1)));
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
            Version::EIGHT,
        );
        assert!(!settings.allow_profile_change);
        assert_eq!(settings.password_min_length.to_bits(), 9.0_f64.to_bits());
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
