//! `rc-conformance`: see `conformance/README.md`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    conformance::command_line::run(std::env::args().skip(1).collect()).await
}
