//! The request that a step of a case asks for, with everything filled in that only the run knows.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::json;

use crate::case::Step;
use crate::fill::Facts;
use crate::wire::Request;

/// Makes the request.
///
/// # Errors
/// The step is written wrongly, or what it needs (such as a mail) is not there.
pub fn of(step: &Step, facts: &Facts<'_>) -> anyhow::Result<Request> {
    let mut headers = BTreeMap::from([("X-Forwarded-For".to_owned(), facts.address.to_owned())]);
    let has_body =
        step.send.is_some() || step.send_hex.is_some() || step.data.is_some() || step.params.is_some();
    if has_body {
        headers.insert("Content-Type".to_owned(), "application/json".to_owned());
    }
    if step.who != "nobody" {
        let person = facts.people.get(&step.who).with_context(|| format!("nobody is {}", step.who))?;
        headers.insert("X-User-Id".to_owned(), person.id.clone());
        headers.insert("X-Auth-Token".to_owned(), person.token.clone());
    }
    for (name, value) in &step.headers {
        headers.retain(|known, _| !known.eq_ignore_ascii_case(name));
        headers.insert(name.clone(), facts.fill(value)?);
    }
    headers.retain(|_, value| !value.is_empty());
    Ok(Request {
        method: step.method.clone(),
        path: facts.fill(&step.path)?,
        headers: headers.into_iter().collect(),
        body: body(step, facts)?,
    })
}

fn body(step: &Step, facts: &Facts<'_>) -> anyhow::Result<Option<Vec<u8>>> {
    Ok(match (&step.send, &step.send_hex, &step.data, &step.params) {
        (Some(text), None, None, None) => Some(facts.fill(text)?.into_bytes()),
        (None, Some(hex), None, None) => Some(from_hex(hex).context("send_hex")?),
        (None, None, Some(data), None) => Some(format!("{{\"data\":{}}}", facts.fill(data)?).into_bytes()),
        (None, None, None, Some(params)) => {
            let inner = r#"{"msg":"method","id":"17","method":"saveUserProfile","params":"#;
            let message = format!("{inner}{}}}", facts.fill(params)?);
            Some(json!({"message": message}).to_string().into_bytes())
        }
        (None, None, None, None) => None,
        _ => anyhow::bail!("more than one body"),
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    text.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
