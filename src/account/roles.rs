//! What a verified address does to the roles. Source: `docs/behaviour/own-account.md` section 5.5.

use crate::caller::Caller;
use crate::store::UserUpdate;

const ANONYMOUS: &str = "anonymous";
const USER: &str = "user";

/// Whoever has a verified address is anonymous no more. Nothing else becomes of the roles.
#[must_use]
pub fn plan_roles_of_verified(user: &Caller) -> UserUpdate {
    let mut update = UserUpdate::default();
    let is_verified = user.emails.iter().any(|email| email.verified);
    if is_verified && user.roles.iter().any(|role| role == ANONYMOUS) {
        update.guard_element("roles", ANONYMOUS);
        let mut roles: Vec<&str> =
            user.roles.iter().map(String::as_str).filter(|role| *role != ANONYMOUS).collect();
        if !roles.contains(&USER) {
            roles.push(USER);
        }
        update.set("roles", roles);
    }
    update
}
