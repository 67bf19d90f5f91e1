//! `rocketchat_message`: what a user wrote, edited or is mentioned in. Source: `docs/behaviour/side-effects.md` 2.2 A4 to A6.

use super::batches::{Sent, Statement, setting};
use super::{Outdated, Replacement, Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

pub(super) const MESSAGES: &str = "rocketchat_message";
/// Messages that are read and rewritten together.
const BATCH: usize = 200;
/// How often messages that were edited meanwhile are looked for.
const PASSES: u32 = 10;

/// A message that mentions the user by the old name.
#[derive(Debug)]
pub struct Mentioning {
    /// `msg`
    pub text: Option<String>,
    /// The usernames of everyone who is mentioned.
    pub mentioned: Vec<String>,
}

/// Gives a message's new text, or `None` if it stays.
pub type Rewrite<'a> = dyn Fn(&Mentioning) -> Option<String> + Send + Sync + 'a;

impl Replacement {
    /// The username in all messages that the user wrote.
    #[must_use]
    pub fn of_author(user_id: &str, new: &str) -> Replacement {
        let others = doc! {"u._id": user_id, "u.username": {"$ne": new}};
        Replacement::new(MESSAGES, others, doc! {"u.username": new}, Vec::new())
    }

    /// The username in all messages that the user edited or deleted.
    #[must_use]
    pub fn of_editor(user_id: &str, new: &str) -> Replacement {
        let others = doc! {"editedBy._id": user_id, "editedBy.username": {"$ne": new}};
        Replacement::new(MESSAGES, others, doc! {"editedBy.username": new}, Vec::new())
    }
}

impl Outdated {
    /// Messages that mention the user by the old name.
    #[must_use]
    pub fn mentions(user_id: &str, old: &str) -> Outdated {
        // The name may be somebody else's by now: only mentions with this user's id, or with none.
        let mention = doc! {"username": old, "_id": {"$in": [user_id, null]}};
        Outdated::new(MESSAGES, doc! {"mentions": {"$elemMatch": mention}})
    }
}

impl Store {
    /// Rewrites the mentions of the user in all messages, or in those that are known. A message that is edited at the same
    /// time is left for another pass.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_mentioned(
        &self,
        user_id: &str,
        old: &str,
        new: &str,
        known: Option<&[Bson]>,
        rewrite: &Rewrite<'_>,
    ) -> Result<u64, StoreError> {
        let mentioning = Outdated::mentions(user_id, old).among(known);
        let mut renamed = 0;
        for _ in 0..PASSES {
            let mentioning = mentioning.clone();
            let (found, sent) = self.rename_mentioned_once(mentioning, user_id, old, new, rewrite).await?;
            renamed += sent.matched;
            if found == sent.matched + sent.left_out {
                return Ok(renamed);
            }
        }
        Err(StoreError::Unavailable("messages that mention the user are edited all the time".to_owned()))
    }

    async fn rename_mentioned_once(
        &self,
        mentioning: Document,
        user_id: &str,
        old: &str,
        new: &str,
        rewrite: &Rewrite<'_>,
    ) -> Result<(u64, Sent), StoreError> {
        let mut messages = self
            .exact_collection(MESSAGES)
            .find(mentioning)
            .projection(doc! {"msg": 1, "mentions.username": 1})
            .batch_size(BATCH as u32)
            .await?;
        let (mut found, mut all) = (0, Sent::default());
        loop {
            let mut statements = Vec::new();
            while statements.len() < BATCH
                && let Some(message) = messages.try_next().await?
            {
                statements.push(mention_update(user_id, old, new, &message, rewrite));
            }
            if statements.is_empty() {
                return Ok((found, all));
            }
            found += statements.len() as u64;
            let sent = self.update_each(MESSAGES, statements).await?;
            all.matched += sent.matched;
            all.left_out += sent.left_out;
        }
    }
}

fn mention_update(
    user_id: &str,
    old: &str,
    new: &str,
    message: &Document,
    rewrite: &Rewrite<'_>,
) -> Statement {
    let mentions = message.get_array("mentions").map(Vec::as_slice).unwrap_or_default();
    let mentioning = Mentioning {
        text: message.get_str("msg").ok().map(str::to_owned),
        mentioned: mentions
            .iter()
            .filter_map(|mention| mention.as_document()?.get_str("username").ok().map(str::to_owned))
            .collect(),
    };
    let mut filter = doc! {"_id": message.get("_id").cloned().unwrap_or(Bson::Null)};
    let mut fields = doc! {"mentions.$[mention].username": new};
    if let Some(text) = rewrite(&mentioning) {
        // Only if it was not edited since it was read.
        filter.insert("msg", mentioning.text);
        fields.insert("msg", text);
    }
    let mut update = setting(fields);
    // The parsed form of the text; clients parse it again where it is missing.
    update.insert("$unset", doc! {"md": 1});
    Statement {
        filter,
        update,
        array_filters: vec![doc! {"mention.username": old, "mention._id": {"$in": [user_id, null]}}],
    }
}
