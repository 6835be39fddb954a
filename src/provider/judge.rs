//! From an upstream's answer to a verdict. Pure.

use super::Kind;
use super::recovery::Told;
use super::rules::{self, Action};
use crate::clock::Millis;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Scope, Until, Verdict};

pub use super::recovery::Told as ToldWait;

/// Judges an answer that is not a success, by status, words and headers.
pub fn judge(kind: Kind, status: u16, told: Told<'_>, body: &str, now: Millis) -> Verdict {
    let lower = body.to_lowercase();
    let Some(rule) = rules::find(kind, status, &lower) else {
        // Neither success nor an error: a redirect, which no upstream of ours should send.
        return Verdict::new(Effect::Overloaded, Reason::MalformedAnswer);
    };
    let effect = match rule.action {
        Action::Request => Effect::Neutral,
        Action::Reject => Effect::Reject,
        Action::Strike => Effect::Strike,
        Action::Overloaded => match told.moment(body, now) {
            Some(at) => Effect::Cool { scope: Scope::ProviderModel, until: Until::At(at) },
            None => Effect::Overloaded,
        },
        Action::Cool(scope, recovery) => Effect::Cool {
            scope,
            until: told.moment(body, now).map_or_else(|| recovery.until(now), Until::At),
        },
    };
    Verdict::new(effect, rule.reason)
}

/// Judges an error that came inside a 200, by the code it carries.
pub fn judge_inside(kind: Kind, error: &str, now: Millis) -> Verdict {
    match code_inside(error) {
        Some(status) => judge(kind, status, Told::default(), error, now),
        None if rules::is_told_in_words(kind, 429, &error.to_lowercase()) => {
            judge(kind, 429, Told::default(), error, now)
        }
        None => Verdict::new(Effect::Overloaded, Reason::ErrorInside),
    }
}

/// The status that an error inside a 200 carries as its code.
pub fn code_inside(error: &str) -> Option<u16> {
    let json: serde_json::Value = serde_json::from_str(error).ok()?;
    let number = |name: &str| {
        let value = json.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    };
    let code = number("code").or_else(|| number("status"))?;
    u16::try_from(code).ok().filter(|code| (400..600).contains(code))
}
