//! `rc-account compare`: hands over to the conformance kit, which is a program of its own, so that the service carries none of
//! it (docs/DECISIONS.md section 9).

use super::Ended;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

const PROGRAM: &str = "rc-conformance";
/// Collections of the service's own, which no Rocket.Chat has.
const OWN: [&str; 2] = ["--own", "rc_account_"];

/// Becomes the other program: its exit code and its output are those of this one.
pub fn run(arguments: &[String]) -> Ended {
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(PROGRAM));
    let program = beside.filter(|program| program.exists()).unwrap_or_else(|| PathBuf::from(PROGRAM));
    let mut command = Command::new(&program);
    command.arg("compare").args(arguments);
    if !arguments.is_empty() {
        command.args(OWN);
    }
    let error = command.exec();
    let program = program.display();
    eprintln!("rc-account: {program}: {error}: compare needs the program {PROGRAM} of this version");
    // As where it could not be compared for another reason.
    Ok(ExitCode::from(2))
}
