//! Which spellings of a field are refused, and that nothing else is.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::names::{Name, WATCHED};
use super::wanted;

/// Spellings that some upstream takes for these names.
const LIKE: [(&str, &str); 17] = [
    ("Model", "model"),
    ("MODEL", "model"),
    ("mODel", "model"),
    ("model\\u0000x", "model"),
    ("\\u004dodel", "model"),
    ("model\u{17f}", "models"),
    ("model\\u017f", "models"),
    ("MODELS", "models"),
    ("Stream", "stream"),
    ("\u{17f}tream", "stream"),
    ("\\u017Ftream", "stream"),
    ("FallBacks", "fallbacks"),
    ("fallbac\u{212a}s", "fallbacks"),
    ("fallbac\\u212a\\u017f", "fallbacks"),
    ("Route", "route"),
    ("PluginS", "plugins"),
    ("provideroptions", "providerOptions"),
];

fn code(body: &str) -> (u16, Option<&'static str>) {
    match wanted(body.as_bytes()) {
        Ok(_) => (200, None),
        Err(error) => (error.code.status().as_u16(), error.param),
    }
}

#[test]
fn other_spellings_are_refused_wherever_they_stand() {
    for (like, name) in LIKE {
        for body in [
            format!("{{\"model\":\"m\",\"{like}\":\"n\"}}"),
            format!("{{\"{like}\":\"n\",\"model\":\"m\"}}"),
            format!("{{\"{like}\":null,\"messages\":[],\"model\":\"m\"}}"),
        ] {
            assert_eq!(code(&body), (400, Some(name)), "{body}");
        }
    }
}

#[test]
fn a_watched_field_stands_there_once() {
    for name in WATCHED {
        let body = json!({"model": "m"}).to_string();
        let twice = body.replacen('{', &format!("{{\"{name}\":\"x\",\"{name}\":\"y\","), 1);
        assert_eq!(code(&twice), (400, Some(name)), "{twice}");
    }
    assert_eq!(code(r#"{"model":"m","\u006dodel":"m"}"#), (400, Some("model")));
}

#[test]
fn names_that_only_look_alike_pass() {
    for name in [
        "mode",
        "modell",
        "model ",
        "_model",
        "m\u{43e}del",
        "streams",
        "Messages",
        "",
        "Temperature",
    ] {
        let body = json!({"model": "m", name: 1, "x": {"Model": "n", "model": "o"}}).to_string();
        assert_eq!(code(&body), (200, None), "{body}");
    }
    assert_eq!(code(r#"{"model":"m","messages":[],"messages":[1]}"#), (200, None), "not ours");
    assert_eq!(code(r#"{"\u006dodel":"m"}"#), (200, None), "an escape spells the same name");
}

#[test]
fn values_of_choosing_fields_are_found() {
    let body = br#"{"models": ["a"] ,"model":"m", "route" :"fallback"}"#;
    let found = wanted(body).unwrap();
    assert_eq!(found.choosing.value(body, "models"), Some(&br#"["a"]"#[..]));
    assert_eq!(found.choosing.value(body, "route"), Some(&br#""fallback""#[..]));
    assert_eq!(found.choosing.value(body, "preset"), None);
    assert_eq!(found.choosing.value(body, "model"), None, "it has a place of its own");
}

proptest! {
    /// Go's matching, written once more: what it would take for a watched field is that field or
    /// refused.
    #[test]
    fn no_spelling_gets_through(
        name in proptest::sample::select(WATCHED.to_vec()),
        flips in any::<u32>(),
        long_s: bool,
        kelvin: bool,
    ) {
        let spelled: String = name.chars().enumerate().map(|(n, c)| match c {
            's' if long_s => '\u{17f}',
            'k' if kelvin => '\u{212a}',
            c if flips >> n & 1 == 1 => c.to_ascii_uppercase(),
            c => c,
        }).collect();
        let expected = if spelled == name { Name::Watched(name) } else { Name::Like(name) };
        prop_assert_eq!(Name::of(&spelled), expected);
    }

    /// Whatever comes: no panic, and what is taken is what a common parser takes.
    #[test]
    fn any_object_is_read_as_others_read_it(
        names in prop::collection::vec("[mModels\\\\u0\u{17f}\u{212a}]{0,8}|model|stream|models", 0..6),
        values in prop::collection::vec("[a-z]{1,5}", 6),
    ) {
        let fields: Vec<String> = names.iter().zip(&values)
            .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), Value::from(value.as_str())))
            .collect();
        let body = format!("{{{}}}", fields.join(","));
        if let Ok(found) = wanted(body.as_bytes()) {
            let value: Value = serde_json::from_str(&body).unwrap();
            prop_assert_eq!(&value["model"], &Value::from(found.model));
            let like = value.as_object().unwrap().keys().filter(|k| k.to_lowercase() == "model");
            prop_assert_eq!(like.count(), 1);
        }
    }
}
