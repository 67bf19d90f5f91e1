//! Traces over OTLP, where `OTEL_EXPORTER_OTLP_ENDPOINT` says where to; built in by the Cargo feature `traces`.
//!
//! OpenTelemetry's other variables (headers, sampler, resource, batches) count, too: its own library reads them.

mod client;

use super::filter::TRACES;
use crate::outgoing::{self, NoCertificates};
use client::OnRuntime;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{Status, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::resource::EnvResourceDetector;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use thiserror::Error;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::filter::{Filtered, LevelFilter, Targets};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

const NAME: &str = "rc-account";
const TRACEPARENT: &str = "traceparent";

/// Why no traces are sent.
#[derive(Debug, Error)]
pub enum NoTraces {
    #[error(transparent)]
    Certificates(#[from] NoCertificates),
    #[error("{0}")]
    Exporter(#[from] ExporterBuildError),
}

/// The sending of traces. Dropped, it sends what is left, for some seconds at most.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// To be called on the runtime that is to send them. The endpoint: without the path that OTLP adds.
    ///
    /// # Errors
    /// [`NoTraces`]. A collector that does not answer is none.
    pub fn start(endpoint: &str) -> Result<Traces, NoTraces> {
        let client = outgoing::client(endpoint.starts_with("https:"))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(OnRuntime::new(client))
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()?;
        let resource = Resource::builder_empty()
            .with_service_name(NAME)
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_detector(Box::new(EnvResourceDetector::new()))
            .build();
        Ok(Traces(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// Makes traces of spans.
    pub(super) fn layer<S>(&self) -> Filtered<OpenTelemetryLayer<S, SdkTracer>, Targets, S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(NAME))
            .with_location(false)
            .with_threads(false)
            .with_filter(Targets::new().with_target(TRACES, LevelFilter::INFO))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // What cannot be sent now never will be.
        let _ = self.0.shutdown();
    }
}

/// The one header that says to which trace a request belongs.
struct TraceParent(Option<String>);

impl Extractor for TraceParent {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.as_deref().filter(|_| key == TRACEPARENT)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

impl Injector for TraceParent {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = Some(value);
        }
    }
}

/// The span of a request, inside that of its lines: whose trace it belongs to says its header `traceparent`.
#[must_use]
pub fn begin(of_lines: &Span, traceparent: Option<&str>, method: &'static str, route: &str) -> Span {
    let span = tracing::info_span!(
        target: TRACES,
        parent: of_lines,
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
    );
    let header = TraceParent(traceparent.map(str::to_owned));
    // It fails only where the span is not sent.
    let _ = span.set_parent(TraceContextPropagator::new().extract_with_context(&Context::new(), &header));
    span
}

/// How the request has ended.
pub fn end(span: &Span, status: u16, error: Option<&'static str>) {
    span.set_attribute("http.response.status_code", i64::from(status));
    if let Some(error) = error {
        span.set_attribute("error.type", error);
    }
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}

/// The present span as whoever is called next is told of it.
pub fn traceparent() -> Option<String> {
    let mut header = TraceParent(None);
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut header);
    header.0
}
