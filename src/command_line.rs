//! The command line: what `main` is made of, and what the demo starts as its service.

use crate::app::{Application, Overrides};
use crate::check::{Options, report};
use crate::config::Config;
use crate::draining::Signals;
use crate::telemetry;
use std::io::Write;
use std::process::ExitCode;

const USAGE: &str = "\
usage: rc-account serve
       rc-account check [--json] [--repair] [--mail-to ADDRESS]
       rc-account healthcheck

`serve` answers Rocket.Chat's own-profile API on the workspace's MongoDB. `check` looks whether workspace and
surroundings are in order, and ends with 1 if there is an error; with `--mail-to` it also sends one mail.
`healthcheck` asks the service that runs on this machine whether it is ready, and ends with 1 if it is not. Configured by the environment and by
config/default.toml; see README.md.";

/// Does what the arguments (without the program's own name) ask for, and ends when that has ended.
pub fn run(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let command = arguments.next();
    let rest: Vec<String> = arguments.collect();
    match (command.as_deref(), rest.as_slice()) {
        (Some("serve"), []) => block_on(serve()),
        (Some("check"), rest) => Options::from_arguments(rest.iter().cloned())
            .map_or_else(usage_error, |options| block_on(check(options))),
        (Some("healthcheck"), []) => healthcheck(),
        (Some("--help" | "-h" | "help"), []) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        (Some("--version" | "-V"), []) => {
            println!("rc-account {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        _ => usage_error(),
    }
}

fn usage_error() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

async fn serve() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let config = Config::load()?;
    // Held to the end: what is said last is written, too.
    let _lines = telemetry::start(&config.log, config.log_format, config.traces_to.as_deref());
    let mut signals = Signals::listen()?;
    let build = Application::build(config, Overrides::default());
    let application = tokio::select! {
        application = build => application?,
        _ = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    application.run_until_told(signals).await?;
    Ok(ExitCode::SUCCESS)
}

/// Nothing is logged: the report is all that is said.
async fn check(options: Options) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let as_json = options.json;
    let findings = crate::check::run(Config::load(), options).await;
    std::io::stdout().write_all(report::render(&findings, as_json).as_bytes())?;
    Ok(ExitCode::from(report::exit_code(&findings)))
}

fn healthcheck() -> ExitCode {
    let asked = Config::load().map_err(|error| error.to_string());
    match asked.and_then(|config| crate::healthcheck::ask(config.ops_bind).map_err(|error| error.to_string()))
    {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("rc-account: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The driver and the outer server live on this runtime; requests run on the workers that the server starts.
fn block_on(command: impl Future<Output = Result<ExitCode, Box<dyn std::error::Error>>>) -> ExitCode {
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
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("rc-account: {error}");
            ExitCode::FAILURE
        }
    }
}
