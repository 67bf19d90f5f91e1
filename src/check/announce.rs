//! Whether a running Rocket.Chat of the version that was found hears of changes in the way that is chosen.

use super::Finding;
use crate::announce::Channel;
use crate::config::Config;
use crate::release::{Release, Version};

const CHECK: &str = "announce";

/// From here on a Rocket.Chat does not watch its database unless it is told to. Source: docs/LIVE_UPDATES.md.
const WATCHERS_MAY_BE_OFF: Version = Version::new(7, 7, 0);
/// From here on it cannot.
const NO_WATCHERS: Version = Version::new(8, 0, 0);

pub(super) fn check(config: &Config, version: Version) -> Finding {
    let way = match config.announce {
        Channel::Off => "off",
        Channel::Touch(_) => "touch",
        Channel::Nats(_) => "nats",
        Channel::Tcp => "tcp",
    };
    let says = format!("RC_ACCOUNT_ANNOUNCE={way}");
    match config.announce {
        Channel::Off if config.standalone => {
            Finding::ok(CHECK, format!("{says}, and no Rocket.Chat runs here"))
        }
        Channel::Off if version >= NO_WATCHERS => Finding::warning(
            CHECK,
            "announce-off",
            format!(
                "{says}: Rocket.Chat {version} does not watch its database, so open clients see changes late"
            ),
            "choose touch, nats or tcp: docs/LIVE_UPDATES.md",
        ),
        Channel::Off if version >= WATCHERS_MAY_BE_OFF => Finding::hint(
            CHECK,
            "announce-off",
            format!(
                "{says}: open clients see changes at once only if Rocket.Chat has DISABLE_DB_WATCHERS=false"
            ),
            "choose touch, nats or tcp: docs/LIVE_UPDATES.md",
        ),
        Channel::Touch(_) if !Release::at(version).save_is_announced => Finding::warning(
            CHECK,
            "announce-unheard",
            format!("{says}: {version} announces nothing of what is saved through its own route"),
            "choose nats or tcp, or run Rocket.Chat 7.8.1 or newer",
        ),
        _ => Finding::ok(CHECK, format!("{says}, which Rocket.Chat {version} hears")),
    }
}
