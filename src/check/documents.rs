//! Users with a field of a type that Rocket.Chat does not give it.

use super::Finding;
use super::finding::users;
use crate::store::{FieldKind, OddField, Store};
use serde_json::json;

const CHECK: &str = "documents";

pub(super) async fn check(store: &Store) -> Vec<Finding> {
    match store.odd_fields().await {
        Err(error) => vec![Finding::unanswered(CHECK, &error)],
        Ok(odd) if odd.is_empty() => {
            vec![Finding::ok(CHECK, "users' fields are of the types that Rocket.Chat gives them")]
        }
        Ok(odd) => odd.iter().map(finding).collect(),
    }
}

fn finding(odd: &OddField) -> Finding {
    let OddField { path, kind, users: number, some } = odd;
    let wanted = match kind {
        FieldKind::Document => "no document",
        FieldKind::Documents => "no list of documents",
        FieldKind::Addresses => "no list of addresses",
        FieldKind::Texts => "no list of texts",
        FieldKind::Text => "no text",
        FieldKind::Date => "no date",
    };
    let message = format!("{path} is {wanted}: {}, such as {}", users(*number), some.join(", "));
    Finding::warning(CHECK, "field-type", message, remedy(odd))
        .details(json!({"path": path, "users": number, "some": some}))
}

/// What is shown finds lists with wrong elements only by their owners, and removes nothing that could be of use.
fn remedy(odd: &OddField) -> String {
    let OddField { path, kind, .. } = odd;
    let types = json!(kind.types());
    let filter = format!(r#"{{$expr: {{$not: {{$in: [{{$type: "${path}"}}, {types}]}}}}}}"#);
    match kind {
        FieldKind::Document if !path.starts_with("services") => format!(
            r#"none is needed here; for Rocket.Chat, which cannot save into it: db.users.updateMany({filter}, {{$unset: {{"{path}": 1}}}})"#
        ),
        FieldKind::Document => format!(
            "it counts as empty, and only a list in the place of services or services.resume is never replaced; look at \
             it and $set or $unset it: db.users.find({filter})"
        ),
        FieldKind::Documents | FieldKind::Addresses | FieldKind::Texts => format!(
            "what is of another type counts as not there; look at it and $set it right: db.users.find({filter}), \
             and the users that are named"
        ),
        FieldKind::Text | FieldKind::Date => format!(
            "it counts as not there, and the next change of it sets it right; or by hand: db.users.find({filter})"
        ),
    }
}
