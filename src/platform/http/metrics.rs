//! What is counted, for Prometheus: requests by operation and status, and how long they took.
//! Labels are operationIds and statuses, nothing that a caller sends (ID-6).

use std::time::Duration;

use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder,
};

use crate::platform::error::{Error, Result};

/// The counters of one service.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
}

impl Metrics {
    /// Counters that start at zero.
    pub fn new() -> Result<Self> {
        let failed = |error: prometheus::Error| Error::internal(error);
        let requests = IntCounterVec::new(
            Opts::new("brobygger_requests_total", "Answered requests."),
            &["operation", "status"],
        )
        .map_err(failed)?;
        let seconds = HistogramVec::new(
            HistogramOpts::new("brobygger_request_seconds", "Time to answer, in seconds.").buckets(
                vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0],
            ),
            &["operation"],
        )
        .map_err(failed)?;
        let registry = Registry::new();
        registry
            .register(Box::new(requests.clone()))
            .and_then(|()| registry.register(Box::new(seconds.clone())))
            .map_err(failed)?;
        Ok(Self {
            registry,
            requests,
            seconds,
        })
    }

    /// Counts one answered request.
    pub fn count(&self, operation: &str, status: u16, took: Duration) {
        self.requests
            .with_label_values(&[operation, status_word(status)])
            .inc();
        self.seconds
            .with_label_values(&[operation])
            .observe(took.as_secs_f64());
    }

    /// All counters in Prometheus' text format.
    pub fn text(&self) -> Result<String> {
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .map_err(Error::internal)?;
        String::from_utf8(text).map_err(Error::internal)
    }
}

/// The statuses the service answers, without an allocation for each request.
fn status_word(status: u16) -> &'static str {
    match status {
        200 => "200",
        201 => "201",
        202 => "202",
        204 => "204",
        304 => "304",
        400 => "400",
        401 => "401",
        403 => "403",
        404 => "404",
        405 => "405",
        406 => "406",
        409 => "409",
        412 => "412",
        413 => "413",
        415 => "415",
        422 => "422",
        428 => "428",
        429 => "429",
        503 => "503",
        s if s >= 500 => "500",
        _ => "other",
    }
}
