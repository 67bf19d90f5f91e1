//! The field `payload`, which holds the whole body as JSON text: routes for users who are signed in read it up to 7.4, of
//! JSON as well as of forms. Source: `docs/behaviour/versions.md` section 4, S9.

use super::body::{Body, BodyError};
use super::bounds::judge_json;
use super::json;
use crate::release::Release;
use serde_json::value::RawValue;

/// The body that the field holds, if the version reads it and it holds anything.
///
/// # Errors
/// [`BodyError::BrokenPayload`], [`BodyError::OutOfBounds`].
pub fn unwrapped(body: Body, release: &Release) -> Result<Body, BodyError> {
    let payload = match &body {
        // Nearly no body has it: only what looks like it is parsed here.
        Body::Json(text) if release.nested_forms && text.contains(r#""payload""#) => payload_of(text),
        _ => None,
    };
    let Some(payload) = payload else { return Ok(body) };
    judge_json(&payload)?;
    match serde_json::from_str::<&RawValue>(&payload) {
        Ok(_) => Ok(Body::Json(payload)),
        Err(_) => Err(BodyError::BrokenPayload),
    }
}

/// As a text, which JavaScript makes of anything that is to be parsed. `None` for what counts as nothing there.
fn payload_of(text: &str) -> Option<String> {
    let body = serde_json::from_str(text).ok().and_then(json::object)?;
    let raw = body.get("payload")?;
    let payload = json::text(raw).unwrap_or_else(|| raw.get().to_owned());
    let is_object = raw.get().starts_with(['{', '[']);
    let is_nothing = matches!(raw.get(), "null" | "false" | r#""""#) || raw.get().parse() == Ok(0.0);
    // An object becomes `[object Object]`, which is no JSON.
    Some(if is_object { String::new() } else { payload }).filter(|_| !is_nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Version;

    fn read(body: &str) -> Result<Option<String>, BodyError> {
        let body = unwrapped(Body::Json(body.to_owned()), &Release::at(Version::DOCUMENTED))?;
        Ok(if let Body::Json(text) = body { Some(text) } else { None })
    }

    #[test]
    fn what_the_field_holds_is_the_body() {
        for (body, read_as) in [
            (r#"{"payload":"{\"data\":{}}"}"#, r#"{"data":{}}"#),
            (r#"{"data":5,"payload":"{}"}"#, "{}"),
            (r#"{"payload":5}"#, "5"),
            (r#"{"payload":""}"#, r#"{"payload":""}"#),
            (r#"{"payload":null}"#, r#"{"payload":null}"#),
            (r#"{"payload":0}"#, r#"{"payload":0}"#),
            (r#"{"data":{"name":"\"payload\""}}"#, r#"{"data":{"name":"\"payload\""}}"#),
            (r#"["payload"]"#, r#"["payload"]"#),
        ] {
            assert_eq!(read(body), Ok(Some(read_as.to_owned())), "{body}");
        }
        for broken in [r#"{"payload":"{"}"#, r#"{"payload":"x"}"#, r#"{"payload":{"data":{}}}"#] {
            assert_eq!(read(broken), Err(BodyError::BrokenPayload), "{broken}");
        }
    }

    #[test]
    fn it_has_the_bounds_of_a_body() {
        let deep = format!(r#"{{"payload":"{}{}"}}"#, "[".repeat(101), "]".repeat(101));
        assert!(matches!(read(&deep), Err(BodyError::OutOfBounds(_))));
    }

    #[test]
    fn newer_versions_know_no_such_field() {
        let body = r#"{"payload":"{}"}"#;
        let read = unwrapped(Body::Json(body.to_owned()), &Release::at(Version::EIGHT));
        assert!(matches!(read, Ok(Body::Json(text)) if text == body));
    }
}
