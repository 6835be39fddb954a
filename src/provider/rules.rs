//! What each upstream's errors mean, as tables: the first line that fits decides.
//!
//! Sources: the providers' documents and public threads about their answers. A provider's own
//! table is read first, then [`COMMON`].

use super::Kind;
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

/// One line of a table.
#[derive(Debug)]
pub struct Rule {
    /// The statuses, inclusive.
    pub statuses: Statuses,
    /// Words of which the body must hold one, in lower case; empty: any body.
    pub saying: &'static [&'static str],
    /// What it means.
    pub action: Action,
    /// Its name.
    pub reason: Reason,
}

const fn rule(status: u16, action: Action, reason: Reason) -> Rule {
    Rule { statuses: (status, status), saying: &[], action, reason }
}

const fn range(statuses: Statuses, action: Action, reason: Reason) -> Rule {
    Rule { statuses, saying: &[], action, reason }
}

const fn said(
    status: u16,
    saying: &'static [&'static str],
    action: Action,
    reason: Reason,
) -> Rule {
    Rule { statuses: (status, status), saying, action, reason }
}

/// An hour: nobody says when credit is added or a plan changes, so ask again then.
const HOUR: Recovery = Recovery::After(3_600);
const DAY: Recovery = Recovery::After(86_400);

static OLLAMA: [Rule; 9] = [
    said(429, &["session usage limit"], account(Recovery::SessionWindow), Reason::SessionLimit),
    said(429, &["weekly usage limit"], account(Recovery::NextMonday), Reason::WeeklyLimit),
    said(429, &["monthly usage limit"], account(HOUR), Reason::MonthlyLimit),
    rule(429, account(Recovery::Backoff), Reason::ConcurrencyLimit),
    said(403, &["requires a subscription"], key_model(DAY), Reason::PlanLacksModel),
    rule(401, Action::Reject, Reason::Unauthorized),
    rule(402, account(HOUR), Reason::OutOfCredit),
    rule(403, Action::Strike, Reason::Forbidden),
    rule(503, Action::Overloaded, Reason::Overloaded),
];

static OPENROUTER: [Rule; 5] = [
    rule(401, Action::Strike, Reason::Unauthorized),
    rule(402, account(HOUR), Reason::OutOfCredit),
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

static OPENAI: [Rule; 1] =
    [rule(429, Action::Cool(Scope::Key, Recovery::Backoff), Reason::RateLimited)];

/// What holds for every upstream whose own table has no line for it.
static COMMON: [Rule; 9] = [
    rule(401, Action::Strike, Reason::Unauthorized),
    rule(402, account(HOUR), Reason::OutOfCredit),
    rule(403, Action::Strike, Reason::Forbidden),
    rule(404, Action::Request, Reason::ModelNotFound),
    rule(408, Action::Overloaded, Reason::TimedOut),
    rule(429, account(Recovery::Backoff), Reason::RateLimited),
    range((400, 499), Action::Request, Reason::BadRequest),
    rule(503, Action::Overloaded, Reason::Overloaded),
    range((500, 599), Action::Overloaded, Reason::UpstreamError),
];

const fn account(recovery: Recovery) -> Action {
    Action::Cool(Scope::Account, recovery)
}

const fn key_model(recovery: Recovery) -> Action {
    Action::Cool(Scope::KeyModel, recovery)
}

/// The line that fits this answer; `body` is in lower case.
pub fn find(kind: Kind, status: u16, body: &str) -> Option<&'static Rule> {
    own(kind).iter().chain(&COMMON).find(|rule| {
        let (first, last) = rule.statuses;
        (first..=last).contains(&status)
            && (rule.saying.is_empty() || rule.saying.iter().any(|words| body.contains(words)))
    })
}

/// Whether the body alone, in lower case, tells which line of this status fits.
pub fn is_told_in_words(kind: Kind, status: u16, body: &str) -> bool {
    let mut own = own(kind).iter().filter(|rule| rule.statuses.0 == status);
    own.any(|rule| rule.saying.iter().any(|words| body.contains(words)))
}

fn own(kind: Kind) -> &'static [Rule] {
    match kind {
        Kind::Ollama => &OLLAMA,
        Kind::OpenRouter => &OPENROUTER,
        Kind::OpenAi => &OPENAI,
    }
}
