//! `cargo demo`: MongoDB, a Rocket.Chat workspace, the service, and a client that shows what the service does.
//!
//! Without `--once` a fresh workspace stays afterwards, for whoever wants to sign in.

#![expect(
    clippy::disallowed_methods,
    reason = "development only: it starts programs and reads the developer's environment"
)]

mod changes;
mod check;
mod masked;
mod open;
mod profile;
mod record;
mod rename;
mod script;
mod second_factor;
mod service;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use devstack::mongo::Mongo;
use devstack::smtp::Sink;
use devstack::supervised::free_port;
use devstack::workspace::{Release, Workspace, reached_at, seed};
use futures_util::future::try_join;
use mongodb::{Client, Database};
use tokio::signal::unix::{SignalKind, signal};

use self::script::Script;
use self::service::Service;

const USAGE: &str = "\
usage: cargo demo [--once] [--verbose] [--record FOLDER]

  --once           stop after the script; exit code 1 if a step went wrong
  --verbose        show answers as a whole, not without the user that they repeat
  --record FOLDER  keep the service's whole log there, and every secret that the script used";
const MAIL_USER: &str = "demo";
const MAIL_PASSWORD: &str = "Mail-Secret-5";

/// What the command line asks for.
#[derive(Default)]
struct Order {
    once: bool,
    verbose: bool,
    record: Option<PathBuf>,
}

impl Order {
    fn read(arguments: Vec<String>) -> Option<Order> {
        let mut order = Order::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--once" => order.once = true,
                "--verbose" => order.verbose = true,
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

/// What the last line tells.
struct Played {
    steps: u32,
    all_right: bool,
    mails: usize,
}

type Stop<'a> = Pin<&'a mut dyn Future<Output = ()>>;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == service::COMMAND) {
        return rc_account::command_line::run(arguments.drain(1..));
    }
    show(arguments)
}

#[tokio::main]
async fn show(arguments: Vec<String>) -> ExitCode {
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
    let started = Instant::now();
    let mut stop = std::pin::pin!(stop_signal()?);
    let mongo = tokio::select! {
        started = Mongo::start(&say) => started?,
        () = &mut stop => return Ok(Outcome::Interrupted),
    };
    let name = format!("rc_account_demo_{}", std::process::id());
    let scripted = Place::new(&mongo, &name).await?;
    let open = Place::new(&mongo, &format!("{name}_open")).await?;

    let played = with_databases(&scripted, &open, order, stop).await;

    let cleared = clear_away(mongo, [scripted, open]).await;
    let played = played?;
    cleared?;
    let Some(Played { steps, all_right, mails }) = played else { return Ok(Outcome::Interrupted) };
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "\n{steps} steps, {} as expected; {mails} mails; {seconds:.1} s",
        if all_right { "all" } else { "NOT all" }
    );
    Ok(if all_right { Outcome::Passed } else { Outcome::Failed })
}

/// A database, and the URL that names it.
struct Place {
    url: String,
    database: Database,
}

impl Place {
    async fn new(mongo: &Mongo, name: &str) -> anyhow::Result<Place> {
        let url = mongo.url(name);
        let database = Client::with_uri_str(&url).await?.default_database();
        Ok(Place { url, database: database.context("the URL names a database")? })
    }
}

async fn clear_away(mongo: Mongo, places: [Place; 2]) -> anyhow::Result<()> {
    if mongo.folder().is_none() {
        say("dropping the demo's databases");
        for place in places {
            place.database.drop().await.context("dropping one")?;
        }
    }
    if mongo.folder().is_some() {
        say("stopping MongoDB");
    }
    mongo.stop().await
}

/// `None`: it was interrupted. The script has changed much in the end, so whoever wants to sign in then has a fresh workspace
/// with a service of its own; both are made meanwhile.
async fn with_databases(
    scripted: &Place,
    open: &Place,
    order: &Order,
    mut stop: Stop<'_>,
) -> anyhow::Result<Option<Played>> {
    let Place { url, database } = scripted;
    let mailbox = Sink::start().await;
    let ready = tokio::select! {
        ready = bring_up(database, url, &mailbox, order.record.as_deref()) => ready?,
        () = &mut stop => return Ok(None),
    };
    let (workspace, service) = ready;
    let plain = workspace.person("plain");
    say("signed in as `plain`, a user with a password and without second factor");
    let mut script = Script::new(service.root_url(), database, plain, order.verbose);
    let fresh = async {
        let fresh = if order.once { None } else { Some(open_up(open, &mailbox).await?) };
        anyhow::Ok(fresh)
    };
    let fresh = tokio::select! {
        done = try_join(play(&mut script, &mailbox), fresh) => done?.1,
        () = &mut stop => return Ok(None),
    };
    let played = Played { steps: script.steps(), all_right: script.all_right, mails: mailbox.mails().len() };
    if let Some(folder) = &order.record {
        let mut secrets = script.into_secrets();
        secrets.add_mail_login(MAIL_USER, MAIL_PASSWORD);
        secrets.write(folder)?;
    }
    println!();
    say("stopping the service");
    service.stop().await?;
    if let Some(fresh) = fresh {
        stay_open(open, fresh, &mailbox, stop).await?;
    }
    Ok(Some(played))
}

/// Fills the workspace that stays, and starts a service on it.
async fn open_up(
    Place { url, database }: &Place,
    mailbox: &Sink,
) -> anyhow::Result<(Workspace, Service, u16)> {
    let workspace = seed(database, Release::Six).await?;
    let (port, _) = service::port_or_free(open::PORT)?;
    let service = Service::start(url, &mail_url(mailbox), None, port).await?;
    reached_at(database, service.root_url()).await?;
    Ok((workspace, service, port))
}

async fn stay_open(
    Place { url, .. }: &Place,
    (workspace, service, port): (Workspace, Service, u16),
    mailbox: &Sink,
    stop: Stop<'_>,
) -> anyhow::Result<()> {
    if port != open::PORT {
        say(&format!("port {} is taken by something else, so the service has port {port}", open::PORT));
    }
    print!("{}", open::told(service.root_url(), &workspace));
    println!("Mails appear here. The workspace is in {url}\nEverything keeps running until Ctrl-C.\n");
    tokio::select! {
        () = stop => println!(),
        () = open::show_mails(mailbox) => {}
        log = service.unexpected_end() => bail!("the service has ended by itself. {log}"),
    }
    say("stopping the service");
    service.stop().await
}

fn mail_url(mailbox: &Sink) -> String {
    format!("smtp://{MAIL_USER}:{MAIL_PASSWORD}@127.0.0.1:{}?ignoreTLS=true", mailbox.port())
}

/// The chapters, in this order: each goes on from what the one before has left. A wrong step stops none of them.
async fn play(script: &mut Script<'_>, mailbox: &Sink) -> anyhow::Result<()> {
    profile::run(script).await?;
    let password = profile::new_password(script).await?;
    second_factor::sign_in(script, password).await?;
    second_factor::codes_by_email(script, mailbox).await?;
    second_factor::totp(script, mailbox).await?;
    rename::run(script).await
}

async fn bring_up(
    database: &Database,
    url: &str,
    mailbox: &Sink,
    record: Option<&Path>,
) -> anyhow::Result<(Workspace, Service)> {
    say("filling a workspace as Rocket.Chat 6 leaves it");
    let workspace = seed(database, Release::Six).await?;
    say("starting the service");
    let service = Service::start(url, &mail_url(mailbox), record, free_port()?).await?;
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
