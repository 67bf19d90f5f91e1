//! A new secret of TOTP.

use crate::random;
use secrecy::SecretString;
use totp_rs::Secret;

/// Bytes of a new secret: printable ASCII, as the original's are.
const SECRET_BYTES: usize = 32;

/// A secret that is not yet in force.
#[derive(Debug, Clone)]
pub struct NewSecret {
    /// Base32.
    pub secret: SecretString,
    /// `otpauth:`, for the app that computes the codes.
    pub url: SecretString,
}

impl NewSecret {
    pub(super) fn generate(username: &str) -> NewSecret {
        let printable: Vec<u8> = (b'!'..=b'~').collect();
        let bytes = random::characters(&printable, SECRET_BYTES).into_bytes();
        let secret = Secret::new(bytes.into_boxed_slice()).to_base32();
        // Of a username no more is escaped than would end the path.
        let label = username.replace('#', "%23").replace('?', "%3F");
        let url = format!("otpauth://totp/Rocket.Chat:{label}?secret={secret}");
        NewSecret { secret: secret.into(), url: url.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_new_secret_is_32_printable_bytes_in_base32_and_hides_itself() {
        let new = NewSecret::generate("example");
        let secret = new.secret.expose_secret();
        assert_eq!(secret.len(), 52);
        let decoded = Secret::try_from_base32(secret).expect("base32");
        assert!(decoded.as_bytes().iter().all(u8::is_ascii_graphic));
        let url = format!("otpauth://totp/Rocket.Chat:example?secret={secret}");
        assert_eq!(new.url.expose_secret(), url);
        assert!(!format!("{new:?}").contains(secret));
    }
}
