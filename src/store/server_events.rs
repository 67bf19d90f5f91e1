//! `rocketchat_server_events`: who signed in, and who failed to. Source: `docs/behaviour/login.md` section 1.7.

use super::{Store, StoreError};
use bson::oid::ObjectId;
use bson::{DateTime, Document, doc};
use chrono::{DateTime as ChronoDateTime, Utc};

const SERVER_EVENTS: &str = "rocketchat_server_events";

#[derive(Debug, Clone, Copy)]
pub enum LoginOutcome {
    Success,
    Failure,
}

impl LoginOutcome {
    fn name(self) -> &'static str {
        match self {
            LoginOutcome::Success => "login",
            LoginOutcome::Failure => "failed-login-attempt",
        }
    }
}

/// An attempt to sign in. The user is unknown where no account was found.
#[derive(Debug)]
pub struct LoginEvent<'a> {
    pub outcome: LoginOutcome,
    pub address: &'a str,
    pub user_id: Option<&'a str>,
    pub username: Option<&'a str>,
    pub at: ChronoDateTime<Utc>,
}

impl Store {
    /// How often logins from the address have failed since `begin`, or since its last success where that is later. Counts no
    /// further than `limit`.
    pub async fn failed_logins_from(
        &self,
        address: &str,
        begin: ChronoDateTime<Utc>,
        limit: u64,
    ) -> Result<u64, StoreError> {
        let events = self.collection(SERVER_EVENTS);
        let last_success = events
            .find_one(filter(LoginOutcome::Success, address))
            .sort(doc! {"ts": -1})
            .projection(doc! {"ts": 1})
            .await?;
        let begin = DateTime::from_chrono(begin);
        let succeeded = last_success.and_then(|event| event.get_datetime("ts").ok().copied());
        let mut failures = filter(LoginOutcome::Failure, address);
        failures.insert("ts", doc! {"$gte": succeeded.map_or(begin, |at| at.max(begin))});
        Ok(events.count_documents(failures).limit(limit).await?)
    }

    /// Stores the event.
    pub async fn note_login(&self, event: &LoginEvent<'_>) -> Result<(), StoreError> {
        let mut user = Document::new();
        user.extend(event.user_id.map(|id| ("_id".to_owned(), id.into())));
        user.extend(event.username.map(|username| ("username".to_owned(), username.into())));
        let at = DateTime::from_chrono(event.at);
        let document = doc! {
            "_id": ObjectId::new().to_hex(),
            "ip": event.address,
            "t": event.outcome.name(),
            "ts": at,
            "u": user,
            "_updatedAt": at,
        };
        self.write(self.collection(SERVER_EVENTS).insert_one(document)).await?;
        Ok(())
    }
}

fn filter(outcome: LoginOutcome, address: &str) -> Document {
    doc! {"t": outcome.name(), "ip": address}
}
