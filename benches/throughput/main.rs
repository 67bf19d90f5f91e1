//! Requests per second of the optimised service, beside the bare driver doing the two commands that a change needs at
//! least, in turn on the same MongoDB. See docs/PERFORMANCE.md. `cargo bench --bench throughput`
//!
//! - `-- --quick`: one round of short runs.
//! - `-- --only TEXT`: workloads whose name contains it; `storms`: what one user waits for while others ask for much.
//! - `-- --program FILE`: another build of the service, to compare with.

#![expect(clippy::disallowed_methods, reason = "it starts programs and measures them")]

mod bare;
mod load;
mod people;
mod process;
mod storms;
mod workloads;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use devstack::mongo::Mongo;
use devstack::smtp::Sink;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};

use self::bare::Bare;
use self::people::People;
use self::process::{Service, memory, processor_time};
use self::workloads::{WORKLOADS, Workload};

const DATABASE: &str = "throughput";
/// Commands of MongoDB that are asked for by a request or by what follows it; heartbeats of the driver are others.
const COMMANDS: [&str; 8] = [
    "find",
    "findAndModify",
    "aggregate",
    "insert",
    "update",
    "delete",
    "commitTransaction",
    "abortTransaction",
];

/// What the command line asks for.
struct Order {
    span: Duration,
    rounds: usize,
    only: String,
    program: PathBuf,
}

impl Order {
    fn read(arguments: impl Iterator<Item = String>) -> anyhow::Result<Order> {
        let program = env!("CARGO_BIN_EXE_rc-account").into();
        let mut order = Order { span: Duration::from_secs(5), rounds: 5, only: String::new(), program };
        let mut arguments = arguments.filter(|argument| argument != "--bench");
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => (order.span, order.rounds) = (Duration::from_secs(1), 1),
                "--only" => order.only = arguments.next().context("--only TEXT")?,
                "--program" => order.program = arguments.next().context("--program FILE")?.into(),
                _ => anyhow::bail!("there is no {argument}; see the head of benches/throughput/main.rs"),
            }
        }
        Ok(order)
    }
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [first, url] if first == bare::COMMAND => runtime.block_on(bare::serve(url)),
        _ => runtime.block_on(measure(&Order::read(arguments.into_iter())?)),
    };
    // As in the program: the driver's tasks are not ended one by one.
    std::mem::forget(runtime);
    outcome
}

async fn measure(order: &Order) -> anyhow::Result<()> {
    let mongo = Mongo::start(&|step| eprintln!("{step}")).await?;
    let sink = Sink::start().await;
    let url = mongo.url(DATABASE);
    let database = Client::with_uri_str(&url).await?.database(DATABASE);
    eprintln!("filling the database");
    let mut people = people::fill(&database).await?;
    let mut bench =
        Bench { order, database, mail: format!("smtp://127.0.0.1:{}", sink.port()), url: url.clone() };

    footprint(&bench).await?;
    let mut bare = Bare::start(&url)?;
    println!(
        "| workload | connections | requests/s | p50 ms | p99 ms | of the bare driver | ms of processor | bare | commands | peak MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for workload in WORKLOADS.iter().filter(|workload| workload.name.contains(&order.only)) {
        bench.workload(workload, &mut people, &mut bare).await?;
    }
    drop(bare);
    if order.only.is_empty() || order.only == "storms" {
        storms::all(&bench, &mut people).await?;
    }
    mongo.stop().await
}

/// Size, time until it is ready, and memory without a request.
async fn footprint(bench: &Bench<'_>) -> anyhow::Result<()> {
    let mut ready = Vec::new();
    for _ in 0..5 {
        ready.push(bench.start(&[])?.ready.as_millis());
    }
    ready.sort_unstable();
    let service = bench.start(&[])?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let size = std::fs::metadata(&bench.order.program)?.len() as f64 / f64::from(1 << 20);
    println!(
        "program {size:.1} MiB; ready after {} ms (median of 5); {:.1} MiB idle\n",
        ready[2],
        memory(service.id())?.0
    );
    Ok(())
}

/// What all runs share.
struct Bench<'a> {
    order: &'a Order,
    database: Database,
    mail: String,
    url: String,
}

/// One run of the service and one of the bare driver.
struct Round {
    service: load::Outcome,
    bare: load::Outcome,
    /// Milliseconds of processor time per request, and per pair of the bare driver.
    cost: (f64, f64),
    commands: f64,
}

impl Bench<'_> {
    fn start(&self, environment: &[(&str, &str)]) -> anyhow::Result<Service> {
        let usual = [
            ("MONGO_URL", self.url.as_str()),
            ("PORT", "0"),
            ("BIND_IP", "127.0.0.1"),
            ("MAIL_URL", self.mail.as_str()),
            ("RC_ACCOUNT_LOG", "info"),
        ];
        Service::start(&self.order.program, &[&usual, environment].concat())
    }

    /// All rounds of one workload; prints a line for each number of connections, of the round whose ratio is the median.
    async fn workload(
        &mut self,
        workload: &Workload,
        people: &mut People,
        bare: &mut Bare,
    ) -> anyhow::Result<()> {
        let service = self.start(workload.environment)?;
        for connections in workload.connections.iter().copied() {
            let rounds = if workload.name == "bio" { self.order.rounds } else { 1 };
            let mut measured = Vec::new();
            for _ in 0..rounds {
                measured.push(self.round(workload, connections, &service, people, bare).await?);
            }
            let ratio = |round: &Round| round.service.per_second() / round.bare.per_second();
            measured.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
            let round = &measured[measured.len() / 2];
            println!(
                "| {} | {connections} | {:.0} | {:.1} | {:.1} | {:.2} | {:.2} | {:.2} | {:.1} | {:.0} |",
                workload.name,
                round.service.per_second(),
                round.service.quantile(0.5),
                round.service.quantile(0.99),
                ratio(round),
                round.cost.0,
                round.cost.1,
                round.commands,
                memory(service.id())?.1,
            );
        }
        Ok(())
    }

    async fn round(
        &mut self,
        workload: &Workload,
        connections: usize,
        service: &Service,
        people: &mut People,
        bare: &mut Bare,
    ) -> anyhow::Result<Round> {
        let processor = processor_time(bare.id())?;
        let alone = bare.run(connections, self.order.span)?;
        let bare_cost = per_request(processor_time(bare.id())? - processor, &alone);

        let requests = workload.requests(people, connections);
        let commands = self.commands().await?;
        let processor = processor_time(service.id())?;
        let served = load::run(service.address, requests, Some(workload.status), self.order.span).await?;
        let cost = per_request(processor_time(service.id())? - processor, &served);
        let commands = (self.commands().await? - commands) as f64 / served.count() as f64;
        Ok(Round { service: served, bare: alone, cost: (cost, bare_cost), commands })
    }

    /// How many commands MongoDB has carried out so far.
    async fn commands(&self) -> anyhow::Result<i64> {
        let status = self.database.run_command(doc! { "serverStatus": 1 }).await?;
        let commands: &Document = status.get_document("metrics")?.get_document("commands")?;
        let total = |name| commands.get_document(name).and_then(|command| command.get_i64("total"));
        Ok(COMMANDS.into_iter().filter_map(|name| total(name).ok()).sum())
    }
}

fn per_request(processor: Duration, outcome: &load::Outcome) -> f64 {
    processor.as_secs_f64() * 1e3 / outcome.count() as f64
}
