//! When a spent limit is whole again.

use chrono::{Datelike, NaiveTime, TimeDelta};
use serde_json::Value;

use crate::clock::Millis;
use crate::pool::verdict::Until;

/// Ollama's session window: it ends at each epoch second that this divides.
const SESSION_SECS: i64 = 18_000;

/// No upstream's wait is believed beyond this: a month and a day.
const WAIT_SECS_MAX: i64 = 32 * 86_400;

/// The rule for a limit whose answer names no time.
#[derive(Debug, Clone, Copy)]
pub enum Recovery {
    /// Seconds, doubling.
    Backoff,
    /// So many seconds.
    After(i64),
    /// The end of Ollama's five-hour window.
    SessionWindow,
    /// Monday, 00:00 UTC.
    NextMonday,
}

impl Recovery {
    /// The end of the wait by this rule.
    pub fn until(self, now: Millis) -> Until {
        match self {
            Self::Backoff => Until::Backoff,
            Self::After(secs) => Until::At(now.plus_secs(secs)),
            Self::SessionWindow => {
                let secs = now.0.div_euclid(1000);
                Until::At(Millis((secs.div_euclid(SESSION_SECS) + 1) * SESSION_SECS * 1000))
            }
            Self::NextMonday => Until::At(next_monday(now)),
        }
    }
}

fn next_monday(now: Millis) -> Millis {
    let today = now.naive().date();
    let days = 7 - i64::from(today.weekday().num_days_from_monday());
    Millis::from((today + TimeDelta::days(days)).and_time(NaiveTime::MIN))
}

/// What an answer itself says about when to come back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    /// `Retry-After`: seconds or an HTTP date.
    pub retry_after: Option<&'a str>,
    /// `X-RateLimit-Reset`: milliseconds since 1970 (OpenRouter), or seconds.
    pub rate_limit_reset: Option<&'a str>,
}

impl Told<'_> {
    /// The moment that the headers or the body name, if any.
    pub fn moment(&self, body: &str, now: Millis) -> Option<Millis> {
        let told = self
            .retry_after
            .and_then(|text| retry_after(text, now))
            .or_else(|| self.rate_limit_reset.and_then(epoch))
            .or_else(|| in_body(body, now));
        let told = told.filter(|at| *at > now)?;
        Some(told.min(now.plus_secs(WAIT_SECS_MAX)))
    }
}

fn retry_after(text: &str, now: Millis) -> Option<Millis> {
    let text = text.trim();
    if let Ok(secs) = text.parse::<f64>() {
        return seconds(secs, now);
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Millis(i64::try_from(since.as_millis()).ok()?))
}

fn epoch(text: &str) -> Option<Millis> {
    let number: i64 = text.trim().parse().ok()?;
    // Seconds since 1970 stay below this for another thirty thousand years.
    let ms = if number < 1_000_000_000_000 { number.checked_mul(1000)? } else { number };
    Some(Millis(ms))
}

/// OpenRouter repeats upstream headers in `error.metadata.headers`; others write a sentence.
fn in_body(body: &str, now: Millis) -> Option<Millis> {
    let json: Option<Value> = serde_json::from_str(body).ok();
    let headers = json.as_ref().and_then(|json| {
        // A body, or only the error of one that came inside a 200.
        json.pointer("/error/metadata/headers").or_else(|| json.pointer("/metadata/headers"))
    });
    let named = |wanted: &str| {
        let fields = headers?.as_object()?;
        let (_, value) = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    named("retry-after")
        .and_then(|text| retry_after(&text, now))
        .or_else(|| named("x-ratelimit-reset").and_then(|text| epoch(&text)))
        .or_else(|| sentence(body, now))
}

/// "try again in 1m6.5s", as OpenAI, Groq and others write it.
fn sentence(body: &str, now: Millis) -> Option<Millis> {
    let lower = body.to_ascii_lowercase();
    let (_, rest) = lower.split_once("try again in ")?;
    let mut secs = 0.0;
    let mut number = String::new();
    let mut unit = String::new();
    for c in rest.chars().chain([' ']) {
        if c.is_ascii_digit() || (c == '.' && unit.is_empty() && !number.is_empty()) {
            if !unit.is_empty() {
                secs += take(&mut number, &mut unit)?;
            }
            number.push(c);
        } else if c.is_ascii_alphabetic() && !number.is_empty() {
            unit.push(c);
        } else if c == ' ' && !number.is_empty() && unit.is_empty() {
            // "20 seconds"
        } else {
            break;
        }
    }
    if !number.is_empty() {
        secs += take(&mut number, &mut unit)?;
    }
    if secs > 0.0 { seconds(secs, now) } else { None }
}

fn take(number: &mut String, unit: &mut String) -> Option<f64> {
    let value: f64 = std::mem::take(number).trim_end_matches('.').parse().ok()?;
    let unit = std::mem::take(unit);
    Some(match unit.as_str() {
        "ms" | "millisecond" | "milliseconds" => value / 1000.0,
        "s" | "sec" | "secs" | "second" | "seconds" => value,
        "m" | "min" | "mins" | "minute" | "minutes" => value * 60.0,
        "h" | "hour" | "hours" => value * 3600.0,
        "d" | "day" | "days" => value * 86_400.0,
        _ => return None,
    })
}

fn seconds(secs: f64, now: Millis) -> Option<Millis> {
    if !secs.is_finite() || secs < 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the month above")]
    let ms = (secs.min(WAIT_SECS_MAX as f64) * 1000.0).ceil() as i64;
    Some(now.plus_ms(ms))
}
