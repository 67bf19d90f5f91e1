//! The settings that a profile change, its second factor, its mails and its rate limit look at, with Rocket.Chat's
//! own defaults: those of 8.8, and those of 6.x where they differed.

use super::mail_texts as mail;
use super::setting::Kind::{self, Boolean, Code, Int, Language, Password, RandomId, Select, Text, Timespan};
use super::setting::{Section, Setting};

const fn setting(id: &'static str, default: Kind) -> Setting {
    Setting::new(id, default)
}

#[rustfmt::skip]
pub(super) const SECTIONS: &[Section] = &[
    Section { group: Some("Accounts"), six: None, eight: Some("Accounts_Section_Profile_SelfService"), settings: &[
        setting("Accounts_AllowUserProfileChange", Boolean(true)).public(),
        setting("Accounts_AllowRealNameChange", Boolean(true)).public(),
        setting("Accounts_AllowUsernameChange", Boolean(true)).public(),
        setting("Accounts_AllowEmailChange", Boolean(true)).public(),
        setting("Accounts_AllowUserStatusMessageChange", Boolean(true)).public(),
        setting("Accounts_AllowUserAvatarChange", Boolean(true)).public(),
        setting("Accounts_AllowPasswordChange", Boolean(true)).public(),
        setting("Accounts_AllowPasswordChangeForOAuthUsers", Boolean(true)).public(),
        setting("Accounts_AllowInvisibleStatusOption", Boolean(true)).public(),
        setting("Accounts_AllowEmailNotifications", Boolean(true)).public(),
        setting("Accounts_CustomFieldsToShowInUserInfo", Text("")).public(),
    ] },
    Section { group: Some("Accounts"), six: Some("Registration"), eight: Some("Accounts_Section_Registration_SignUp"), settings: &[
        setting("Accounts_RequireNameForSignUp", Boolean(true)),
        setting("Accounts_BlockedUsernameList", Text("")),
        setting("Accounts_SystemBlockedUsernameList", Text("admin,administrator,system,user")).hidden(),
        setting("Accounts_EmailVerification", Boolean(false)),
        setting("Accounts_Verify_Email_For_External_Accounts", Boolean(true)),
        setting("Accounts_AllowedDomainsList", Text("")).public(),
        setting("Accounts_BlockedDomainsList", Text("")),
        setting("Accounts_UseDefaultBlockedDomainsList", Boolean(true)),
        setting("Accounts_UseDNSDomainCheck", Boolean(false)),
        setting("Accounts_CustomFields", Code("")).public(),
        setting("Accounts_RegistrationForm", Select("Public", &["Public", "Secret URL", "Disabled"])),
        setting("Accounts_RegistrationForm_SecretURL", RandomId).secret(),
        setting("Accounts_ManuallyApproveNewUsers", Boolean(false)),
        setting("Accounts_RequirePasswordConfirmation", Boolean(true)),
        setting("Accounts_PasswordReset", Boolean(true)),
        setting("Accounts_DefaultUsernamePrefixSuggestion", Text("user")),
        setting("Accounts_Registration_Users_Default_Roles", Text("user")),
    ] },
    Section { group: Some("Accounts"), six: Some("Avatars"), eight: Some("Avatars"), settings: &[
        setting("Accounts_SetDefaultAvatar", Boolean(true)),
    ] },
    Section { group: Some("Accounts"), six: Some("Password_Policy"), eight: Some("Password_Policy"), settings: &[
        setting("Accounts_Password_Policy_Enabled", Boolean(true)).public().six(Boolean(false)),
        setting("Accounts_Password_Policy_MinLength", Int(14)).six(Int(7)),
        setting("Accounts_Password_Policy_MaxLength", Int(-1)),
        setting("Accounts_Password_Policy_ForbidRepeatingCharacters", Boolean(true)),
        setting("Accounts_Password_Policy_ForbidRepeatingCharactersCount", Int(3)),
        setting("Accounts_Password_Policy_AtLeastOneLowercase", Boolean(true)),
        setting("Accounts_Password_Policy_AtLeastOneUppercase", Boolean(true)),
        setting("Accounts_Password_Policy_AtLeastOneNumber", Boolean(true)),
        setting("Accounts_Password_Policy_AtLeastOneSpecialCharacter", Boolean(true)),
        setting("Accounts_Password_History_Enabled", Boolean(false)),
        setting("Accounts_Password_History_Amount", Int(5)),
    ] },
    Section { group: Some("Accounts"), six: None, eight: None, settings: &[
        setting("Accounts_LoginExpiration", Int(90)).public(),
        setting("Accounts_ForgetUserSessionOnWindowClose", Boolean(false)),
    ] },
    Section { group: Some("Accounts"), six: Some("Two Factor Authentication"), eight: Some("Accounts_Section_Authentication_Security"), settings: &[
        setting("Accounts_TwoFactorAuthentication_Enabled", Boolean(true)).public(),
        setting("Accounts_TwoFactorAuthentication_By_TOTP_Enabled", Boolean(true)).public(),
        setting("Accounts_TwoFactorAuthentication_MaxDelta", Int(1)),
        setting("Accounts_TwoFactorAuthentication_By_Email_Enabled", Boolean(true)).public(),
        setting("Accounts_twoFactorAuthentication_email_available_for_OAuth_users", Boolean(true)).public(),
        setting("Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In", Boolean(true)),
        setting("Accounts_TwoFactorAuthentication_By_Email_Code_Expiration", Timespan(3600)).six(Int(3600)),
        setting("Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts", Int(5)),
        setting("Accounts_TwoFactorAuthentication_RememberFor", Int(1800)),
        setting("Accounts_TwoFactorAuthentication_Enforce_Password_Fallback", Boolean(true)).public(),
    ] },
    Section { group: Some("Accounts"), six: Some("Login_Attempts"), eight: Some("Login_Attempts"), settings: &[
        setting("Block_Multiple_Failed_Logins_Enabled", Boolean(true)),
        setting("Block_Multiple_Failed_Logins_By_User", Boolean(true)),
        setting("Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", Int(10)),
        setting("Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes", Int(5)),
        setting("Block_Multiple_Failed_Logins_By_Ip", Boolean(true)),
        setting("Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip", Int(50)),
        setting("Block_Multiple_Failed_Logins_Time_To_Unblock_By_Ip_In_Minutes", Int(5)),
        setting("Block_Multiple_Failed_Logins_Ip_Whitelist", Text("")),
        setting("Block_Multiple_Failed_Logins_Notify_Failed", Boolean(false)),
        setting("Block_Multiple_Failed_Logins_Notify_Failed_Channel", Text("")),
        setting("Login_Logs_Enabled", Boolean(false)),
        setting("Login_Logs_Username", Boolean(false)),
        setting("Login_Logs_UserAgent", Boolean(false)),
        setting("Login_Logs_ClientIp", Boolean(false)),
        setting("Login_Logs_ForwardedForIp", Boolean(false)),
    ] },
    Section { group: Some("Accounts"), six: Some("Accounts_Default_User_Preferences"), eight: Some("Accounts_Default_User_Preferences"), settings: &[
        setting("Accounts_Default_User_Preferences_enableAutoAway", Boolean(true)),
        setting("Accounts_Default_User_Preferences_idleTimeLimit", Int(300)),
    ] },
    Section { group: Some("Email"), six: Some("SMTP"), eight: Some("SMTP"), settings: &[
        setting("From_Email", Text("")),
        setting("SMTP_Protocol", Select("smtp", &["smtp", "smtps"])),
        setting("SMTP_Host", Text("")),
        setting("SMTP_Port", Text("")),
        setting("SMTP_IgnoreTLS", Boolean(true)),
        setting("SMTP_Pool", Boolean(true)),
        setting("SMTP_Username", Text("")).secret(),
        setting("SMTP_Password", Password("")).secret(),
    ] },
    Section { group: Some("Email"), six: Some("Style"), eight: Some("Style"), settings: &[
        setting("email_plain_text_only", Boolean(false)),
        setting("email_style", Code(mail::STYLE)),
    ] },
    Section { group: Some("Email"), six: Some("Header_and_Footer"), eight: Some("Header_and_Footer"), settings: &[
        setting("Email_Header", Code(mail::HEADER)),
        setting("Email_Footer", Code(mail::FOOTER)),
    ] },
    Section { group: Some("Email"), six: Some("Email_changed_section"), eight: Some("Email_changed_section"), settings: &[
        setting("Email_Changed_Email_Subject", Text("{Email_Changed_Email_Subject}")),
        setting("Email_Changed_Email", Code(mail::EMAIL_CHANGED)),
    ] },
    Section { group: Some("Email"), six: Some("Verification"), eight: Some("Verification"), settings: &[
        setting("Verification_Email_Subject", Text("{Verification_Email_Subject}")),
        setting("Verification_Email", Code(mail::VERIFICATION)),
    ] },
    Section { group: Some("Email"), six: Some("Password_changed_section"), eight: Some("Password_changed_section"), settings: &[
        setting("Password_Changed_Email_Subject", Text("{Password_Changed_Email_Subject}")),
        setting("Password_Changed_Email", Code(mail::PASSWORD_CHANGED)),
    ] },
    Section { group: Some("Email"), six: Some("Forgot_password_section"), eight: Some("Forgot_password_section"), settings: &[
        setting("Forgot_Password_Email_Subject", Text("{Forgot_Password_Email_Subject}")),
    ] },
    Section { group: Some("Email"), six: Some("Registration"), eight: Some("Registration"), settings: &[
        setting("Accounts_Enrollment_Email_Subject", Text("{Welcome_to Site_name}")),
        setting("Accounts_Enrollment_Email", Code(mail::ENROLLMENT)),
    ] },
    Section { group: Some("Email"), six: None, eight: None, settings: &[
        setting("Triggered_Emails_Count", Int(0)).hidden(),
    ] },
    Section { group: Some("Rate Limiter"), six: Some("API_Rate_Limiter"), eight: Some("API_Rate_Limiter"), settings: &[
        setting("API_Enable_Rate_Limiter", Boolean(true)),
        setting("API_Enable_Rate_Limiter_Dev", Boolean(true)),
        setting("API_Enable_Rate_Limiter_Limit_Calls_Default", Int(10)),
        setting("API_Enable_Rate_Limiter_Limit_Time_Default", Int(60_000)),
    ] },
    Section { group: Some("Rate Limiter"), six: Some("Feature_Limiting"), eight: Some("Feature_Limiting"), settings: &[
        setting("Rate_Limiter_Limit_RegisterUser", Int(1)),
    ] },
    Section { group: Some("Rate Limiter"), six: Some("DDP_Rate_Limiter"), eight: Some("DDP_Rate_Limiter"), settings: &[
        setting("DDP_Rate_Limit_IP_Enabled", Boolean(true)),
        setting("DDP_Rate_Limit_IP_Requests_Allowed", Int(120_000)),
        setting("DDP_Rate_Limit_IP_Interval_Time", Int(60_000)),
        setting("DDP_Rate_Limit_User_Enabled", Boolean(true)),
        setting("DDP_Rate_Limit_User_Requests_Allowed", Int(1200)),
        setting("DDP_Rate_Limit_User_Interval_Time", Int(60_000)),
        setting("DDP_Rate_Limit_Connection_Enabled", Boolean(true)),
        setting("DDP_Rate_Limit_Connection_Requests_Allowed", Int(600)),
        setting("DDP_Rate_Limit_Connection_Interval_Time", Int(60_000)),
        setting("DDP_Rate_Limit_User_By_Method_Enabled", Boolean(true)),
        setting("DDP_Rate_Limit_User_By_Method_Requests_Allowed", Int(20)),
        setting("DDP_Rate_Limit_User_By_Method_Interval_Time", Int(10_000)),
        setting("DDP_Rate_Limit_Connection_By_Method_Enabled", Boolean(true)),
        setting("DDP_Rate_Limit_Connection_By_Method_Requests_Allowed", Int(10)),
        setting("DDP_Rate_Limit_Connection_By_Method_Interval_Time", Int(10_000)),
    ] },
    Section { group: Some("General"), six: None, eight: None, settings: &[
        setting("Site_Url", Text("http://localhost:3000")).public(),
        setting("Site_Name", Text("Rocket.Chat")).public(),
        setting("Language", Language("")),
        setting("Force_SSL", Boolean(false)),
        setting("Enable_CSP", Boolean(true)),
    ] },
    Section { group: Some("General"), six: Some("UTF8"), eight: Some("UTF8"), settings: &[
        setting("UTF8_User_Names_Validation", Text("[0-9a-zA-Z-_.]+")),
        setting("UTF8_Names_Slugify", Boolean(true)),
    ] },
    Section { group: Some("General"), six: Some("REST API"), eight: Some("REST API"), settings: &[
        setting("API_Enable_CORS", Boolean(false)),
        setting("API_CORS_Origin", Text("*")),
        setting("API_Upper_Count_Limit", Int(100)),
        setting("API_Default_Count", Int(50)),
        setting("API_Allow_Infinite_Count", Boolean(true)),
        setting("API_User_Limit", Int(500)),
        setting("API_Shield_user_require_auth", Boolean(false)),
    ] },
    Section { group: Some("Layout"), six: Some("User_Interface"), eight: Some("User_Interface"), settings: &[
        setting("UI_Use_Real_Name", Boolean(false)).public(),
    ] },
    Section { group: Some("Troubleshoot"), six: None, eight: None, settings: &[
        setting("Presence_broadcast_disabled", Boolean(false)).public(),
        setting("Troubleshoot_Disable_Presence_Broadcast", Boolean(false)),
        setting("Troubleshoot_Disable_Instance_Broadcast", Boolean(false)),
    ] },
    Section { group: None, six: None, eight: None, settings: &[
        setting("uniqueID", RandomId).public(),
    ] },
];
