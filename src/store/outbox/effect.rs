//! An effect as the outbox knows it. What it means is known to `effects` only.

use super::super::StoreError;
use bson::oid::ObjectId;
use bson::{Bson, Document};
use std::fmt;
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;

/// An effect that is to be written together with its cause.
#[derive(Clone)]
pub struct NewEffect {
    pub id: String,
    pub kind: &'static str,
    /// Effects that have one of these in common happen in the order in which they were written.
    pub lanes: Vec<String>,
    /// Its content, which only the code that carries it out reads.
    pub document: Document,
    /// So many effects may wait in its (only) lane. Where so many wait already, it takes the place of the last one, if
    /// that is not being carried out. `None`: any number may wait.
    pub max_waiting: Option<u32>,
}

impl NewEffect {
    #[must_use]
    pub fn new(
        kind: &'static str,
        lanes: Vec<String>,
        document: Document,
        max_waiting: Option<u32>,
    ) -> NewEffect {
        NewEffect { id: ObjectId::new().to_hex(), kind, lanes, document, max_waiting }
    }
}

/// Without the document, which may hold a token.
impl fmt::Debug for NewEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEffect").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An effect as it was stored.
pub struct StoredEffect {
    pub kind: String,
    pub document: Document,
}

/// Without the document, which may hold a token.
impl fmt::Debug for StoredEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEffect").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An effect that this instance alone may carry out until its lease ends.
#[derive(Debug)]
pub struct Leased {
    pub id: String,
    /// The id of this lease. Writes name it, so that an instance that has lost the lease cannot write into the next.
    pub owner: String,
    /// Empty when it cannot be read; then there is no `effect` either.
    pub user_id: String,
    /// `None` when it cannot be read.
    pub effect: Option<StoredEffect>,
    /// How often the content was replaced by that of a newer effect.
    pub revision: i64,
    /// The last step that is known to be done, where the effect has steps.
    pub progress: Option<String>,
    /// It was parked before, so effects that were written later may have happened already.
    pub is_late: bool,
    /// This process has written it a moment ago.
    pub is_fresh: bool,
    /// How often it was leased since its last progress, this time included.
    pub attempts: u32,
    /// The lease holds at least so long, by our own clock.
    pub held_until: Instant,
    /// The place that the effect takes among those that this process carries out at the same time.
    pub slot: OwnedSemaphorePermit,
}

impl Leased {
    /// The effect as the outbox holds it now that it is leased.
    pub(super) fn read(
        id: &str,
        owner: String,
        document: &Document,
        held_until: Instant,
        slot: OwnedSemaphorePermit,
    ) -> Leased {
        let text = |key| document.get_str(key).ok().map(str::to_owned);
        let user_id = text("user_id");
        let content = document.get_document("effect").ok();
        let effect = user_id
            .as_ref()
            .and_then(|_| Some(StoredEffect { kind: text("kind")?, document: content?.clone() }));
        Leased {
            id: id.to_owned(),
            owner,
            user_id: user_id.unwrap_or_default(),
            effect,
            revision: whole_number(document.get("revision")).unwrap_or(0),
            progress: text("progress"),
            is_late: document.get_bool("late").unwrap_or_default(),
            is_fresh: false,
            attempts: document
                .get_i32("attempts")
                .ok()
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(u32::MAX),
            held_until,
            slot,
        }
    }

    /// What names this effect with this content to the world: two mails of one id are one mail sent twice.
    #[must_use]
    pub fn content_id(&self) -> String {
        if self.revision == 0 { self.id.clone() } else { format!("{}-{}", self.id, self.revision) }
    }

    /// For logs.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.effect.as_ref().map_or("unknown", |effect| &effect.kind)
    }
}

/// In whichever number type a shell or the server has made it.
#[expect(clippy::cast_possible_truncation, reason = "a number that is too large is none of ours")]
pub(super) fn whole_number(value: Option<&Bson>) -> Option<i64> {
    match value? {
        Bson::Int32(number) => Some((*number).into()),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) => Some(*number as i64),
        _ => None,
    }
}

/// Whether the database has refused this one document, so that trying again is useless.
pub(super) fn is_about_document(error: &StoreError) -> bool {
    match error {
        StoreError::Refused(_) | StoreError::Duplicate { .. } => true,
        StoreError::Unavailable(_) | StoreError::Unknown(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_whose_lease_got_no_answer_is_not_taken_for_unreadable() {
        assert!(!is_about_document(&StoreError::Unknown(String::new())));
        assert!(is_about_document(&StoreError::Refused(String::new())));
    }
}
