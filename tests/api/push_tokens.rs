//! Devices that get push notifications, when a new password ends their sessions: `docs/behaviour/side-effects.md` section 6.

use crate::support::{Options, TestApp, six_and_eight};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use serde_json::json;

async fn devices(app: &TestApp) -> Vec<String> {
    let devices = app.database.collection::<Document>("_raix_push_app_tokens");
    let found: Vec<Document> = devices
        .find(doc! {})
        .sort(doc! {"_id": 1})
        .await
        .expect("found")
        .try_collect()
        .await
        .expect("documents");
    found.iter().map(|device| device.get_str("_id").expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_removes_the_devices_of_the_sessions_that_it_ends() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let (plain, admin) = (app.person("plain"), app.person("admin"));
        let own = app.login_tokens("plain").await[0].get_str("hashedToken").expect("a token").to_owned();
        let device = |id: &str, user: &str, token: &str| {
            doc! {"_id": id, "userId": user, "authToken": token, "token": {"gcm": id}, "appName": "main"}
        };
        let devices_before = [
            device("admins", &admin.id, "x"),
            device("no-session", &plain.id, "gone long ago"),
            device("other-session", &plain.id, "y"),
            device("own", &plain.id, &own),
        ];
        app.database.collection("_raix_push_app_tokens").insert_many(devices_before).await.expect("inserted");

        let refused = json!({"newPassword": "short", "currentPassword": "wrong"});
        assert_eq!(app.change("plain", &refused).await.status, 400);
        assert_eq!(app.change("plain", &json!({"bio": "still the same sessions"})).await.status, 200);
        assert_eq!(devices(&app).await.len(), 4);

        let data =
            json!({"newPassword": "N3w-and-strong-enough", "currentPassword": plain.password_digest()});
        let answer = app.change("plain", &data).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(devices(&app).await, ["admins", "own"]);
    })
    .await;
}
