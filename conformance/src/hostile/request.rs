//! Whole requests: the right one, with odd headers, with another path, with a broken framing, or no HTTP at all.

use super::body;
use super::random::Random;
use crate::person::Person;
use crate::wire::Target;

const ROUTE: &str = "/api/v1/users.updateOwnBasicInfo";

/// What is sent on a connection.
pub struct Hostile {
    /// For the counts.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
    /// The request is complete, so that the connection can be used again.
    pub is_whole: bool,
    pub is_head: bool,
}

/// The request that these numbers make.
pub fn make(random: &mut Random, target: &Target, people: &[Person]) -> Hostile {
    let person = &people[random.below(people.len())];
    let mut draft = Draft::new(random, target, person);
    let kind = match random.below(100) {
        0..=49 => {
            draft.body = body::mutated(random, person).into_bytes();
            "mutated"
        }
        50..=57 => {
            let count = random.below(600);
            draft.body = random.bytes(count);
            "random bytes"
        }
        58..=63 => {
            draft.body = body::deep(random).into_bytes();
            "depth"
        }
        64..=66 => {
            draft.body = body::large(random).into_bytes();
            "size"
        }
        67..=70 => {
            draft.set("Content-Type", "application/x-www-form-urlencoded");
            draft.body = body::form(random).into_bytes();
            "form"
        }
        71..=76 => {
            draft.path = format!(
                "{}/api/v1/method.call/{}",
                target.prefix,
                random.pick(&["saveUserProfile", "x", "%", "a%3Ab"])
            );
            draft.body = body::method_call(random, person).into_bytes();
            "method"
        }
        77..=86 => {
            draft.body = body::mutated(random, person).into_bytes();
            draft.odd_headers(random, person);
            "headers"
        }
        87..=91 => {
            draft.odd_path(random);
            "path"
        }
        _ => return broken(random, draft),
    };
    let is_head = draft.method == "HEAD";
    Hostile { kind, bytes: draft.bytes(true), is_whole: true, is_head }
}

struct Draft {
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Draft {
    fn new(random: &mut Random, target: &Target, person: &Person) -> Draft {
        let mut draft = Draft {
            method: "POST".to_owned(),
            path: format!("{}{ROUTE}", target.prefix),
            headers: Vec::new(),
            body: br#"{"data":{"bio":"b"}}"#.to_vec(),
        };
        draft.set("Host", &target.authority);
        draft.set("Content-Type", "application/json");
        // Each request from somewhere else, so that no limit by address hides what is behind it.
        let address =
            [random.below(256), random.below(256), random.below(256)].map(|part| part.to_string()).join(".");
        draft.set("X-Forwarded-For", &format!("10.{address}"));
        if !random.one_in(20) {
            draft.set("X-User-Id", &person.id);
            draft.set("X-Auth-Token", &person.token);
        }
        draft
    }

    fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }

    fn odd_headers(&mut self, random: &mut Random, person: &Person) {
        const NAMES: [&str; 13] = [
            "X-User-Id",
            "X-Auth-Token",
            "Content-Type",
            "x-2fa-code",
            "x-2fa-method",
            "X-Forwarded-For",
            "X-Real-IP",
            "User-Agent",
            "Origin",
            "Content-Encoding",
            "Expect",
            "Cookie",
            "Authorization",
        ];
        for _ in 0..=random.below(4) {
            let name = random.pick(&NAMES);
            let value: Vec<u8> = match random.below(9) {
                0 => Vec::new(),
                1 => person.token.clone().into_bytes(),
                2 => vec![b'x'; random.below(9000)],
                3 => {
                    let count = random.below(40);
                    let bytes = random.bytes(count).into_iter();
                    bytes.filter(|byte| !matches!(byte, b'\r' | b'\n' | 0)).collect()
                }
                4 => b"totp".to_vec(),
                5 => b"1, 2, ::1, 999.999.999.999, [::ffff:10.0.0.1]:80".to_vec(),
                6 => b"application/json; charset=utf-16".to_vec(),
                7 => b"multipart/form-data; boundary=".to_vec(),
                _ => b"100-continue".to_vec(),
            };
            if random.one_in(2) {
                self.headers.retain(|(known, _)| known != name);
            }
            self.headers.push(((*name).to_owned(), value));
        }
    }

    fn odd_path(&mut self, random: &mut Random) {
        self.method = (*random
            .pick(&["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "POST", "PROPFIND", "post", "X"]))
        .to_owned();
        let tail = random.pick(&[
            "",
            "/",
            "?",
            "?a=%zz",
            "%00",
            "%ff",
            "/../x",
            "%2e",
            "#x",
            ";a",
            "//",
            "?data[name]=x",
            "%252e",
        ]);
        let at = random.below(self.path.len() + 1);
        match random.below(3) {
            0 => self.path.push_str(tail),
            1 => self.path.insert_str(at, tail),
            _ => {
                self.path = format!(
                    "/{}",
                    random.pick(&[
                        "",
                        "api",
                        "api/v1",
                        "api/v1/me",
                        "api/v1/login",
                        "api/v1/logout",
                        "health",
                        "%",
                        "*"
                    ])
                )
            }
        }
    }

    fn bytes(&self, with_length: bool) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if with_length {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// What breaks HTTP itself. The connection is not used again.
fn broken(random: &mut Random, mut draft: Draft) -> Hostile {
    let (kind, bytes) = match random.below(12) {
        0 => {
            let count = 1 + random.below(400);
            ("no HTTP", random.bytes(count))
        }
        1 => {
            let whole = draft.bytes(true);
            let end = random.below(whole.len());
            ("cut", whole[..end].to_vec())
        }
        2 => {
            draft.set(
                "Content-Length",
                random.pick(&["-1", "99999999999999999999", "0x10", "1, 2", "", "5", "1e3"]),
            );
            ("length", draft.bytes(false))
        }
        3 => {
            draft.set(
                "Transfer-Encoding",
                random.pick(&["chunked", "chunked, gzip", "gzip", "identity", "xchunked"]),
            );
            draft.body = random
                .pick(&[
                    "0\r\n\r\n",
                    "5\r\nab\r\n0\r\n\r\n",
                    "zz\r\n",
                    "ffffffffffffffff\r\n",
                    "-1\r\n",
                    "2;x=\"y\"\r\n{}\r\n0\r\n\r\n",
                    "2\n{}\n0\n\n",
                ])
                .as_bytes()
                .to_vec();
            ("chunks", draft.bytes(false))
        }
        4 => {
            draft.set("Transfer-Encoding", "chunked");
            ("both lengths", draft.bytes(true))
        }
        5 => {
            let lines = String::from_utf8_lossy(&draft.bytes(true)).replace("\r\n", "\n");
            ("line ends", lines.into_bytes())
        }
        6 => {
            let twice = [draft.bytes(true), draft.bytes(true)].concat();
            ("pipelined", twice)
        }
        7 => {
            draft.headers.retain(|(name, _)| name != "Host");
            ("no host", draft.bytes(true))
        }
        8 => {
            (0..200).for_each(|n| draft.set(&format!("X-Many-{n}"), "x"));
            ("many headers", draft.bytes(true))
        }
        9 => {
            draft.set("X-Long", &"x".repeat(200_000));
            ("long header", draft.bytes(true))
        }
        10 => {
            draft.set(
                random.pick(&["Upgrade", "Connection"]),
                random.pick(&["websocket", "h2c", "upgrade", "close, x"]),
            );
            ("upgrade", draft.bytes(true))
        }
        _ => {
            draft.method = String::from_utf8_lossy(&random.bytes(4)).into_owned();
            ("method bytes", draft.bytes(true))
        }
    };
    Hostile { kind, bytes, is_whole: false, is_head: false }
}
