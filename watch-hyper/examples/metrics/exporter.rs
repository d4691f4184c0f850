//! The Prometheus exporter, with buckets for the metrics of watches.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

/// Up to 65 s, the timeout of a response.
const RESPONSE: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 65.0];

/// Lists may take long: they are large, and several attempts may be needed.
const SET: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0];

/// Without buckets, histograms are exported as quantiles, which can't be aggregated over processes.
pub(crate) fn exporter() -> Result<PrometheusBuilder, BuildError> {
    let metric = |name: &str| Matcher::Full(name.to_owned());
    PrometheusBuilder::new()
        .set_buckets_for_metric(metric("watch_response_seconds"), RESPONSE)?
        .set_buckets_for_metric(metric("watch_list_seconds"), SET)?
        .set_buckets_for_metric(metric("watch_gap_seconds"), SET)
}
