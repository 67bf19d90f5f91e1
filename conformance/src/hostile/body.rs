//! Bodies: valid ones, mutated where the structure is known, and what is none at all.

use super::random::Random;
use crate::person::{Person, digest};

/// The keys of `data`; the last two are rare, since what they ask for is slow by design.
const FIELDS: [&str; 9] = [
    "name",
    "username",
    "nickname",
    "bio",
    "statusType",
    "statusText",
    "currentPassword",
    "email",
    "newPassword",
];
const KEYS: [&str; 16] = [
    "data",
    "customFields",
    "payload",
    "message",
    "$set",
    "$where",
    "__proto__",
    "constructor",
    "",
    "a.b",
    "_id",
    "roles",
    "services.password.bcrypt",
    "name\\u0000",
    "\\ud800",
    "$serde_json::private::RawValue",
];
const TEXTS: [&str; 24] = [
    "",
    " ",
    "a",
    "Engineer",
    "online",
    "offline",
    "null",
    "undefined",
    "<b>",
    "%",
    "%3C",
    "%E0%A4%A",
    "\\u0000",
    "\\ud800",
    "\\ud83d\\ude00",
    "\\ufeff",
    "@all",
    "{\\\"$ne\\\":null}",
    "a@b",
    "x@example.com",
    "../../etc",
    "\\\"",
    "$&",
    "(a+)+$",
];
const SCALARS: [&str; 20] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e21",
    "1e999",
    "-1e-999",
    "12345678901234567890",
    "NaN",
    "Infinity",
    "01",
    "0x1",
    "1e",
    "'a'",
    "undefined",
    "[]",
    "{}",
];

/// A body of the route, more or less.
pub fn mutated(random: &mut Random, person: &Person) -> String {
    let mut body = object(random, person);
    if random.one_in(4) {
        body = cut_or_spliced(random, body);
    }
    body
}

fn object(random: &mut Random, person: &Person) -> String {
    let mut members: Vec<String> = (0..random.below(5))
        .map(|_| {
            let most = if random.one_in(12) { FIELDS.len() } else { FIELDS.len() - 2 };
            let field = FIELDS[random.below(most)];
            format!("\"{field}\":{}", value(random, person, field, 0))
        })
        .collect();
    if random.one_in(6) {
        members.push(format!("\"{}\":{}", random.pick(&KEYS), value(random, person, "", 0)));
    }
    let data = format!("{{{}}}", members.join(","));
    let mut outer = vec![format!("\"data\":{data}")];
    if random.one_in(3) {
        outer.push(format!("\"customFields\":{}", custom_fields(random, person)));
    }
    if random.one_in(10) {
        outer.push(format!("\"{}\":{}", random.pick(&KEYS), value(random, person, "", 0)));
    }
    if random.one_in(20) {
        outer.swap_remove(0);
    }
    format!("{{{}}}", outer.join(","))
}

fn custom_fields(random: &mut Random, person: &Person) -> String {
    if random.one_in(5) {
        return value(random, person, "", 0);
    }
    let members = (0..random.below(4)).map(|_| {
        let key = random.pick(&["note", "more", "unknown", "$set", "note.x", "__proto__", ""]);
        format!("\"{key}\":{}", value(random, person, "", 0))
    });
    let members: Vec<String> = members.collect();
    format!("{{{}}}", members.join(","))
}

/// A value that fits the field in half of all cases.
fn value(random: &mut Random, person: &Person, field: &str, depth: usize) -> String {
    match (field, random.below(10)) {
        ("currentPassword", 0..=2) => format!("\"{}\"", digest(&person.password)),
        ("email", 0..=3) => format!("\"x{}.{}\"", random.below(1000), person.email),
        ("username", 0..=4) => format!("\"{}{}\"", person.username, random.below(100)),
        (_, 0..=4) => format!("\"{}\"", random.pick(&TEXTS)),
        (_, 5..=6) => (*random.pick(&SCALARS)).to_owned(),
        (_, 7) if depth < 3 => {
            let items = (0..random.below(4)).map(|_| value(random, person, "", depth + 1));
            format!("[{}]", items.collect::<Vec<_>>().join(","))
        }
        (_, 8) if depth < 3 => {
            let key = random.pick(&KEYS);
            format!("{{\"{key}\":{}}}", value(random, person, "", depth + 1))
        }
        _ => format!("\"{}\"", TEXTS[random.below(TEXTS.len())].repeat(1 + random.below(60))),
    }
}

/// Cut at a place, or with something put there.
fn cut_or_spliced(random: &mut Random, body: String) -> String {
    let mut at = random.below(body.len() + 1);
    while !body.is_char_boundary(at) {
        at -= 1;
    }
    let (front, back) = body.split_at(at);
    match random.below(4) {
        0 => front.to_owned(),
        1 => back.to_owned(),
        2 => format!(
            "{front}{}{back}",
            random.pick(&["{", "}", "[", "]", ",", ":", "\"", "\\", "\u{0}", "//", "\u{feff}"])
        ),
        _ => format!("{front}{front}{back}"),
    }
}

/// Nested as deep as it gets in so many bytes.
pub fn deep(random: &mut Random) -> String {
    let levels = [50, 99, 100, 101, 1000, 20_000][random.below(6)];
    let (open, close) = *random.pick(&[&("[", "]"), &("{\"a\":", "}")]);
    let nested = format!(
        "{}1{}",
        open.repeat(levels),
        if random.one_in(3) { String::new() } else { close.repeat(levels) }
    );
    match random.below(4) {
        0 => nested,
        1 => format!("{{\"data\":{nested}}}"),
        2 => format!("{{\"data\":{{\"bio\":{nested}}}}}"),
        _ => format!("{{\"data\":{{}},\"customFields\":{{\"note\":{nested}}}}}"),
    }
}

/// Long texts, long keys, many keys.
pub fn large(random: &mut Random) -> String {
    let size = [1000, 20_000, 60_000, 70_000, 250_000, 270_000][random.below(6)];
    let text = random.pick(&["x", "\\u0000", "é", "%3C", "<"]).repeat(size / 6);
    match random.below(4) {
        0 => format!("{{\"data\":{{\"{}\":\"{text}\"}}}}", FIELDS[random.below(6)]),
        1 => format!("{{\"data\":{{\"{text}\":1}}}}"),
        2 => format!("{{\"data\":{{}},\"customFields\":{{\"note\":\"{text}\"}}}}"),
        _ => {
            let members: Vec<String> = (0..size / 20).map(|n| format!("\"k{n}\":{n}")).collect();
            format!("{{\"data\":{{}},\"customFields\":{{{}}}}}", members.join(","))
        }
    }
}

/// Forms, nested and not.
pub fn form(random: &mut Random) -> String {
    let pair = |random: &mut Random| {
        let key = random.pick(&[
            "data",
            "data[name]",
            "data[bio]",
            "data[][x]",
            "data[",
            "payload",
            "customFields[note]",
            "%",
            "a[b][c][d]",
        ]);
        let value = random.pick(&["x", "", "%7B%7D", "%ff", "+", "{\"data\":{\"bio\":\"b\"}}", "%", "%00"]);
        format!("{key}={value}")
    };
    let pairs = (0..random.below(6)).map(|_| pair(random)).collect::<Vec<_>>();
    pairs.join(random.pick(&["&", "&&", ";"]))
}

/// A method call around a body.
pub fn method_call(random: &mut Random, person: &Person) -> String {
    let method = random.pick(&["saveUserProfile", "2fa:enable", "", "login", "__proto__"]);
    let inner = format!(
        "{{\"msg\":\"method\",\"id\":{},\"method\":\"{method}\",\"params\":[{}]}}",
        random.pick(&SCALARS),
        value(random, person, "", 0)
    );
    let inner = if random.one_in(3) { cut_or_spliced(random, inner) } else { inner };
    let escaped = inner.replace('\\', "\\\\").replace('"', "\\\"").replace('\u{0}', "\\u0000");
    let message = format!("{{\"message\":\"{escaped}\"}}");
    if random.one_in(5) { cut_or_spliced(random, message) } else { message }
}
