//! What the client is told when no key could serve.

use crate::actors::key_pool::LeaseError;
use crate::clock::Millis;
use crate::error::{ApiError, ErrorCode};
use crate::pool::reason::Reason;
use crate::pool::refusal::Refusal;
use crate::pool::verdict::{Effect, Until, Verdict};

/// No key could be had at all.
pub fn no_lease(error: LeaseError, provider: &str, now: Millis) -> ApiError {
    let LeaseError::Refused(refusal) = error else {
        return ApiError::new(ErrorCode::Unavailable, "the pool is busy or restarting")
            .retry_after(1);
    };
    let new = |code, words: &str| ApiError::new(code, format!("{provider}: {words}"));
    match refusal {
        Refusal::Empty | Refusal::AllTried => {
            new(ErrorCode::NoKeys, "the pool has no keys for this provider")
        }
        Refusal::AllDisabled { until } => {
            let error = new(ErrorCode::NoHealthyKey, "every key is disabled or expired");
            match until {
                Some(until) => error.retry_after(until.secs_from(now)),
                None => error,
            }
        }
        Refusal::AllCooling { until } => {
            new(ErrorCode::KeysCooling, "every key waits for a limit to pass")
                .retry_after(until.secs_from(now))
        }
        Refusal::AllBusy => {
            new(ErrorCode::KeysBusy, "every key has as many requests under way as it may")
                .retry_after(1)
        }
        Refusal::ModelBlocked { until } => {
            new(ErrorCode::ModelUnavailable, "no key's plan includes this model")
                .retry_after(until.secs_from(now))
        }
        Refusal::ModelCooling { until } => {
            new(ErrorCode::UpstreamOverloaded, "the upstream keeps failing with this model")
                .retry_after(until.secs_from(now))
        }
    }
}

/// Keys were tried, and the last attempt came to this.
pub fn gave_up(verdict: &Verdict, provider: &str, attempts: usize, now: Millis) -> ApiError {
    let told = match verdict.effect {
        Effect::Cool { until: Until::At(at), .. } => Some(at.secs_from(now)),
        _ => None,
    };
    let (code, words) = said(verdict.reason);
    let error = ApiError::new(code, format!("{provider}: {words} (attempts: {attempts})"));
    match code {
        ErrorCode::UpstreamLimited => error.retry_after(told.unwrap_or(1)),
        ErrorCode::UpstreamOverloaded => error.retry_after(told.unwrap_or(2)),
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
