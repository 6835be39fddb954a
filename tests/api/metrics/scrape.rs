//! A page of Prometheus' text format, read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::support::TestApp;

/// A series: its name and its labels.
pub type Series = (String, BTreeMap<String, String>);

/// What was scraped.
pub struct Scrape {
    text: String,
    /// Each metric's type.
    pub types: BTreeMap<String, String>,
    values: BTreeMap<Series, f64>,
}

/// Asks for the page, from this machine.
pub async fn scrape(app: &TestApp) -> Scrape {
    let answer = app.call("GET", "/metrics", "", None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    Scrape::read(answer.text())
}

impl Scrape {
    /// Reads it; whatever Prometheus would refuse fails the test.
    fn read(text: String) -> Self {
        let (mut types, mut values) = (BTreeMap::new(), BTreeMap::new());
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                let twice = types.insert(name.to_owned(), kind.to_owned());
                assert!(twice.is_none(), "two types of {name}");
            } else if !line.starts_with("# HELP ") {
                let (series, value) = line.rsplit_once(' ').expect("a value");
                let twice = values.insert(read_series(series), value.parse().expect("a number"));
                assert!(twice.is_none(), "twice: {series}");
            }
        }
        Self { text, types, values }
    }

    /// The value of the series with exactly these labels.
    pub fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned()));
        self.values.get(&(name.to_owned(), labels.collect())).copied()
    }

    /// The sum over all series of this name.
    pub fn sum(&self, name: &str) -> f64 {
        let of_name = self.values.iter().filter(|((found, _), _)| found == name);
        of_name.map(|(_, value)| value).sum()
    }

    /// All series.
    pub fn series(&self) -> BTreeSet<Series> {
        self.values.keys().cloned().collect()
    }

    /// The labels that a metric has, `le` apart.
    pub fn labels(&self, metric: &str) -> BTreeSet<String> {
        let of_metric = self.values.keys().filter(|(name, _)| base(name, &self.types) == metric);
        let labels = of_metric.flat_map(|(_, labels)| labels.keys().cloned());
        labels.filter(|label| label != "le").collect()
    }
}

/// The metric that a series belongs to: a histogram has several.
pub fn base<'a>(series: &'a str, types: &BTreeMap<String, String>) -> &'a str {
    let parts = ["_bucket", "_sum", "_count"];
    let whole = parts.iter().find_map(|part| series.strip_suffix(part));
    whole
        .filter(|whole| types.get(*whole).is_some_and(|kind| kind == "histogram"))
        .unwrap_or(series)
}

fn read_series(series: &str) -> Series {
    let Some((name, labels)) = series.split_once('{') else {
        return (series.to_owned(), BTreeMap::new());
    };
    let labels = labels.strip_suffix('}').expect("labels end");
    let label = |pair: &str| {
        let (label, value) = pair.split_once("=\"").expect("a label");
        (label.to_owned(), value.trim_end_matches('"').to_owned())
    };
    (name.to_owned(), labels.split("\",").map(label).collect())
}

impl fmt::Display for Scrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
