//! What is exported, what is documented, and what the dashboard and the alerts ask for are the
//! same.

use std::collections::{BTreeMap, BTreeSet};

use pool_stub::Reply;
use serde_json::Value;

use super::scrape::{base, scrape};
use crate::support::{Store, TestApp, both_stores};

const DOCUMENT: &str = include_str!("../../../docs/metrics.md");
const ALERTS: &str = include_str!("../../../deploy/prometheus/alerts.yml");
const DASHBOARD: &str = include_str!("../../../deploy/grafana/dashboards/ollama-api-pool.json");

const PREFIX: &str = "ollama_pool_";

/// Each documented metric with its type and its labels.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with(&format!("| `{PREFIX}")));
    let row = |line: &str| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let labels = cells[3].split(", ").map(|label| label.trim_matches('`').to_owned());
        let labels = labels.filter(|label| !label.is_empty()).collect();
        (cells[1].trim_matches('`').to_owned(), (cells[2].to_owned(), labels))
    };
    rows.map(row).collect()
}

/// The series that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter| !is_name(letter));
    words.filter(|word| word.starts_with(PREFIX)).map(str::to_owned).collect()
}

/// Every query of the dashboard, those of its variables included.
fn queries(board: &Value, found: &mut Vec<String>) {
    match board {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(query) if name == "expr" || name == "query" => {
                        found.push(query.clone());
                    }
                    _ => queries(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
        _ => {}
    }
}

/// Whether this program has it: without Redis there is nothing to say of it.
fn is_here(app: &TestApp, metric: &str) -> bool {
    let of_redis = metric.contains("_redis_") || metric == "ollama_pool_replicas";
    app.home.store() == Store::Postgres || !of_redis
}

both_stores! {
    async fn exported_and_documented_are_the_same(app) {
        app.add_key("sk-metrics-agree-01").await;
        app.stub.next("*", Reply::json(503, r#"{"error":"Server overloaded"}"#));
        app.ask("llama3.2").await;
        app.ask("llama3.2").await;
        assert_eq!(app.chat(&serde_json::json!({})).await.status, 422, "refused");
        let one = app.make_token(&serde_json::json!({"name": "one", "models": ["m"]})).await;
        app.stub.next("*", Reply::json(200, r#"{"model":"other","choices":[]}"#));
        let body = serde_json::json!({"model": "m"});
        let other = app.call("POST", "/v1/chat/completions", &one, Some(&body)).await;
        assert_eq!(other.status, 200, "answered by another model");
        let page = scrape(&app).await;
        let (mut expected, mut found) = (documented(), BTreeMap::new());
        expected.retain(|metric, _| is_here(&app, metric));
        for (metric, kind) in &page.types {
            found.insert(metric.clone(), (kind.clone(), page.labels(metric)));
        }
        assert_eq!(found, expected);
        for metric in found.keys() {
            assert!(page.to_string().contains(&format!("# HELP {metric} ")), "{metric}");
        }

        let mut asked = Vec::new();
        queries(&serde_json::from_str(DASHBOARD).expect("a dashboard"), &mut asked);
        assert!(asked.len() > 20, "{asked:#?}");
        let names = named(ALERTS).into_iter().chain(asked.iter().flat_map(|query| named(query)));
        let exported: BTreeSet<_> = page.series().into_iter().map(|(name, _)| name).collect();
        let wrong: BTreeSet<_> = names
            .filter(|name| is_here(&app, name) && !exported.contains(name))
            .collect();
        assert!(wrong.is_empty(), "asked for, and not exported: {wrong:#?}");
        let shown: BTreeSet<_> = asked.iter().flat_map(|query| named(query)).collect();
        let shown: BTreeSet<_> = shown.iter().map(|name| base(name, &page.types)).collect();
        let unseen: Vec<_> = found.keys().filter(|metric| !shown.contains(metric.as_str())).collect();
        assert!(unseen.is_empty(), "exported, and not on the dashboard: {unseen:#?}");
    }
}

#[test]
fn every_alert_is_explained() {
    let alerts = ALERTS.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    let alerts: BTreeSet<_> = alerts.collect();
    let rows = DOCUMENT.split_once("## Alerts").expect("alerts").1.lines();
    let rows = rows.filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let explained: BTreeSet<_> =
        rows.filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase())).collect();
    assert_eq!(alerts, explained);
}
