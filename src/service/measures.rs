//! What the service tells of itself: Prometheus metrics. No metric names a person.

use std::sync::OnceLock;

use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::Service;

/// Seconds that a request took.
pub const REQUEST_SECONDS: &str = "yiren_request_seconds";
/// Records that an overlap query found to compare with.
pub const CANDIDATES: &str = "yiren_overlap_candidates";
/// Changes of records, by what became of them.
pub const CHANGES: &str = "yiren_changes_total";
/// Requests that were refused, by code.
pub const REFUSED: &str = "yiren_refused_total";

const SECONDS: [f64; 16] = [
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
    30.0,
];
const COUNTS: [f64; 10] = [0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0];

/// The recorder of this process.
fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let builder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Full(REQUEST_SECONDS.to_string()), &SECONDS)
                .and_then(|builder| {
                    builder.set_buckets_for_metric(Matcher::Full(CANDIDATES.to_string()), &COUNTS)
                });
            let handle = builder.and_then(PrometheusBuilder::install_recorder).ok();
            describe_histogram!(
                REQUEST_SECONDS,
                "Seconds from the head of a request to its answer, by route, method and status"
            );
            describe_histogram!(
                CANDIDATES,
                "Records that an overlap query found to compare the applicant with"
            );
            describe_counter!(
                CHANGES,
                "Changes of records that were acknowledged, by what became of them"
            );
            describe_counter!(REFUSED, "Requests that were refused, by code");
            describe_gauge!("yiren_store_commit", "Number of the last commit");
            describe_gauge!("yiren_store_records", "Records on file");
            describe_gauge!("yiren_queries_room", "Queries that may still wait");
            describe_gauge!(
                "yiren_looks_waiting",
                "Looks that are noted and not in the audit's chain yet"
            );
            describe_gauge!("yiren_store", "Figures of the database, by name and family");
            handle
        })
        .as_ref()
}

/// Begins to measure.
pub fn begin() {
    recorder();
}

/// All metrics, in the text format of Prometheus.
pub fn render(service: &Service) -> String {
    let view = service.store.view();
    if let (Ok((commit, _)), Ok(state)) = (view.commit(), view.state()) {
        gauge!("yiren_store_commit").set(commit as f64);
        gauge!("yiren_store_records").set(state.records as f64);
    }
    if let Ok(looks) = view.looks(10_000) {
        gauge!("yiren_looks_waiting").set(looks.len() as f64);
    }
    gauge!("yiren_queries_room").set(service.pool.room() as f64);
    for (name, family, value) in service.store.figures() {
        gauge!("yiren_store", "figure" => name, "family" => family).set(value as f64);
    }
    recorder().map_or_else(String::new, |handle| {
        handle.run_upkeep();
        handle.render()
    })
}
