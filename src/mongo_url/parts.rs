//! A connection string, taken apart as Node's driver does it.

use percent_encoding::percent_decode_str;

pub(super) const EXPECTED: &str = "a MongoDB connection string with the workspace's database in its path, such as \
     mongodb://localhost:27017/rocketchat?replicaSet=rs0";
pub(super) const NO_DATABASE: &str = EXPECTED;
pub(super) const BAD_DATABASE: &str = "its path is no name of a database";
const UNESCAPED: &str = "user and password hold characters that must be percent-encoded, such as %40 for @, %3A for :, \
     %2F for /, %3F for ?, %23 for #, %25 for %";
const CONTROL: &str = "it holds a line break or another control character";
const NO_USER: &str = "its user name is empty";
const BAD_HOSTS: &str = "its hosts are not valid: HOST:PORT, several with commas between";
const BAD_SRV_HOST: &str = "with mongodb+srv there is one host of at least three names, such as cluster0.example.org, \
     and no port";

pub(super) struct Parts {
    pub is_srv: bool,
    pub user: Option<String>,
    pub password: Option<String>,
    pub hosts: Vec<String>,
    pub database: Option<String>,
    /// Names and values as they were meant, in their order.
    pub options: Vec<(String, String)>,
    /// No part of a password can be among the options: none is shown otherwise.
    pub shows_names: bool,
}

/// # Errors
/// What is wrong, without repeating any of it.
pub(super) fn split(text: &str) -> Result<Parts, &'static str> {
    let (rest, is_srv) = match (text.strip_prefix("mongodb://"), text.strip_prefix("mongodb+srv://")) {
        (Some(rest), _) => (rest, false),
        (_, Some(rest)) => (rest, true),
        _ => return Err(EXPECTED),
    };
    if text.contains(char::is_control) {
        return Err(CONTROL);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    // An unescaped `/`, `?` or `#` in a password makes its rest look like a path, options, or nothing.
    let unescaped = |reason| if behind.contains('@') { UNESCAPED } else { reason };
    let behind_or_nothing = behind.split('#').next().unwrap_or_default();
    let (path, query) = behind_or_nothing.split_once('?').unwrap_or((behind_or_nothing, ""));
    if path.contains('@') {
        return Err(UNESCAPED);
    }
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (Some(login), hosts),
        None => (None, authority),
    };
    let (user, password) = match login {
        None => (None, None),
        Some(login) => {
            let (user, password) = match login.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (login, None),
            };
            if user.is_empty() {
                return Err(NO_USER);
            }
            (Some(decoded(user)?), password.map(decoded).transpose()?)
        }
    };
    let hosts: Vec<String> = hosts.split(',').map(|host| host.trim().to_owned()).collect();
    if !hosts.iter().all(|host| is_host(host)) {
        return Err(unescaped(BAD_HOSTS));
    }
    if is_srv
        && (hosts.len() > 1 || hosts.iter().any(|host| host.contains(':') || host.split('.').count() < 3))
    {
        return Err(BAD_SRV_HOST);
    }
    let database = match path.strip_prefix('/').unwrap_or_default() {
        "" if login.is_none() && behind.contains('@') => return Err(UNESCAPED),
        "" => None,
        name => Some(percent_decode_str(name).decode_utf8().map_err(|_| BAD_DATABASE)?.into_owned()),
    };
    Ok(Parts {
        is_srv,
        user,
        password,
        hosts,
        database,
        options: query.split('&').filter(|option| !option.is_empty()).map(option).collect(),
        shows_names: !behind.contains('@'),
    })
}

/// MongoDB's own rules.
pub(super) fn is_database(name: &str) -> bool {
    (1..=63).contains(&name.len()) && !name.contains(['/', '\\', '.', ' ', '"', '$', '\0'])
}

/// User or password. Node's driver refuses the same characters.
fn decoded(text: &str) -> Result<String, &'static str> {
    let escapes_are_whole = text.split('%').skip(1).all(|behind| {
        behind.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !escapes_are_whole || text.contains([':', '/', '?', '#', '[', ']', '@']) {
        return Err(UNESCAPED);
    }
    percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| UNESCAPED)
}

fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        // An address of version 6.
        Some((address, rest)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            match rest.strip_prefix(':') {
                Some(port) => (address, Some(port)),
                None if rest.is_empty() => (address, None),
                None => return false,
            }
        }
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        },
    };
    let has_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    !name.is_empty() && !name.contains([' ', '[', ']']) && port.is_none_or(has_port)
}

/// As a form is read: `+` is a space.
fn option(text: &str) -> (String, String) {
    let meant =
        |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().trim().to_owned();
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (meant(name), meant(value))
}
