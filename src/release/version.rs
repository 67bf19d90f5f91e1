//! A version of Rocket.Chat, and which one is imitated.

use std::fmt;
use thiserror::Error;

/// `MAJOR.MINOR.PATCH`. A pre-release counts as the version that it leads to: `7.10.0-rc.1` behaves as 7.10.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u16,
    pub minor: u16,
    pub patch: u16,
}

/// A text that names no version which can be imitated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VersionError {
    #[error("it is no version such as 7.10.0")]
    Unreadable,
    #[error("versions before {} are not imitated", Version::OLDEST)]
    TooOld,
}

impl Version {
    /// The first version with the keys of today's request.
    pub const OLDEST: Version = Version::new(6, 4, 0);
    /// What the published documentation describes, and what is imitated where nothing says otherwise.
    pub const DOCUMENTED: Version = Version::new(6, 13, 0);
    /// What `RC_ACCOUNT_RELEASE=8` means.
    pub const EIGHT: Version = Version::new(8, 8, 1);
    /// The newest of which anything is known. Newer ones are imitated as this one.
    pub const NEWEST: Version = Version::new(9, 1, 0);

    pub const fn new(major: u16, minor: u16, patch: u16) -> Version {
        Version { major, minor, patch }
    }

    /// Reads `MAJOR.MINOR[.PATCH][-PRE-RELEASE]`.
    ///
    /// # Errors
    /// [`VersionError::Unreadable`]; how old the version is does not matter here.
    pub fn parse(text: &str) -> Result<Version, VersionError> {
        let release = text.split(['-', '+']).next().unwrap_or_default();
        let mut numbers = release.split('.').map(|number| {
            let is_plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            number.parse().ok().filter(|_| is_plain).ok_or(VersionError::Unreadable)
        });
        let mut next = || numbers.next();
        let (major, minor) =
            (next().ok_or(VersionError::Unreadable)??, next().ok_or(VersionError::Unreadable)??);
        let patch = next().unwrap_or(Ok(0))?;
        match next() {
            None => Ok(Version { major, minor, patch }),
            Some(_) => Err(VersionError::Unreadable),
        }
    }

    /// Whether it is of a later minor version than the newest of which anything is known. It is imitated as that one.
    pub fn is_beyond_the_table(self) -> bool {
        (self.major, self.minor) > (Version::NEWEST.major, Version::NEWEST.minor)
    }

    /// Whether it is this version or a later one. As a `const fn`, where operators of traits cannot be used.
    pub(super) const fn is_at_least(self, major: u16, minor: u16, patch: u16) -> bool {
        if self.major != major {
            return self.major > major;
        }
        if self.minor != minor {
            return self.minor > minor;
        }
        self.patch >= patch
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// `RC_ACCOUNT_RELEASE`: which version is imitated. Source: `docs/DECISIONS.md` section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseChoice {
    /// That of the workspace, also after it has been upgraded under us.
    Auto,
    Fixed(Version),
}

impl ReleaseChoice {
    /// `auto`, `6` (6.13.0), `8` (8.8.1), or a version from 6.4 on.
    ///
    /// # Errors
    /// [`VersionError`].
    pub fn parse(text: &str) -> Result<ReleaseChoice, VersionError> {
        Ok(match text {
            "auto" => ReleaseChoice::Auto,
            "6" => ReleaseChoice::Fixed(Version::DOCUMENTED),
            "8" => ReleaseChoice::Fixed(Version::EIGHT),
            text => {
                let version = Version::parse(text)?;
                if version < Version::OLDEST {
                    return Err(VersionError::TooOld);
                }
                ReleaseChoice::Fixed(version)
            }
        })
    }

    /// The version to imitate beside a workspace whose statistics say `found`. One that cannot be read is the
    /// documented one; one that is older than the oldest counts as the oldest.
    pub fn version(self, found: Option<&str>) -> Version {
        match self {
            ReleaseChoice::Fixed(version) => version,
            ReleaseChoice::Auto => found
                .and_then(|text| Version::parse(text).ok())
                .map_or(Version::DOCUMENTED, |version| version.max(Version::OLDEST)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_their_pre_release() {
        for (text, version) in [
            ("6.4", Ok(Version::new(6, 4, 0))),
            ("7.10.0-rc.1", Ok(Version::new(7, 10, 0))),
            ("8.9.0-develop", Ok(Version::new(8, 9, 0))),
            ("9.0.0+build", Ok(Version::new(9, 0, 0))),
            ("10.11.12", Ok(Version::new(10, 11, 12))),
            ("develop", Err(VersionError::Unreadable)),
            ("7", Err(VersionError::Unreadable)),
            ("7.", Err(VersionError::Unreadable)),
            ("7.+1", Err(VersionError::Unreadable)),
            ("7.1.2.3", Err(VersionError::Unreadable)),
            ("", Err(VersionError::Unreadable)),
        ] {
            assert_eq!(Version::parse(text), version, "{text}");
        }
    }

    #[test]
    fn the_operator_chooses_or_the_workspace_does() {
        assert_eq!(ReleaseChoice::parse("6"), Ok(ReleaseChoice::Fixed(Version::new(6, 13, 0))));
        assert_eq!(ReleaseChoice::parse("8"), Ok(ReleaseChoice::Fixed(Version::new(8, 8, 1))));
        assert_eq!(ReleaseChoice::parse("7.10"), Ok(ReleaseChoice::Fixed(Version::new(7, 10, 0))));
        assert_eq!(ReleaseChoice::parse("6.3.9"), Err(VersionError::TooOld));
        assert_eq!(ReleaseChoice::parse("seven"), Err(VersionError::Unreadable));
        let auto = |found| ReleaseChoice::Auto.version(found);
        assert_eq!(auto(Some("7.13.1")), Version::new(7, 13, 1));
        assert_eq!(auto(Some("3.18.2")), Version::OLDEST);
        assert_eq!((auto(None), auto(Some("unknown"))), (Version::DOCUMENTED, Version::DOCUMENTED));
        assert!(auto(Some("9.2.0")).is_beyond_the_table() && !auto(Some("9.1.7")).is_beyond_the_table());
        assert_eq!(ReleaseChoice::Fixed(Version::EIGHT).version(Some("6.5.0")), Version::EIGHT);
    }
}
