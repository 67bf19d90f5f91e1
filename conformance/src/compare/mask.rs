//! Values as a report may show them: no hash, no token, no code, no address, and nothing long.

use std::collections::BTreeMap;

use mongodb::bson::Bson;

use crate::person::Person;

const LONGEST: usize = 200;
/// A word of that many letters and digits may be a token.
const LONG_WORD: usize = 16;
/// What a name of a key or of a header says of its value.
const TELLTALE: [&str; 11] = [
    "token",
    "password",
    "bcrypt",
    "secret",
    "code",
    "hash",
    "cookie",
    "authorization",
    "email",
    "address",
    "backup",
];
/// Keys whose name tells nothing although it holds such a word.
const HARMLESS: [&str; 4] = ["emails", "email2fa", "errortype", "emailverified"];

/// The people of a case by what their ids and names are called in its texts, so that the same difference of two cases
/// looks the same.
pub struct Names(BTreeMap<String, String>);

impl Names {
    pub fn of(people: &BTreeMap<String, Person>) -> Names {
        let mut names = BTreeMap::new();
        for (who, person) in people {
            let prefix = if who == "user" { String::new() } else { format!("{who}.") };
            names.insert(person.id.clone(), format!("${{{prefix}id}}"));
            names.insert(person.username.clone(), format!("${{{prefix}username}}"));
        }
        Names(names)
    }

    fn named(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (value, name)| text.replace(value, name))
    }

    /// The path as a report shows it.
    pub fn path(&self, path: &[String]) -> String {
        self.named(&path.join("."))
    }

    /// The value as a report shows it.
    pub fn value(&self, path: &[String], value: Option<&Bson>) -> String {
        let Some(value) = value else { return "(absent)".to_owned() };
        let is_secret = path.iter().any(|part| is_telltale(part));
        let shown = self.shown(value, is_secret);
        match shown.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &shown[..end]),
            None => shown,
        }
    }

    fn shown(&self, value: &Bson, is_secret: bool) -> String {
        match value {
            Bson::String(text) if is_secret => format!("(text of {})", text.chars().count()),
            Bson::String(text) => format!("{:?}", without_long_words(&self.named(text))),
            Bson::Document(document) => {
                let members = document.iter().map(|(key, value)| {
                    format!("{}: {}", self.named(key), self.shown(value, is_secret || is_telltale(key)))
                });
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
            Bson::Array(items) => {
                let items = items.iter().map(|item| self.shown(item, is_secret));
                format!("[{}]", items.collect::<Vec<_>>().join(", "))
            }
            Bson::DateTime(_) => "(date)".to_owned(),
            Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) if is_secret => "(number)".to_owned(),
            Bson::Int64(number) => format!("{number} (Int64)"),
            Bson::Double(number) => format!("{number} (Double)"),
            other => other.to_string(),
        }
    }
}

fn is_telltale(key: &str) -> bool {
    let key = key.to_lowercase();
    !HARMLESS.contains(&key.as_str()) && TELLTALE.iter().any(|word| key.contains(word))
}

/// Without what may be a token, a hash, a code or an address.
fn without_long_words(text: &str) -> String {
    let is_of_word = |c: char| c.is_alphanumeric() || "@._-+/=$".contains(c);
    let mut shown = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(is_of_word) {
        let end = rest[begin..].find(|c| !is_of_word(c)).map_or(rest.len(), |end| begin + end);
        let (before, word) = (&rest[..begin], &rest[begin..end]);
        shown.push_str(before);
        shown.push_str(&masked(word));
        rest = &rest[end..];
    }
    shown.push_str(rest);
    shown
}

fn masked(word: &str) -> String {
    let is_code = word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let longest = word.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).map(str::len).max();
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let has_large_inside =
        word.chars().skip(1).any(char::is_uppercase) && word.chars().any(char::is_lowercase);
    if word.contains('@') {
        "(address)".to_owned()
    } else if is_code {
        "(number)".to_owned()
    } else if longest.unwrap_or_default() >= LONG_WORD && (has_digit || has_large_inside) {
        format!("(word of {})", word.chars().count())
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::doc;

    #[test]
    fn no_secret_is_shown() {
        let people = BTreeMap::from([("user".to_owned(), Person::new("seed"))]);
        let (person, names) = (&people["user"], Names::of(&people));
        let hash = crate::person::hash("x").unwrap();
        let document = doc! {
            "_id": &person.id, "services": {"password": {"bcrypt": &hash}, "resume": {"loginTokens": [{"hashedToken": "h"}]}},
            "emails": [{"address": "someone@example.org", "verified": true}], "bio": "of someone@example.org",
            "text": format!("open http://x/verify-email/{} or type 123-456", person.token), "code": 123_456,
            "loose": &hash, "username": &person.username,
        };
        let shown = names.value(&[], Some(&Bson::from(document.clone())));
        let shown = shown + &names.value(&["services".into(), "code".into()], Some(&"123456".into()));
        for (_, secret) in
            [("hash", hash.as_str()), ("token", &person.token), ("code", "123"), ("address", "someone")]
        {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        assert!(shown.contains("${id}") && shown.contains("verified: true"), "{shown}");
        let all = names.shown(&Bson::from(document), false);
        assert!(all.contains("${username}") && !all.contains(&person.token) && !all.contains("123"), "{all}");
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        let names = Names(BTreeMap::new());
        for text in
            ["Engineer", "error-could-not-save-identity", "no-store", "must NOT have fewer than 1 items"]
        {
            assert_eq!(names.value(&["body".into()], Some(&text.into())), format!("{text:?}"));
        }
        assert_eq!(names.value(&["errorType".into()], Some(&"x".into())), r#""x""#);
    }
}
