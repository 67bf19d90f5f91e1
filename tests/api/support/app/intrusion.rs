use super::{TestApp, on_another_thread};
use mongodb::Client;
use mongodb::bson::{Document, doc};

impl TestApp {
    /// Updates the person's document, or deletes it, once the service has read it: before its next command.
    pub fn intrude(&self, handle: &str, update: Option<Document>) {
        self.intrude_when(|sent| sent.len() == 1, handle, update);
    }

    /// The same, once the service has written the user, without a transaction.
    pub fn intrude_after_the_write(&self, handle: &str, update: Document) {
        let is_written = |sent: &[String]| sent.iter().any(|command| command == "findAndModify");
        self.intrude_when(is_written, handle, Some(update));
    }

    fn intrude_when(&self, is_time: fn(&[String]) -> bool, handle: &str, update: Option<Document>) {
        let (url, user) = (self.url.clone(), doc! {"_id": &self.person(handle).id});
        self.take_commands();
        let intrude = move || {
            on_another_thread(async move {
                let client = Client::with_uri_str(&url).await.expect("a client");
                let users = client.default_database().expect("a database").collection::<Document>("users");
                match update {
                    Some(update) => drop(users.update_one(user, update).await.expect("updated")),
                    None => drop(users.delete_one(user).await.expect("deleted")),
                }
            });
        };
        *self.intrusion.lock().expect("the intrusion") = Some((is_time, Box::new(intrude)));
    }
}
