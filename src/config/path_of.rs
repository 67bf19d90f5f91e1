/// The path of an address, such as `/chat`, without a slash at its end; empty for a workspace at the root of its host.
#[must_use]
pub fn path_of(address: &str) -> &str {
    let host = address.split_once("://").map_or(address, |(_, host)| host);
    let host = host.split(['?', '#']).next().unwrap_or_default();
    host.find('/').map_or("", |slash| host[slash..].trim_end_matches('/'))
}
