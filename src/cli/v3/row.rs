//! A row of the old database, read tolerantly: its types were never written down, so a time may be
//! a number, a text or a timestamp.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use serde_json::{Map, Value};

use crate::clock::Millis;

/// Seconds up to here, milliseconds beyond: seconds until the year 5138, milliseconds since 1973.
const SECONDS_MAX: i64 = 100_000_000_000;

/// A row. Has no `Debug`: it may hold a key.
pub struct Row(Map<String, Value>);

impl Row {
    /// Reads the JSON that Postgres made of it.
    pub fn parse(json: &str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    /// A row inside this one.
    pub fn inner(&self, name: &str) -> Option<Self> {
        self.0.get(name).and_then(Value::as_object).map(|inner| Self(inner.clone()))
    }

    /// A text without blanks around it; `None` when there is none.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = match self.0.get(name)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// A text for people: at most 256 characters, none a control character.
    pub fn name(&self, name: &str) -> String {
        let text = self.text(name).unwrap_or_default();
        text.chars().filter(|c| !c.is_control()).take(256).collect()
    }

    /// A count; 0 when there is none.
    pub fn count(&self, name: &str) -> i64 {
        let count = match self.0.get(name) {
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        count.unwrap_or(0).max(0)
    }

    /// Yes or no, in any spelling.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Value::Bool(value) => Some(*value),
            Value::Number(number) => Some(number.as_i64() != Some(0)),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "t" | "1" | "yes" | "on" => Some(true),
                "false" | "f" | "0" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A moment in UTC, to the millisecond; `None` when there is none, or none that can be read.
    pub fn time(&self, name: &str) -> Option<NaiveDateTime> {
        let at = match self.0.get(name)? {
            Value::Number(number) => moment(number.as_i64()?),
            Value::String(text) => time(text.trim()),
            _ => None,
        };
        at.map(|at| Millis::from(at).naive())
    }

    /// The hour of a moment.
    pub fn hour(&self, name: &str) -> Option<NaiveDateTime> {
        let at = self.time(name)?;
        Some(at.date().and_time(NaiveTime::from_hms_opt(at.hour(), 0, 0)?))
    }
}

fn moment(number: i64) -> Option<NaiveDateTime> {
    let at = match number {
        0 => None,
        seconds if seconds.abs() <= SECONDS_MAX => DateTime::from_timestamp(seconds, 0),
        ms => DateTime::from_timestamp_millis(ms),
    };
    at.map(|at| at.naive_utc())
}

fn time(text: &str) -> Option<NaiveDateTime> {
    if let Ok(number) = text.parse() {
        return moment(number);
    }
    let zoned = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"];
    let local =
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let zoned = zoned.iter().find_map(|format| DateTime::parse_from_str(text, format).ok());
    let local = || local.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    // An hour alone, as the old statistics may have it.
    let hour = || NaiveDateTime::parse_from_str(&format!("{text}:00"), "%Y-%m-%dT%H:%M").ok();
    let day = || Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN));
    let rfc3339 = || DateTime::parse_from_rfc3339(text).ok();
    let zoned = zoned.or_else(rfc3339).map(|at| at.naive_utc());
    zoned.or_else(local).or_else(hour).or_else(day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{Millis, Row};

    fn row(value: serde_json::Value) -> Row {
        Row::parse(&json!({ "at": value }).to_string())
    }

    proptest! {
        #[test]
        fn one_moment_in_every_spelling(secs in 1_000_000_000_i64..4_000_000_000, ms in 0_i64..1000) {
            let at = Millis(secs * 1000 + ms);
            let whole = Millis(secs * 1000);
            let z = at.naive();
            for value in [
                json!(at.0),
                json!(at.0.to_string()),
                json!(at.rfc3339()),
                json!(z.format("%F %T%.3f").to_string()),
                json!(z.format("%FT%T%.3f").to_string()),
                json!(z.format("%F %T%.3f+00").to_string()),
                json!(z.format("%F %T%.3f+00:00").to_string()),
            ] {
                prop_assert_eq!(row(value.clone()).time("at"), Some(z), "{}", value);
            }
            prop_assert_eq!(row(json!(secs)).time("at"), Some(whole.naive()));
            prop_assert_eq!(row(json!(secs.to_string())).time("at"), Some(whole.naive()));
            let hour = row(json!(z.format("%FT%H").to_string())).time("at");
            prop_assert_eq!(hour, row(json!(at.0)).hour("at"));
            let day = row(json!(z.format("%F").to_string())).time("at").unwrap();
            prop_assert_eq!(day.date(), z.date());
        }

        #[test]
        fn whatever_it_holds_nothing_panics(text in "\\PC{0,40}", number in any::<i64>()) {
            for value in [json!(text), json!(number), json!(number.to_string()), json!([text])] {
                let row = row(value);
                let _ = (row.time("at"), row.hour("at"), row.boolean("at"), row.text("at"));
                prop_assert!(row.count("at") >= 0);
                prop_assert!(row.name("at").chars().all(|c| !c.is_control()));
            }
        }
    }

    #[test]
    fn a_zone_is_minded_and_nothing_is_no_moment() {
        let (east, utc) = (json!("2025-01-01 02:00:00+02"), json!("2025-01-01T00:00:00Z"));
        assert_eq!(row(east).time("at"), row(utc).time("at"));
        for none in [json!(null), json!(""), json!(0), json!("0"), json!("soon"), json!({})] {
            assert_eq!(row(none).time("at"), None);
        }
    }
}
