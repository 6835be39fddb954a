//! What clients are told of limits: OpenAI's headers, and an error for each limit.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::{Limit, NotAdmitted, Refused, Standing};
use crate::error::{ApiError, ErrorCode};

/// Headers of this kind that an upstream sent are about its keys.
const PREFIX: &str = "x-ratelimit-";

impl Standing {
    /// As OpenAI's headers, with values as OpenAI writes them.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        let mut add = |names: [&'static str; 3], room: Option<super::Room>| {
            let Some(room) = room else { return };
            let [limit, remaining, reset] = names;
            headers.push((limit, room.limit.to_string()));
            headers.push((remaining, room.remaining.to_string()));
            headers.push((reset, duration(room.reset_ms)));
        };
        add(
            [
                "x-ratelimit-limit-requests",
                "x-ratelimit-remaining-requests",
                "x-ratelimit-reset-requests",
            ],
            self.requests,
        );
        add(
            [
                "x-ratelimit-limit-tokens",
                "x-ratelimit-remaining-tokens",
                "x-ratelimit-reset-tokens",
            ],
            self.tokens,
        );
        headers
    }
}

/// Puts the pool's own limits in the place of the upstream's, if the token has such.
pub fn overwrite(headers: &mut HeaderMap, standing: &Standing) {
    let own = standing.headers();
    if own.is_empty() {
        return;
    }
    let theirs: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with(PREFIX)).cloned().collect();
    for name in theirs {
        headers.remove(name);
    }
    for (name, value) in own {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// A span as OpenAI writes it, which is as Go does: `20ms`, `1s`, `8.64s`, `6m0s`, `1h0m0s`.
pub fn duration(ms: i64) -> String {
    let ms = ms.max(0);
    if ms == 0 {
        return "0s".to_owned();
    }
    if ms < 1000 {
        return format!("{ms}ms");
    }
    let (secs, rest) = (ms / 1000, ms % 1000);
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    let fraction = match rest {
        0 => String::new(),
        rest => format!(".{rest:03}").trim_end_matches('0').to_owned(),
    };
    match (hours, minutes) {
        (0, 0) => format!("{secs}{fraction}s"),
        (0, _) => format!("{minutes}m{secs}{fraction}s"),
        _ => format!("{hours}h{minutes}m{secs}{fraction}s"),
    }
}

impl From<NotAdmitted> for ApiError {
    fn from(why: NotAdmitted) -> Self {
        match why {
            NotAdmitted::Refused(refused) => refused.into(),
            NotAdmitted::Unavailable => {
                Self::new(ErrorCode::Unavailable, "the token's limits can't be checked now")
                    .retry_after(2)
            }
        }
    }
}

impl From<Refused> for ApiError {
    fn from(Refused { limit, max, wait_ms, standing }: Refused) -> Self {
        let (code, what) = match limit {
            Limit::Rpm => (ErrorCode::TokenRpm, "requests a minute"),
            Limit::Tpm => (ErrorCode::TokenTpm, "tokens a minute"),
            Limit::DailyRequests => (ErrorCode::TokenDailyRequests, "requests a day"),
            Limit::DailyTokens => (ErrorCode::TokenDailyTokens, "tokens a day"),
            Limit::Concurrency => (ErrorCode::TokenConcurrency, "requests at once"),
        };
        let secs = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1000).max(1);
        let mut error = Self::new(code, format!("the client token has used up its {max} {what}"));
        error.headers = standing.headers();
        error.retry_after(secs)
    }
}
