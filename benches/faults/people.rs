//! Who changes their account. Each is made anew from the seed's ordinary user; what a second factor is differs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devstack::workspace::password_digest;
use mongodb::Database;
use mongodb::bson::{DateTime, Document, doc};
use sha2::{Digest, Sha256};

use super::places::Names;

pub const COUNT: usize = 8;
pub const BACKUP_CODES: usize = 12;

/// What proves that a user may change what is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    Password,
    /// Each of them counts once.
    BackupCode,
    /// Each of them counts once.
    MailedCode,
}

#[derive(Debug, Clone)]
pub struct User {
    pub id: String,
    pub token: String,
    pub proof: Proof,
}

pub fn user(number: usize) -> User {
    let proof = match number % 4 {
        0 | 1 => Proof::Password,
        2 => Proof::BackupCode,
        _ => Proof::MailedCode,
    };
    named(&format!("changer{number}"), proof)
}

/// Who finds out whether changes are saved.
pub fn prober() -> User {
    named("prober", Proof::Password)
}

fn named(id: &str, proof: Proof) -> User {
    User { id: id.to_owned(), token: format!("token-of-{id}"), proof }
}

/// What the user is called at first.
pub fn names(number: usize) -> Names {
    let id = user(number).id;
    Names { username: id.clone(), name: format!("name{id}") }
}

pub fn first_password(id: &str) -> String {
    format!("First-Passw0rd-of-{id}")
}

/// The codes of a set; each set is used up before the next is stored.
pub fn backup_codes(id: &str, set: usize) -> Vec<String> {
    (0..BACKUP_CODES).map(|code| hex(&format!("{id} {set} {code}"))[..8].to_owned()).collect()
}

/// As they are stored.
pub fn hashed(codes: &[String]) -> Vec<String> {
    codes.iter().map(|code| hex(code)).collect()
}

fn hex(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Stores all of them.
pub async fn fill(database: &Database, template: &str) -> anyhow::Result<()> {
    let users = database.collection::<Document>("users");
    let template = users.find_one(doc! {"_id": template}).await?;
    let template = template.ok_or_else(|| anyhow::anyhow!("the seed has no ordinary user"))?;
    let mut documents = vec![document(&template, &prober())?];
    for number in 0..COUNT {
        documents.push(document(&template, &user(number))?);
    }
    users.insert_many(documents).await?;
    Ok(())
}

fn document(template: &Document, user: &User) -> anyhow::Result<Document> {
    let User { id, token, proof } = user;
    let hash = bcrypt::hash(password_digest(&first_password(id)), 4)?;
    let session = doc! {"when": DateTime::now(), "hashedToken": STANDARD.encode(Sha256::digest(token))};
    let mut services = doc! {"password": {"bcrypt": hash}, "resume": {"loginTokens": [session]}};
    match proof {
        Proof::Password => {}
        Proof::BackupCode => {
            let codes = hashed(&backup_codes(id, 0));
            services
                .insert("totp", doc! {"enabled": true, "secret": "JBSWY3DPEHPK3PXP", "hashedBackup": codes});
        }
        Proof::MailedCode => {
            services.insert("email2fa", doc! {"enabled": true, "changedAt": DateTime::now()});
        }
    }
    let mut document = template.clone();
    document.extend(doc! {
        "_id": id, "username": id, "name": format!("name{id}"), "bio": id, "nickname": id,
        "emails": [{"address": format!("{id}@example.org"), "verified": true}], "services": services,
    });
    Ok(document)
}
