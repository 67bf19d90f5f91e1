//! How long it takes after a fault until changes are saved again, by kind.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::json;

use super::kinds::Kind;
use super::people;
use super::stage::{ROUTE, Stage};

/// An attempt that is not answered by then is made anew.
const ATTEMPT: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(10);

/// Waits until both instances save a change, and tells how long that took.
pub async fn wait(stage: &Stage) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    let prober = people::prober();
    for base in stage.surroundings().bases {
        loop {
            let request = stage.http.post(format!("{base}{ROUTE}"));
            let request = request.header("X-User-Id", &prober.id).header("X-Auth-Token", &prober.token);
            let body = json!({"data": {"bio": "probe"}});
            let answer = request.timeout(ATTEMPT).json(&body).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                break;
            }
            ensure!(begin.elapsed() < PATIENCE, "no change is saved within {PATIENCE:?}");
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(begin.elapsed())
}

/// Of each kind, the times after which it was alone, and those after which others were at the same time.
#[derive(Default)]
pub struct Recoveries(BTreeMap<Kind, [Vec<Duration>; 2]>);

impl Recoveries {
    pub fn note(&mut self, kinds: &[Kind], took: Duration) {
        for kind in kinds {
            self.0.entry(*kind).or_default()[usize::from(kinds.len() > 1)].push(took);
        }
    }

    pub fn faults(&self) -> usize {
        self.0.values().flatten().map(Vec::len).sum()
    }

    pub fn table(&self) -> String {
        let mut text =
            "| Fault | Alone | Recovered after, median | at most | With others | median | at most |\n\
             |---|---|---|---|---|---|---|\n"
                .to_owned();
        for (kind, times) in &self.0 {
            text.push_str(&format!("| {} |", kind.in_words()));
            for times in times {
                let mut times = times.clone();
                times.sort_unstable();
                let shown = |time: Option<&Duration>| {
                    time.map_or_else(|| "–".to_owned(), |time| format!("{:.2} s", time.as_secs_f64()))
                };
                let (median, most) = (shown(times.get(times.len() / 2)), shown(times.last()));
                text.push_str(&format!(" {} | {median} | {most} |", times.len()));
            }
            text.push('\n');
        }
        text
    }
}
