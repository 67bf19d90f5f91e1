//! TLS: on with `tls`, `ssl` or `mongodb+srv`; the other options have an effect only then, as in Node's driver.

use super::given::Given;
use super::{Passed, Refusal};

const WITHOUT: &str = "without tls=true the connection is not encrypted";

/// Node's driver reads certificate and key from two files; this one from one.
const ONE_FILE: &str = "must name the same file as tlsCertificateKeyFile: certificate and key in one";

pub(super) fn add(given: &mut Given, is_srv: bool, passed: &mut Passed) -> Result<(), Refusal> {
    let (tls, ssl) = (given.flag("tls")?, given.flag("ssl")?);
    if tls.is_some() && ssl.is_some() && tls != ssl {
        return Err(given.refusal("ssl", "contradicts tls"));
    }
    let is_on = tls.or(ssl).unwrap_or(is_srv);
    let authority = first_text(given, &["tlsCAFile", "sslCA"])?;
    let key = first_text(given, &["tlsCertificateKeyFile", "sslKey"])?;
    let certificate = first_text(given, &["tlsCertificateFile", "sslCert"])?;
    let is_unchecked = is_unchecked(given)?;
    passed.push(("tls", is_on.to_string()));
    if !is_on {
        for name in FILES.into_iter().chain(CHECKS) {
            given.ignore(name, WITHOUT);
        }
        return Ok(());
    }
    if key.is_some() && certificate.is_some() && key != certificate {
        let name = if given.has("sslCert") { "sslCert" } else { "tlsCertificateFile" };
        return Err(given.refusal(name, ONE_FILE));
    }
    passed.extend(authority.map(|path| ("tlsCAFile", path)));
    passed.extend(key.or(certificate).map(|path| ("tlsCertificateKeyFile", path)));
    if is_unchecked {
        passed.push(("tlsAllowInvalidCertificates", "true".to_owned()));
    }
    Ok(())
}

const FILES: [&str; 6] =
    ["tlsCAFile", "sslCA", "tlsCertificateKeyFile", "sslKey", "tlsCertificateFile", "sslCert"];
const CHECKS: [&str; 4] = ["tlsInsecure", "tlsAllowInvalidCertificates", "sslValidate", "rejectUnauthorized"];

/// Whether any certificate is taken.
fn is_unchecked(given: &Given) -> Result<bool, Refusal> {
    let insecure = given.flag("tlsInsecure")?;
    for other in ["tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames"] {
        if insecure.is_some() && given.has(other) {
            return Err(given.refusal(other, "cannot be used with tlsInsecure"));
        }
    }
    let not = |flag: Option<bool>| flag.map(|is_checked| !is_checked);
    let said = [
        insecure,
        given.flag("tlsAllowInvalidCertificates")?,
        not(given.flag("sslValidate")?),
        not(given.flag("rejectUnauthorized")?),
    ];
    if said.contains(&Some(true)) && said.contains(&Some(false)) {
        let name = CHECKS.into_iter().rev().find(|name| given.has(name)).unwrap_or_default();
        return Err(given.refusal(name, "contradicts another option about checking certificates"));
    }
    Ok(said.contains(&Some(true)))
}

fn first_text(given: &Given, names: &[&'static str]) -> Result<Option<String>, Refusal> {
    names.iter().find(|name| given.has(name)).map_or(Ok(None), |name| given.text(name))
}
