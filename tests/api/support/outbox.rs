use super::TestApp;
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use std::time::{Duration, Instant};

/// What is still to happen, in order.
pub async fn outbox(app: &TestApp) -> Vec<Document> {
    let collection = app.database.collection::<Document>("rc_account_outbox");
    let found = collection.find(doc! {}).sort(doc! {"order": 1}).await.expect("find");
    found.try_collect().await.expect("documents")
}

/// Waits until nothing is left to happen.
pub async fn is_delivered(app: &TestApp) {
    let deadline = Instant::now() + Duration::from_secs(40);
    loop {
        let left = outbox(app).await;
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{left:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
