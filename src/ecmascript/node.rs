//! What JavaScript itself makes of values, for tests: Node.js is the judge.

use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

/// Applies the function to each case, in one process. A lone surrogate in a result becomes U+FFFD.
pub fn evaluate(function: &str, cases: &[Value]) -> Vec<Value> {
    let script = format!(
        "const apply = {function}; \
         const cases = JSON.parse(require('fs').readFileSync(0, 'utf8')); \
         const show = (_, value) => typeof value === 'string' ? value.toWellFormed() \
             : typeof value === 'number' && !Number.isFinite(value) ? String(value) : value; \
         process.stdout.write(JSON.stringify(cases.map((value) => apply(value) ?? null), show));"
    );
    let mut node = Command::new("node")
        .args(["-e", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js 20");
    let input = serde_json::to_string(cases).expect("JSON");
    node.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
    let output = node.wait_with_output().expect("an answer");
    assert!(output.status.success(), "{function}");
    let results: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(results.len(), cases.len());
    results
}
