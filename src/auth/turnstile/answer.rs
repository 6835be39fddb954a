//! What an answer of the verifier means.

use serde::Deserialize;

use super::Action;

/// What a good answer must name.
#[derive(Debug, Clone, Copy)]
pub enum Expected<'a> {
    /// This action, and one of these hosts.
    Just {
        /// What the challenge was to be solved for.
        action: Action,
        /// In lower case.
        hostnames: &'a [String],
    },
    /// Whatever it does: the secret is one for tests.
    Anything,
}

/// What the verifier says of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is good.
    Passed,
    /// It is not, or it is for another action.
    Refused,
    /// It is good for another host.
    Elsewhere,
    /// The verifier doesn't know our secret.
    BadSecret,
    /// Nothing that can be understood.
    Unclear,
}

#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(default)]
    hostname: Option<String>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default, rename = "error-codes")]
    error_codes: Vec<String>,
}

/// Judges an answer; `success` is whether its status was a good one.
pub fn judge(expected: Expected<'_>, success: bool, body: &[u8]) -> Outcome {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else { return Outcome::Unclear };
    let told = |codes: &[&str]| answer.error_codes.iter().any(|code| codes.contains(&&**code));
    if !answer.success {
        return if told(&["missing-input-secret", "invalid-input-secret"]) {
            Outcome::BadSecret
        } else if told(&["internal-error"]) {
            Outcome::Unclear
        } else {
            Outcome::Refused
        };
    }
    // A yes that contradicts itself is none.
    if !success || !answer.error_codes.is_empty() {
        return Outcome::Unclear;
    }
    let Expected::Just { action, hostnames } = expected else { return Outcome::Passed };
    let host = answer.hostname.unwrap_or_default().to_ascii_lowercase();
    if !hostnames.contains(&host) {
        Outcome::Elsewhere
    } else if answer.action.as_deref() != Some(action.as_str()) {
        Outcome::Refused
    } else {
        Outcome::Passed
    }
}
