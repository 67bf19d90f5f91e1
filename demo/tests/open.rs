//! The demo without `--once`: what it prints at its end can be pasted.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Ended as by Ctrl-C, also where the test fails.
struct Demo(Child);

impl Demo {
    fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.0.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh").success());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.interrupt();
            let _ = self.0.wait();
        }
    }
}

#[test]
fn the_lines_that_are_printed_work_and_ctrl_c_ends_it_well() {
    let child = Command::new(env!("CARGO_BIN_EXE_demo")).stdout(Stdio::piped()).spawn();
    let mut demo = Demo(child.expect("started"));
    let mut lines = BufReader::new(demo.0.stdout.take().expect("its output")).lines();
    let mut end = Vec::new();
    for line in lines.by_ref() {
        let line = line.expect("text");
        if line.contains("Ctrl-C") {
            break;
        }
        if !end.is_empty() || line.contains("Try it yourself: http://") {
            end.push(line);
        }
    }
    let told = end.join("\n");
    for person in ["plain", "email2fa", "totp", "admin", "bot", "JBSWY3DPEHPK3PXP"] {
        assert!(told.contains(person), "{person} is not in {told}");
    }
    let pasted: Vec<&String> = end.iter().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(pasted.len(), 3, "{told}");
    for line in pasted {
        let answer = Command::new("sh").args(["-c", line]).output().expect("sh");
        let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
        assert!(answer.contains(r#""success""#) && !answer.contains("error"), "{line}\n{answer}");
    }
    demo.interrupt();
    assert!(lines.any(|line| line.expect("text").contains("stopping the service")));
    assert!(demo.0.wait().expect("its end").success());
}
