//! What the program counts for Prometheus: handles that are made once and cost an addition a
//! request, and what is asked of its parts when somebody wants to see.
//!
//! Labels are of closed sets only: routes of the table, classes of statuses, configured providers,
//! verdicts, actors. Never what a caller sends: each new value is a series for ever.

mod family;
mod limit;
mod names;
mod providers;
mod routes;
mod standing;

use std::sync::Arc;
use std::time::Duration;

use metrics::Counter;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusRecorder};

use self::names::HTTP_REQUESTS;
use self::providers::OfProviders;
use crate::app::App;
use crate::stats::Record;

pub use self::limit::Limit;
pub use self::routes::Answers;

/// The upper ends of the buckets of spans, in seconds: from an answer out of the cache to a model
/// that thinks for minutes.
const BUCKETS: [f64; 16] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0];

/// A histogram keeps each span until it is put into its bucket. Between two scrapes, and where
/// nobody scrapes, that is done so often.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The counters of this process; clones share them.
#[derive(Clone)]
pub struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    providers: Arc<OfProviders>,
}

impl Metrics {
    /// Counters that begin at zero.
    pub fn new() -> Result<Self, BuildError> {
        let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS)?.build_recorder();
        let recorder = Arc::new(recorder);
        // Zero tells that nobody was refused, and a rate needs a beginning.
        Limit::ALL.iter().for_each(|limit| drop(limit.counter(&recorder)));
        let providers = Arc::new(OfProviders::new(recorder.clone()));
        Ok(Self { recorder, providers })
    }

    /// Counts a request for a model, and its attempts.
    pub fn request(&self, record: &Record) {
        self.providers.request(record);
    }

    /// Counts an answer from a model that its client token may not use; returns how many there
    /// were of all providers.
    pub fn other_model(&self, provider: &str) -> u64 {
        self.providers.other_model(provider)
    }

    /// Counts a refusal since a counter was spent.
    pub fn limit(&self, limit: Limit) {
        limit.counter(&self.recorder).increment(1);
    }

    /// The counter of one route's answers of one class.
    fn answers(&self, route: &str, class: &'static str) -> Counter {
        HTTP_REQUESTS.counter(&self.recorder, &[("route", route), ("class", class)])
    }

    /// Everything, in Prometheus' text format. Waits a second at most for parts that don't answer;
    /// what they would tell is left out.
    pub async fn page(&self, app: &App) -> String {
        let mut page = self.recorder.handle().render();
        page.push_str(&standing::page(app).await);
        page
    }

    /// Keeps histograms small, until it is dropped.
    pub async fn keep_up(self) {
        let handle = self.recorder.handle();
        let mut every = tokio::time::interval(UPKEEP_EVERY);
        loop {
            every.tick().await;
            handle.run_upkeep();
        }
    }
}
