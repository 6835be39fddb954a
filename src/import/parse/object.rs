//! One value of JSON: a string, or an object that names its fields.

use serde::Deserialize;
use zeroize::Zeroize;

use super::{Item, Reason, fields, value};

/// The fields that are read; all others are passed over without being kept.
#[derive(Deserialize)]
struct Object {
    api_key: Option<String>,
    #[serde(rename = "apiKey")]
    camel: Option<String>,
    key: Option<String>,
    username: Option<String>,
    email: Option<String>,
    account: Option<String>,
    ttl: Option<Ttl>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Ttl {
    Secs(i64),
    Text(String),
}

/// An item of an array. `null` is one without a key.
pub fn item(line: u64, text: &str) -> Item {
    match text.as_bytes().first() {
        Some(b'"') => string(line, text),
        Some(b'{') => object(line, text),
        _ if text.trim_end() == "null" => Item::bad(line, Reason::Empty),
        _ => Item::bad(line, Reason::Json),
    }
}

/// A string is read as a line of its own.
fn string(line: u64, text: &str) -> Item {
    let Ok(mut text) = serde_json::from_str::<String>(text) else {
        return Item::bad(line, Reason::Json);
    };
    let item = fields::line(line, &text);
    text.zeroize();
    item.unwrap_or_else(|| Item::bad(line, Reason::Empty))
}

/// The inside of a line that is a string with escapes; one without is the same between its quotes.
pub fn quoted(line: &str) -> Option<String> {
    let text = line.trim_matches(fields::is_blank).trim_end_matches(',');
    let is_string = text.starts_with('"') && text.contains('\\');
    is_string.then(|| serde_json::from_str(text).ok()).flatten()
}

/// An object names what is what.
pub fn object(line: u64, text: &str) -> Item {
    // What serde says may quote the text.
    let Ok(object) = serde_json::from_str::<Object>(text) else {
        return Item::bad(line, Reason::Json);
    };
    let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let first = |names: [Option<String>; 2]| names.into_iter().find(given).flatten();
    let keys = [object.api_key, object.camel, object.key];
    let key = keys.into_iter().find(given).flatten();
    let username = first([object.username, object.email]);
    let ttl = match object.ttl {
        Some(Ttl::Secs(secs)) => Ok(Some(secs)),
        Some(Ttl::Text(text)) => value::secs(&text),
        None => Ok(None),
    };
    let named = value::Named {
        key: key.as_deref().unwrap_or_default(),
        username: username.as_deref().unwrap_or_default(),
        account: object.account.as_deref().unwrap_or_default(),
        ttl_secs: match ttl {
            Ok(secs) => secs,
            Err(reason) => return Item::bad(line, reason),
        },
    };
    named.item(line)
}
