//! Which servers are asked, by how many connections, and how long they are waited for.

use super::given::Given;
use super::parts::Parts;
use super::{Passed, Refusal};

/// As many milliseconds as a timer of Node.js takes; a longer wait is none.
const LONGEST_MS: u64 = i32::MAX as u64;
/// Less is refused by the driver of this program.
const SHORTEST_HEARTBEAT_MS: u64 = 500;
/// Of the name that MongoDB shows for a connection.
const LONGEST_APP_NAME: usize = 128;

pub(super) fn add(given: &Given, parts: &Parts, passed: &mut Passed) -> Result<(), Refusal> {
    pool(given, passed)?;
    times(given, passed)?;
    hosts(given, parts, passed)
}

/// The old names count where the new ones are not given. 0 is no bound for Node's driver.
fn pool(given: &Given, passed: &mut Passed) -> Result<(), Refusal> {
    let largest = match given.first_number(&["maxPoolSize", "poolSize"])? {
        None => None,
        Some(0) => Some(u32::MAX),
        Some(number) => Some(u32::try_from(number).unwrap_or(u32::MAX)),
    };
    let smallest = given.first_number(&["minPoolSize", "minSize"])?;
    let smallest = smallest.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    if smallest.is_some_and(|smallest| smallest > largest.unwrap_or(100)) {
        return Err(given.refusal("minPoolSize", "must not be more than maxPoolSize"));
    }
    passed.extend(largest.map(|number| ("maxPoolSize", number.to_string())));
    passed.extend(smallest.map(|number| ("minPoolSize", number.to_string())));
    if let Some(number) = given.number("maxConnecting")? {
        if number == 0 {
            return Err(given.refusal("maxConnecting", "must be a whole number from 1 on"));
        }
        passed.push(("maxConnecting", u32::try_from(number).unwrap_or(u32::MAX).to_string()));
    }
    Ok(())
}

fn times(given: &Given, passed: &mut Passed) -> Result<(), Refusal> {
    for name in ["connectTimeoutMS", "localThresholdMS", "maxIdleTimeMS"] {
        passed.extend(given.number(name)?.map(|number| (name, number.min(LONGEST_MS).to_string())));
    }
    let heartbeat = given.number("heartbeatFrequencyMS")?;
    let heartbeat = heartbeat.map(|number| number.clamp(SHORTEST_HEARTBEAT_MS, LONGEST_MS).to_string());
    passed.extend(heartbeat.map(|number| ("heartbeatFrequencyMS", number)));
    // 0: as long as by default.
    let selection = given.number("serverSelectionTimeoutMS")?.filter(|number| *number > 0);
    passed.extend(selection.map(|number| ("serverSelectionTimeoutMS", number.min(LONGEST_MS).to_string())));
    Ok(())
}

/// Options about which hosts are asked, and what is said to them.
fn hosts(given: &Given, parts: &Parts, passed: &mut Passed) -> Result<(), Refusal> {
    if let Some(name) = given.text("appName")? {
        if name.len() > LONGEST_APP_NAME {
            return Err(given.refusal("appName", "must not be longer than 128 bytes"));
        }
        passed.push(("appName", name));
    }
    if let Some(mode) = given.text("serverMonitoringMode")? {
        if !["auto", "poll", "stream"].contains(&mode.as_str()) {
            return Err(given.refusal("serverMonitoringMode", "must be auto, poll or stream"));
        }
        passed.push(("serverMonitoringMode", mode));
    }
    if given.flag("directConnection")? == Some(true) {
        if parts.is_srv || parts.hosts.len() > 1 {
            return Err(given.refusal("directConnection", "needs a single host, and no mongodb+srv"));
        }
        passed.push(("directConnection", "true".to_owned()));
    }
    let set = given.text("replicaSet")?;
    for name in ["srvMaxHosts", "srvServiceName"] {
        if given.has(name) && !parts.is_srv {
            return Err(given.refusal(name, "is only for mongodb+srv addresses"));
        }
    }
    if let Some(most) = given.number("srvMaxHosts")?.filter(|most| *most > 0) {
        if set.is_some() {
            return Err(given.refusal("srvMaxHosts", "cannot be used with replicaSet"));
        }
        passed.push(("srvMaxHosts", u32::try_from(most).unwrap_or(u32::MAX).to_string()));
    }
    passed.extend(given.text("srvServiceName")?.map(|name| ("srvServiceName", name)));
    passed.extend(set.map(|set| ("replicaSet", set)));
    Ok(())
}
