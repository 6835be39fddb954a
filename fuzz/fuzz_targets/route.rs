//! `route::wanted` over whatever bytes: what it takes is what other parsers take, one value of each
//! watched name and no other spelling of it, and another model changes that value only.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;

use program::route::{names::WATCHED, wanted, with_model};

/// The program's own source, and of its errors what that needs: the rest would take minutes to
/// build.
#[path = "../../src"]
mod program {
    pub mod route;
}

mod error {
    use std::borrow::Cow;

    #[derive(Debug)]
    pub enum ErrorCode {
        Malformed,
        InvalidValue,
    }

    #[derive(Debug)]
    #[allow(dead_code)]
    pub struct ApiError(ErrorCode, Cow<'static, str>);

    impl ApiError {
        pub fn new(code: ErrorCode, words: impl Into<Cow<'static, str>>) -> Self {
            Self(code, words.into())
        }

        pub fn about(self, _: &'static str) -> Self {
            self
        }
    }

    pub fn invalid(_: &'static str, words: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError::new(ErrorCode::InvalidValue, words)
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(found) = wanted(data) else { return };
    // Numbers out of range and bytes that are no UTF-8 in other fields are the upstream's business.
    let Ok(Value::Object(fields)) = serde_json::from_slice(data) else { return };
    assert_eq!(fields.get("model"), Some(&Value::from(found.model.as_str())));
    let stream = fields.get("stream").unwrap_or(&Value::Null);
    assert_eq!(found.stream, *stream == Value::Bool(true));
    for name in fields.keys().filter(|name| !WATCHED.contains(&name.as_str())) {
        let folded: String = name.chars().map(fold).collect();
        let like = |watched: &&str| folded == watched.to_ascii_lowercase();
        assert!(!WATCHED.iter().any(|watched| like(watched)), "{name:?} is another spelling");
    }
    for name in WATCHED.into_iter().filter(|name| !matches!(*name, "model" | "stream")) {
        let value = found.choosing.value(data, name).map(|text| serde_json::from_slice(text).unwrap());
        assert_eq!(value.as_ref(), fields.get(name), "{name}");
    }
    let body = bytes::Bytes::copy_from_slice(data);
    let changed = with_model(&body, &found.model_at, "other");
    let mut expected = fields.clone();
    expected.insert("model".to_owned(), Value::from("other"));
    assert_eq!(serde_json::from_slice::<Value>(&changed).unwrap(), Value::Object(expected));
});

/// As Go folds names.
fn fold(c: char) -> char {
    match c {
        'ſ' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    }
}
