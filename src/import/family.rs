//! Which models a key can use, in a word or two: the families by which lists are filtered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! families {
    ($($name:ident = $text:literal,)+) => {
        /// A family of models.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "kebab-case")]
        #[expect(missing_docs, reason = "the families by their names")]
        pub enum Family {
            $($name,)+
            /// Any other, or not known yet.
            General,
        }

        /// The families, each with what its models' names hold.
        const NAMED: &[(Family, &str)] = &[$((Family::$name, $text),)+];
    };
}

families! {
    Kimi = "kimi",
    Llama = "llama",
    Qwen = "qwen",
    Deepseek = "deepseek",
    GptOss = "gpt-oss",
    Glm = "glm",
    Gemma = "gemma",
    Mistral = "mistral",
}

impl Family {
    /// Its name in answers and in the column `category`.
    pub fn as_str(self) -> &'static str {
        NAMED.iter().find(|(family, _)| *family == self).map_or("general", |(_, text)| text)
    }

    /// The family of the model with this name. Makers put words before and behind, so it is looked
    /// for anywhere: `meta-llama/…`, `codellama:7b`. Of several the first in the name counts:
    /// `deepseek-r1-distill-qwen-32b` is a DeepSeek.
    pub fn of(model: &str) -> Self {
        let model = model.to_ascii_lowercase();
        let place = |(family, text): &(Self, &str)| Some((model.find(text)?, *family));
        NAMED.iter().filter_map(place).min().map_or(Self::General, |(_, family)| family)
    }
}

/// The families of these models, in the table's order, each once; `general` when there are no
/// models.
pub fn families<M: AsRef<str>>(models: impl IntoIterator<Item = M>) -> Vec<Family> {
    let mut found: Vec<Family> = models.into_iter().map(|m| Family::of(m.as_ref())).collect();
    found.sort_unstable();
    found.dedup();
    if found.is_empty() {
        found.push(Family::General);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_found_by_name() {
        for (model, family) in [
            ("kimi-k2:1t-cloud", "kimi"),
            ("meta-llama/Llama-3.3-70B-Instruct", "llama"),
            ("codellama:7b", "llama"),
            ("qwen3-coder:480b", "qwen"),
            ("deepseek-r1-distill-qwen-32b", "deepseek"),
            ("openai/gpt-oss-120b", "gpt-oss"),
            ("z-ai/GLM-4.6", "glm"),
            ("gemma3:27b", "gemma"),
            ("mistral-large:123b", "mistral"),
            ("gpt-4o", "general"),
            ("", "general"),
        ] {
            assert_eq!(Family::of(model).as_str(), family, "{model}");
        }
    }

    #[test]
    fn a_key_may_have_several() {
        let names = |models: &[&str]| -> Vec<&str> {
            families(models).into_iter().map(Family::as_str).collect()
        };
        assert_eq!(names(&["qwen3:8b", "gpt-4o", "kimi-k2", "qwen2"]), ["kimi", "qwen", "general"]);
        assert_eq!(names(&[]), ["general"]);
    }

    #[test]
    fn the_name_is_the_one_in_json() {
        for (family, text) in NAMED.iter().copied().chain([(Family::General, "general")]) {
            assert_eq!(serde_json::to_value(family).unwrap(), text);
        }
    }
}
