//! Traces: to whom they are sent, and to which trace a request belongs. They are there only in a build with the feature
//! `traces`; another one says so.

use crate::support::{Service, TestApp, Upstream};

/// A service that shall send traces, on the workspace of an application that is stopped.
async fn service(collector: &Upstream, environment: &[(&str, &str)]) -> (TestApp, Service) {
    let mut app = TestApp::eight().await;
    app.stop().await;
    let endpoint = collector.url();
    let usual = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
    let service = Service::on(app.mongo_url(), &[&usual, environment].concat());
    app.base.clone_from(&service.base);
    (app, service)
}

#[cfg(not(feature = "traces"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_build_without_traces_says_that_it_sends_none() {
    let collector = Upstream::start(crate::support::Behaviour::status(200, "")).await;
    let (_app, service) = service(&collector, &[]).await;
    let said = |line: &&String| line.contains("OTEL_EXPORTER_OTLP_ENDPOINT: this program was built without");
    assert_eq!(service.beginning.iter().filter(said).count(), 1, "{:?}", service.beginning);
}

#[cfg(feature = "traces")]
mod built_in {
    use super::service;
    use crate::support::{Behaviour, ROUTE, Upstream};
    use serde_json::json;
    use std::time::{Duration, Instant};

    /// What they are in hex; as bytes they can be read.
    const TRACE: (&str, &str) = ("6162636465666768696a6b6c6d6e6f70", "abcdefghijklmnop");
    const PARENT: (&str, &str) = ("7172737475767778", "qrstuvwx");

    #[tokio::test(flavor = "multi_thread")]
    async fn a_request_belongs_to_the_trace_that_it_names_and_so_does_what_it_causes() {
        let collector = Upstream::start(Behaviour::status(200, "")).await;
        let upstream = Upstream::start(Behaviour::status(200, "")).await;
        let address = upstream.url();
        let touch = [("RC_ACCOUNT_ANNOUNCE", "touch"), ("RC_ACCOUNT_UPSTREAM_URL", address.as_str())];
        let (app, _service) = service(&collector, &touch).await;
        let parent = format!("00-{}-{}-01", TRACE.0, PARENT.0);
        let request = app.post("plain", &json!({"data": {"bio": "traced"}})).header("traceparent", &parent);
        request.send().await.user();

        let touched = upstream.wait_for(1).await.remove(0);
        let passed_on = touched.headers.get("traceparent").expect("a trace").clone();
        assert!(passed_on.starts_with(&format!("00-{}-", TRACE.0)) && passed_on != parent, "{passed_on}");

        let deadline = Instant::now() + Duration::from_secs(20);
        let sent = loop {
            let sent = collector.received().into_iter().find(|sent| sent.body.contains(TRACE.1));
            if let Some(sent) = sent {
                break sent;
            }
            assert!(Instant::now() < deadline, "{:?}", collector.received());
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(sent.line, "POST /v1/traces HTTP/1.1");
        let name = format!("POST {ROUTE}");
        for text in [PARENT.1, name.as_str(), "service.name", "rc-account", "http.response.status_code"] {
            assert!(sent.body.contains(text), "{text} is not in {:?}", sent.body);
        }
        let token = &app.person("plain").token;
        assert!(!collector.received().iter().any(|sent| sent.body.contains(token.as_str())), "a secret");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_left_is_sent_at_the_end_and_a_collector_that_is_away_holds_nobody_up() {
        let collector = Upstream::start(Behaviour::status(200, "")).await;
        let (app, service) = service(&collector, &[("OTEL_BSP_SCHEDULE_DELAY", "60000")]).await;
        app.post("plain", &json!({"data": {"bio": "traced"}})).send().await.user();
        service.signal("INT");
        assert_eq!(service.end().0, Some(0));
        assert!(
            collector.received().iter().any(|sent| sent.body.contains(ROUTE)),
            "{:?}",
            collector.received()
        );

        let nobody = Upstream::start(Behaviour::Hang).await;
        let (app, service) = super::service(&nobody, &[]).await;
        for number in 0..20 {
            app.post("plain", &json!({"data": {"bio": number.to_string()}})).send().await.user();
        }
        service.signal("INT");
        assert_eq!(service.end().0, Some(0));
    }
}
