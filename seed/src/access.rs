//! The built-in roles, and the permissions that have to do with profiles.

use mongodb::bson::{DateTime, Document, doc};

const ROLES: [(&str, &str, &str); 11] = [
    ("admin", "Users", "Admin"),
    ("moderator", "Subscriptions", "Moderator"),
    ("leader", "Subscriptions", "Leader"),
    ("owner", "Subscriptions", "Owner"),
    ("user", "Users", ""),
    ("bot", "Users", ""),
    ("app", "Users", ""),
    ("guest", "Users", ""),
    ("anonymous", "Users", ""),
    ("livechat-agent", "Users", "Livechat Agent"),
    ("livechat-manager", "Users", "Livechat Manager"),
];

const PERMISSIONS: [(&str, &[&str]); 11] = [
    ("edit-other-user-info", &["admin"]),
    ("edit-other-user-password", &["admin"]),
    ("edit-other-user-avatar", &["admin"]),
    ("edit-other-user-e2ee", &["admin"]),
    ("edit-other-user-totp", &["admin"]),
    ("api-bypass-rate-limit", &["admin", "bot", "app"]),
    ("create-personal-access-tokens", &["admin", "user"]),
    ("logout-other-user", &["admin"]),
    ("assign-admin-role", &["admin"]),
    ("assign-roles", &["admin"]),
    ("view-full-other-user-info", &["admin"]),
];

pub(super) fn roles(now: DateTime) -> Vec<Document> {
    let role = |(id, scope, description)| {
        doc! {
            "_id": id,
            "name": id,
            "scope": scope,
            "description": description,
            "mandatory2fa": false,
            "protected": true,
            "_updatedAt": now,
        }
    };
    ROLES.into_iter().map(role).collect()
}

pub(super) fn permissions(now: DateTime) -> Vec<Document> {
    let permission = |(id, roles): (&str, &[&str])| doc! { "_id": id, "roles": roles, "_updatedAt": now };
    PERMISSIONS.into_iter().map(permission).collect()
}
