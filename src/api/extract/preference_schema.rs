//! Which preferences there are, in the order of the original's schema. Source: `docs/behaviour/own-account.md` section 3.1.

use crate::release::{PreferenceKeys, Release};

/// What a preference may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Text,
    OneOf(&'static [&'static str]),
    Number,
    Boolean,
    Texts,
    /// Objects with these fields, and any others.
    Objects(&'static [(&'static str, Field)]),
}

#[derive(Debug, Clone, Copy)]
pub enum Field {
    Text,
    Boolean,
}

#[derive(Debug)]
pub struct Preference {
    pub name: &'static str,
    pub kind: Kind,
    /// Null is stored, where it is refused of others.
    pub nullable: bool,
    since: PreferenceKeys,
}

impl Preference {
    /// Whether the version has it.
    pub fn is_there(&self, release: &Release) -> bool {
        match (self.since, release.preference_keys) {
            (PreferenceKeys::Classic, _)
            | (PreferenceKeys::VoiceCalls, PreferenceKeys::VoiceCalls | PreferenceKeys::Sounds)
            | (PreferenceKeys::Sounds, PreferenceKeys::Sounds) => true,
            (PreferenceKeys::VoiceCalls | PreferenceKeys::Sounds, _) => false,
        }
    }

    const fn since(mut self, keys: PreferenceKeys) -> Preference {
        self.since = keys;
        self
    }

    const fn or_null(mut self) -> Preference {
        self.nullable = true;
        self
    }
}

const fn preference(name: &'static str, kind: Kind) -> Preference {
    Preference { name, kind, nullable: false, since: PreferenceKeys::Classic }
}

pub const PREFERENCES: &[Preference] = &[
    preference("newRoomNotification", Kind::Text),
    preference("newMessageNotification", Kind::Text),
    preference("clockMode", Kind::Number),
    preference("useEmojis", Kind::Boolean),
    preference("convertAsciiEmoji", Kind::Boolean),
    preference("alsoSendThreadToChannel", Kind::OneOf(&["default", "always", "never"])),
    preference("saveMobileBandwidth", Kind::Boolean),
    preference("collapseMediaByDefault", Kind::Boolean),
    preference("autoImageLoad", Kind::Boolean),
    preference("emailNotificationMode", Kind::Text),
    preference("unreadAlert", Kind::Boolean),
    preference("masterVolume", Kind::Number).since(PreferenceKeys::Sounds),
    preference("notificationsSoundVolume", Kind::Number),
    preference("voipRingerVolume", Kind::Number).since(PreferenceKeys::Sounds),
    preference("desktopNotifications", Kind::Text),
    preference("pushNotifications", Kind::Text),
    preference("enableAutoAway", Kind::Boolean),
    preference("highlights", Kind::Texts),
    preference("showThreadsInMainChannel", Kind::Boolean).or_null(),
    preference("desktopNotificationRequireInteraction", Kind::Boolean).or_null(),
    preference("desktopNotificationVoiceCalls", Kind::Boolean).since(PreferenceKeys::VoiceCalls).or_null(),
    preference("hideUsernames", Kind::Boolean),
    preference("hideRoles", Kind::Boolean),
    preference("displayAvatars", Kind::Boolean),
    preference("hideFlexTab", Kind::Boolean),
    preference("sendOnEnter", Kind::Text),
    preference("language", Kind::Text),
    preference("sidebarShowFavorites", Kind::Boolean),
    preference("sidebarShowUnread", Kind::Boolean),
    preference("sidebarSortby", Kind::Text),
    preference("sidebarViewMode", Kind::Text),
    preference("sidebarDisplayAvatar", Kind::Boolean),
    preference("sidebarGroupByType", Kind::Boolean),
    preference("muteFocusedConversations", Kind::Boolean),
    preference("dontAskAgainList", Kind::Objects(&[("action", Field::Text), ("label", Field::Text)]))
        .or_null(),
    preference("featuresPreview", Kind::Objects(&[("name", Field::Text), ("value", Field::Boolean)]))
        .or_null(),
    preference("themeAppearence", Kind::Text),
    preference("fontSize", Kind::Text),
    preference("receiveLoginDetectionEmail", Kind::Boolean).or_null(),
    preference("notifyCalendarEvents", Kind::Boolean),
    preference("idleTimeLimit", Kind::Number),
    preference("omnichannelTranscriptEmail", Kind::Boolean),
    preference("omnichannelTranscriptPDF", Kind::Boolean),
    preference("omnichannelHideConversationAfterClosing", Kind::Boolean),
    preference("enableMobileRinging", Kind::Boolean),
    preference("mentionsWithSymbol", Kind::Boolean),
    preference("utcOffset", Kind::Number).since(PreferenceKeys::Sounds),
];
