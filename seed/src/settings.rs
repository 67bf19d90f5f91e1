//! Documents of `rocketchat_settings`, made from the table.

use mongodb::bson::{DateTime, Document, doc};

use super::Release;
use super::settings_table::SECTIONS;

/// All settings of the release, and the groups that they stand in.
pub(super) fn documents(release: Release, now: DateTime) -> Vec<Document> {
    let mut documents: Vec<Document> = SECTIONS
        .iter()
        .flat_map(|section| section.settings.iter().map(|setting| setting.document(section, release, now)))
        .collect();
    let mut groups: Vec<&str> = SECTIONS.iter().filter_map(|section| section.group).collect();
    groups.sort_unstable();
    groups.dedup();
    documents.extend(groups.into_iter().map(|id| group(id, now)));
    documents
}

fn group(id: &str, now: DateTime) -> Document {
    doc! {
        "_id": id,
        "type": "group",
        "public": false,
        "hidden": false,
        "blocked": false,
        "sorter": 0,
        "i18nLabel": id,
        "i18nDescription": format!("{id}_Description"),
        "ts": now,
        "createdAt": now,
        "_updatedAt": now,
    }
}
