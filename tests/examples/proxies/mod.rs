//! Each proxy with its own example, the real service, a real MongoDB, and a stand-in for Rocket.Chat that notes what
//! reaches it.

mod behaviour;
mod client;
mod kinds;
mod ledger;
mod original;
mod proxy;
mod sidecar;
mod stage;

use kinds::Kind;
use stage::Stage;

/// All that a proxy has to do, one after the other on one stage.
async fn holds(kind: &'static Kind) {
    let Some(stage) = Stage::set(kind).await else { return };
    behaviour::holds(stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx() {
    holds(&kinds::NGINX).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_of_debian() {
    holds(&kinds::OLD_NGINX).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_of_the_official_compose_files() {
    holds(&kinds::COMPOSE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy() {
    holds(&kinds::HAPROXY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy() {
    holds(&kinds::CADDY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn traefik() {
    holds(&kinds::TRAEFIK).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apache() {
    holds(&kinds::APACHE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn envoy() {
    holds(&kinds::ENVOY).await;
}
