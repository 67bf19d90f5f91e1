//! Default texts of the mail settings: `{…}` is a translation key, `[…]` a placeholder.
//!
//! Their structure is Rocket.Chat's; the markup around it is our own and shorter.

pub(super) const STYLE: &str = "\
body { margin: 0; font-family: sans-serif; color: #2f343d; }
.btn { padding: 9px 16px; border-radius: 2px; background-color: #1D74F5; color: #fff; text-decoration: none; }
";

pub(super) const HEADER: &str = "\
<html><body><table width=\"100%\"><tr><td>\
<a href=\"[Site_Url]\"><img src=\"[Site_Url_Slash]assets/logo.png\" alt=\"[Site_Name]\"></a>\
</td></tr><tr><td>";

pub(super) const FOOTER: &str =
    "</td></tr><tr><td><small>[Site_Name]</small></td></tr></table></body></html>";

pub(super) const EMAIL_CHANGED: &str = "\
<h2>{Hi},</h2>\
<p>{Your_email_address_has_changed}</p>\
<p>{Your_new_email_is_email}</p>\
<a class=\"btn\" href=\"[Site_URL]\">{Login}</a>";

pub(super) const VERIFICATION: &str = "\
<h2>{Hi_username}</h2>\
<p>{Verification_email_body}</p>\
<a class=\"btn\" href=\"[Verification_Url]\">{Verify_your_email}</a>";

pub(super) const PASSWORD_CHANGED: &str = "\
<h2>{Hi},</h2>\
<p>{Your_password_was_changed_by_an_admin}</p>\
<p>{Your_temporary_password_is_password}</p>\
<a class=\"btn\" href=\"[Site_URL]\">{Login}</a>";

pub(super) const ENROLLMENT: &str = "\
<h2>{Welcome_to Site_Name}</h2>\
<a class=\"btn\" href=\"[Site_URL]\">{Login}</a>";
