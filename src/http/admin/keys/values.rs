//! Values of a key that administrators choose, and what they may be.

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::clock::{Millis, rfc3339};
use crate::error::{ApiError, invalid};
use crate::models::upstream_key::{KeyChange, UpstreamKey};
use crate::pool::change::Change;

/// The longest name, account or note in characters.
const NAME_MAX: usize = 256;

/// The heaviest weight: beyond it one key serves a turn almost alone.
const WEIGHT_MAX: i32 = 1000;

/// New values; what is not given stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewValues {
    #[schema(example = "ann@example.com")]
    username: Option<String>,
    /// Keys of one account share its waits and its cap; empty for a key on its own.
    #[schema(example = "ann")]
    account: Option<String>,
    /// Picks a turn, 1 to 1000.
    #[schema(example = 2)]
    weight: Option<i32>,
    /// Requests at once; 0 for no cap. The largest among an account's keys is the account's.
    #[schema(example = 3)]
    max_concurrency: Option<i32>,
    /// RFC 3339, or null for no end.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-01-01T00:00:00Z")]
    expires_at: Option<Option<DateTime<Utc>>>,
}

/// Tells null from nothing.
fn given<'de, D, T>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(from).map(Some)
}

impl NewValues {
    /// For the database and for the pool. 422 for what a value can't be, or when there is none.
    pub fn checked(self) -> Result<(KeyChange, Change), ApiError> {
        self.username.iter().try_for_each(|text| check_name("username", text))?;
        self.account.iter().try_for_each(|text| check_name("account", text))?;
        self.weight.iter().try_for_each(|weight| check_weight(*weight))?;
        self.max_concurrency.iter().try_for_each(|cap| check_cap(*cap))?;
        let year = |at: DateTime<Utc>| (1970..=9999).contains(&at.year());
        if !self.expires_at.flatten().is_none_or(year) {
            return Err(invalid("expires_at", "a time from 1970 to 9999, or null"));
        }
        let ends = self.expires_at.map(|at| at.map(|at| Millis(at.timestamp_millis())));
        let row = KeyChange {
            username: self.username,
            account: self.account.clone(),
            weight: self.weight,
            max_concurrency: self.max_concurrency,
            expires_at: ends.map(|at| at.map(Millis::naive)),
        };
        if row == KeyChange::default() {
            return Err(invalid("set", "there is nothing to change"));
        }
        let change = Change {
            account: self.account,
            weight: self.weight.and_then(|weight| u16::try_from(weight).ok()),
            max_concurrency: self.max_concurrency.and_then(|cap| u32::try_from(cap).ok()),
            expires_at: ends,
        };
        Ok((row, change))
    }
}

/// Of a key, the values that a change touches, as they are.
pub fn touched(row: &UpstreamKey, change: &KeyChange) -> Value {
    let mut values = told(change);
    let now = [
        ("username", json!(row.username)),
        ("account", json!(row.account)),
        ("weight", json!(row.weight)),
        ("max_concurrency", json!(row.max_concurrency)),
        ("expires_at", json!(row.expires_at.map(rfc3339))),
    ];
    for (name, value) in now {
        values.entry(name).and_modify(|known| *known = value);
    }
    values.insert("id".to_owned(), json!(row.id));
    Value::Object(values)
}

/// The new values.
pub fn told(change: &KeyChange) -> Map<String, Value> {
    let values = [
        ("username", change.username.as_ref().map(|it| json!(it))),
        ("account", change.account.as_ref().map(|it| json!(it))),
        ("weight", change.weight.map(|it| json!(it))),
        ("max_concurrency", change.max_concurrency.map(|it| json!(it))),
        ("expires_at", change.expires_at.map(|it| json!(it.map(rfc3339)))),
    ];
    let given = |(name, value): (&str, Option<Value>)| Some((name.to_owned(), value?));
    values.into_iter().filter_map(given).collect()
}

/// 422 for a text that is too long for a label, or that has control characters.
pub fn check_name(param: &'static str, text: &str) -> Result<(), ApiError> {
    if text.chars().count() > NAME_MAX || text.chars().any(char::is_control) {
        return Err(invalid(param, "at most 256 characters, none a control character"));
    }
    Ok(())
}

/// 422 for a weight out of range.
pub fn check_weight(weight: i32) -> Result<(), ApiError> {
    let fine = (1..=WEIGHT_MAX).contains(&weight);
    if fine { Ok(()) } else { Err(invalid("weight", "weights are 1 to 1000")) }
}

/// 422 for a cap below zero.
pub fn check_cap(cap: i32) -> Result<(), ApiError> {
    let words = "a cap is 1 or more; 0 is none";
    if cap >= 0 { Ok(()) } else { Err(invalid("max_concurrency", words)) }
}
