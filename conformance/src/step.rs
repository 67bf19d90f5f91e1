//! One request of a case: sent, and everything that has to follow from it compared.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::future;
use mongodb::Database;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use semver::Version;
use serde_json::Value;

use crate::case::{Found, Mail, Step};
use crate::expect::{document, json, text};
use crate::fill::Facts;
use crate::mailbox::Received;
use crate::request;
use crate::shapes::{Expected, Shapes};
use crate::wire::{Answer, Target};

/// How long is waited for what follows the answer: a mail, or a write that Rocket.Chat does not await.
const PATIENCE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(25);
/// How long a mail that must not come is waited for.
const SILENCE: Duration = Duration::from_millis(300);

/// What a step needs of the run and of its case.
pub struct Surroundings<'a> {
    pub target: &'a Target,
    pub database: &'a Database,
    pub version: &'a Version,
    pub shapes: &'a Shapes,
    pub facts: Facts<'a>,
}

impl Surroundings<'_> {
    /// Sends the request and says what is not as it should be.
    ///
    /// # Errors
    /// The step could not be carried out, or it is written wrongly.
    pub async fn carry_out(&self, step: &Step) -> anyhow::Result<Vec<String>> {
        let before = self.user().await?;
        let mails_before = self.mails().len();
        let request = request::of(step, &self.facts)?;
        if let Some(count) = step.at_once {
            let answers = (0..count).map(|_| self.target.send(&request));
            let answers = future::try_join_all(answers).await?;
            let mut faults = statuses(step, &answers);
            faults.extend(self.afterwards(step, &before, true).await?);
            return Ok(faults);
        }
        let answer = self.target.send(&request).await?;
        let expected = self.expected(step)?;
        let mut faults = self.judge(step, &expected, &answer)?;
        if let Some(mails) = &step.mails {
            faults.extend(self.mailed(mails, mails_before).await?);
        }
        let saves = expected.status == Some(200) && !expected.refuses;
        faults.extend(self.afterwards(step, &before, saves).await?);
        Ok(faults)
    }

    fn expected(&self, step: &Step) -> anyhow::Result<Expected> {
        let mut expected = match &step.answer {
            Some(answer) => self.shapes.at(self.version, answer)?,
            None => Expected::default(),
        };
        expected.status = step.status.or(expected.status);
        expected.body = step.body.clone().or(expected.body);
        expected.text = step.text.clone().or(expected.text);
        let more = step.gets.iter().map(|(name, value)| (name.clone(), value.clone().into()));
        expected.headers.extend(more);
        anyhow::ensure!(expected.status.is_some(), "neither answer nor status");
        Ok(expected)
    }

    fn judge(&self, step: &Step, expected: &Expected, answer: &Answer) -> anyhow::Result<Vec<String>> {
        let mut faults = Vec::new();
        if expected.status != Some(answer.status) {
            let wanted = expected.status.unwrap_or_default();
            faults.push(format!("status {} instead of {wanted}: {}", answer.status, answer.body));
            return Ok(faults);
        }
        for (name, value) in &expected.headers {
            let (found, wanted) = (answer.header(name), value.as_str().unwrap_or_default());
            let is_right = match wanted {
                json::ABSENT => found.is_empty(),
                wanted => found.len() == 1 && text::matches(wanted, found[0]),
            };
            if !is_right {
                faults.push(format!("header {name}: {found:?} instead of {wanted:?}"));
            }
        }
        if let Some(body) = &expected.body {
            let filled = self.facts.fill(body)?;
            let pattern =
                serde_json::from_str(&filled).with_context(|| format!("body: no JSON: {filled}"))?;
            faults.extend(json::body(&pattern, &answer.body));
        }
        if let Some(wanted) = &expected.text
            && !text::matches(&self.facts.fill(wanted)?, &answer.body)
        {
            faults.push(format!("the body is {:?} instead of {wanted:?}", answer.body));
        }
        if let Some(replies) = &step.replies {
            let patterns: Value =
                serde_json::from_str(&self.facts.fill(replies)?).context("replies: no JSON")?;
            let user = serde_json::from_str::<Value>(&answer.body).unwrap_or_default()["user"].take();
            faults.extend(json::at_paths("user", patterns.as_object().context("replies: no object")?, &user));
        }
        Ok(faults)
    }

    async fn mailed(&self, expected: &[Mail], before: usize) -> anyhow::Result<Vec<String>> {
        if expected.is_empty() {
            tokio::time::sleep(SILENCE).await;
        }
        let deadline = Instant::now() + PATIENCE;
        while self.mails().len() < before + expected.len() && Instant::now() < deadline {
            tokio::time::sleep(POLL).await;
        }
        let mut mails = self.mails().split_off(before);
        let mut faults = Vec::new();
        for wanted in expected {
            let to = self.facts.fill(&wanted.to)?;
            match mails.iter().position(|mail| mail.to == [to.as_str()] && mail.subject == wanted.subject) {
                None => faults.push(format!("no mail {:?} to {to}", wanted.subject)),
                Some(at) => faults.extend(self.judge_mail(wanted, &mails.remove(at))?),
            }
        }
        faults.extend(mails.iter().map(|mail| format!("a mail {:?} to {:?}", mail.subject, mail.to)));
        Ok(faults)
    }

    fn judge_mail(&self, wanted: &Mail, mail: &Received) -> anyhow::Result<Vec<String>> {
        let mut faults = Vec::new();
        if let Some(from) = &wanted.from
            && mail.from != *from
        {
            faults.push(format!("the mail is from {} instead of {from}", mail.from));
        }
        for (part, wanted, found) in [("text", &wanted.text, &mail.text), ("html", &wanted.html, &mail.html)]
        {
            if let Some(wanted) = wanted {
                let wanted = self.facts.fill(wanted)?;
                if !found.contains(&wanted) {
                    faults.push(format!("the mail's {part} lacks {wanted:?}: {found}"));
                }
            }
        }
        Ok(faults)
    }

    /// What is stored: waited for where something has to change, since not every write is awaited by the answer.
    async fn afterwards(&self, step: &Step, before: &Document, success: bool) -> anyhow::Result<Vec<String>> {
        let stored = self.facts.fill(step.stored.as_deref().unwrap_or("{}"))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let after = self.user().await?;
            let mut faults = document::changes(before, &after, &stored)?;
            if success && step.who == "user" && step.method == "POST" {
                faults.extend(saved(before, &after));
            } else if step.stored.is_none() && after != *before {
                faults.push("stored: a refused request wrote".to_owned());
            }
            for found in &step.found {
                faults.extend(self.found(found).await?);
            }
            let may_come = stored != "{}" || !step.found.is_empty();
            if faults.is_empty() || !may_come || Instant::now() > deadline {
                return Ok(faults);
            }
            tokio::time::sleep(POLL * 10).await;
        }
    }

    async fn found(&self, found: &Found) -> anyhow::Result<Vec<String>> {
        let collection = self.database.collection::<Document>(&found.collection);
        let filter = crate::values::document(&self.facts.fill(&found.filter)?)?;
        let mut cursor = collection.find(filter).sort(doc! {"_id": 1}).await?;
        let mut documents = Vec::new();
        while cursor.advance().await? {
            documents.push(cursor.deserialize_current()?);
        }
        let wanted: Vec<serde_json::Map<String, Value>> =
            serde_json::from_str(&self.facts.fill(&found.is)?).context("found: no list of objects")?;
        if wanted.len() != documents.len() {
            return Ok(vec![format!(
                "{}: {} documents instead of {}",
                found.collection,
                documents.len(),
                wanted.len()
            )]);
        }
        let mut faults = Vec::new();
        for (wanted, document) in wanted.iter().zip(&documents) {
            faults.extend(document::at_paths(&found.collection, wanted, document)?);
        }
        Ok(faults)
    }

    async fn user(&self) -> anyhow::Result<Document> {
        let id = self.facts.fill("${id}")?;
        let users = self.database.collection::<RawDocumentBuf>("users");
        let user = users.find_one(doc! {"_id": &id}).await?.context("the user is gone")?;
        // Read at once as a `Document`, `{"$oid": …}` would become an id.
        Ok(user.try_into()?)
    }

    fn mails(&self) -> Vec<Received> {
        let usernames: Vec<&str> =
            self.facts.people.values().map(|person| person.username.as_str()).collect();
        self.facts.mailbox.map(|mailbox| mailbox.of(&usernames)).unwrap_or_default()
    }
}

/// What every success writes (`docs/behaviour/update-own-basic-info.md` 5, W11).
fn saved(before: &Document, after: &Document) -> Vec<String> {
    let mut faults = Vec::new();
    let date = |user: &Document| user.get_datetime("_updatedAt").ok().copied();
    if date(after) <= date(before) {
        faults.push("stored: _updatedAt is no newer date".to_owned());
    }
    if document::at(after, "settings.profile").is_none_or(|profile| *profile != Document::new().into()) {
        faults.push("stored: settings.profile is no empty document".to_owned());
    }
    faults
}

fn statuses(step: &Step, answers: &[Answer]) -> Vec<String> {
    let mut found = BTreeMap::<String, usize>::new();
    for answer in answers {
        *found.entry(answer.status.to_string()).or_default() += 1;
    }
    if found == step.statuses {
        Vec::new()
    } else {
        vec![format!("statuses {found:?} instead of {:?}", step.statuses)]
    }
}
