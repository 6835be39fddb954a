//! Which limits are spent, as a good answer to a probe tells. Pure.

use chrono::DateTime;
use serde_json::Value;

use super::Kind;
use super::recovery::Recovery;
use crate::clock::Millis;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Scope, Until, Verdict};

/// Of a limit, the part that counts as nothing: a key let back for its last few requests would only
/// fail at the first large one.
const REMAINING_MIN: f64 = 0.02;

/// No reset is believed beyond this, in seconds: a month and a day.
const RESET_SECS_MAX: i64 = 32 * 86_400;

/// Ollama's windows, the longest first, each with the rule for where it names no reset.
const WINDOWS: [(&str, Recovery, Reason); 3] = [
    ("monthly", Recovery::After(3_600), Reason::MonthlyLimit),
    ("weekly", Recovery::NextMonday, Reason::WeeklyLimit),
    ("session", Recovery::SessionWindow, Reason::SessionLimit),
];

/// The wait that a probe's answer tells of, or success where it tells of none.
pub fn verdict(kind: Kind, answer: &Value, now: Millis) -> Verdict {
    let spent = match kind {
        Kind::Ollama => ollama(answer, now),
        Kind::OpenRouter => openrouter(answer, now),
        Kind::OpenAi => None,
    };
    spent.unwrap_or(Verdict::SUCCESS)
}

/// `GET /api/balance`: windows in percent (plans from before September 2026) or an allowance in
/// money, and what was bought beside it. Windows as `limits.*.usage`, 0 to 1, come from servers that
/// still have them.
fn ollama(answer: &Value, now: Millis) -> Option<Verdict> {
    let number = |path: &str| answer.pointer(path).and_then(Value::as_f64);
    if number("/purchased/balance_usd").is_some_and(|usd| usd > 0.0) {
        // Serves on beyond what is included.
        return None;
    }
    for (window, recovery, reason) in WINDOWS {
        let percent = number(&format!("/included/{window}/remaining_percent"));
        let usage = number(&format!("/limits/{window}/usage"));
        let remaining = percent.map(|percent| percent / 100.0).or(usage.map(|usage| 1.0 - usage));
        if remaining.is_some_and(is_nothing) {
            let told = reset(answer, &format!("/included/{window}/resets_at"), now);
            return Some(wait(Scope::Account, told, recovery, reason, now));
        }
    }
    let (left, whole) = (number("/included/balance_usd")?, number("/included/allowance_usd")?);
    if !(whole > 0.0 && is_nothing(left / whole)) {
        return None;
    }
    let told = reset(answer, "/included/period/until", now);
    Some(wait(Scope::Account, told, Recovery::After(3_600), Reason::MonthlyLimit, now))
}

/// `GET /v1/key`: what the owner lets this key spend; null for no limit.
fn openrouter(answer: &Value, now: Millis) -> Option<Verdict> {
    let remaining = answer.pointer("/data/limit_remaining")?.as_f64()?;
    if remaining > 0.0 {
        return None;
    }
    let recovery = match answer.pointer("/data/limit_reset").and_then(Value::as_str) {
        Some("daily") => Recovery::NextDay,
        Some("weekly") => Recovery::NextMonday,
        Some("monthly") => Recovery::NextMonth,
        _ => Recovery::After(3_600),
    };
    Some(wait(Scope::Key, None, recovery, Reason::KeyLimit, now))
}

fn is_nothing(remaining: f64) -> bool {
    // A limit that was told as 0.98 spent has a little more than this left, as numbers go.
    remaining <= REMAINING_MIN + 1e-9
}

fn wait(
    scope: Scope,
    told: Option<Millis>,
    recovery: Recovery,
    reason: Reason,
    now: Millis,
) -> Verdict {
    let until: Until = recovery.unless_told(told, now);
    Verdict::new(Effect::Cool { scope, until }, reason)
}

/// A moment ahead, as RFC 3339 writes it.
fn reset(answer: &Value, path: &str, now: Millis) -> Option<Millis> {
    let at = DateTime::parse_from_rfc3339(answer.pointer(path)?.as_str()?).ok()?;
    let at = Millis(at.timestamp_millis());
    (at > now).then(|| at.min(now.plus_secs(RESET_SECS_MAX)))
}
