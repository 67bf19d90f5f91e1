//! A new username, and where others meet it.

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use serde_json::json;

use crate::script::Script;

const NEW_USERNAME: &str = "new.username";

pub async fn run(script: &mut Script<'_>) -> anyhow::Result<()> {
    let before = mentions(script).await?;
    let body = json!({ "data": { "username": NEW_USERNAME } });
    let title = "A new username: in all messages and rooms, too, before the answer comes";
    script.step(title, body, |check| check.succeeds_with(&[("username", NEW_USERNAME)])).await?;

    println!("\nMessages that mention the user:");
    let after = mentions(script).await?;
    for (before, after) in before.iter().zip(&after) {
        println!("  {before}  →  {after}");
    }
    let renamed = before.len() == after.len() && after.iter().all(|text| text.contains(NEW_USERNAME));
    let messages = script.database.collection::<Document>("rocketchat_message");
    let old = doc! { "u._id": &script.person.id, "u.username": { "$ne": NEW_USERNAME } };
    if renamed && messages.count_documents(old).await? == 0 {
        println!("✔ as expected");
    } else {
        println!("✘ an old name is left");
        script.all_right = false;
    }
    Ok(())
}

async fn mentions(script: &Script<'_>) -> anyhow::Result<Vec<String>> {
    let messages = script.database.collection::<Document>("rocketchat_message");
    let of_user = doc! { "mentions._id": &script.person.id };
    let found: Vec<Document> = messages.find(of_user).sort(doc! { "_id": 1 }).await?.try_collect().await?;
    Ok(found.iter().filter_map(|message| message.get_str("msg").ok().map(str::to_owned)).collect())
}
