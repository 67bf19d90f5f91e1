//! The behaviours of the own account beside the profile, between which the table chooses.

/// How the routes of the own account beside the profile read what they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRoutes {
    /// Most of them by no schema; users without a username are served.
    Loose,
    /// By schemas; some have limits of their own, and users without a username fail.
    Typed,
}

/// Which preferences there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreferenceKeys {
    Classic,
    /// Also that of notifications about voice calls.
    VoiceCalls,
    /// Also the volumes of all sounds and of calls, and the time zone.
    Sounds,
}

/// What a new language does to subscriptions that are translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoTranslate {
    /// It becomes the language of those that are translated already.
    Follows,
    /// The same, and others are translated from now on; none where it is the server's own.
    Switches,
}

/// Who may have a confirmation mail sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmationMail {
    /// Users who are signed in, also to an address that is verified.
    SignedIn,
    Anybody,
}
