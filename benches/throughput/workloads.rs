//! What is sent: each workload is a way of making requests for one user.

use super::load::Requests;
use super::people::{People, User, digest, password};

/// One kind of request.
pub struct Workload {
    pub name: &'static str,
    /// What every request is answered with.
    pub status: u16,
    /// How many connections are tried.
    pub connections: &'static [usize],
    users: fn(&mut People) -> &mut Vec<User>,
    /// The body of the request of a number.
    body: fn(&User, usize) -> String,
    /// Whether the token is the user's.
    known: bool,
    /// What the service is started with besides the usual.
    pub environment: &'static [(&'static str, &'static str)],
}

pub const USUAL: Workload = Workload {
    name: "bio",
    status: 200,
    connections: &[1, 16, 64],
    users: |people| &mut people.ordinary,
    body: |_, number| format!(r#"{{"data":{{"bio":"bio {number}"}}}}"#),
    known: true,
    environment: &[("RC_ACCOUNT_RATE_LIMIT", "off")],
};

pub const NEW_PASSWORD: Workload = Workload {
    name: "new password",
    body: |_, number| {
        let (present, new) = (digest(number), password(number + 1));
        format!(r#"{{"data":{{"currentPassword":"{present}","newPassword":"{new}"}}}}"#)
    },
    ..USUAL
};

fn username(user: &User, number: usize) -> String {
    format!(r#"{{"data":{{"username":"{}.{number}"}}}}"#, user.id)
}

pub const WORKLOADS: [Workload; 12] = [
    USUAL,
    Workload {
        name: "bio, reply of 6.13",
        environment: &[("RC_ACCOUNT_RATE_LIMIT", "off"), ("RC_ACCOUNT_RELEASE", "6.13.0")],
        ..USUAL
    },
    Workload {
        name: "bio, 3,000 login tokens",
        users: |people| &mut people.many_tokens,
        connections: &[1, 16],
        ..USUAL
    },
    Workload {
        name: "name, status, bio, custom fields",
        body: |user, number| {
            format!(
                r#"{{"data":{{"name":"{} {number}","statusType":"busy","statusText":"text {number}","bio":"bio {number}"}},"customFields":{{"twitter":"@{number}"}}}}"#,
                user.id
            )
        },
        ..USUAL
    },
    Workload { name: "username, 2 rooms", body: username, ..USUAL },
    Workload {
        name: "username, 20 rooms",
        users: |people| &mut people.of_20_rooms,
        connections: &[1, 16],
        body: username,
        ..USUAL
    },
    Workload {
        name: "username, 200 rooms",
        users: |people| &mut people.of_200_rooms,
        connections: &[1, 16],
        body: username,
        ..USUAL
    },
    NEW_PASSWORD,
    Workload {
        name: "new password, 10 remembered",
        users: |people| &mut people.remembering,
        connections: &[1, 16],
        environment: &[
            ("RC_ACCOUNT_RATE_LIMIT", "off"),
            ("OVERWRITE_SETTING_Accounts_Password_History_Enabled", "true"),
            ("OVERWRITE_SETTING_Accounts_Password_History_Amount", "10"),
        ],
        ..NEW_PASSWORD
    },
    Workload {
        name: "new address",
        environment: &[("RC_ACCOUNT_RATE_LIMIT", "off"), ("RC_ACCOUNT_MAIL_LIMIT", "off")],
        body: |user, number| {
            let present = digest(0);
            let address = format!("{}.{number}@example.org", user.id);
            format!(r#"{{"data":{{"currentPassword":"{present}","email":"{address}"}}}}"#)
        },
        ..USUAL
    },
    Workload { name: "401", status: 401, known: false, ..USUAL },
    Workload { name: "429", status: 429, environment: &[("RC_ACCOUNT_RATE_LIMIT", "1/60000")], ..USUAL },
];

impl Workload {
    /// One maker of requests for each connection; each takes a user whom no run has had before.
    pub fn requests(&self, people: &mut People, connections: usize) -> Vec<Requests> {
        let (body, known) = (self.body, self.known);
        let request = |user: User| -> Requests {
            Box::new(move |number| {
                let body = body(&user, number);
                let token = if known { user.token.as_str() } else { "unknown" };
                let caller = format!("X-User-Id: {}\r\nX-Auth-Token: {token}\r\n", user.id);
                post("users.updateOwnBasicInfo", &caller, &body)
            })
        };
        (self.users)(people).drain(..connections).map(request).collect()
    }
}

/// A request; `head` are further lines of its head.
pub fn post(route: &str, head: &str, body: &str) -> String {
    format!(
        "POST /api/v1/{route} HTTP/1.1\r\nHost: localhost\r\n{head}Content-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
