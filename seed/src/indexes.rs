//! The indexes that Rocket.Chat and Meteor's accounts packages declare, as far as a profile change meets them.

use mongodb::Database;
use mongodb::bson::{Document, doc};
use mongodb::error::Error;

use super::Release;

/// Creates them; one command for each collection, which then exists.
pub(super) async fn create(database: &Database, release: Release) -> Result<(), Error> {
    for (collection, indexes) in [
        ("users", users(release)),
        ("rocketchat_message", messages()),
        ("rocketchat_room", rooms()),
        ("rocketchat_subscription", subscriptions()),
        ("rocketchat_avatars", vec![sparse("name")]),
        ("rocketchat_server_events", server_events()),
    ] {
        let command = doc! { "createIndexes": collection, "indexes": indexes };
        database.run_command(command).await?;
    }
    Ok(())
}

fn users(release: Release) -> Vec<Document> {
    let mut indexes = Vec::new();
    // The model.
    indexes.extend(
        ["name", "createdAt", "lastLogin", "status", "statusText", "type", "services.saml.inResponseTo"]
            .map(plain),
    );
    indexes.extend(
        [
            "__rooms",
            "roles",
            "bio",
            "nickname",
            "statusConnection",
            "appId",
            "federated",
            "federation",
            "isRemote",
        ]
        .map(sparse),
    );
    indexes.extend(["openBusinessHours", "statusLivechat", "language", "importIds"].map(sparse));
    indexes.push(unique("freeSwitchExtension"));
    indexes.extend(
        ["services.email2fa.enabled", "services.totp.enabled"]
            .map(|method| with(index(doc! { "active": 1, method: 1 }), doc! { "sparse": true })),
    );
    indexes.push(existing(doc! { "active": 1, "lastLogin": 1 }, "lastLogin"));
    // Meteor's accounts-base and accounts-password.
    indexes.extend(
        [
            "username",
            "emails.address",
            "services.resume.loginTokens.hashedToken",
            "services.resume.loginTokens.token",
            "services.email.verificationTokens.token",
            "services.password.reset.token",
            "services.password.enroll.token",
        ]
        .map(unique),
    );
    indexes.extend(
        [
            "services.resume.haveLoginTokensToDelete",
            "services.resume.loginTokens.when",
            "services.password.reset.when",
            "services.password.enroll.when",
        ]
        .map(sparse),
    );
    if release == Release::Eight {
        indexes.push(existing(doc! { "statusExpiresAt": 1 }, "statusExpiresAt"));
        indexes.push(with(insensitive("emails.address"), doc! { "sparse": true }));
        indexes.push(insensitive("username"));
    }
    indexes
}

fn messages() -> Vec<Document> {
    let text = doc! { "key": { "msg": "text" }, "name": "msg_text" };
    vec![
        index(doc! { "rid": 1, "ts": 1, "_updatedAt": 1 }),
        plain("u._id"),
        sparse("editedBy._id"),
        sparse("mentions.username"),
        text,
    ]
}

fn rooms() -> Vec<Document> {
    vec![sparse("muted"), plain("u._id"), sparse("uids")]
}

fn subscriptions() -> Vec<Document> {
    vec![
        index(doc! { "u._id": 1, "name": 1, "t": 1 }),
        index(doc! { "name": 1, "t": 1 }),
        index(doc! { "rid": 1, "u._id": 1 }),
    ]
}

fn server_events() -> Vec<Document> {
    vec![index(doc! { "t": 1, "ip": 1, "ts": -1 }), index(doc! { "t": 1, "u.username": 1, "ts": -1 })]
}

fn plain(field: &str) -> Document {
    index(doc! { field: 1 })
}

fn sparse(field: &str) -> Document {
    with(plain(field), doc! { "sparse": true })
}

fn unique(field: &str) -> Document {
    with(plain(field), doc! { "unique": true, "sparse": true })
}

fn existing(key: Document, field: &str) -> Document {
    with(index(key), doc! { "partialFilterExpression": { field: { "$exists": true } } })
}

fn insensitive(field: &str) -> Document {
    doc! {
        "key": { field: 1 },
        "name": format!("{field}_insensitive"),
        "collation": { "locale": "en", "strength": 2, "caseLevel": false },
    }
}

/// An index with the name that drivers give it.
fn index(key: Document) -> Document {
    let name: Vec<String> = key.iter().map(|(field, order)| format!("{field}_{order}")).collect();
    doc! { "name": name.join("_"), "key": key }
}

fn with(mut index: Document, options: Document) -> Document {
    index.extend(options);
    index
}
