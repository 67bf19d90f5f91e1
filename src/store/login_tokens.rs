//! Ending sessions: elements of `services.resume.loginTokens`. Source: `docs/behaviour/login.md` sections 1.8 and 2.

use super::{Store, StoreError};
use bson::{Bson, DateTime, Document, doc};

const LOGIN_TOKENS: &str = "services.resume.loginTokens";

impl Store {
    /// The user's list of login tokens, whatever stands there.
    pub async fn stored_login_tokens(&self, user_id: &str) -> Result<Option<Bson>, StoreError> {
        let users = self.users();
        let user = users.find_one(doc! {"_id": user_id}).projection(doc! {LOGIN_TOKENS: 1}).await?;
        let resume = user.as_deref().and_then(|user| {
            user.get_document("services").and_then(|services| services.get_document("resume")).ok()
        });
        Ok(resume.and_then(|resume| resume.get("loginTokens").cloned()))
    }

    /// Ends one session.
    pub async fn remove_login_token(
        &self,
        user_id: &str,
        hashed_token: &str,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), StoreError> {
        let mut update = pull(doc! {"hashedToken": hashed_token});
        update.insert("$set", doc! {"_updatedAt": DateTime::from_chrono(now)});
        self.update_one_user(user_id, Document::new(), update).await?;
        Ok(())
    }

    /// Ends all other sessions; personal access tokens stay.
    pub async fn remove_other_logins(&self, user_id: &str, hashed_token: &str) -> Result<(), StoreError> {
        let update = pull(doc! {"when": {"$exists": true}, "hashedToken": {"$ne": hashed_token}});
        self.update_one_user(user_id, Document::new(), update).await?;
        Ok(())
    }

    /// Removes every other login token, personal access tokens too.
    pub async fn remove_other_tokens(&self, user_id: &str, hashed_token: &str) -> Result<(), StoreError> {
        let update = pull(doc! {"hashedToken": {"$ne": hashed_token}});
        self.update_one_user(user_id, Document::new(), update).await?;
        Ok(())
    }

    /// Removes every login token, personal access tokens too. Nobody by that id is as good as done.
    pub async fn remove_all_tokens(&self, user_id: &str) -> Result<(), StoreError> {
        let update = doc! {"$set": {LOGIN_TOKENS: Bson::Array(Vec::new())}};
        self.update_one_user(user_id, Document::new(), update).await?;
        Ok(())
    }

    /// Leaves only so many sessions, the newest; personal access tokens are not counted and stay.
    pub async fn keep_newest_logins(&self, user_id: &str, count: usize) -> Result<(), StoreError> {
        let users = self.users();
        let projection = doc! {format!("{LOGIN_TOKENS}.when"): 1, format!("{LOGIN_TOKENS}.type"): 1};
        let Some(user) = users.find_one(doc! {"_id": user_id}).projection(projection).await? else {
            return Ok(());
        };
        let resume = user.get_document("services").and_then(|services| services.get_document("resume"));
        let tokens = resume.and_then(|resume| resume.get_array("loginTokens"));
        let mut begun: Vec<Option<DateTime>> = tokens
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter_map(Bson::as_document)
            .filter(|token| !token.get_str("type").is_ok_and(|kind| kind == "personalAccessToken"))
            .map(|token| token.get_datetime("when").ok().copied())
            .collect();
        begun.sort_unstable_by(|a, b| b.cmp(a));
        if let Some(Some(oldest_kept)) = count.checked_sub(1).and_then(|last| begun.get(last)) {
            let update = pull(doc! {"when": {"$lt": oldest_kept}});
            self.update_one_user(user_id, Document::new(), update).await?;
        }
        Ok(())
    }
}

fn pull(tokens: Document) -> Document {
    doc! {"$pull": {LOGIN_TOKENS: tokens}}
}
