//! What an upstream's answer itself says about when to come back. Pure.

use serde_json::Value;

use super::error_body::ErrorBody;
use crate::clock::Millis;

/// The longest wait that is believed, in seconds, unless the operator says otherwise: a day.
pub const WAIT_MAX_SECS: i64 = 86_400;

/// A number below this is a span in seconds; a larger one is a moment.
const SPAN_MAX: i64 = 100_000_000;

/// Words before a span, as OpenAI, Groq, Google and others write them.
const BEFORE_SPAN: [&str; 2] = ["try again in ", "retry in "];

/// The headers of an answer that tell when to come back, and how far they are believed.
#[derive(Debug, Clone, Copy)]
pub struct ToldWait<'a> {
    /// `Retry-After-Ms`: milliseconds.
    pub retry_after_ms: Option<&'a str>,
    /// `Retry-After`: seconds or an HTTP date.
    pub retry_after: Option<&'a str>,
    /// `X-RateLimit-Reset`: milliseconds since 1970 (OpenRouter), seconds since 1970, or seconds.
    pub rate_limit_reset: Option<&'a str>,
    /// `X-RateLimit-Reset-Requests`: a span such as `6m0s` or `20ms`.
    pub reset_requests: Option<&'a str>,
    /// `X-RateLimit-Reset-Tokens`: the same.
    pub reset_tokens: Option<&'a str>,
    /// The longest wait that is believed, in seconds.
    pub max_secs: i64,
}

impl Default for ToldWait<'_> {
    fn default() -> Self {
        Self::from_headers(|_| None, WAIT_MAX_SECS)
    }
}

impl<'a> ToldWait<'a> {
    /// Finds the headers that it reads; `max_secs` is the longest wait that is believed.
    pub fn from_headers(header: impl Fn(&str) -> Option<&'a str>, max_secs: i64) -> Self {
        Self {
            retry_after_ms: header("retry-after-ms"),
            retry_after: header("retry-after"),
            rate_limit_reset: header("x-ratelimit-reset"),
            reset_requests: header("x-ratelimit-reset-requests"),
            reset_tokens: header("x-ratelimit-reset-tokens"),
            max_secs,
        }
    }

    /// The moment that the headers or the body name, if any.
    pub fn moment(&self, status: u16, error: &ErrorBody, now: Millis) -> Option<Millis> {
        let told = self
            .named(now)
            .or_else(|| in_body(error, now))
            .or_else(|| sentence(&error.lower, now))
            .or_else(|| self.windows(status, now));
        let told = told.filter(|at| *at > now)?;
        Some(told.min(now.plus_secs(self.max_secs)))
    }

    fn named(&self, now: Millis) -> Option<Millis> {
        let ms = || self.retry_after_ms?.trim().parse::<f64>().ok();
        ms().and_then(|ms| after(ms / 1000.0, now))
            .or_else(|| self.retry_after.and_then(|text| retry_after(text, now)))
            .or_else(|| self.rate_limit_reset.and_then(|text| reset(text, now)))
    }

    /// The later end of the two windows. Good answers and other errors have these headers, too:
    /// only with a 429 do they say when to come back.
    fn windows(&self, status: u16, now: Millis) -> Option<Millis> {
        let spans = [self.reset_requests, self.reset_tokens].into_iter().flatten();
        let ends = spans.filter_map(|text| after(span(text)?, now));
        ends.max().filter(|_| status == 429)
    }
}

fn retry_after(text: &str, now: Millis) -> Option<Millis> {
    let text = text.trim();
    if let Ok(secs) = text.parse::<f64>() {
        return after(secs, now);
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Millis(i64::try_from(since.as_millis()).ok()?))
}

fn reset(text: &str, now: Millis) -> Option<Millis> {
    let number: i64 = text.trim().parse().ok()?;
    Some(match number {
        ..SPAN_MAX => now.plus_secs(number.max(0)),
        // Seconds since 1970 stay below this for another thirty thousand years.
        SPAN_MAX..1_000_000_000_000 => Millis(number * 1000),
        ms => Millis(ms),
    })
}

/// OpenRouter repeats upstream headers in `error.metadata.headers`, Google has `retryDelay` among
/// the details.
fn in_body(error: &ErrorBody, now: Millis) -> Option<Millis> {
    let headers = error.error.pointer("/metadata/headers").and_then(Value::as_object);
    let texts: Vec<(String, String)> = headers
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.to_lowercase(), text)
        })
        .collect();
    let header =
        |wanted: &str| texts.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.as_str());
    let delay = || {
        let details = error.error.get("details")?.as_array()?;
        let delay = details.iter().find_map(|detail| detail.get("retryDelay")?.as_str())?;
        after(span(delay)?, now)
    };
    ToldWait::from_headers(header, WAIT_MAX_SECS).named(now).or_else(delay)
}

/// "try again in 1m6.5s" in a text in lower case.
fn sentence(lower: &str, now: Millis) -> Option<Millis> {
    let rest = BEFORE_SPAN.iter().find_map(|words| Some(lower.split_once(words)?.1))?;
    after(span(rest)?, now).filter(|at| *at > now)
}

/// The seconds of the span that a text begins with: `1m6.5s`, `20ms`, `2 minutes`.
fn span(text: &str) -> Option<f64> {
    let mut secs = 0.0;
    let mut number = String::new();
    let mut unit = String::new();
    for c in text.trim_start().chars().map(|c| c.to_ascii_lowercase()).chain([' ']) {
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
    Some(secs)
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

fn after(secs: f64, now: Millis) -> Option<Millis> {
    if !secs.is_finite() || secs < 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and so does the sum")]
    let ms = (secs * 1000.0).ceil() as i64;
    Some(now.plus_ms(ms))
}
