//! What makes each person's document different from the ordinary one; a function each.

use mongodb::bson::{Array, Bson, DateTime, Document, doc};

use super::services::{self, MINUTE};
use super::{date, earlier};
use crate::credentials::{Hashes, hashed_token, secret};
use crate::people::Person;

/// How many further tokens the person `many-tokens` has.
const MANY: i64 = 3000;

pub(super) fn apply(person: &Person, hashes: &Hashes, user: &mut Document, now: DateTime) {
    match person.handle {
        "plain" => plain(user),
        "admin" => drop(user.insert("roles", ["user", "admin"])),
        "oauth" => oauth(user),
        "legacy" => legacy(person, hashes, user, now),
        "many-tokens" => many_tokens(person, user, now),
        "pat" => personal_access_tokens(person, user, now),
        "null-custom-fields" => drop(user.insert("customFields", Bson::Null)),
        "bot" => bot(person, user, now),
        "forced" => user.extend(doc! {
            "requirePasswordChange": true,
            "requirePasswordChangeReason": "The administrator has asked for it",
        }),
        "deactivated" => user.extend(doc! { "active": false, "inactiveReason": "deactivated" }),
        "totp" => drop(services(user).insert("totp", services::totp())),
        "email2fa" => {
            services(user)
                .insert("email2fa", doc! { "enabled": true, "changedAt": date("2024-05-06T07:08:09.010Z") });
        }
        "agent" => agent(person, hashes, user, now),
        // These lack a field, which they do by lacking it as a person.
        "no-email" | "no-username" => {}
        other => unreachable!("{other} has no document"),
    }
}

/// Has the two connections of `connections`.
fn plain(user: &mut Document) {
    user.insert("status", "online");
    user.insert("statusConnection", "online");
    user.insert("bio", "Reads more than writes");
    user.insert("nickname", "plain one");
}

fn oauth(user: &mut Document) {
    services(user).insert(
        "google",
        doc! {
            "id": "100000000000000000001",
            "email": "oauth@example.com",
            "verified_email": true,
            "accessToken": secret("the Google access token"),
            "scope": ["email", "profile"],
            "expiresAt": 1_700_000_000_000.0,
        },
    );
}

/// Began under 0.6x and went through every upgrade; keeps relics of all of them.
fn legacy(person: &Person, hashes: &Hashes, user: &mut Document, now: DateTime) {
    let address = "legacy@example.com";
    let hash = person.password.as_deref().map(|password| hashes.get(password)).unwrap_or_default();
    user.insert("createdAt", date("2016-03-09T13:17:11.951Z"));
    user.insert(
        "services",
        doc! {
            "password": {
                "bcrypt": hash.replacen("$2b$", "$2a$", 1),
                "srp": { "identity": secret("srp identity"), "salt": secret("srp salt"), "verifier": secret("srp verifier") },
                "reset": {
                    "token": secret("the forgotten reset link"),
                    "email": address,
                    "when": date("2019-04-05T06:07:08.009Z"),
                    "reason": "reset",
                },
            },
            "email": { "verificationTokens": [
                services::verification_token("legacy, first mail", address, "2018-03-09T13:17:11.968Z"),
                services::verification_token("legacy, second mail", address, "2018-03-09T13:18:33.414Z"),
                services::verification_token("legacy, third mail", "old@example.com", "2018-03-09T14:41:21.633Z"),
            ] },
            "emailCode": [{ "code": "012345", "expire": date("2020-10-11T12:13:14.015Z") }],
            "resume": {
                "loginTokens": [
                    services::session(&person.token, earlier(now, 10 * MINUTE)),
                    services::session(&person.other_tokens[0], earlier(now, 20 * MINUTE)),
                    { "when": date("2016-03-09T13:17:12.110Z"), "token": secret("stored unhashed once") },
                ],
                "haveLoginTokensToDelete": true,
                "loginTokensToDelete": [{ "when": date("2016-03-10T08:00:00.000Z"), "token": secret("to delete") }],
            },
        },
    );
    user.insert("emails", vec![doc! { "address": address }]);
    user.insert("phone", vec![doc! { "number": "+15550100", "verified": false }]);
    user.insert("utcOffset", 5.5);
    user.insert("settings", doc! {});
    user.insert("nickname", "");
    user.insert(
        "customFields",
        doc! { "twitter": "userstwitter", "office": { "floor": 3_i64, "desk": 12.5 } },
    );
    user.insert("mailer", doc! { "unsubscribed": false });
    user.insert("enableAutoAway", true);
    user.insert("idleTimeLimit", 300_i64);
    user.insert("importIds", vec!["import-0001"]);
    user.insert("avatarOrigin", "upload");
    user.insert("avatarUrl", "/avatar/legacy");
    for newer in ["statusDefault", "statusText"] {
        user.remove(newer);
    }
}

fn many_tokens(person: &Person, user: &mut Document, now: DateTime) {
    let further = (1..=MANY).map(|count| {
        let hashed = hashed_token(&format!("{}, further {count}", person.handle));
        doc! { "when": earlier(now, count * 20 * MINUTE), "hashedToken": hashed }
    });
    // Rocket.Chat appends, so the token that works now is the last.
    let own = services::session(&person.token, earlier(now, MINUTE));
    set_tokens(user, further.chain([own]));
}

fn personal_access_tokens(person: &Person, user: &mut Document, now: DateTime) {
    let [bypassing, asking] = &person.other_tokens[..] else {
        unreachable!("`pat` has two tokens beside the session");
    };
    let tokens = [
        services::session(&person.token, earlier(now, MINUTE)),
        services::personal_access_token(bypassing, "nightly job", Some(true)),
        services::personal_access_token(asking, "script", None),
    ];
    set_tokens(user, tokens);
}

fn bot(person: &Person, user: &mut Document, now: DateTime) {
    let access =
        person.other_tokens.iter().map(|token| services::personal_access_token(token, "bot", Some(true)));
    set_tokens(user, [services::session(&person.token, earlier(now, MINUTE))].into_iter().chain(access));
    user.insert("type", "bot");
    user.insert("roles", ["bot"]);
}

/// Answers Omnichannel chats, and has everything that a long use of the web client leaves behind.
fn agent(person: &Person, hashes: &Hashes, user: &mut Document, now: DateTime) {
    let email = "agent@example.com";
    let services = services(user);
    services.insert("email2fa", doc! { "enabled": true, "changedAt": date("2023-02-20T13:42:07.118Z") });
    let token = services::verification_token("agent, first mail", email, "2023-05-23T18:47:07.142Z");
    services.insert("email", doc! { "verificationTokens": [token] });
    services.insert("totp", doc! { "enabled": false });
    services.insert("passwordHistory", services::password_history(person, hashes));
    let remembered = doc! {
        "when": earlier(now, 3 * MINUTE),
        "hashedToken": hashed_token(&person.other_tokens[1]),
        "twoFactorAuthorizedHash": "3067196228a830eacd6181a6977fe86a",
        "twoFactorAuthorizedUntil": earlier(now, -30 * MINUTE),
    };
    set_tokens(
        user,
        [
            services::session(&person.token, earlier(now, MINUTE)),
            services::session(&person.other_tokens[0], earlier(now, 2 * MINUTE)),
            remembered,
        ],
    );

    user.insert("roles", ["user", "admin", "livechat-agent", "livechat-manager"]);
    user.insert(
        "settings",
        doc! { "preferences": { "themeAppearence": "light", "enableAutoAway": true }, "profile": {} },
    );
    user.insert("statusConnection", "away");
    user.insert(
        "banners",
        doc! {
            "versionUpdate-6_0_0": version_banner("6.0.0", true),
            "versionUpdate-6_2_8": version_banner("6.2.8", false),
            "versionUpdate-9_0_0": version_banner("9.0.0", false),
            "seats-taken": {
                "id": "seats-taken",
                "priority": 1,
                "title": "Seats_taken",
                "text": "Seats_taken_text",
                "modifiers": ["danger"],
                "link": "/admin",
            },
        },
    );
    user.insert("statusDefault", "offline");
    user.insert("statusText", "On a vacation");
    user.extend(doc! {
        "operator": true,
        "livechatStatusSystemModified": false,
        "statusLivechat": "available",
        "livechatCount": 8,
        "livechat": { "maxNumberSimultaneousChat": "" },
        "openBusinessHours": ["business-hour-default"],
        "bio": "Engineer",
        "nickname": "",
        "language": "en",
        "e2e": { "public_key": "{}", "private_key": secret("the end-to-end key") },
        "avatarETag": "tYz2qLkD4bNhWcXea",
        "customFields": { "twitter": "@agent", "pager": "42" },
    });
}

fn version_banner(version: &str, is_read: bool) -> Document {
    let mut banner = doc! {
        "id": format!("versionUpdate-{}", version.replace('.', "_")),
        "priority": 10,
        "title": "Update_your_RocketChat",
        "text": "New_version_available_(s)",
        "textArguments": [version],
        "link": format!("https://github.com/RocketChat/Rocket.Chat/releases/tag/{version}"),
        "modifiers": [],
    };
    if is_read {
        banner.insert("read", true);
    }
    banner
}

fn services(user: &mut Document) -> &mut Document {
    user.get_document_mut("services").expect("the ordinary document has services")
}

fn set_tokens(user: &mut Document, tokens: impl IntoIterator<Item = Document>) {
    let tokens: Array = tokens.into_iter().map(Bson::from).collect();
    services(user).insert("resume", doc! { "loginTokens": tokens });
}
