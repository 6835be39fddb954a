//! Names of fields that decide where a request goes, and spellings that some upstreams take for
//! them: Go's JSON package, which Ollama uses, matches names without case and takes the last one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

/// Fields that decide which model answers, and how. Every other field is the upstream's business.
pub const WATCHED: [&str; 14] = [
    "model",
    "stream",
    "models",
    "fallbacks",
    "route",
    "preset",
    "plugins",
    "tools",
    "context_window_fallbacks",
    "content_policy_fallbacks",
    "model_list",
    "deployment_id",
    "providerOptions",
    "extra_body",
];

/// A longer name in bytes is none of them: no character that is folded has more than three.
const LENGTH_MAX: usize = 3 * 24;

/// Name of a field at the top of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// One of those that are watched.
    Watched(&'static str),
    /// Another spelling of one of those.
    Like(&'static str),
    /// Any other.
    Other,
}

impl Name {
    /// Kind of this name, its escapes resolved.
    pub fn of(text: &str) -> Self {
        if let Some(name) = WATCHED.into_iter().find(|name| *name == text) {
            return Self::Watched(name);
        }
        if text.len() > LENGTH_MAX {
            return Self::Other;
        }
        let like = |name: &&str| folded(text).eq(folded(name));
        WATCHED.into_iter().find(like).map_or(Self::Other, Self::Like)
    }
}

/// The name as Go's `encoding/json` folds it: without case, with the two other characters that it
/// takes for letters of ASCII. What follows a zero byte isn't seen by parsers written in C.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().take_while(|c| *c != '\0').map(|c| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    })
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, text: &str) -> Result<Name, E> {
                Ok(Name::of(text))
            }
        }

        from.deserialize_str(Reader)
    }
}
