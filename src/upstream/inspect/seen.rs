//! What was seen of an answer so far, and the parts of it that are read. Pure.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::stats::Tokens;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Seen {
    /// Any event, or any byte of a plain body.
    pub anything: bool,
    /// A finish reason or the end mark.
    pub finished: bool,
    /// The error inside, as JSON.
    pub error: Option<String>,
    /// Not what it should be.
    pub malformed: bool,
    /// As the upstream counted.
    pub tokens: Tokens,
    /// Model that the answer, or the first event of a stream, says it is from.
    pub model: Option<String>,
    /// Events of a stream, the end mark not among them.
    pub events: u64,
}

/// Longest name of a model that is read from an answer, in bytes as it stands there.
const MODEL_MAX: usize = 1 << 10;

/// Mark that a text in UTF-8 may begin with.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// The parts of an answer, or of one event, that the pool reads.
#[derive(Deserialize, Default)]
pub(super) struct Parts<'a> {
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) model: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) choices: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) usage: Option<Usage>,
}

/// `usage` as OpenAI writes it, and as Anthropic and the Responses API do.
#[derive(Deserialize)]
pub(super) struct Usage {
    #[serde(alias = "input_tokens")]
    prompt_tokens: Option<i64>,
    #[serde(alias = "output_tokens")]
    completion_tokens: Option<i64>,
}

/// A usage of an unexpected shape is none: it must not make an answer malformed.
fn lenient<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Usage>, D::Error> {
    let raw = <Option<&RawValue>>::deserialize(from)?;
    Ok(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()))
}

impl Parts<'_> {
    /// Some servers fill the field in good answers, too.
    fn is_error(&self, error: &str) -> bool {
        match error {
            "null" | "false" | "0" | "\"\"" => false,
            // An empty one beside choices is none; by itself there is nothing else to be.
            _ if error.trim_matches(['{', '}', '[', ']']).trim().is_empty() => {
                self.choices.is_none()
            }
            _ => true,
        }
    }
}

impl Seen {
    pub(super) fn take(&mut self, parts: &Parts<'_>) {
        if let Some(usage) = &parts.usage {
            let sane = |count: Option<i64>| count.unwrap_or(0).clamp(0, 1 << 40);
            self.tokens = Tokens {
                prompt: sane(usage.prompt_tokens),
                completion: sane(usage.completion_tokens),
            };
        }
        if let Some(model) = parts.model.filter(|model| model.get().len() <= MODEL_MAX) {
            let model = || serde_json::from_str(model.get()).ok();
            self.model = self.model.take().or_else(model);
        }
        if let Some(error) = parts.error.filter(|error| parts.is_error(error.get())) {
            self.error.get_or_insert_with(|| error.get().to_owned());
        }
    }
}
