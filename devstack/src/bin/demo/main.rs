//! `cargo demo`: MongoDB, a Rocket.Chat workspace, the service, and a client that shows what the service does.
//!
//! Without `--once` everything keeps running afterwards, for the curl lines that are printed.

#![expect(
    clippy::disallowed_methods,
    reason = "development only: it starts programs and reads the developer's environment"
)]

mod changes;
mod check;
mod masked;
mod record;
mod rename;
mod script;
mod second_factor;
mod service;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;

use anyhow::{Context, bail};
use devstack::mongo::Mongo;
use devstack::smtp::Sink;
use devstack::workspace::{Release, Workspace, seed};
use mongodb::{Client, Database};
use tokio::signal::unix::{SignalKind, signal};

use self::service::Service;

const USAGE: &str = "\
usage: cargo demo [--once] [--record FOLDER]

  --once           stop after the script; exit code 1 if a step went wrong
  --record FOLDER  keep the service's whole log there, and every secret that the script used";
const MAIL_USER: &str = "demo";
const MAIL_PASSWORD: &str = "Mail-Secret-5";

/// What the command line asks for.
#[derive(Default)]
struct Order {
    once: bool,
    record: Option<PathBuf>,
}

impl Order {
    fn read(arguments: Vec<String>) -> Option<Order> {
        let mut order = Order::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--once" => order.once = true,
                "--record" => order.record = Some(arguments.next()?.into()),
                _ => return None,
            }
        }
        Some(order)
    }
}

/// How the demo ended, if nothing prevented it.
enum Outcome {
    Passed,
    Failed,
    Interrupted,
}

type Stop<'a> = Pin<&'a mut dyn Future<Output = ()>>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| ["-h", "--help"].contains(&argument.as_str())) {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let Some(order) = Order::read(arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(&order).await {
        Ok(Outcome::Passed) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => {
            eprintln!("demo: at least one step went wrong, see the lines with ✘ above");
            ExitCode::FAILURE
        }
        Ok(Outcome::Interrupted) => {
            eprintln!("demo: stopped before the script had ended");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(order: &Order) -> anyhow::Result<Outcome> {
    let mut stop = std::pin::pin!(stop_signal()?);
    let mongo = tokio::select! {
        started = Mongo::start(&say) => started?,
        () = &mut stop => return Ok(Outcome::Interrupted),
    };
    let url = mongo.url(&format!("rc_account_demo_{}", std::process::id()));
    let database =
        Client::with_uri_str(&url).await?.default_database().context("the URL names a database")?;

    let outcome = with_database(&database, &url, order, stop).await;

    let cleared = clear_away(mongo, &database).await;
    let outcome = outcome?;
    cleared?;
    Ok(outcome)
}

async fn clear_away(mongo: Mongo, database: &Database) -> anyhow::Result<()> {
    if mongo.folder().is_none() {
        say("dropping the demo's database");
        database.drop().await.context("dropping it")?;
    }
    if mongo.folder().is_some() {
        say("stopping MongoDB");
    }
    mongo.stop().await
}

async fn with_database(
    database: &Database,
    url: &str,
    order: &Order,
    mut stop: Stop<'_>,
) -> anyhow::Result<Outcome> {
    let mailbox = Sink::start().await;
    let ready = tokio::select! {
        ready = bring_up(database, url, &mailbox, order.record.as_deref()) => ready?,
        () = &mut stop => return Ok(Outcome::Interrupted),
    };
    let (workspace, service) = ready;
    let plain = workspace.person("plain");
    say("signed in as `plain`, a user with a password and without second factor");
    let mut played = tokio::select! {
        done = script::run(service.root_url(), database, &mailbox, plain) => done?,
        () = &mut stop => return Ok(Outcome::Interrupted),
    };
    if !order.once {
        script::print_curl_lines(service.root_url(), plain, &played.token);
        println!("The workspace is in {url}\nEverything keeps running until Ctrl-C.");
        tokio::select! {
            () = stop => println!(),
            log = service.unexpected_end() => bail!("the service has ended by itself. {log}"),
        }
    }
    say("stopping the service");
    service.stop().await?;
    if let Some(folder) = &order.record {
        played.secrets.add_mail_login(MAIL_USER, MAIL_PASSWORD);
        played.secrets.write(folder)?;
    }
    Ok(if played.all_right { Outcome::Passed } else { Outcome::Failed })
}

async fn bring_up(
    database: &Database,
    url: &str,
    mailbox: &Sink,
    record: Option<&Path>,
) -> anyhow::Result<(Workspace, Service)> {
    say("filling a workspace as Rocket.Chat 6 leaves it");
    let workspace = seed(database, Release::Six).await?;
    say("building the service");
    let program = service::build().await?;
    say("starting the service");
    let mail_url = format!("smtp://{MAIL_USER}:{MAIL_PASSWORD}@127.0.0.1:{}?ignoreTLS=true", mailbox.port());
    let service = Service::start(&program, url, &mail_url, record).await?;
    Ok((workspace, service))
}

fn say(what: &str) {
    println!("» {what}");
}

/// Ends with the first Ctrl-C or SIGTERM.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
