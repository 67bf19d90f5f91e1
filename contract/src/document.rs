//! The document as one looks things up in it.

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Methods that a path may have operations for.
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// Where an operation is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Always,
    StandAlone,
}

/// An operation and where it stands.
#[derive(Debug, Clone)]
pub struct Operation {
    /// In lower case.
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    pub standing: Standing,
    /// The JSON pointer.
    pub pointer: String,
    pub value: Value,
}

impl Operation {
    /// All of a document, in its order.
    pub fn all(document: &Value) -> Vec<Operation> {
        let paths = document["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| {
                let value = item.get(method)?.clone();
                let standing = match value["x-stand-alone"].as_bool() {
                    Some(true) => Standing::StandAlone,
                    _ => Standing::Always,
                };
                let pointer = format!("/paths/{}/{method}", escaped(path));
                Some(Operation { method: (*method).to_owned(), path: path.clone(), standing, pointer, value })
            })
        });
        operations.collect()
    }

    /// Its name.
    pub fn id(&self) -> &str {
        self.value["operationId"].as_str().unwrap_or_default()
    }

    /// Whether a request asks for this. HEAD asks for GET.
    pub fn is_asked_for(&self, method: &str, path: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        // Methods are exact: `post` is another one than `POST`.
        self.method.to_uppercase() == method && matches(&self.path, path)
    }
}

/// Whether a path is the one of the document, whose parameters may hold anything but a slash.
fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut here) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), here.next()) {
            (None, None) => return true,
            (Some(wanted), Some(here)) if is_parameter(wanted) => {
                if here.is_empty() {
                    return false;
                }
            }
            (Some(wanted), Some(here)) if percent_decode_str(here).eq(wanted.bytes()) => {}
            _ => return false,
        }
    }
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// A name as it stands in a JSON pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What stands at a pointer, references followed, and where that is.
pub fn resolve<'a>(document: &'a Value, pointer: &str) -> Option<(String, &'a Value)> {
    let mut pointer = pointer.to_owned();
    loop {
        let value = document.pointer(&pointer)?;
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => pointer = reference.strip_prefix('#')?.to_owned(),
            None => return Some((pointer, value)),
        }
    }
}

/// Where the schemas stand: those that have a name, and those of bodies and headers.
pub fn schemas_of(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, _) in document["components"]["schemas"].as_object().into_iter().flatten() {
        found.push(format!("/components/schemas/{}", escaped(name)));
    }
    for part in ["responses", "headers", "parameters", "requestBodies"] {
        collect(&document["components"][part], &format!("/components/{part}"), &mut found);
    }
    collect(&document["paths"], "/paths", &mut found);
    found
}

fn collect(value: &Value, pointer: &str, found: &mut Vec<String>) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        let pointer = format!("{pointer}/{}", escaped(key));
        match key.as_str() {
            "schema" => found.push(pointer),
            // Values, in which a key may have any name.
            "example" | "examples" => {}
            _ => collect(inner, &pointer, found),
        }
    }
    for (at, inner) in value.as_array().into_iter().flatten().enumerate() {
        collect(inner, &format!("{pointer}/{at}"), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_matched_segment_by_segment() {
        for (template, path, is_it) in [
            ("/api/v1/me", "/api/v1/me", true),
            ("/api/v1/me", "/api/v1/%6de", true),
            ("/api/v1/me", "/api/v1/me/", false),
            ("/api/v1/me", "/api/v1", false),
            ("/api/v1/method.call/{method}", "/api/v1/method.call/2fa%3Aenable", true),
            ("/api/v1/method.call/{method}", "/api/v1/method.call/", false),
            ("/api/v1/method.call/{method}", "/api/v1/method.call/a/b", false),
            ("/", "/", true),
        ] {
            assert_eq!(matches(template, path), is_it, "{template} {path}");
        }
    }
}
