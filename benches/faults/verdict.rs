//! What is stored and what was mailed at the end, against what was answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::{Duration, Instant};

use devstack::smtp::Received;
use devstack::workspace::password_digest;
use mongodb::bson::{DateTime, Document, doc};

use super::ledger::{Field, Ledger};
use super::places::{Everybody, Names};
use super::stage::Stage;

/// So long the outbox may stand still while something is in it.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_secs(2);

#[derive(Default)]
pub struct Verdict {
    outcomes: BTreeMap<String, usize>,
    /// By how many of two requests with the same code were saved.
    codes: BTreeMap<usize, usize>,
    most_waiting: u64,
    mails: usize,
    /// Under the same `Message-ID` as another one.
    copies: usize,
    acknowledged_addresses: usize,
    panics: usize,
    /// Answers of 500, but for those that say in the log that MongoDB has not told what became of a commit.
    failures: usize,
    lost: usize,
    halves: usize,
    pub wrong: Vec<String>,
}

pub async fn reach(stage: &mut Stage, ledgers: &[Ledger]) -> anyhow::Result<Verdict> {
    let mut verdict = Verdict::default();
    let is_quiet = verdict.effects_happen(stage).await?;
    let mut now = Everybody::new();
    for ledger in ledgers {
        for (outcome, count) in &ledger.outcomes {
            *verdict.outcomes.entry(outcome.clone()).or_default() += count;
        }
        for (saved, count) in &ledger.codes {
            *verdict.codes.entry(*saved).or_default() += count;
        }
        verdict.wrong.extend(ledger.wrong.iter().map(|wrong| format!("{}: {wrong}", ledger.user.id)));
        let users = stage.database.collection::<Document>("users");
        let user = users.find_one(doc! {"_id": &ledger.user.id}).await?.unwrap_or_default();
        verdict.user(ledger, &user);
        let text = |key: &str| user.get_str(key).unwrap_or_default().to_owned();
        now.push(Names { username: text("username"), name: text("name") });
        verdict.mails(ledger, &user, &stage.sink.mails());
    }
    verdict.mails = stage.sink.mails().len();
    // Its complaint is a panic, which names the place.
    let check = async { stage.places.check(&stage.database, &now, &stage.then).await };
    if is_quiet
        && let Err(panic) = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(check)).await
    {
        let what = panic.downcast_ref::<String>().cloned().unwrap_or_default();
        verdict.wrong.push(format!("a place of a name: {what}"));
    }
    let log = stage.whole_log()?;
    let answered = verdict.outcomes.get("500").copied().unwrap_or_default();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("http.status=500")).collect();
    let unknown = lines.iter().filter(|line| line.contains("error-outcome-unknown")).count();
    // An instance that is killed may have answered and not written its line.
    verdict.failures = lines.len().max(answered) - unknown;
    verdict.panics = log.lines().filter(|line| line.contains("panicked at")).count();
    Ok(verdict)
}

/// Effects that wait for no other, without what they hold.
async fn waiting(outbox: &mongodb::Collection<Document>) -> anyhow::Result<Vec<String>> {
    let fields = doc! {"kind": 1, "parked": 1, "ready": 1, "late": 1, "due": 1, "attempts": 1, "owner": 1, "step": 1, "reason": 1};
    let first = doc! {"$or": [{"ready": true}, {"parked": true}, {"late": true}]};
    let mut cursor = outbox.find(first).projection(fields).limit(10).await?;
    let mut told = vec![format!("now it is {}", DateTime::now())];
    while cursor.advance().await? {
        told.push(format!("waits: {}", cursor.deserialize_current()?));
    }
    Ok(told)
}

/// Whether the verdict would see it: documents are judged that hold half of a change, an older one, or another value.
///
/// # Errors
/// It does not see one.
pub async fn tried(stage: &Stage, ledger: &Ledger) -> anyhow::Result<()> {
    let users = stage.database.collection::<Document>("users");
    let user = users.find_one(doc! {"_id": &ledger.user.id}).await?.unwrap_or_default();
    for (what, change) in [
        ("half of a change", doc! {"bio": "other"}),
        ("an older change", doc! {"bio": "old", "nickname": "old", "name": "nameold"}),
        ("another username", doc! {"username": "other"}),
        ("another address", doc! {"emails": [{"address": "other@example.org", "verified": false}]}),
        ("another password", doc! {"services": {"password": {"bcrypt": "$2b$04$other"}}}),
    ] {
        let mut spoilt = user.clone();
        spoilt.extend(change);
        let mut verdict = Verdict::default();
        verdict.user(ledger, &spoilt);
        anyhow::ensure!(!verdict.is_well(), "the verdict does not see {what}");
    }
    Ok(())
}

impl Verdict {
    /// Waits until all has happened that was to follow a change; the leases of killed instances end by themselves. While they
    /// do, users' later changes wait, so after a long run there are many.
    async fn effects_happen(&mut self, stage: &Stage) -> anyhow::Result<bool> {
        let outbox = stage.database.collection::<Document>("rc_account_outbox");
        let begin = Instant::now();
        let (mut fewest, mut since) = (u64::MAX, begin);
        loop {
            let left = outbox.count_documents(doc! {}).await?;
            if left == 0 {
                println!("{} effects waited at the end, for {:.0?}", self.most_waiting, begin.elapsed());
                return Ok(true);
            }
            self.most_waiting = self.most_waiting.max(left);
            if left < fewest {
                (fewest, since) = (left, Instant::now());
            }
            if since.elapsed() > PATIENCE {
                self.wrong.push(format!("{left} of {} effects are still in the outbox", self.most_waiting));
                self.wrong.extend(waiting(&outbox).await?);
                return Ok(false);
            }
            // A change of the settings makes everything due that waits for its next attempt.
            let site = doc! {"_id": "Site_Name"};
            let name = format!("Faults {:.0?}", begin.elapsed());
            let settings = stage.database.collection::<Document>("rocketchat_settings");
            settings.update_one(site, doc! {"$set": {"value": name}}).upsert(true).await?;
            tokio::time::sleep(POLL).await;
        }
    }

    fn user(&mut self, ledger: &Ledger, user: &Document) {
        let text = |key: &str| user.get_str(key).unwrap_or_default();
        let mark = text("bio");
        if text("nickname") != mark || text("name") != format!("name{mark}") {
            self.halves += 1;
            self.wrong.push(format!("{}: half of a change is stored", ledger.user.id));
        }
        let email = user.get_array("emails").ok().and_then(|emails| emails.first()?.as_document());
        let email = email.and_then(|email| email.get_str("address").ok()).unwrap_or_default();
        for (what, field, stored) in [
            ("mark", &ledger.mark, mark),
            ("username", &ledger.username, text("username")),
            ("address", &ledger.email, email),
        ] {
            if !field.may_be(stored) {
                self.lost += 1;
                let expected = &field.acknowledged;
                self.wrong.push(format!("{}: the {what} {expected} is lost: {stored}", ledger.user.id));
            }
        }
        let hash = user.get_document("services").and_then(|services| services.get_document("password"));
        let hash = hash.and_then(|password| password.get_str("bcrypt")).unwrap_or_default();
        let is_of = |password: &String| bcrypt::verify(password_digest(password), hash).unwrap_or(false);
        if !ledger.password.all().any(is_of) {
            self.lost += 1;
            self.wrong.push(format!("{}: the password is lost", ledger.user.id));
        }
    }

    /// Each mail once, but for copies under the same id; of the address that is stored, with the token that is stored; none
    /// for an address that was never saved.
    fn mails(&mut self, ledger: &Ledger, user: &Document, mails: &[Received]) {
        let id = &ledger.user.id;
        for (address, is_possible) in &ledger.addresses {
            self.acknowledged_addresses += usize::from(*is_possible);
            let to: Vec<&Received> = mails.iter().filter(|mail| mail.to.contains(address.as_str())).collect();
            if !is_possible && !to.is_empty() {
                self.wrong.push(format!("{id}: a mail to {address}, which was never saved"));
            }
            let (verifications, notices): (Vec<&Received>, Vec<&Received>) =
                to.into_iter().partition(|mail| mail.text.contains("verify-email/"));
            for mails in [verifications, notices] {
                let ids: BTreeSet<&str> = mails.iter().map(|mail| mail.message_id.as_str()).collect();
                if ids.len() > 1 {
                    self.wrong.push(format!("{id}: {} mails of a kind to {address}", ids.len()));
                }
                self.copies += mails.len().saturating_sub(1);
            }
        }
        let Field { acknowledged, doubtful } = &ledger.email;
        if !doubtful.is_empty() || !ledger.addresses.contains_key(acknowledged) {
            return;
        }
        let services = user.get_document("services").cloned().unwrap_or_default();
        let stored = format!("{:?}", services.get("email"));
        let is_mailed = mails.iter().filter(|mail| mail.to.contains(acknowledged.as_str())).any(|mail| {
            let token = mail.text.split("verify-email/").nth(1).unwrap_or_default();
            let token = token.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)).next();
            token.is_some_and(|token| !token.is_empty() && stored.contains(token))
        });
        if !is_mailed {
            self.wrong.push(format!("{id}: no mail with the stored token to {acknowledged}"));
        }
    }

    pub fn is_well(&self) -> bool {
        let twice = self.codes.get(&2).copied().unwrap_or_default();
        self.wrong.is_empty() && self.panics + self.failures + self.lost + self.halves + twice == 0
    }

    pub fn text(&self) -> String {
        let Verdict { outcomes, codes, mails, copies, panics, failures, lost, halves, wrong, .. } = self;
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _ = writeln!(text, "requests: {outcomes:?}");
        let count = |saved: usize| codes.get(&saved).copied().unwrap_or_default();
        let _ = writeln!(
            text,
            "codes sent twice at once: {} saved one change, {} none, {} both",
            count(1),
            count(0),
            count(2)
        );
        let _ = writeln!(
            text,
            "mails: {mails}, {copies} of them further copies under the same id; {} addresses saved or in doubt",
            self.acknowledged_addresses
        );
        let _ = writeln!(
            text,
            "lost: {lost}; half applied: {halves}; failures: {failures}; panics: {panics}; other faults: {}",
            wrong.len()
        );
        for wrong in wrong.iter().take(50) {
            let _ = writeln!(text, "WRONG {wrong}");
        }
        text
    }
}
