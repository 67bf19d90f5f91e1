//! The command line.

use rc_account::app::{Application, Surroundings};
use rc_account::config::Config;
use rc_account::telemetry;
use std::process::ExitCode;

const USAGE: &str = "\
usage: rc-account serve

Serves Rocket.Chat's own-profile API on the workspace's MongoDB. Configured by the environment and by
config/default.toml; see README.md.";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("serve"), None) => run(serve()),
        (Some("--help" | "-h" | "help"), None) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        (Some("--version" | "-V"), None) => {
            println!("rc-account {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load()?;
    telemetry::start(config.log);
    let application = Application::build(config, Surroundings::default()).await?;
    application.run_until_stopped().await?;
    Ok(())
}

/// The driver and the outer server live on this runtime; requests run on the workers that the server starts.
fn run(command: impl Future<Output = Result<(), Box<dyn std::error::Error>>>) -> ExitCode {
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
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rc-account: {error}");
            ExitCode::FAILURE
        }
    }
}
