//! What each upstream's errors mean, as tables: the first line that fits decides.
//!
//! Sources: the providers' documents and public threads about their answers. Lines about certain
//! words or codes go before lines about a status alone; among either a provider's own table is read
//! first, then [`COMMON`].

use super::Kind;
use super::error_body::ErrorBody;
use super::recovery::Recovery;
use crate::pool::reason::Reason;
use crate::pool::verdict::Scope;

/// Which statuses a rule is about, first and last.
type Statuses = (u16, u16);

/// What a rule does.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The request's own fault: it is never retried and the key is not blamed.
    Request,
    /// The key is out until a probe or an administrator clears it.
    Reject,
    /// A failure of the key's own.
    Strike,
    /// The provider fails with this model.
    Overloaded,
    /// The scope is left alone until it recovers.
    Cool(Scope, Recovery),
}

/// What an answer must say besides its status, in lower case.
#[derive(Debug, Clone, Copy)]
enum Says {
    /// Whatever it says.
    Anything,
    /// One of these words, anywhere. Not for a status that comes with the client's own words.
    Words(&'static [&'static str]),
    /// A message that begins with one of these.
    Opening(&'static [&'static str]),
    /// One of these string codes.
    Code(&'static [&'static str]),
}

impl Says {
    fn fits(self, error: &ErrorBody) -> bool {
        match self {
            Self::Anything => true,
            Self::Words(words) => error.contains(words),
            Self::Opening(words) => error.opens_with(words),
            Self::Code(codes) => error.has_code(codes),
        }
    }
}

/// One line of a table.
#[derive(Debug)]
pub struct Rule {
    statuses: Statuses,
    says: Says,
    /// What it means.
    pub action: Action,
    /// Its name.
    pub reason: Reason,
}

impl Rule {
    fn is_about(&self, status: u16) -> bool {
        (self.statuses.0..=self.statuses.1).contains(&status)
    }

    fn is_about_any_words(&self) -> bool {
        matches!(self.says, Says::Anything)
    }
}

const fn rule(status: u16, action: Action, reason: Reason) -> Rule {
    range((status, status), action, reason)
}

const fn range(statuses: Statuses, action: Action, reason: Reason) -> Rule {
    Rule { statuses, says: Says::Anything, action, reason }
}

const fn said(status: u16, words: &'static [&'static str], action: Action, reason: Reason) -> Rule {
    Rule { statuses: (status, status), says: Says::Words(words), action, reason }
}

const fn opening(
    status: u16,
    words: &'static [&'static str],
    action: Action,
    reason: Reason,
) -> Rule {
    Rule { statuses: (status, status), says: Says::Opening(words), action, reason }
}

const fn coded(
    statuses: Statuses,
    codes: &'static [&'static str],
    action: Action,
    reason: Reason,
) -> Rule {
    Rule { statuses, says: Says::Code(codes), action, reason }
}

/// An hour: nobody says when credit is added or a plan changes, so ask again then.
const HOUR: Recovery = Recovery::After(3_600);
const DAY: Recovery = Recovery::After(86_400);

/// An hour and more: such answers come with a wait of seconds, as if a limit were soon over.
const HOUR_AT_LEAST: Recovery = Recovery::AtLeast(3_600);

static OLLAMA: [Rule; 11] = [
    said(429, &["session usage limit"], account(Recovery::SessionWindow), Reason::SessionLimit),
    said(429, &["weekly usage limit"], account(Recovery::NextMonday), Reason::WeeklyLimit),
    said(429, &["monthly usage limit"], account(HOUR), Reason::MonthlyLimit),
    said(
        429,
        &["waiting for a concurrent request slot", "too many concurrent requests"],
        account(Recovery::Backoff),
        Reason::ConcurrencyLimit,
    ),
    rule(429, account(Recovery::Backoff), Reason::RateLimited),
    said(403, &["requires a subscription"], account_model(DAY), Reason::PlanLacksModel),
    said(
        402,
        &["not included in your free usage", "uses extra usage only"],
        account_model(DAY),
        Reason::PlanLacksModel,
    ),
    rule(401, Action::Reject, Reason::Unauthorized),
    rule(402, account(HOUR), Reason::OutOfCredit),
    rule(403, Action::Strike, Reason::Forbidden),
    rule(503, Action::Overloaded, Reason::Overloaded),
];

static OPENROUTER: [Rule; 10] = [
    rule(401, Action::Strike, Reason::Unauthorized),
    coded(
        (402, 402),
        // Money that requests under way have reserved.
        &["openrouter_in_flight_budget", "in_flight_budget_exhausted"],
        account(Recovery::Backoff),
        Reason::ConcurrencyLimit,
    ),
    rule(402, account(HOUR), Reason::OutOfCredit),
    // What the owner lets this key spend, whatever the account has left. Only a message that begins
    // so: a refusal by moderation repeats the client's own words.
    opening(403, &["key limit exceeded (daily"], key(Recovery::NextDay), Reason::KeyLimit),
    opening(403, &["key limit exceeded (weekly"], key(Recovery::NextMonday), Reason::KeyLimit),
    opening(403, &["key limit exceeded (monthly"], key(Recovery::NextMonth), Reason::KeyLimit),
    opening(403, &["key limit exceeded", "budget limit exceeded"], key(HOUR), Reason::KeyLimit),
    said(
        403,
        &["moderation", "flagged", "guardrail", "content policy"],
        Action::Request,
        Reason::BadRequest,
    ),
    said(
        429,
        // An account's own limits name no provider: `"provider_name":null`.
        &["provider returned error", "\"provider_name\":\"", "\"provider_name\": \""],
        Action::Cool(Scope::ProviderModel, Recovery::Backoff),
        Reason::ModelRateLimited,
    ),
    rule(429, account(Recovery::Backoff), Reason::RateLimited),
];

static OPENAI: [Rule; 1] = [rule(429, key(Recovery::Backoff), Reason::RateLimited)];

/// Codes of a key that the upstream doesn't accept, whatever the status.
const BAD_KEY: &[&str] =
    &["invalid_api_key", "incorrect_api_key", "api_key_invalid", "account_deactivated"];

/// The same in words, from Google and xAI.
const BAD_KEY_WORDS: &[&str] =
    &["api key not valid", "api key expired", "incorrect api key", "invalid api key"];

/// Codes of content that the upstream refuses to work on.
const CONTENT: &[&str] = &[
    "content_filter",
    "content_policy_violation",
    "responsibleaipolicyviolation",
    "data_inspection_failed",
    "refusal",
];

/// Codes of money that is gone, at services that say so with 429.
const OUT_OF_CREDIT: &[&str] = &[
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "exceeded_current_quota_error",
];

/// Codes of a key that may not use this model.
const NO_MODEL: &[&str] = &[
    "permission_denied",
    "model_permission_blocked",
    "model_permission_blocked_org",
    "model_permission_blocked_project",
];

/// A project that may use nothing, from Google with the code of one that may not use the model.
const NO_SERVICE_WORDS: &[&str] = &[
    "permission denied: consumer",
    "generative language api has not been used",
    "this api method requires billing",
];

/// What holds for every upstream whose own table has no line for it.
static COMMON: [Rule; 23] = [
    coded((400, 599), CONTENT, Action::Request, Reason::BadRequest),
    coded((400, 599), &["context_length_exceeded"], Action::Request, Reason::BadRequest),
    coded((400, 403), BAD_KEY, Action::Strike, Reason::Unauthorized),
    opening(400, BAD_KEY_WORDS, Action::Strike, Reason::Unauthorized),
    opening(403, &["your api key was reported as leaked"], Action::Strike, Reason::Unauthorized),
    opening(403, NO_SERVICE_WORDS, Action::Strike, Reason::Forbidden),
    coded((401, 403), NO_MODEL, key_model(DAY), Reason::PlanLacksModel),
    // At OpenAI, a project that may not use the model.
    coded((403, 403), &["model_not_found"], key_model(DAY), Reason::PlanLacksModel),
    coded((400, 400), &["model_not_found"], Action::Request, Reason::ModelNotFound),
    opening(400, &["your credit balance is too low"], account(HOUR), Reason::OutOfCredit),
    coded((429, 429), OUT_OF_CREDIT, account(HOUR_AT_LEAST), Reason::OutOfCredit),
    rule(401, Action::Strike, Reason::Unauthorized),
    rule(402, account(HOUR), Reason::OutOfCredit),
    rule(403, Action::Strike, Reason::Forbidden),
    rule(404, Action::Request, Reason::ModelNotFound),
    rule(408, Action::Overloaded, Reason::TimedOut),
    rule(429, account(Recovery::Backoff), Reason::RateLimited),
    range((400, 499), Action::Request, Reason::BadRequest),
    rule(503, Action::Overloaded, Reason::Overloaded),
    rule(529, Action::Overloaded, Reason::Overloaded),
    // A gateway in front of the upstream gave up, as the pool would have.
    rule(504, Action::Overloaded, Reason::TimedOut),
    rule(524, Action::Overloaded, Reason::TimedOut),
    range((500, 599), Action::Overloaded, Reason::UpstreamError),
];

const fn key(recovery: Recovery) -> Action {
    Action::Cool(Scope::Key, recovery)
}

const fn account(recovery: Recovery) -> Action {
    Action::Cool(Scope::Account, recovery)
}

const fn account_model(recovery: Recovery) -> Action {
    Action::Cool(Scope::AccountModel, recovery)
}

const fn key_model(recovery: Recovery) -> Action {
    Action::Cool(Scope::KeyModel, recovery)
}

/// The line that fits this answer.
pub fn find(kind: Kind, status: u16, error: &ErrorBody) -> Option<&'static Rule> {
    let fit = || all(kind).filter(move |rule| rule.is_about(status) && rule.says.fits(error));
    fit().find(|rule| !rule.is_about_any_words()).or_else(|| fit().next())
}

/// The status that these words come with, where a line is about them.
pub fn status_by_words(kind: Kind, error: &ErrorBody) -> Option<u16> {
    let mut worded = all(kind).filter(|rule| !rule.is_about_any_words());
    worded.find(|rule| rule.says.fits(error)).map(|rule| rule.statuses.0)
}

fn all(kind: Kind) -> impl Iterator<Item = &'static Rule> {
    own(kind).iter().chain(&COMMON)
}

fn own(kind: Kind) -> &'static [Rule] {
    match kind {
        Kind::Ollama => &OLLAMA,
        Kind::OpenRouter => &OPENROUTER,
        Kind::OpenAi => &OPENAI,
    }
}
