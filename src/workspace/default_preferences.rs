//! What a user prefers who has chosen nothing: `Accounts_Default_User_Preferences_…`, in the order of Rocket.Chat's own list.
//! Source: `docs/behaviour/login.md` section 2.6.
//!
//! The database holds them once Rocket.Chat has started on it. Where it does not, the version's own values stand in.

use crate::release::Version;
use bson::{Bson, Document, bson};

/// The name of a preference, its value, and the version that brought it.
type Default = (&'static str, Bson, Version);

fn defaults() -> Vec<Default> {
    let always = |name, value: Bson| (name, value, Version::OLDEST);
    let from = |major, minor, name, value: Bson| (name, value, Version::new(major, minor, 0));
    let sections = [
        "Incoming_Calls",
        "Incoming_Livechats",
        "Open_Livechats",
        "On_Hold_Chats",
        "Unread",
        "Favorites",
        "Teams",
        "Discussions",
        "Channels",
        "Direct_Messages",
        "Conversations",
    ];
    vec![
        always("enableAutoAway", true.into()),
        always("idleTimeLimit", 300.into()),
        always("desktopNotificationRequireInteraction", false.into()),
        always("desktopNotifications", "all".into()),
        from(7, 13, "desktopNotificationVoiceCalls", true.into()),
        always("pushNotifications", "all".into()),
        always("unreadAlert", true.into()),
        always("useEmojis", true.into()),
        always("convertAsciiEmoji", true.into()),
        always("autoImageLoad", true.into()),
        always("saveMobileBandwidth", true.into()),
        always("collapseMediaByDefault", false.into()),
        always("hideUsernames", false.into()),
        always("hideRoles", false.into()),
        always("hideFlexTab", false.into()),
        always("displayAvatars", true.into()),
        always("sidebarGroupByType", true.into()),
        always("themeAppearence", "auto".into()),
        always("sidebarViewMode", "medium".into()),
        always("sidebarDisplayAvatar", true.into()),
        always("sidebarShowUnread", false.into()),
        always("sidebarSortby", "activity".into()),
        always("showThreadsInMainChannel", false.into()),
        always("alsoSendThreadToChannel", "default".into()),
        always("sidebarShowFavorites", true.into()),
        always("sendOnEnter", "normal".into()),
        always("emailNotificationMode", "mentions".into()),
        always("newRoomNotification", "door".into()),
        always("newMessageNotification", "chime".into()),
        always("muteFocusedConversations", true.into()),
        from(7, 3, "masterVolume", 100.into()),
        always("notificationsSoundVolume", 100.into()),
        from(7, 3, "voipRingerVolume", 100.into()),
        always("omnichannelTranscriptEmail", false.into()),
        always("notifyCalendarEvents", true.into()),
        always("enableMobileRinging", true.into()),
        from(6, 13, "sidebarSectionsOrder", bson!(sections.to_vec())),
        from(6, 13, "featuresPreview", "[]".into()),
    ]
}

/// All defaults of the version: what is stored wins, what only the database knows comes last.
pub(super) fn complete(mut stored: Document, version: Version) -> Document {
    let mut complete = Document::new();
    for (name, value, since) in defaults() {
        match stored.remove(name) {
            Some(stored) => complete.insert(name, stored),
            None if version >= since => complete.insert(name, value),
            None => None,
        };
    }
    complete.extend(stored);
    complete
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;

    #[test]
    fn what_is_stored_wins_and_the_rest_is_the_versions() {
        let stored = doc! {"zzz": 1, "idleTimeLimit": 60, "masterVolume": 7};
        let six = complete(stored.clone(), Version::DOCUMENTED);
        assert_eq!(six.get("idleTimeLimit"), Some(&60.into()));
        assert_eq!(six.get("enableAutoAway"), Some(&true.into()));
        assert_eq!(six.get("masterVolume"), Some(&7.into()), "it is stored, whatever the version");
        assert_eq!((six.get("voipRingerVolume"), six.keys().last().map(String::as_str)), (None, Some("zzz")));
        assert!(complete(stored, Version::EIGHT).contains_key("voipRingerVolume"));
        assert!(!complete(Document::new(), Version::OLDEST).contains_key("featuresPreview"));
    }
}
