//! TOTP and backup codes. Source: `docs/behaviour/two-factor.md` section 3.

use crate::ecmascript;
use crate::store::TotpSecrets;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret};

/// Length of a backup code, in UTF-16 units.
const BACKUP_LENGTH: usize = 8;
const DIGITS: usize = 6;
/// A wider window is a mistake, and would cost an HMAC for each of its steps.
const WIDEST_WINDOW: i64 = 120;

/// What a right code is, and so what it spends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matched {
    /// The number of the 30 s step since 1970.
    Step(u64),
    /// The stored hash of the backup code.
    Backup(String),
}

/// Checks a code. With backup codes stored, one of eight characters is only ever taken for such a code; else
/// it must be six ASCII digits, where the original also takes what merely parses as that number.
pub fn verify(
    secrets: &TotpSecrets,
    code: &SecretString,
    max_delta: i64,
    now: DateTime<Utc>,
) -> Option<Matched> {
    let secret = secrets.secret.as_ref().filter(|secret| !secret.expose_secret().is_empty())?;
    let code = code.expose_secret();
    if let Some(unused) = &secrets.hashed_backup
        && ecmascript::length(code) == BACKUP_LENGTH
    {
        let hash = backup_hash(code);
        return unused.contains(&hash).then_some(Matched::Backup(hash));
    }
    if code.len() != DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(secret.expose_secret().to_uppercase()).ok()?)
        .with_skew(u16::try_from(max_delta.clamp(0, WIDEST_WINDOW)).ok()?)
        .build_noncompliant();
    totp.check(code, u64::try_from(now.timestamp()).ok()?).map(Matched::Step)
}

/// What is stored of a backup code.
pub fn backup_hash(code: &str) -> String {
    hex::encode(Sha256::digest(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(backup: Option<&[&str]>) -> TotpSecrets {
        TotpSecrets {
            secret: Some("JBSWY3DPEHPK3PXP".into()),
            hashed_backup: backup.map(|hashes| hashes.iter().map(|hash| (*hash).to_owned()).collect()),
        }
    }

    fn check(code: &str, max_delta: i64, seconds: i64) -> Option<Matched> {
        let now = DateTime::from_timestamp(seconds, 0).expect("in range");
        verify(&secrets(None), &code.into(), max_delta, now)
    }

    #[test]
    fn the_vectors_of_the_specification_match() {
        for (seconds, code) in
            [(0, "282760"), (59, "996554"), (1_111_111_109, "071271"), (1_700_000_000, "324550")]
        {
            let step = u64::try_from(seconds / 30).expect("positive");
            assert_eq!(check(code, 0, seconds), Some(Matched::Step(step)), "{code}");
        }
    }

    #[test]
    fn the_window_reaches_as_far_to_both_sides() {
        let (code, at) = ("324550", 1_700_000_000);
        for delta in 0..=2 {
            for steps in -3..=3_i64 {
                let matches = check(code, delta, at + steps * 30).is_some();
                assert_eq!(matches, steps.abs() <= delta, "{delta} {steps}");
            }
        }
    }

    #[test]
    fn only_six_ascii_digits_are_a_code() {
        for code in ["71271", " 71271", "71271 ", "+71271", "071 271", "0712711", "٠٧١٢٧١", ""] {
            assert_eq!(check(code, 1, 1_111_111_109), None, "{code:?}");
        }
        assert!(check("071271", 1, 1_111_111_109).is_some());
    }

    #[test]
    fn a_backup_code_is_known_by_its_hash() {
        let hash = "da3e41733b13cfdd07e1e2dfc5e2e847bfb740c609f65b62229adb3b537f4995";
        let now = DateTime::from_timestamp(0, 0).expect("in range");
        let verify = |code: &str, backup: Option<&[&str]>| verify(&secrets(backup), &code.into(), 1, now);
        assert_eq!(verify("aBcDeFg2", Some(&[hash])), Some(Matched::Backup(hash.to_owned())));
        assert_eq!(verify("abcdefg2", Some(&[hash])), None, "letter case counts");
        assert_eq!(verify("aBcDeFg2", Some(&[])), None);
        assert_eq!(verify("aBcDeFg2", None), None);
        assert_eq!(verify("282760", Some(&[])), Some(Matched::Step(0)));
    }

    #[test]
    fn a_secret_may_be_in_lower_case_and_a_broken_one_matches_nothing() {
        let now = DateTime::from_timestamp(0, 0).expect("in range");
        let with = |secret: &str| {
            let secrets = TotpSecrets { secret: Some(secret.into()), hashed_backup: None };
            verify(&secrets, &"282760".into(), 1, now)
        };
        assert_eq!(with("jbswy3dpehpk3pxp"), Some(Matched::Step(0)));
        assert_eq!(with("not base32!"), None);
        assert_eq!(with(""), None);
    }
}
