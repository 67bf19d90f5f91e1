//! Texts of the mails where the database lacks the settings: `{…}` is a translation key, `[…]` a placeholder.
//!
//! Their structure is Rocket.Chat's; wording and markup are our own and shorter.

pub const STYLE: &str = "\
body { margin: 0; font-family: sans-serif; color: #2f343d; }
.btn { padding: 9px 16px; border-radius: 2px; background-color: #1D74F5; color: #fff; text-decoration: none; }
";

pub const HEADER: &str = "\
<html><head></head><body><table width=\"100%\"><tr><td>\
<a href=\"[Site_Url]\"><img src=\"[Site_Url_Slash]assets/logo.png\" alt=\"[Site_Name]\"></a>\
</td></tr><tr><td>";

pub const FOOTER: &str = "</td></tr><tr><td><small>[Site_Name]</small></td></tr></table></body></html>";

pub const EMAIL_CHANGED: &str = "\
<h2>{Hi},</h2>\
<p>{Your_email_address_has_changed}</p>\
<p>{Your_new_email_is_email}</p>\
<a class=\"btn\" href=\"[Site_URL]\">{Login}</a>";

pub const VERIFICATION: &str = "\
<h2>{Hi_username}</h2>\
<p>{Verification_email_body}</p>\
<a class=\"btn\" href=\"[Verification_Url]\">{Verify_your_email}</a>";

pub const FORGOT_PASSWORD: &str = "\
<h2>{Forgot_password}</h2>\
<p>{Lets_get_you_new_one_}</p>\
<a class=\"btn\" href=\"[Forgot_Password_Url]\">{Reset}</a>\
<p><i>{If_you_didnt_ask_for_reset_ignore_this_email}</i></p>";

pub const ENROLMENT: &str = "\
<h2>{Welcome_to Site_Name}</h2>\
<a class=\"btn\" href=\"[Site_URL]\">{Login}</a>";
