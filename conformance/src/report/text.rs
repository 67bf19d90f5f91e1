use super::counts;
use crate::run::{Outcome, Results};

/// One line for each case that failed, with its reasons below it, and the sum.
pub fn write(results: &Results) -> String {
    let mut text = String::new();
    for (case, outcome) in &results.cases {
        let faults = match outcome {
            Outcome::Passed | Outcome::Skipped(_) => continue,
            Outcome::Failed(faults) => faults.clone(),
            Outcome::Broken(error) => vec![format!("could not be carried out: {error}")],
        };
        text.push_str(&format!("FAILED {}: {} ({})\n", case.id, case.says, case.source));
        faults.iter().for_each(|fault| text.push_str(&format!("    {fault}\n")));
        if let Some(differs) = &case.differs {
            text.push_str(&format!("    a Rocket.Chat does otherwise here: {differs}\n"));
        }
    }
    let counts = counts(results);
    text.push_str(&format!(
        "{}: {} passed, {} failed, {} of other versions or left out\n",
        results.version, counts.passed, counts.failed, counts.skipped
    ));
    text
}
