//! What others see of a user: by connections, then by the user's own choice.

use crate::ecmascript;
use crate::store::Connection;

pub const ONLINE: &str = "online";
pub const OFFLINE: &str = "offline";
/// In UTF-16 units.
const TEXT_LIMIT: usize = 120;

/// A status text as it is stored: trimmed, then cut.
pub fn normalized(text: &str) -> String {
    ecmascript::truncate(ecmascript::trim(text), TEXT_LIMIT)
}

/// Online if any connection is, else the last one that is not offline, else offline.
pub(super) fn connection_status<'a>(connections: impl Iterator<Item = &'a Connection>) -> &'a str {
    connections.map(|connection| connection.status.as_str()).fold(OFFLINE, |so_far, status| match status {
        _ if so_far == ONLINE => ONLINE,
        "" | OFFLINE => so_far,
        status => status,
    })
}

pub(super) fn displayed<'a>(connection: &'a str, default: &'a str) -> &'a str {
    match (connection, default) {
        (OFFLINE, _) => OFFLINE,
        (connection, ONLINE) => connection,
        (_, default) => default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_of(connections: &[&str]) -> String {
        let connections: Vec<_> =
            connections.iter().map(|status| Connection { status: (*status).to_owned() }).collect();
        connection_status(connections.iter()).to_owned()
    }

    #[test]
    fn the_liveliest_connection_counts() {
        assert_eq!(status_of(&[]), OFFLINE);
        assert_eq!(status_of(&[OFFLINE, "away", "busy", OFFLINE]), "busy");
        assert_eq!(status_of(&["away", ONLINE, "busy"]), ONLINE);
    }

    #[test]
    fn what_others_see_follows_connection_then_choice() {
        assert_eq!(displayed(OFFLINE, "busy"), OFFLINE);
        assert_eq!(displayed("away", ONLINE), "away");
        assert_eq!(displayed("away", "busy"), "busy");
        assert_eq!(displayed(ONLINE, OFFLINE), OFFLINE);
    }
}
