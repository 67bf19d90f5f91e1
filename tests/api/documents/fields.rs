//! Every field of a user's document that the service reads or writes, and what may be stored in its place.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{
    Binary, Bson, DateTime, Decimal128, Document, JavaScriptCodeWithScope, Regex, Timestamp, bson, doc,
};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// Held against the commands that the service sends by `every_field_that_is_read_or_written_is_in_the_table`. Numbers
/// are elements of lists.
pub const FIELDS: [&str; 85] = [
    "_updatedAt",
    "active",
    "banners",
    "bio",
    "createdAt",
    "customFields",
    "customFields.pager",
    "customFields.twitter",
    "emails",
    "emails.0",
    "emails.0.address",
    "emails.0.verified",
    "federated",
    "federation",
    "federation.version",
    "inviteToken",
    "language",
    "lastLogin",
    "name",
    "nickname",
    "previousState",
    "previousState.statusExpiresAt",
    "previousState.statusSource",
    "requirePasswordChange",
    "requirePasswordChangeReason",
    "roles",
    "roles.0",
    "services",
    "services.email",
    "services.email.verificationTokens",
    "services.email.verificationTokens.0",
    "services.email2fa",
    "services.email2fa.changedAt",
    "services.email2fa.enabled",
    "services.emailCode",
    "services.emailCode.attempts",
    "services.emailCode.code",
    "services.emailCode.expire",
    "services.github",
    "services.gitlab",
    "services.password",
    "services.password.argon2",
    "services.password.bcrypt",
    "services.password.reset",
    "services.passwordHistory",
    "services.passwordHistory.0",
    "services.resume",
    "services.resume.loginTokens",
    "services.resume.loginTokens.0",
    "services.resume.loginTokens.0.hashedToken",
    "services.resume.loginTokens.0.token",
    "services.resume.loginTokens.0.twoFactorAuthorizedHash",
    "services.resume.loginTokens.0.twoFactorAuthorizedUntil",
    "services.resume.loginTokens.0.type",
    "services.resume.loginTokens.0.when",
    "services.resume.loginTokens.1",
    "services.resume.loginTokens.1.when",
    "services.totp",
    "services.totp.enabled",
    "services.totp.hashedBackup",
    "services.totp.hashedBackup.0",
    "services.totp.secret",
    "services.totp.tempSecret",
    "settings",
    "settings.pagers",
    "settings.preferences",
    "settings.profile",
    "status",
    "statusConnection",
    "statusDefault",
    "statusExpiresAt",
    "statusId",
    "statusSource",
    "statusText",
    "type",
    "username",
    // Shown to their owner, and nothing else.
    "avatarETag",
    "avatarOrigin",
    "abacAttributes",
    "defaultRoom",
    "enableAutoAway",
    "idleTimeLimit",
    "oauth",
    "openBusinessHours",
    "utcOffset",
];

/// A value of any BSON type, `None` for none at all.
pub fn any_value(random: &mut StdRng, stored: Option<&Bson>) -> Option<Bson> {
    let date = |millis| Bson::DateTime(DateTime::from_millis(millis));
    let decimal = |text: &str| Bson::Decimal128(text.parse::<Decimal128>().expect("a decimal"));
    let regex = |pattern: &str| {
        Bson::RegularExpression(Regex {
            pattern: pattern.try_into().expect("no null"),
            options: "i".try_into().expect("no null"),
        })
    };
    let scope = JavaScriptCodeWithScope { code: "f()".to_owned(), scope: doc! {"a": 1} };
    let binary = Binary { subtype: BinarySubtype::Generic, bytes: vec![0, 159, 255] };
    let mut values = vec![
        Some(Bson::Null),
        Some(Bson::Null),
        Some(Bson::Undefined),
        Some(true.into()),
        Some(false.into()),
        Some(0.into()),
        Some(5.into()),
        Some(Bson::Int64(i64::MAX)),
        Some(Bson::Int64(0)),
        Some(1.5.into()),
        Some(f64::NAN.into()),
        Some((-0.0).into()),
        Some(f64::INFINITY.into()),
        Some(decimal("0")),
        Some(decimal("NaN")),
        Some(decimal("1E+6144")),
        Some("".into()),
        Some("Jane Doe".into()),
        Some("$name".into()),
        Some("$2b$10$abcdefghijklmnopqrstuuJdmVpWS6kC3pYDyvxV2IKNzKjmTkhhe".into()),
        Some(Bson::Symbol("symbol".to_owned())),
        Some(Bson::Symbol(String::new())),
        Some(date(0)),
        Some(date(32_500_000_000_000)),
        Some(date(i64::MAX)),
        Some(date(i64::MIN)),
        Some(Bson::Timestamp(Timestamp { time: u32::MAX, increment: 1 })),
        Some(Bson::ObjectId(ObjectId::from_bytes([7; 12]))),
        Some(Bson::Binary(binary)),
        Some(regex(".*")),
        Some(regex("^$")),
        Some(Bson::JavaScriptCode("f()".to_owned())),
        Some(Bson::JavaScriptCodeWithScope(scope)),
        Some(Bson::MinKey),
        Some(Bson::MaxKey),
        Some(Document::new().into()),
        Some(bson!({"a": {"b": [1]}})),
        Some(
            bson!({"enabled": true, "address": ["x"], "version": "1", "code": 7, "statusSource": "internal"}),
        ),
        Some(bson!({"$oid": "no id"})),
        Some(bson!({"$numberLong": 5})),
        Some(bson!([])),
        Some(bson!(["Jane Doe"])),
        Some(bson!([""])),
        Some(bson!([null])),
        Some(bson!([true])),
        Some(bson!([false])),
        Some(bson!([0])),
        Some(bson!([{}])),
        Some(bson!([{"address": "z@example.com", "verified": true, "enabled": true, "bcrypt": "x"}])),
        Some(bson!(["text", {"address": "z@example.com", "verified": 1}])),
        Some(bson!([["nested"], [{"address": "y@example.com", "hashedToken": "x"}]])),
        Some(Bson::Array(vec![date(32_500_000_000_000)])),
        None,
        None,
        None,
    ];
    if let Some(stored) = stored {
        // What was right, at the wrong place.
        values.push(Some(Bson::Array(vec![stored.clone()])));
        values.push(Some(Bson::Array(vec![Bson::Array(vec![stored.clone()])])));
        values.push(Some(doc! {"0": stored.clone()}.into()));
        if let Bson::Array(elements) = stored {
            values.extend(elements.first().cloned().map(Some));
        }
    }
    values.choose(random).expect("a value").clone()
}

/// A field, and the value in its place; parents that are missing are made. `None` where the path cannot be gone.
pub fn replace(random: &mut StdRng, user: &mut Document) -> Option<(&'static str, Option<Bson>)> {
    let path = FIELDS[random.random_range(0..FIELDS.len())];
    let segments: Vec<&str> = path.split('.').collect();
    let (last, parents) = segments.split_last()?;
    let mut place: Option<&mut Bson> = None;
    for segment in parents {
        place = Some(match place {
            None => user.entry((*segment).to_owned()).or_insert_with(|| Document::new().into()),
            Some(Bson::Document(document)) => {
                document.entry((*segment).to_owned()).or_insert_with(|| Document::new().into())
            }
            Some(Bson::Array(elements)) => elements.get_mut(segment.parse::<usize>().ok()?)?,
            Some(_) => return None,
        });
    }
    let value;
    match place {
        Some(Bson::Array(elements)) => {
            let at = last.parse::<usize>().ok()?;
            value = any_value(random, elements.get(at));
            match &value {
                Some(value) => *elements.get_mut(at)? = value.clone(),
                None if at < elements.len() => drop(elements.remove(at)),
                None => return None,
            }
        }
        Some(Bson::Document(document)) => value = put(random, document, last),
        Some(_) => return None,
        None => value = put(random, user, last),
    }
    Some((path, value))
}

fn put(random: &mut StdRng, document: &mut Document, key: &str) -> Option<Bson> {
    let value = any_value(random, document.get(key));
    match &value {
        Some(value) => drop(document.insert(key, value.clone())),
        None => drop(document.remove(key)),
    }
    value
}
