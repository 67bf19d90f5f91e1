use serde_json::{Map, Value, json};

use super::counts;
use crate::run::{Outcome, Results};

/// One document: the version, the sums, and for each case its id with `passed`, `skipped` or what was wrong.
pub fn write(results: &Results) -> String {
    let counts = counts(results);
    let cases: Map<String, Value> = results
        .cases
        .iter()
        .map(|(case, outcome)| {
            let outcome = match outcome {
                Outcome::Passed => json!("passed"),
                Outcome::Skipped(_) => json!("skipped"),
                Outcome::Failed(faults) => json!(faults),
                Outcome::Broken(error) => json!([error]),
            };
            (case.id.clone(), outcome)
        })
        .collect();
    let document = json!({
        "version": results.version.to_string(),
        "passed": counts.passed,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "cases": cases,
    });
    format!("{document:#}\n")
}
