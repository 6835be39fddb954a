//! Two bodies have one key when they mean the same, and only then.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Asked, Kept, Wish, about, canonical, key};
use crate::provider::{Kind, Provider};
use crate::upstream::headers::Passing;
use crate::upstream::plan::Target;

fn target(provider: &str, model: &str) -> Target {
    let provider = Provider::new(provider, "", Kind::OpenAi, "https://example.com").unwrap();
    Target { provider: Arc::new(provider), model: Arc::from(model) }
}

fn hash(target: &Target, token: i64, passing: &Passing, body: &str, any: bool) -> Option<String> {
    let (headers, body) = (&HeaderMap::new(), &Bytes::from(body.to_owned()));
    let hash = key::of_body(body, any)?;
    Some(key::of(&Asked { target, token, headers, passing, body }, hash))
}

fn of(body: &str) -> Option<String> {
    hash(&target("a", "m"), 1, &vec![], body, true)
}

fn meaning(value: &Value) -> Option<[u8; 32]> {
    canonical::hash(value.to_string().as_bytes())
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9_f64..1e9).prop_map(Value::from),
        "[a-c\"\\\\,:]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-c\"]{0,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The same, with fields in the other order and blanks everywhere.
fn reversed(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[ {} ]", items.iter().map(reversed).collect::<Vec<_>>().join(" ,\n"))
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                format!("{} : {}", Value::from(name.as_str()), reversed(value))
            };
            let mut fields: Vec<_> = fields.iter().map(field).collect();
            fields.reverse();
            format!("{{ {} }}", fields.join(" , "))
        }
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn order_and_blanks_mean_nothing(value in tree()) {
        prop_assert_eq!(of(&reversed(&value)), of(&value.to_string()));
    }

    #[test]
    fn different_values_are_different(a in tree(), b in tree()) {
        let same = meaning(&a) == meaning(&b);
        // Numbers that are equal are the same however they are spelled.
        prop_assert!(!same || reversed(&a).replace(".0", "") == reversed(&b).replace(".0", ""));
    }

    #[test]
    fn what_is_kept_is_what_was_there(body: Vec<u8>, kind in "[ -~]{0,20}") {
        let kind = HeaderValue::from_str(kind.trim()).unwrap();
        let kept = Kept { headers: vec![(actix_web::http::header::CONTENT_TYPE, kind)], body: body.into() };
        prop_assert_eq!(Kept::read(&kept.write().unwrap()), Some(kept));
    }

    #[test]
    fn bytes_of_others_are_survived(bytes: Vec<u8>) {
        let _ = Kept::read(&bytes.into());
    }
}

#[test]
fn what_only_names_a_request_makes_no_other_one() {
    let with = |name: &'static str| {
        let passing = vec![(HeaderName::from_static(name), HeaderValue::from_static("1"))];
        hash(&target("a", "m"), 1, &passing, "{}", true)
    };
    for name in ["traceparent", "tracestate", "idempotency-key"] {
        assert_eq!(with(name), of("{}"), "{name}");
    }
    assert_ne!(with("openai-beta"), of("{}"));
}

#[test]
fn numbers_are_what_they_mean() {
    assert_eq!(of(r#"{"t":0}"#), of(r#"{"t":0.0}"#));
    assert_eq!(of(r#"{"t":-0.0}"#), of(r#"{"t":0}"#));
    assert_eq!(of(r#"{"t":1e2}"#), of(r#"{"t":100}"#));
    assert_ne!(of(r#"{"t":1}"#), of(r#"{"t":"1"}"#));
    assert_ne!(of(r#"{"t":18446744073709551615}"#), of(r#"{"t":18446744073709551614}"#));
    assert_eq!(of(r#"{"t":18446744073709551617}"#), None, "it can't be told from others");
    assert_eq!(of(&"[".repeat(1000)), None);
}

#[test]
fn values_that_could_be_taken_for_others_are_not() {
    assert_eq!(of(r#"{"a":"\u0041\n"}"#), of("{\"\\u0061\":\"A\\n\"}"));
    for pair in [
        [r#"{"a":[]}"#, r#"{"a":{}}"#],
        [r#"{"a":["b","c"]}"#, r#"{"a":["bc"]}"#],
        [r#"{"a":[1,[2]]}"#, r#"{"a":[[1],2]}"#],
        [r#"{"a":null}"#, "{}"],
        [r#"{"a":{"b":1,"c":2}}"#, r#"{"a":{"b":2,"c":1}}"#],
        [r#"{"a":true}"#, r#"{"a":false}"#],
    ] {
        assert_ne!(of(pair[0]), of(pair[1]), "{pair:?}");
    }
    for twice in [r#"{"a":1,"a":2}"#, r#"{"x":[{"a":1,"\u0061":1}]}"#] {
        assert_eq!(of(twice), None, "which one is meant is not known: {twice}");
    }
    assert_eq!(of("{} {}"), None);
}

#[test]
fn everything_else_counts() {
    let body = json!({"model": "m", "temperature": 0}).to_string();
    let base = hash(&target("a", "m"), 1, &vec![], &body, false);
    assert!(base.is_some());
    let accept = |text| vec![(actix_web::http::header::ACCEPT, HeaderValue::from_static(text))];
    assert_ne!(hash(&target("b", "m"), 1, &vec![], &body, false), base);
    assert_ne!(hash(&target("a", "n"), 1, &vec![], &body, false), base);
    assert_ne!(hash(&target("a", "m"), 2, &vec![], &body, false), base);
    assert_ne!(hash(&target("a", "m"), 1, &accept("x"), &body, false), base);
    let mut moved = Provider::new("a", "", Kind::OpenAi, "https://example.org").unwrap();
    moved.id = "a".to_owned();
    let moved = Target { provider: Arc::new(moved), model: Arc::from("m") };
    assert_ne!(hash(&moved, 1, &vec![], &body, false), base);
}

#[test]
fn only_what_is_meant_to_repeat_itself() {
    let may = |body: &str| hash(&target("a", "m"), 1, &vec![], body, false).is_some();
    assert!(may(r#"{"temperature":0}"#) && may(r#"{"temperature":0.0}"#) && may(r#"{"seed":7}"#));
    for body in ["{}", r#"{"temperature":0.1}"#, r#"{"seed":null}"#, r#"{"temperature":"0"}"#] {
        assert!(!may(body), "{body}");
        assert!(hash(&target("a", "m"), 1, &vec![], body, true).is_some(), "{body}");
    }
}

#[test]
fn the_clients_wish_is_read() {
    let wish = |values: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(value));
        }
        Wish::of(&headers)
    };
    assert_eq!(wish(&[]), Wish::Any);
    assert_eq!(wish(&["max-age=60"]), Wish::Any);
    assert_eq!(wish(&["max-age=60, No-Cache"]), Wish::NoCache);
    assert_eq!(wish(&["no-cache", "no-store"]), Wish::NoStore);
    assert_eq!(about("answer:00ff:12:ollama/gpt-oss:20b"), Some("ollama/gpt-oss:20b"));
}
