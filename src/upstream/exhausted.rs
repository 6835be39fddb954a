//! What the client is told when no key could serve.

use crate::actors::key_pool::{LeaseError, RefusedLease};
use crate::clock::Millis;
use crate::error::{ApiError, ErrorCode};
use crate::pool::Standing;
use crate::pool::reason::Reason;
use crate::pool::refusal::Refusal;
use crate::pool::verdict::Verdict;

/// Reasons that are named in one answer.
const REASONS_MAX: usize = 6;

/// No key could be had at all.
pub fn no_lease(error: LeaseError, provider: &str, now: Millis) -> ApiError {
    let RefusedLease { refusal, standing } = match error {
        LeaseError::Refused(refused) => refused,
        LeaseError::Moved => {
            let words = format!("{provider}: it has moved, and no administrator has confirmed it");
            return ApiError::new(ErrorCode::ProviderMoved, words);
        }
        LeaseError::Unavailable => {
            let words = "the pool is busy or restarting";
            return ApiError::new(ErrorCode::Unavailable, words).retry_after(1);
        }
    };
    let (code, words, until) = refused(refusal, &standing);
    let words = format!("{provider}: {words}{}", told(&standing, now));
    let error = ApiError::new(code, words);
    match until {
        Some(until) => error.retry_after(wait_secs(until, now)),
        None => error,
    }
}

/// The code, the words, and when to come back.
fn refused(refusal: Refusal, standing: &Standing) -> (ErrorCode, String, Option<Millis>) {
    let (code, words, until) = match refusal {
        Refusal::Empty | Refusal::AllTried | Refusal::RetryBudget => {
            (ErrorCode::NoKeys, "the pool has no keys for this provider", None)
        }
        Refusal::AllDisabled { until } => {
            (ErrorCode::NoHealthyKey, "every key is disabled or expired", until)
        }
        // A client that is told 429 tries again soon, which is no use without credit.
        Refusal::AllCooling { until }
            if !standing.reasons.iter().any(|(why, _)| is_limit(*why)) =>
        {
            (ErrorCode::NoHealthyKey, "every key is out of credit or refused", Some(until))
        }
        Refusal::AllCooling { until } => {
            (ErrorCode::KeysCooling, "every key waits for a limit to pass", Some(until))
        }
        Refusal::AllBusy => {
            let words = "every key has as many requests under way as it may";
            (ErrorCode::KeysBusy, words, Some(Millis(0)))
        }
        Refusal::ModelBlocked { until } => {
            (ErrorCode::ModelUnavailable, "no key's plan includes this model", Some(until))
        }
        Refusal::ModelCooling { until } => {
            (ErrorCode::UpstreamLimited, "the upstream limits this model", Some(until))
        }
        Refusal::BreakerOpen { until, reason } => {
            let words =
                format!("the circuit breaker of this model is open, since {}", said(reason).1);
            return (ErrorCode::BreakerOpen, words, Some(until));
        }
    };
    (code, words.to_owned(), until)
}

/// How many keys there are, why they can't serve, and when the first comes back.
fn told(standing: &Standing, now: Millis) -> String {
    let counts = &standing.counts;
    let all = counts.active + counts.cooling + counts.disabled + counts.expired;
    if all == 0 {
        return String::new();
    }
    let mut words = format!(" (keys: {all}, in rotation: {}", counts.active);
    for (reason, keys) in standing.reasons.iter().take(REASONS_MAX) {
        words.push_str(&format!(", {}: {keys}", reason.as_str()));
    }
    if let Some(at) = standing.next_return {
        words.push_str(&format!("; the next returns in {} s", wait_secs(at, now)));
    }
    words.push(')');
    words
}

const fn is_limit(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::RateLimited
            | Reason::SessionLimit
            | Reason::WeeklyLimit
            | Reason::MonthlyLimit
            | Reason::ConcurrencyLimit
    )
}

/// At least a second: sooner is now.
fn wait_secs(until: Millis, now: Millis) -> u64 {
    until.secs_from(now).max(1)
}

/// Keys were tried, and the last attempt came to this. `back` is when a key can be had again, if
/// that is known.
pub fn gave_up(
    verdict: &Verdict,
    provider: &str,
    attempts: usize,
    back: Option<Millis>,
    now: Millis,
) -> ApiError {
    let (code, words) = said(verdict.reason);
    let error = ApiError::new(code, format!("{provider}: {words} (attempts: {attempts})"));
    match (code.status().as_u16(), back) {
        (429, None) => error.retry_after(1),
        (429 | 503, Some(back)) => error.retry_after(wait_secs(back, now)),
        _ => error,
    }
}

fn said(reason: Reason) -> (ErrorCode, &'static str) {
    use ErrorCode as E;
    match reason {
        Reason::RateLimited
        | Reason::SessionLimit
        | Reason::WeeklyLimit
        | Reason::MonthlyLimit
        | Reason::ConcurrencyLimit => {
            (E::UpstreamLimited, "the keys tried have spent their limits")
        }
        Reason::ModelRateLimited => (E::UpstreamLimited, "the upstream limits this model"),
        Reason::PlanLacksModel => (E::ModelUnavailable, "no key tried has this model in its plan"),
        Reason::Unauthorized | Reason::Forbidden => {
            (E::NoHealthyKey, "the upstream refused the keys tried")
        }
        Reason::OutOfCredit => (E::NoHealthyKey, "the keys tried are out of credit"),
        Reason::KeyLimit => (E::NoHealthyKey, "the keys tried have spent what they may"),
        Reason::Overloaded => (E::UpstreamOverloaded, "the upstream is overloaded"),
        Reason::TimedOut => (E::UpstreamTimeout, "the upstream did not answer in time"),
        Reason::ConnectFailed => (E::UpstreamError, "the upstream can't be reached"),
        Reason::ConnectionLost => (E::UpstreamError, "the upstream's connection broke"),
        Reason::EmptyAnswer => (E::UpstreamError, "the upstream's answer was empty"),
        Reason::MalformedAnswer => (E::UpstreamError, "the upstream's answer was not JSON"),
        Reason::Truncated => (E::UpstreamError, "the upstream's answer broke off"),
        _ => (E::UpstreamError, "the upstream failed"),
    }
}
