//! Whether the model that an answer says it is from is one that its client token may use. The answer
//! passes all the same: it is paid for. A difference is counted and noted in the log, since it shows
//! a way around the token's list.

use std::sync::Arc;

use super::plan::Target;
use crate::app::App;
use crate::auth::{Access, Caller};
use crate::metrics::Metrics;
use crate::route::is_model_name;

/// Parts of names that tell where or how a model runs, and not which one it is.
const VARIANTS: [&str; 7] =
    [":latest", "-latest", ":cloud", "-cloud", ":free", ":nitro", ":online"];

/// Looks at the answer for a token that may use some models only.
pub struct Watch {
    caller: Arc<Caller>,
    target: Target,
    metrics: Metrics,
}

impl Watch {
    /// For an answer of this target; `None` for a token that may use all models.
    pub fn of(app: &App, caller: &Arc<Caller>, target: &Target) -> Option<Self> {
        let limited = caller.access.limits_models();
        limited.then(|| Self {
            caller: caller.clone(),
            target: target.clone(),
            metrics: app.metrics.clone(),
        })
    }

    /// Counts an answer from a model that the token may not use. The log has the first, the second,
    /// the fourth …, so that nobody can fill it.
    pub fn look(self, named: Option<&str>) {
        let Some(named) = named.filter(|named| is_model_name(named)) else { return };
        let Target { provider, model } = &self.target;
        if is_expected(&self.caller.access, model, named) {
            return;
        }
        let count = self.metrics.other_model(&provider.id);
        if count.is_power_of_two() {
            log::warn!(
                "client token {} asked `{}` for `{model}` and was answered by `{named}`, which it \
                 may not use: {count} such answers so far",
                self.caller.token,
                provider.id,
            );
        }
    }
}

/// Whether an answer from `named` is what a request for `sent` may bring.
fn is_expected(access: &Access, sent: &str, named: &str) -> bool {
    access.allows_model(named) || is_version(base(sent), base(named))
}

/// Name without the maker before it, and without the parts that name a variant.
fn base(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    VARIANTS.iter().find_map(|variant| name.strip_suffix(variant)).unwrap_or(name)
}

/// Whether `named` is `model`, or the version of it that its name stands for: `gpt-4o-2024-08-06`
/// for `gpt-4o`, `gpt-oss:20b` for `gpt-oss`.
fn is_version(model: &str, named: &str) -> bool {
    let Some((same, rest)) = named.split_at_checked(model.len()) else { return false };
    let is_date = || {
        let mut rest = rest.bytes();
        rest.next() == Some(b'-') && rest.all(|b| b.is_ascii_digit() || b == b'-')
    };
    same.eq_ignore_ascii_case(model)
        && (rest.is_empty() || rest.starts_with([':', '@']) || is_date())
}

#[cfg(test)]
mod tests {
    use super::{base, is_version};

    fn fits(sent: &str, named: &str) -> bool {
        is_version(base(sent), base(named))
    }

    #[test]
    fn versions_of_a_model_are_the_model() {
        for (sent, named) in [
            ("gpt-4o", "gpt-4o"),
            ("gpt-4o", "gpt-4o-2024-08-06"),
            ("openai/gpt-4o", "gpt-4o-2024-08-06"),
            ("gpt-4o", "openai/GPT-4o"),
            ("gpt-4-latest", "gpt-4-0613"),
            ("gpt-oss:120b-cloud", "gpt-oss:120b"),
            ("gpt-oss", "gpt-oss:20b"),
            ("llama3.2", "llama3.2:latest"),
            ("deepseek/deepseek-chat:free", "deepseek/deepseek-chat"),
        ] {
            assert!(fits(sent, named), "{sent} {named}");
        }
        for (sent, named) in [
            ("gpt-4o", "gpt-4o-mini"),
            ("gpt-4", "gpt-4o"),
            ("gpt-4", "gpt-4-32k"),
            ("gpt-oss:20b", "gpt-oss:120b"),
            ("auto", "anthropic/claude-opus-4"),
            ("gpt-4o-2024-08-06", "gpt-4o"),
            ("gpt-4é", "gpt-4"),
            ("gpt-4", "gpt-é"),
        ] {
            assert!(!fits(sent, named), "{sent} {named}");
        }
    }
}
