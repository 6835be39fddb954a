//! Fields by which a request chooses models beside `model`, as a table by provider kind: for client
//! tokens that may use some models only.
//!
//! Sources: OpenRouter's API reference, its pages on model fallbacks, presets, plugins, routers and
//! server tools; LiteLLM's on fallbacks; Vercel's on its AI gateway. `provider` of OpenRouter orders
//! and filters hosts of the same model, so it isn't here.

use serde_json::Value;

use super::Kind;

/// How a field chooses models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chooses {
    /// It names them: a name, or a list of names and of objects with a `model`.
    ByName,
    /// `"fallback"`, which only means the models that `models` names; without these the upstream
    /// picks some.
    AmongModels,
    /// Each item of its list may that is of one of these kinds.
    ByItem(Items),
    /// By what isn't in the body, or in a way of its own: nobody can check it here.
    Unseen,
}

/// Items of a list that may choose models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Items {
    /// Field of an item that names its kind.
    kind: &'static str,
    /// How kinds begin that may choose; the empty text for all.
    beginning: &'static str,
    /// Of those, kinds that choose none.
    harmless: &'static [&'static str],
}

use Chooses::{AmongModels, ByItem, ByName, Unseen};

type Line = (&'static str, Chooses);

/// Most plugins work on the request or the answer; routers are plugins, too.
const PLUGINS: Chooses = ByItem(Items {
    kind: "id",
    beginning: "",
    harmless: &["web", "file-parser", "response-healing", "moderation", "context-compression"],
});

/// Some tools that OpenRouter runs by itself ask other models.
const TOOLS: Chooses = ByItem(Items {
    kind: "type",
    beginning: "openrouter:",
    harmless: &["openrouter:web_search", "openrouter:web_fetch", "openrouter:datetime"],
});

static OPENROUTER: [Line; 6] = [
    ("models", ByName),
    ("fallbacks", ByName),
    ("route", AmongModels),
    ("preset", Unseen),
    ("plugins", PLUGINS),
    ("tools", TOOLS),
];

/// Any service may be another gateway, OpenRouter among them.
static OPENAI: [Line; 12] = [
    ("models", ByName),
    ("fallbacks", ByName),
    ("context_window_fallbacks", ByName),
    ("content_policy_fallbacks", ByName),
    ("route", AmongModels),
    ("preset", Unseen),
    ("plugins", PLUGINS),
    ("tools", TOOLS),
    ("model_list", Unseen),
    ("deployment_id", Unseen),
    ("providerOptions", Unseen),
    ("extra_body", Unseen),
];

/// The fields by which a request to this kind chooses models.
pub fn fields(kind: Kind) -> &'static [Line] {
    match kind {
        Kind::Ollama => &[],
        Kind::OpenRouter => &OPENROUTER,
        Kind::OpenAi => &OPENAI,
    }
}

/// Whether a model's name of this kind may mean others than the one it reads as: OpenRouter's
/// presets, or a list with commas as some gateways take it.
pub fn means_others(kind: Kind, model: &str) -> bool {
    match kind {
        Kind::Ollama => false,
        Kind::OpenRouter => model.contains("@preset/"),
        Kind::OpenAi => model.contains("@preset/") || model.contains(','),
    }
}

impl Chooses {
    /// The models that this value names; `None` when it may choose others. `has_models` says that
    /// the request has a list of `models`.
    pub fn models(self, value: &Value, has_models: bool) -> Option<Vec<&str>> {
        if value.is_null() {
            return Some(Vec::new());
        }
        match self {
            ByName => names(value),
            AmongModels => (has_models && value == "fallback").then(Vec::new),
            ByItem(items) => {
                value.as_array()?.iter().all(|item| items.is_harmless(item)).then(Vec::new)
            }
            Unseen => None,
        }
    }
}

impl Items {
    fn is_harmless(self, item: &Value) -> bool {
        match item.get(self.kind).and_then(Value::as_str) {
            Some(kind) => !kind.starts_with(self.beginning) || self.harmless.contains(&kind),
            None => !self.beginning.is_empty(),
        }
    }
}

fn names(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(name) => Some(vec![name]),
        Value::Array(items) => items.iter().map(name).collect(),
        _ => None,
    }
}

fn name(item: &Value) -> Option<&str> {
    item.as_str().or_else(|| item.get("model")?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::route::names::WATCHED;

    #[test]
    fn every_field_is_watched() {
        for kind in [Kind::Ollama, Kind::OpenRouter, Kind::OpenAi] {
            assert!(fields(kind).iter().all(|(name, _)| WATCHED.contains(name)), "{kind:?}");
        }
    }

    #[test]
    fn names_are_found_and_what_has_none_is_not_known() {
        let of = |chooses: Chooses, value| {
            let models = chooses.models(&value, true);
            models.map(|models| models.join(" "))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of(ByName, json!(["a", "b"])), some("a b"));
        assert_eq!(of(ByName, json!("a")), some("a"));
        assert_eq!(of(ByName, json!([{"model": "a"}, "b"])), some("a b"));
        assert_eq!(of(ByName, json!(null)), some(""));
        for odd in
            [json!([1]), json!({"a": "b"}), json!([{"a": ["b"]}]), json!(1), json!(["a", []])]
        {
            assert_eq!(of(ByName, odd.clone()), None, "{odd}");
        }
        assert_eq!(of(AmongModels, json!("fallback")), some(""));
        assert_eq!(AmongModels.models(&json!("fallback"), false), None);
        assert_eq!(of(AmongModels, json!("sort")), None);
        assert_eq!(of(PLUGINS, json!([{"id": "web"}, {"id": "file-parser"}])), some(""));
        for odd in [json!([{"id": "auto-router"}]), json!([{}]), json!("web"), json!(["web"])] {
            assert_eq!(of(PLUGINS, odd.clone()), None, "{odd}");
        }
        assert_eq!(of(TOOLS, json!([{"type": "function"}, {"type": "mcp"}, {}])), some(""));
        assert_eq!(of(TOOLS, json!([{"type": "openrouter:advisor"}])), None);
        assert_eq!(of(Unseen, json!("x")), None);
    }
}
