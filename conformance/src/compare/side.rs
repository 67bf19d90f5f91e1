//! One server with its database and a mailbox: everything is sent to it, and its answers are kept.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use futures_util::StreamExt;
use mongodb::Database;
use mongodb::bson::{Bson, DateTime, Document, doc};
use serde_json::Value;

use super::order::Order;
use super::play::{Play, Plays};
use super::{Sides, recorded};
use crate::case::Step;
use crate::fill::Facts;
use crate::mailbox::Mailbox;
use crate::request;
use crate::run;
use crate::wire::{Answer, Request, Target};
use crate::workspace::Settings;

/// How long a mail is waited for whose code the next request needs.
const MAIL_PATIENCE: Duration = Duration::from_secs(4);
const POLL: Duration = Duration::from_millis(25);
/// How long is waited for what follows an answer, before other settings hold and before databases are read.
const BETWEEN: Duration = Duration::from_millis(300);
const AFTERWARDS: Duration = Duration::from_secs(3);

/// How the bytes of a body are counted; the body itself is compared.
const FRAMING: [&str; 2] = ["content-length", "transfer-encoding"];

pub struct Side {
    pub name: &'static str,
    pub target: Target,
    pub database: Database,
    pub mailbox: Mailbox,
    mail_host: String,
}

/// What a case got.
#[derive(Debug, Clone)]
pub struct Seen {
    pub begun: DateTime,
    /// One document for each request.
    pub answers: Vec<Bson>,
}

/// By the numbers of the cases.
pub type Pass = BTreeMap<usize, Seen>;

/// Connects to all.
///
/// # Errors
/// A database that does not answer.
pub async fn connect(order: &Order) -> anyhow::Result<Sides<Side>> {
    let one = async |name, base_url: &str, mongo_url: &str| {
        let side = async {
            Ok::<_, anyhow::Error>(Side {
                name,
                target: Target::parse(base_url)?,
                database: run::connect(mongo_url).await?,
                mailbox: Mailbox::listen(&format!("{}:0", order.smtp_listen)).await?,
                mail_host: order.smtp_host.clone(),
            })
        };
        side.await.context(name)
    };
    let (urls, databases) = (&order.base_urls, &order.mongo_urls);
    Ok(Sides {
        original: one("original", &urls.original, &databases.original).await?,
        repeat: one("repeat", &urls.repeat, &databases.repeat).await?,
        candidate: one("candidate", &urls.candidate, &databases.candidate).await?,
    })
}

impl Side {
    /// Sends every request. The workspace's settings are put back at the end; all else stays as it has become.
    ///
    /// # Errors
    /// The workspace cannot be prepared. A request that fails is an answer like any other.
    pub async fn perform(&self, plays: &Plays, now: DateTime, jobs: usize) -> anyhow::Result<Pass> {
        let basis = run::basis(Some(&self.mailbox), &self.mail_host, &plays.workspace)?;
        let mut settings = Settings::new(&self.database, &self.target);
        let mut pass = Pass::new();
        let ran = async {
            for (of_the_group, members) in plays.groups() {
                let mut wanted: BTreeMap<String, Value> = basis.clone();
                wanted.extend(of_the_group);
                settings.apply(&wanted).await?;
                let running =
                    members.iter().map(|n| async move { (*n, self.one(&plays.all[*n], now).await) });
                let mut ended = futures_util::stream::iter(running).buffer_unordered(jobs.max(1));
                while let Some((n, seen)) = ended.next().await {
                    pass.insert(n, seen.with_context(|| plays.all[n].case.id.clone())?);
                }
                tokio::time::sleep(BETWEEN).await;
            }
            anyhow::Ok(())
        }
        .await;
        tokio::time::sleep(AFTERWARDS).await;
        settings.restore().await?;
        ran.map(|()| pass)
    }

    async fn one(&self, play: &Play, now: DateTime) -> anyhow::Result<Seen> {
        let (mailbox, began) = (Some(&self.mailbox), SystemTime::now());
        let facts = Facts { people: &play.people, address: &play.address, mailbox, began };
        if play.is_recorded {
            recorded::prepare(&self.database, &play.people["user"], now).await?;
        } else {
            run::prepare(&self.database, &facts, &play.case, now).await?;
        }
        let mut seen = Seen { begun: DateTime::now(), answers: Vec::new() };
        for step in &play.case.steps {
            let answer = match filled(step, &facts).await {
                Ok(request) => match self.target.send(&request).await {
                    Ok(answer) => as_tree(&answer),
                    Err(error) => doc! {"no answer": format!("{error:#}")},
                },
                Err(error) => doc! {"not sent": format!("{error:#}")},
            };
            seen.answers.push(answer.into());
        }
        Ok(seen)
    }

    /// The mails to the people of a case, in an order that does not depend on when they came.
    pub fn mails(&self, play: &Play) -> Vec<Bson> {
        let usernames: Vec<&str> = play.people.values().map(|person| person.username.as_str()).collect();
        let mut mails = self.mailbox.of(&usernames);
        mails.sort_by(|one, other| (&one.to, &one.subject).cmp(&(&other.to, &other.subject)));
        let mails = mails.into_iter().map(|mail| {
            doc! {"to": mail.to, "from": mail.from, "subject": mail.subject, "text": mail.text, "html": mail.html}
        });
        mails.map(Bson::from).collect()
    }
}

/// A code or a token may still be under way by mail.
async fn filled(step: &Step, facts: &Facts<'_>) -> anyhow::Result<Request> {
    let deadline = Instant::now() + MAIL_PATIENCE;
    loop {
        match request::of(step, facts) {
            Err(_) if Instant::now() < deadline => tokio::time::sleep(POLL).await,
            request => return request,
        }
    }
}

fn as_tree(answer: &Answer) -> Document {
    let mut headers = Document::new();
    let tells_framing = |name: &str| FRAMING.contains(&name);
    for (name, _) in answer.headers.iter().filter(|(name, _)| !tells_framing(name)) {
        headers.insert(name, answer.header(name).join("\n"));
    }
    let body = match serde_json::from_str::<Value>(&answer.body) {
        Ok(body) => as_bson(&body),
        Err(_) => answer.body.clone().into(),
    };
    doc! {"status": i32::from(answer.status), "headers": headers, "body": body}
}

/// As the JSON says it: nothing in it stands for a type of MongoDB.
fn as_bson(value: &Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(value) => (*value).into(),
        Value::String(text) => text.clone().into(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => i32::try_from(whole).map_or(Bson::Int64(whole), Bson::Int32),
            None => number.as_f64().unwrap_or(f64::NAN).into(),
        },
        Value::Array(items) => Bson::Array(items.iter().map(as_bson).collect()),
        Value::Object(members) => {
            Bson::Document(members.iter().map(|(key, value)| (key.clone(), as_bson(value))).collect())
        }
    }
}
