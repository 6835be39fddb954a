//! Another model in a body changes that value and not a byte else.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::{wanted, with_model};

/// Blanks as JSON allows them.
const BLANKS: &str = "[ \\t\\r\\n]{0,3}";

proptest! {
    #[test]
    fn only_the_model_changes(
        blanks in proptest::array::uniform4(BLANKS),
        before in any::<Vec<(u16, f64)>>(),
        asked in "[^\\p{Cc}]{1,20}",
        other in "[^\\p{Cc}]{1,20}",
        text in any::<String>(),
        escape: bool,
    ) {
        prop_assume!(!asked.trim().is_empty());
        let [a, b, c, d] = blanks;
        let fields: String = before.iter()
            .map(|(n, value)| format!("\"f{n}x{}\":{value:e},{a}", text.len()))
            .enumerate().map(|(i, field)| field.replacen('f', &format!("f{i}_"), 1)).collect();
        let quoted = if escape {
            let units: String = asked.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{units}\"")
        } else {
            Value::from(asked.as_str()).to_string()
        };
        let head = format!("{a}{{{b}{fields}\"model\"{c}:{d}");
        let tail = format!("{b},\"deep\":{{\"model\":\"x\"}},\"text\":{}}}{c}", Value::from(text));
        let body = Bytes::from(format!("{head}{quoted}{tail}"));
        let found = wanted(&body).unwrap();
        prop_assert_eq!(&found.model, &asked);
        prop_assert_eq!(&body[found.model_at.clone()], quoted.as_bytes());
        let changed = with_model(&body, &found.model_at, &other);
        let expected = format!("{head}{}{tail}", Value::from(other.as_str()));
        prop_assert_eq!(&changed[..], expected.as_bytes());
        let again: Value = serde_json::from_slice(&changed).unwrap();
        prop_assert_eq!(&again["model"], &Value::from(other));
    }
}
