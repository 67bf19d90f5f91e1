//! Two instances of the service on a replica set of three, with a mail server, while one part after the other breaks; and at
//! the end everything that was answered is held against what is stored and what was mailed. See docs/PROOF.md.
//!
//! `cargo bench --bench faults` runs for 25 minutes; `cargo test --bench faults` is the short form of the fence, with the
//! program as it is built for tests.
//!
//! - `-- --minutes N`, `-- --faults N`: until so much time has passed, or so many faults have been.
//! - `-- --seed N`: the same faults in the same order. Without it the seed is made up and told.

#![expect(
    clippy::disallowed_methods,
    reason = "it starts programs, breaks them and measures how long that lasts"
)]

mod client;
mod kinds;
mod ledger;
mod people;
mod places;
mod recovery;
mod request;
mod stage;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use self::kinds::{Fault, Kind};
use self::recovery::Recoveries;
use self::stage::Stage;

const LONG: Duration = Duration::from_mins(25);
/// The fence's.
const FEW_FAULTS: usize = 40;
const SHORT: Duration = Duration::from_secs(50);
/// After so many faults a line says that it goes on.
const TOLD_AFTER: usize = 25;
/// A round that takes longer is told of.
const LONG_ROUND: Duration = Duration::from_secs(8);
/// For how long a fault lasts, unless its kind says more.
const HOLD_MS: std::ops::Range<u64> = 80..400;

/// What the command line asks for: it ends with what comes first.
struct Order {
    span: Duration,
    faults: usize,
    seed: u64,
}

impl Order {
    fn read(arguments: &[String]) -> anyhow::Result<Order> {
        // `cargo bench` says so; everything that `cargo test` may pass on is not for this program.
        let is_long = arguments.iter().any(|argument| argument == "--bench");
        let number = |name: &str| -> anyhow::Result<Option<u64>> {
            let at = arguments.iter().position(|argument| argument == name);
            let value = at
                .map(|at| arguments.get(at + 1).and_then(|text| text.parse().ok()).context(name.to_owned()));
            value.transpose()
        };
        let (minutes, faults) = (number("--minutes")?, number("--faults")?);
        let (default_span, default_faults) = match (is_long, minutes, faults) {
            (_, _, Some(_)) => (Duration::MAX, FEW_FAULTS),
            (_, Some(_), None) | (true, None, None) => (LONG, usize::MAX),
            (false, None, None) => (SHORT, FEW_FAULTS),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        Ok(Order {
            span: minutes.map_or(default_span, Duration::from_mins),
            faults: faults.map(usize::try_from).transpose()?.unwrap_or(default_faults),
            seed: number("--seed")?.unwrap_or(now),
        })
    }
}

/// `cargo test NAME` tells every test what it asks for, and `--list` asks for nothing.
fn is_asked_for(arguments: &[String]) -> bool {
    let is_value =
        |at: usize| at > 0 && arguments[at - 1].starts_with("--") && arguments[at].parse::<u64>().is_ok();
    let names = arguments.iter().enumerate().filter(|(at, text)| !text.starts_with('-') && !is_value(*at));
    let names: Vec<&String> = names.map(|(_, name)| name).collect();
    !arguments.iter().any(|argument| argument == "--list")
        && (names.is_empty() || names.iter().any(|name| "faults".contains(name.as_str())))
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !is_asked_for(&arguments) {
        return Ok(());
    }
    let order = Order::read(&arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(run(&order));
    // As in the program: the driver's tasks are not ended one by one.
    std::mem::forget(runtime);
    outcome
}

async fn run(order: &Order) -> anyhow::Result<()> {
    println!("seed {}", order.seed);
    let mut random = StdRng::seed_from_u64(order.seed);
    let mut stage = Stage::set(order.seed).await?;
    let is_over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..people::COUNT)
        .map(|number| {
            tokio::spawn(client::run(number, order.seed, stage.surroundings(), Arc::clone(&is_over)))
        })
        .collect();
    let mut recoveries = Recoveries::default();
    let begin = Instant::now();
    let broken = async {
        let mut told = 0;
        while begin.elapsed() < order.span && recoveries.faults() < order.faults {
            round(&mut stage, &mut random, &mut recoveries).await?;
            if recoveries.faults() / TOLD_AFTER > told {
                told = recoveries.faults() / TOLD_AFTER;
                eprintln!("{} faults after {:.0?}", recoveries.faults(), begin.elapsed());
            }
        }
        anyhow::Ok(())
    }
    .await;
    let lasted = begin.elapsed();
    is_over.store(true, Ordering::Relaxed);
    let mut ledgers = Vec::new();
    for client in clients {
        ledgers.push(client.await?);
    }
    broken?;
    println!("{} faults in {:.0} s\n\n{}", recoveries.faults(), lasted.as_secs_f64(), recoveries.table());
    let verdict = verdict::reach(&mut stage, &ledgers).await?;
    println!("{}", verdict.text());
    for ledger in &ledgers {
        verdict::tried(&stage, ledger).await?;
    }
    stage.end().await?;
    ensure!(verdict.is_well(), "the service did not keep what it promises (seed {})", order.seed);
    Ok(())
}

/// Faults of some of the four parts at the same time, and the time until both instances answer again.
async fn round(stage: &mut Stage, random: &mut StdRng, recoveries: &mut Recoveries) -> anyhow::Result<()> {
    let began = Instant::now();
    let kinds = Kind::some(random);
    let mut faults = Vec::new();
    for kind in &kinds {
        faults.push(Fault::begin(*kind, stage, random).await.with_context(|| format!("{kind:?}"))?);
    }
    let hold = Duration::from_millis(random.random_range(HOLD_MS));
    let longest = kinds.iter().map(|kind| kind.least()).max().unwrap_or_default();
    tokio::time::sleep(hold.max(longest)).await;
    for fault in faults {
        let kind = fault.kind;
        fault.end(stage).await.with_context(|| format!("the end of {kind:?}"))?;
    }
    let took = recovery::wait(stage).await.with_context(|| format!("after {kinds:?}"))?;
    recoveries.note(&kinds, took);
    if began.elapsed() > LONG_ROUND {
        eprintln!("{:.1?} for {kinds:?}, {took:.1?} of it until changes were saved again", began.elapsed());
    }
    Ok(())
}
