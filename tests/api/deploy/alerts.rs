//! The alerts, asked by Prometheus' own tool whether each fires when it should.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{path, read, yaml};

/// Runs promtool, which has to be content.
fn promtool(arguments: &[&str]) {
    let mut command = Command::new("promtool");
    command.args(arguments).current_dir(path("deploy/prometheus"));
    let ran = command.output().expect("promtool is here: `make deps` installs it");
    let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
    assert!(ran.status.success(), "{arguments:?}: {said}");
}

fn rules() -> Value {
    let mut all = yaml("deploy/prometheus/alerts.yml");
    all["groups"][0]["rules"].take()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[test]
fn prometheus_takes_the_files() {
    promtool(&["check", "rules", "alerts.yml"]);
    // The files that it names are where the container has them.
    promtool(&["check", "config", "--syntax-only", "prometheus.yml"]);
}

#[test]
fn each_fires_when_it_should() {
    promtool(&["test", "rules", "alerts.test.yml"]);

    let rules = rules();
    let alerts: BTreeSet<_> = list(&rules).iter().map(|rule| rule["alert"].to_string()).collect();
    let tests = yaml("deploy/prometheus/alerts.test.yml");
    let checks = list(&tests["tests"]).iter().flat_map(|test| list(&test["alert_rule_test"]));
    let names = |fires: bool| -> BTreeSet<String> {
        let such = checks.clone().filter(|check| list(&check["exp_alerts"]).is_empty() != fires);
        such.map(|check| check["alertname"].to_string()).collect()
    };
    assert_eq!(names(true), alerts, "seen to fire");
    assert_eq!(names(false), alerts, "seen to be silent");
}

#[test]
fn operators_read_where_to_look() {
    let guide = read("docs/operations.md");
    let table = guide.split_once("## Alerts").expect("alerts").1;
    let table = table.split_once("\n## ").expect("what follows").0;
    for rule in list(&rules()) {
        let alert = rule["alert"].as_str().expect("a name");
        assert!(table.contains(&format!("`{alert}`")), "{alert}");
    }
}
