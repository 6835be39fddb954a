//! From an upstream's answer to a verdict. Pure.

use super::error_body::ErrorBody;
use super::rules::{self, Action};
use super::{Kind, codes};
use crate::clock::Millis;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};

pub use super::wait::ToldWait;

/// Judges an answer that is not a success, by status, words, string codes and headers.
pub fn judge(kind: Kind, status: u16, told: ToldWait<'_>, body: &str, now: Millis) -> Verdict {
    judge_error(kind, status, told, &ErrorBody::read(body), now)
}

/// Judges an error that came inside a 200 as the answer that it should have been.
/// `wait_max_secs` is the longest wait that is believed.
pub fn judge_inside(kind: Kind, error: &str, wait_max_secs: i64, now: Millis) -> Verdict {
    let error = ErrorBody::read(error);
    let told = ToldWait { max_secs: wait_max_secs, ..ToldWait::default() };
    match should_have_been(kind, &error) {
        Some(status) => judge_error(kind, status, told, &error, now),
        None => Verdict::new(Effect::Overloaded, Reason::ErrorInside),
    }
}

/// The status that an error inside a 200 should have come with, where it can be told.
pub fn status_inside(kind: Kind, error: &str) -> Option<u16> {
    should_have_been(kind, &ErrorBody::read(error))
}

/// Its own number says most, then its string codes, then words that only one status comes with.
fn should_have_been(kind: Kind, error: &ErrorBody) -> Option<u16> {
    let by_code = || codes::status(kind, error);
    error.status.or_else(by_code).or_else(|| rules::status_by_words(kind, error))
}

fn judge_error(
    kind: Kind,
    status: u16,
    told: ToldWait<'_>,
    error: &ErrorBody,
    now: Millis,
) -> Verdict {
    let Some(rule) = rules::find(kind, status, error) else {
        // Neither success nor an error: a redirect, which no upstream of ours should send.
        return Verdict::new(Effect::Overloaded, Reason::MalformedAnswer);
    };
    let moment = || told.moment(status, error, now);
    let effect = match rule.action {
        Action::Request => Effect::Neutral,
        Action::Reject => Effect::Reject,
        Action::Strike => Effect::Strike,
        // Whatever wait it names: one request's failure takes no model from everybody.
        Action::Overloaded => Effect::Overloaded,
        Action::Cool(scope, recovery) => {
            Effect::Cool { scope, until: recovery.unless_told(moment(), now) }
        }
    };
    Verdict::new(effect, rule.reason)
}
