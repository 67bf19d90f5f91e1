use super::TestApp;
use chrono::{TimeDelta, Utc};
use devstack::workspace::TOTP_SECRET;
use mongodb::bson::{DateTime, doc};
use totp_rs::{Builder, Secret};

/// The six digits of the person `totp` for the moment that lies so far from now.
pub fn totp(offset: TimeDelta) -> String {
    totp_of(TOTP_SECRET, offset)
}

/// The six digits of a base32 secret for the moment that lies so far from now.
pub fn totp_of(secret: &str, offset: TimeDelta) -> String {
    let secret = Secret::try_from_base32(secret).expect("base32");
    let seconds = (Utc::now() + offset).timestamp();
    Builder::new().with_secret(secret).build_noncompliant().generate(seconds.unsigned_abs()).to_string()
}

/// Stores a code as if it had been mailed to that person.
pub async fn set_email_code(app: &TestApp, handle: &str, code: &str, ends_in_seconds: i64, attempts: i32) {
    let hash = bcrypt::hash(code, 4).expect("a hash");
    let expire = DateTime::from_millis(DateTime::now().timestamp_millis() + ends_in_seconds * 1000);
    let code = doc! {"code": hash, "expire": expire, "attempts": attempts};
    let update = doc! {"$set": {"services.emailCode": code}};
    app.users().update_one(doc! {"_id": &app.person(handle).id}, update).await.expect("updated");
}
