//! The dashboard and the alert rules of the example `metrics` use only exported metrics.

#[path = "../../examples/metrics/exporter.rs"]
mod exporter;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use promql_parser::parser::{self, Expr};
use promql_parser::util::{ExprVisitor, walk_expr};
use serde::Deserialize;
use serde_json::Value;
use watch_hyper::Watch;
use watch_hyper::watch_core::{Object, Start};

use crate::fake::{Fake, Part, Reply, by_list, list, pod, pods};

const DASHBOARD: &str = include_str!("../../examples/metrics/dashboard.json");
const ALERTS: &str = include_str!("../../examples/metrics/alerts.yaml");

/// Labels that Grafana or Prometheus add.
const ADDED: [&str; 1] = ["le"];

/// Each metric, and the names of all its labels.
type Metrics = BTreeMap<String, BTreeSet<String>>;

/// The output of the exporter after watches with all kinds of trouble.
fn rendered() -> (Metrics, String) {
    let recorder = exporter::exporter().unwrap().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(watches());
    });
    let text = handle.render();
    let mut metrics = Metrics::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, labels) = line.split_once('{').unwrap_or_else(|| (line.split(' ').next().unwrap(), ""));
        // No value has a quote or a comma in it here.
        let labels = labels.split('}').next().unwrap().split(',').filter_map(|label| label.split_once('='));
        let labels = labels.filter(|(_, value)| *value != "\"\"").map(|(name, _)| name.to_owned());
        metrics.entry(name.to_owned()).or_default().extend(labels);
    }
    (metrics, text)
}

async fn watches() {
    #[derive(Deserialize)]
    struct Number {
        #[expect(dead_code, reason = "there is none")]
        number: u32,
    }
    let status = |code: u16| {
        Reply::Head(code, vec![format!(r#"{{"kind":"Status","status":"Failure","code":{code}}}"#).as_str().into()])
    };
    let set = || Reply::Head(200, vec![list(10, &[pod("a", 5)]).as_str().into()]);
    let replies = [set(), status(410), set(), Reply::Fails("cut".into()), status(403)];
    let mut watch = Watch::<Number>::new(Fake::new(replies).transport(), by_list());
    let all = async { while watch.next().await.is_some() {} };
    _ = tokio::time::timeout(Duration::from_secs(30), all).await;
    // A streaming list that is refused.
    let config = pods().labels("app=web").fields("spec.nodeName=n1").start(Start::default()).build().unwrap();
    let mut watch =
        Watch::<Object>::new(Fake::new([status(422), Reply::Head(200, vec![Part::Hangs])]).transport(), config);
    _ = tokio::time::timeout(Duration::from_secs(1), watch.next()).await;
}

/// Collects the metrics of an expression.
struct Asked<'a> {
    metrics: &'a Metrics,
    of: BTreeSet<String>,
    labels: BTreeSet<String>,
}

impl ExprVisitor for Asked<'_> {
    type Error = core::convert::Infallible;

    fn pre_visit(&mut self, expression: &Expr) -> Result<bool, Self::Error> {
        let selector = match expression {
            Expr::VectorSelector(selector) => Some(selector),
            Expr::MatrixSelector(matrix) => Some(&matrix.vs),
            Expr::Aggregate(aggregate) => {
                let modifier = aggregate.modifier.iter();
                self.labels.extend(modifier.flat_map(|modifier| modifier.labels().labels.clone()));
                None
            }
            _ => None,
        };
        if let Some(selector) = selector {
            let name = selector.name.clone().expect("each selector has a name");
            self.labels.extend(selector.matchers.matchers.iter().map(|matcher| matcher.name.clone()));
            assert!(self.metrics.contains_key(&name), "{name} isn't exported: {:?}", self.metrics.keys());
            self.of.insert(name);
        }
        Ok(true)
    }
}

/// Parses an expression, and returns the labels of its series. All of its metrics must be exported.
fn check(expression: &str, metrics: &Metrics, used: &mut BTreeSet<String>) -> BTreeSet<String> {
    // The variables of Grafana.
    let expression = expression.replace("$__rate_interval", "5m").replace("$target", ".*");
    let parsed = parser::parse(&expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
    let mut asked = Asked { metrics, of: BTreeSet::new(), labels: BTreeSet::new() };
    walk_expr(&mut asked, &parsed).unwrap();
    assert!(!asked.of.is_empty(), "{expression}");
    let there: BTreeSet<_> = asked.of.iter().flat_map(|name| metrics[name].clone()).collect();
    for label in &asked.labels {
        assert!(there.contains(label), "{expression}: no label {label}, but {there:?}");
    }
    used.extend(asked.of);
    there
}

/// The labels in a text such as `{{target}}` or `{{ $labels.target }}`.
fn shown(text: &str) -> Vec<&str> {
    let parts = text.split("{{").skip(1).map(|part| part.split("}}").next().unwrap().trim());
    parts.filter(|part| !part.starts_with("$value")).map(|part| part.trim_start_matches("$labels.")).collect()
}

#[derive(Deserialize)]
struct Alerts {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    alert: String,
    expr: String,
    annotations: BTreeMap<String, String>,
}

#[test]
fn dashboard_and_alerts_match_what_is_exported() {
    let (metrics, text) = rendered();
    let mut used = BTreeSet::new();
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let there = check(target["expr"].as_str().unwrap(), &metrics, &mut used);
            for label in shown(target["legendFormat"].as_str().unwrap()) {
                assert!(there.contains(label), "{}: no label {label}", panel["title"]);
            }
        }
    }
    let variable = dashboard["templating"]["list"][1]["query"].as_str().unwrap();
    assert_eq!(variable, "label_values(watch_requests_total, target)");
    // For histograms, the buckets are enough.
    let missing: Vec<_> = metrics
        .keys()
        .filter(|name| !used.contains(*name) && !name.ends_with("_sum") && !name.ends_with("_count"))
        .collect();
    assert!(missing.is_empty(), "not on the dashboard: {missing:?}");

    let alerts: Alerts = serde_saphyr::from_str(ALERTS).unwrap();
    let rules: Vec<_> = alerts.groups.into_iter().flat_map(|group| group.rules).collect();
    assert_eq!(rules.len(), 6);
    for rule in rules {
        let there = check(&rule.expr, &metrics, &mut used);
        for label in rule.annotations.values().flat_map(|text| shown(text)) {
            assert!(there.contains(label), "{}: no label {label}", rule.alert);
        }
    }
    // And the values in the rules exist.
    for value in ["cause=\"expired\"", "cause=\"refused\"", "cause=\"gave_up\"", "cause=\"relist\""] {
        assert!(text.contains(value), "{value}: {text}");
    }
}

#[test]
fn each_metric_is_described_and_in_the_readme() {
    let (metrics, text) = rendered();
    let readme = include_str!("../../README.md");
    let mut names = BTreeSet::new();
    for name in metrics.keys() {
        let name = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        names.insert(name.to_owned());
        assert!(text.contains(&format!("# HELP {name} ")), "{name}: {text}");
    }
    for name in &names {
        assert!(readme.contains(&format!("| `{name}`")), "README.md has no {name}");
        for label in metrics.get(name).into_iter().flatten().filter(|label| !ADDED.contains(&label.as_str())) {
            assert!(readme.contains(&format!("`{label}`")), "README.md has no label {label}");
        }
    }
    // And the other way round.
    for line in readme.lines().filter(|line| line.starts_with("| `watch_")) {
        let name = line.split('`').nth(1).unwrap();
        assert!(names.contains(name), "README.md has {name}, which isn't exported");
    }
}
