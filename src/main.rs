//! The program; what it does is in `command_line.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    rc_account::command_line::run(arguments.map(|argument| argument.to_string_lossy().into_owned()))
}
