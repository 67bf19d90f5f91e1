use super::app::TestApp;
use super::stored::assert_changed;
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};

/// What is sent as `data`, and what comes of it: the changes to the user's document, or the line of a refusal.
pub type Row = (Value, Result<Document, String>);

impl TestApp {
    /// What a change of these fields is answered with.
    pub async fn change(&self, handle: &str, data: &Value) -> super::Answer {
        self.post(handle, &json!({"data": data})).send().await
    }

    /// Stores the user in place of the document with the same id.
    pub async fn put(&self, user: &Document) {
        let id = user.get("_id").expect("an id");
        self.users().replace_one(doc! {"_id": id}, user).await.expect("replaced");
    }

    /// Checks each row on the person's document as it is now.
    pub async fn check(&self, handle: &str, rows: impl IntoIterator<Item = Row>) {
        for (data, expected) in rows {
            self.check_body(handle, &json!({"data": data}), expected).await;
        }
    }

    /// Checks a whole body, and puts the person's document back.
    pub async fn check_body(&self, handle: &str, body: &Value, expected: Result<Document, String>) {
        let before = self.stored(handle).await;
        let answer = self.post(handle, body).send().await;
        let after = self.stored(handle).await;
        let about = format!("{:?}, {handle}: {body}", self.release);
        match expected {
            Ok(changes) => {
                assert_eq!(answer.status, 200, "{about}: {}", answer.body);
                assert_changed(&before, &after, &changes, &about);
                self.put(&before).await;
            }
            Err(line) => {
                assert_eq!(answer.line(), line, "{about}");
                assert_eq!(after, before, "{about}");
            }
        }
    }
}
