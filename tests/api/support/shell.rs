use mongodb::bson::{Bson, Document};
use serde_json::Value;

/// The arguments of each call of that function in lines for MongoDB's shell, which may be part of a sentence.
pub fn arguments(said: &str, function: &str) -> Vec<Vec<Document>> {
    let call = format!(".{function}(");
    said.split(&call)
        .skip(1)
        .map(|rest| {
            let list = format!("[{}]", with_quoted_keys(up_to_the_end(rest)));
            let list: Vec<Value> =
                serde_json::from_str(&list).unwrap_or_else(|error| panic!("{error}: {list}"));
            list.iter().map(document).collect()
        })
        .collect()
}

/// No text in these commands holds a parenthesis.
fn up_to_the_end(rest: &str) -> &str {
    rest.split_once(')').expect("a closing parenthesis").0
}

fn with_quoted_keys(text: &str) -> String {
    let mut quoted = String::new();
    for (number, part) in text.split('"').enumerate() {
        if number > 0 {
            quoted.push('"');
        }
        // Every other part is within quotation marks.
        if number % 2 == 1 {
            quoted.push_str(part);
            continue;
        }
        for word in part.split_inclusive([' ', '{', '[', ',']) {
            match word.split_once(':') {
                Some((key, rest)) if !key.is_empty() => quoted.push_str(&format!("\"{key}\":{rest}")),
                _ => quoted.push_str(word),
            }
        }
    }
    quoted
}

fn document(value: &Value) -> Document {
    let members = value.as_object().expect("an object").iter();
    members.map(|(key, value)| (key.clone(), bson(value))).collect()
}

/// As the shell takes them: whole numbers are 32 bits wide.
fn bson(value: &Value) -> Bson {
    match value {
        Value::Object(_) => document(value).into(),
        Value::Bool(flag) => (*flag).into(),
        Value::String(text) => text.as_str().into(),
        Value::Number(number) => {
            let number = number.as_i64().and_then(|number| i32::try_from(number).ok());
            number.expect("a small whole number").into()
        }
        Value::Array(items) => items.iter().map(bson).collect::<Vec<_>>().into(),
        Value::Null => Bson::Null,
    }
}
