//! The line to MongoDB is cut after any number of bytes that a request has sent or received: everything of it is done or
//! nothing, and the answer does not say otherwise.

use super::{Caller, Service, database, eventually};
use crate::support::mongo;
use devstack::breaking_proxy::{BreakingProxy, Direction, Mode};
use devstack::workspace::password_digest;
use mongodb::bson::{Bson, Document, doc};
use serde_json::{Value, json};
use std::time::Duration;

/// Bytes between two cuts; `RC_DEV_CUT_STEP=40` for more of them.
const STEP: u64 = 1_000;
/// How long new lines are cut, too.
const CUT_FOR: Duration = Duration::from_millis(60);
const FIELDS: [&str; 4] = ["username", "name", "bio", "nickname"];

fn password(number: u64) -> String {
    format!("Passw0rd-{number}-of-many")
}

/// Everything that takes part in the commit: the user, a claimed name, effects, sessions that end.
fn change(from: u64, to: u64) -> Value {
    json!({
        "username": format!("username.{to}"), "name": format!("name {to}"), "bio": format!("bio {to}"),
        "nickname": format!("nickname {to}"), "newPassword": password(to),
        "currentPassword": password_digest(&password(from)),
    })
}

/// The number of the change that is stored; all fields must be of the same one.
fn stored_number(user: &Document) -> u64 {
    let numbers = FIELDS.map(|field| {
        let value = user.get_str(field).expect(field);
        value.rsplit(['.', ' ']).next().and_then(|number| number.parse().ok()).expect(value)
    });
    assert!(numbers.iter().all(|number| *number == numbers[0]), "half of a change: {numbers:?}");
    let services = user.get_document("services").expect("services");
    let hash = services.get_document("password").expect("a password").get_str("bcrypt").expect("a hash");
    let is_own = bcrypt::verify(password_digest(&password(numbers[0])), hash).expect("a comparison");
    assert!(is_own, "the password is of another change than {numbers:?}");
    numbers[0]
}

async fn restore<T>(proxy: &BreakingProxy, accepted: u64) -> T {
    while proxy.accepted() == accepted {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(CUT_FOR).await;
    proxy.behave(Mode::Pass);
    std::future::pending().await
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_its_line_is_cut_a_change_is_whole_or_absent() {
    let Ok(proxy) = mongo().await.proxy() else { return };
    let name = format!("test_{}_cut", std::process::id());
    let url = mongo().await.url(&name);
    let caller = Caller::of(&url).await;
    let hash = bcrypt::hash(password_digest(&password(0)), 4).expect("a hash");
    let users = database(&url).await.collection::<Document>("users");
    let update = doc! {"$set": {"services.password.bcrypt": hash}};
    users.update_one(doc! {"_id": &caller.person.id}, update).await.expect("written");
    let service = Service::on(&mongo().await.url_through(&proxy, &name), &[("RC_ACCOUNT_MAIL_LIMIT", "off")]);

    let step = std::env::var("RC_DEV_CUT_STEP").map_or(STEP, |step| step.parse().expect("a number"));
    let (status, body) = caller.sends(&service, &change(0, 1)).await.expect("an answer");
    assert_eq!(status, 200, "{body}");
    let (mut stored, mut answers, mut cuts, mut unknown) = (1, [0; 3], 0, 0);
    for direction in [Direction::ToServer, Direction::ToClient] {
        let (mut after, mut unfelt) = (0, 0);
        // A line that carries less than that is not cut; some luck is in which line carries what.
        while unfelt < 3 {
            proxy.behave(Mode::Cut { direction, after });
            let accepted = proxy.accepted();
            let next = change(stored, stored + 1);
            // The line is whole again a while after it was cut.
            let answer = tokio::select! {
                answer = caller.sends(&service, &next) => answer,
                never = restore(&proxy, accepted) => never,
            };
            proxy.behave(Mode::Pass);
            let is_felt = proxy.accepted() > accepted;
            (cuts, unfelt) = if is_felt { (cuts + 1, 0) } else { (cuts, unfelt + 1) };
            let (status, body) = answer.expect("an answer");
            let now = stored_number(&caller.stored(&url).await);
            let is_as_told = match status {
                200 => now == stored + 1,
                503 => now == stored,
                // The line of the log comes behind the answer.
                500 => {
                    unknown += 1;
                    let is_there = async || service.logged("http.status=500").len() >= unknown;
                    eventually("the line is there", is_there).await;
                    service.logged("http.status=500").iter().all(|line| line.contains("outcome-unknown"))
                }
                _ => false,
            };
            let place = format!("{after} bytes {direction:?}");
            assert!(is_as_told, "cut after {place}: {status} {body}, {stored} became {now}");
            answers[[200, 503, 500].iter().position(|known| *known == status).expect("known")] += 1;
            stored = now;
            after += step;
        }
    }
    eprintln!("{cuts} cuts; saved, not done, unknown: {answers:?}");
    assert!(cuts > 5, "{cuts} cuts were felt");

    let database = database(&url).await;
    let outbox = database.collection::<Document>("rc_account_outbox");
    let is_empty = async || outbox.count_documents(doc! {}).await.expect("counted") == 0;
    eventually("all effects are carried out", is_empty).await;
    let subscriptions = database.collection::<Document>("rocketchat_subscription");
    let names = subscriptions.distinct("u.username", doc! {"u._id": &caller.person.id}).await.expect("names");
    assert_eq!(names, [Bson::from(format!("username.{stored}"))]);
    service.kill();
    database.drop().await.expect("dropped");
}
