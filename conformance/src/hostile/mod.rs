//! Hostile requests: made from a seed by what is known of the route's structure, sent as bytes, and counted. What must
//! not happen is an answer of 500, a panic, a server that stops answering, or memory that does not come back.
//!
//! [`body`] mutates bodies, [`request`] puts them into requests and breaks the framing, [`connection`] sends them,
//! [`memory`] looks at the process, [`report`] counts.

mod body;
mod connection;
mod memory;
mod random;
mod report;
mod request;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures_util::future;
use mongodb::Database;
use mongodb::bson::{Document, doc};

use self::connection::{Connection, Ended};
use self::memory::Memory;
use self::random::Random;
pub use self::report::Report;
use crate::person::Person;
use crate::values;
use crate::wire::{Request, Target};
use crate::workspace::Settings;

/// What is to be sent to whom.
pub struct Order {
    pub target: Target,
    pub database: Database,
    pub requests: u64,
    pub seed: u64,
    /// Connections at the same time.
    pub jobs: usize,
    /// The server's process, on this machine.
    pub process: Option<u32>,
    /// The server's log.
    pub log: Option<PathBuf>,
}

const PEOPLE: u64 = 16;
/// How long memory may take to come back, and how far from idle is back, in percent.
const REST: Duration = Duration::from_secs(60);
const NEAR_IDLE: u64 = 110;
const SAMPLE: Duration = Duration::from_millis(200);

/// Sends everything and counts what comes back.
///
/// # Errors
/// The workspace cannot be prepared, or the server does not answer at the beginning.
pub async fn run(order: &Order) -> anyhow::Result<Report> {
    let people: Vec<Person> =
        (0..PEOPLE).map(|n| Person::new(&format!("hostile {} {n}", order.seed))).collect();
    remove(order, &people).await?;
    for (n, person) in people.iter().enumerate() {
        // The last ones have second factors of their own.
        let update = match n {
            14 => Some(
                r#"{"$set":{"services.totp":{"enabled":true,"secret":"JBSWY3DPEHPK3PXP","hashedBackup":[]}}}"#,
            ),
            15 => Some(r#"{"$set":{"services.email2fa.enabled":true}}"#),
            _ => None,
        };
        let update = update.map(values::document).transpose()?;
        person.store(&order.database, mongodb::bson::DateTime::now(), update).await?;
    }
    let mut settings = Settings::new(&order.database, &order.target);
    let custom_fields =
        r#"{"note":{"type":"text","required":false},"more":{"type":"text","required":false}}"#;
    let wanted = BTreeMap::from([
        ("API_Enable_Rate_Limiter".to_owned(), false.into()),
        ("DDP_Rate_Limit_User_By_Method_Enabled".to_owned(), false.into()),
        ("Accounts_CustomFields".to_owned(), custom_fields.into()),
        ("SMTP_Host".to_owned(), "".into()),
    ]);
    settings.apply(&wanted).await?;
    let report = storm(order, &people).await;
    settings.restore().await?;
    remove(order, &people).await?;
    report
}

async fn remove(order: &Order, people: &[Person]) -> anyhow::Result<()> {
    let ids: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
    let users = order.database.collection::<Document>("users");
    users.delete_many(doc! {"_id": {"$in": ids}}).await.context("removing the users")?;
    Ok(())
}

async fn storm(order: &Order, people: &[Person]) -> anyhow::Result<Report> {
    let healthy = control(order, people).await?;
    ensure!(healthy == people.len(), "the server does not answer before anything hostile is sent");
    let idle = order.process.map(Memory::of).transpose()?;
    let (next, report) = (AtomicU64::new(0), Mutex::new(Report::new(order.seed, order.requests)));
    let started = Instant::now();
    let workers = (0..order.jobs.max(1)).map(|_| async {
        let mut connection = Connection::to(&order.target.authority);
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= order.requests {
                return;
            }
            let hostile = request::make(&mut Random::new(order.seed, n), &order.target, people);
            let ended = connection.exchange(&hostile).await;
            if let Ok(mut report) = report.lock() {
                report.count(n, &hostile, &ended);
            }
            // A server that is away is not hammered.
            if matches!(ended, Ended::NobodyListens) {
                tokio::time::sleep(SAMPLE).await;
            }
        }
    });
    let peak = Mutex::new(idle.map_or(0, |memory| memory.resident));
    tokio::select! {
        _ = future::join_all(workers) => {}
        () = watch(order, &peak) => {}
    }
    let mut report = report.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    report.seconds = started.elapsed().as_secs_f64();
    report.healthy = (control(order, people).await.unwrap_or(0), people.len());
    if let (Some(process), Some(idle)) = (order.process, idle) {
        let peak = peak.into_inner().unwrap_or_default();
        report.memory = Some((idle.resident, peak, rest(process, idle).await?));
    }
    if let Some(log) = &order.log {
        let text = std::fs::read(log).with_context(|| format!("--log {}", log.display()))?;
        let text = String::from_utf8_lossy(&text);
        report.panics = Some(text.lines().filter(|line| line.contains("panicked at")).count());
    }
    Ok(report)
}

/// How many of the people can still change their profile.
async fn control(order: &Order, people: &[Person]) -> anyhow::Result<usize> {
    let mut healthy = 0;
    for person in people {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let request = Request {
            method: "POST".to_owned(),
            path: "/api/v1/users.updateOwnBasicInfo".to_owned(),
            headers: vec![
                header("X-User-Id", &person.id),
                header("X-Auth-Token", &person.token),
                header("Content-Type", "application/json"),
            ],
            body: Some(br#"{"data":{"bio":"control"}}"#.to_vec()),
        };
        healthy += usize::from(order.target.send(&request).await?.status == 200);
    }
    Ok(healthy)
}

/// Remembers the most memory that was seen; never ends.
async fn watch(order: &Order, peak: &Mutex<u64>) {
    loop {
        if let Some(Ok(memory)) = order.process.map(Memory::of)
            && let Ok(mut peak) = peak.lock()
        {
            *peak = memory.resident.max(*peak);
        }
        tokio::time::sleep(SAMPLE).await;
    }
}

/// The memory when it is back, or when it has had its time.
async fn rest(process: u32, idle: Memory) -> anyhow::Result<u64> {
    let deadline = Instant::now() + REST;
    loop {
        let now = Memory::of(process)?.resident;
        if now * 100 <= idle.resident * NEAR_IDLE || Instant::now() > deadline {
            return Ok(now);
        }
        tokio::time::sleep(SAMPLE).await;
    }
}
