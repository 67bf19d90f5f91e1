//! What one user waits for while others ask for much that is dear.

use std::time::Duration;

use futures_util::future::try_join;

use super::Bench;
use super::load::{self, Outcome, Requests};
use super::people::People;
use super::process::Service;
use super::workloads::{NEW_PASSWORD, USUAL, Workload, post};

const LOGINS: usize = 80;
const PASSWORDS: usize = 16;
/// Until the storm is at its full strength.
const RISING: Duration = Duration::from_millis(500);

/// Prints a line for each storm.
pub async fn all(bench: &Bench<'_>, people: &mut People) -> anyhow::Result<()> {
    let environment = [("RC_ACCOUNT_RATE_LIMIT", "off"), ("RC_ACCOUNT_STANDALONE", "true")];
    let service = bench.start(&environment)?;
    println!(
        "\n| one user | meanwhile | p50 quiet | p50 then | p99 quiet | p99 then |\n|---|---|---|---|---|---|"
    );
    let logins = |_: &mut People| (0..LOGINS).map(login).collect();
    let passwords = |people: &mut People| NEW_PASSWORD.requests(people, PASSWORDS);
    storm(bench, &service, people, (&NEW_PASSWORD, "80 logins of strangers"), logins).await?;
    storm(bench, &service, people, (&USUAL, "80 logins of strangers"), logins).await?;
    storm(bench, &service, people, (&USUAL, "16 users change passwords"), passwords).await
}

async fn storm(
    bench: &Bench<'_>,
    service: &Service,
    people: &mut People,
    (workload, name): (&Workload, &str),
    others: impl Fn(&mut People) -> Vec<Requests>,
) -> anyhow::Result<()> {
    let span = bench.order.span;
    let one = workload.requests(people, 1);
    let quiet = load::run(service.address, one, Some(200), span).await?;
    let (one, others) = (workload.requests(people, 1), others(people));
    let then = async {
        tokio::time::sleep(RISING).await;
        load::run(service.address, one, Some(200), span).await
    };
    let (then, _) = try_join(then, load::run(service.address, others, None, span + 2 * RISING)).await?;
    let columns = |share| [&quiet, &then].map(|outcome: &Outcome| format!("{:.1}", outcome.quantile(share)));
    let ([quiet, then], [slow, slow_then]) = (columns(0.5), columns(0.99));
    println!("| {} | {name} | {quiet} | {then} | {slow} | {slow_then} |", workload.name);
    Ok(())
}

/// Logins of users whom nobody knows, each from another address.
fn login(connection: usize) -> Requests {
    Box::new(move |number| {
        let body = format!(r#"{{"user":"nobody-{connection}-{number}","password":"wrong"}}"#);
        let from = format!("X-Forwarded-For: 10.{connection}.{}.{}\r\n", number / 256 % 256, number % 256);
        post("login", &from, &body)
    })
}
