//! The command line: what `main` is made of, and what the demo starts as its service.

mod arguments;
mod compare;
mod outbox;
mod seed;

use crate::app::{Application, Overrides};
use crate::check::Options;
use crate::check::report::Look;
use crate::config::{Config, Shown};
use crate::draining::Signals;
use crate::hashing::Hashing;
use crate::telemetry;
use arguments::{Arguments, Command};
use clap::{CommandFactory, Parser};
use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

/// How a command ends, unless it fails.
type Ended = Result<ExitCode, Box<dyn Error>>;

/// Does what the arguments (without the program's own name) ask for, and ends when that has ended.
pub fn run(arguments: impl Iterator<Item = String>) -> ExitCode {
    let arguments = std::iter::once("rc-account".to_owned()).chain(arguments);
    let command = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments.command.unwrap_or(Command::Serve),
        Err(error) => {
            // Where nothing can be printed, nobody is there to be told.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match command {
        Command::Serve => block_on(serve()),
        Command::Check(arguments) => block_on(check(arguments.into())),
        Command::Healthcheck => told(healthcheck()),
        Command::Config => told(show_config()),
        Command::Outbox(command) => block_on(outbox::run(command)),
        Command::Compare { arguments } => told(compare::run(&arguments)),
        Command::Seed { release } => block_on(seed::run(release)),
        Command::Completion { shell } => {
            // The library panics where it cannot write, as when the reader of a pipe has had enough.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "rc-account", &mut script);
            told(std::io::stdout().write_all(&script).map(|()| ExitCode::SUCCESS).map_err(Into::into))
        }
        Command::Man { command } => told(print_manual(command.as_deref())),
    }
}

async fn serve() -> Ended {
    let config = Config::load()?;
    // Held to the end: what is said last is written, too.
    let _lines = telemetry::start(&config.log, config.log_format, config.traces_to.as_deref());
    let mut signals = Signals::listen()?;
    let overrides = Overrides { hashing: Hashing::behind_others(), ..Overrides::default() };
    let build = Application::build(config, overrides);
    let application = tokio::select! {
        application = build => application?,
        _ = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    application.run_until_told(signals).await?;
    Ok(ExitCode::SUCCESS)
}

/// Nothing is logged: the report is all that is said.
async fn check(options: Options) -> Ended {
    let as_json = options.json;
    let report = crate::check::run(Config::load(), options).await;
    let text = if as_json { report.json() } else { report.lines(Look::of_output()) };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::from(report.exit_code()))
}

fn show_config() -> Ended {
    let shown = Shown::load();
    std::io::stdout().write_all(shown.table().as_bytes())?;
    match shown.errors() {
        None => Ok(ExitCode::SUCCESS),
        Some(errors) => Err(errors.clone().into()),
    }
}

fn print_manual(command: Option<&str>) -> Ended {
    let page = arguments::manual(command)?.ok_or("there is no such command")?;
    std::io::stdout().write_all(&page)?;
    Ok(ExitCode::SUCCESS)
}

fn healthcheck() -> Ended {
    let answer = crate::healthcheck::ask(Config::load()?.ops_bind)?;
    std::io::stdout().write_all(format!("{answer}\n").as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The driver and the outer server live on this runtime; requests run on the workers that the server starts.
fn block_on(command: impl Future<Output = Ended>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("rc-account: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(command);
    // The process ends now. Taken apart, the runtime would end the driver's tasks one by one, and those that
    // wait for each other would panic.
    std::mem::forget(runtime);
    told(ended)
}

/// A failure is told in one line for each of its reasons.
fn told(ended: Ended) -> ExitCode {
    ended.unwrap_or_else(|error| {
        for line in error.to_string().lines() {
            eprintln!("rc-account: {line}");
        }
        ExitCode::FAILURE
    })
}
