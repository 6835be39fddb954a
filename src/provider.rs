//! Upstreams as data: where they are, how they are probed, and how their errors read.

pub mod choosing;
mod codes;
mod error_body;
pub mod judge;
pub mod recovery;
mod registry;
pub mod reload;
pub mod routes;
mod rules;
pub mod spent;
#[cfg(test)]
mod tests;
mod wait;

use hyper::{Method, Uri};
use serde::Serialize;
use utoipa::ToSchema;

pub use self::registry::{BUILT_IN, Providers, ProvidersError, is_free_name};
pub use self::wait::WAIT_MAX_SECS;

/// The provider that routes without a provider in their path mean.
pub const DEFAULT: &str = "ollama";

/// Which rule table, probe and catalogue an upstream has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ollama Cloud, which tells limits in words.
    Ollama,
    /// OpenRouter, which routes to providers of its own.
    OpenRouter,
    /// Any other OpenAI-compatible service.
    OpenAi,
}

impl Kind {
    /// Reads the `kind` column; a kind this version doesn't know is treated as OpenAI-compatible.
    pub fn from_column(text: &str) -> Self {
        match text {
            "ollama" => Self::Ollama,
            "openrouter" => Self::OpenRouter,
            _ => Self::OpenAi,
        }
    }

    /// The name in columns and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::OpenRouter => "openrouter",
            Self::OpenAi => "openai",
        }
    }

    /// A request that tells whether a key works and spends no tokens: method and path.
    pub fn probe(self) -> (Method, &'static str) {
        match self {
            Self::Ollama => (Method::GET, "/api/balance"),
            Self::OpenRouter => (Method::GET, "/v1/key"),
            Self::OpenAi => (Method::GET, "/v1/models"),
        }
    }

    /// The path of a POST that names a key's account and plan and spends no tokens.
    pub fn account(self) -> Option<&'static str> {
        (self == Self::Ollama).then_some("/api/me")
    }
}

/// The place and the kind that were confirmed last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MovedFrom {
    /// Scheme, host and port.
    #[schema(example = "https://api.groq.com")]
    pub origin: String,
    /// Which rules read its errors.
    #[schema(example = "openai")]
    pub kind: String,
}

/// One upstream.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The name in paths, bodies and columns.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// Which rules it follows.
    pub kind: Kind,
    /// Switched on by the operator.
    pub enabled: bool,
    /// Where it was, while nobody has confirmed that its keys may be sent to where it is now.
    pub moved_from: Option<MovedFrom>,
    /// Where chats go.
    pub chat: Uri,
    /// Where the catalogue is.
    pub models: Uri,
    /// Where a key is probed.
    pub probe: Uri,
    /// The base URL as administrators see it, without user and password.
    pub base_url: String,
    /// Where a POST with a key names its account and plan, if the probe doesn't.
    pub account: Option<Uri>,
    /// `HTTP-Referer` and `X-Title` that the operator chose to send.
    pub app_headers: Vec<(&'static str, String)>,
}

impl Provider {
    /// An upstream at `base`, with or without a final `/v1`.
    pub fn new(id: &str, name: &str, kind: Kind, base: &str) -> Result<Self, ProvidersError> {
        let base = base.trim_end_matches('/');
        let base = base.strip_suffix("/v1").unwrap_or(base);
        let at = |path: &str| -> Result<Uri, ProvidersError> {
            let bad = || ProvidersError::BaseUrl { provider: id.to_owned() };
            let uri: Uri = format!("{base}{path}").parse().map_err(|_| bad())?;
            let http = matches!(uri.scheme_str(), Some("http" | "https"));
            if http && uri.host().is_some() { Ok(uri) } else { Err(bad()) }
        };
        Ok(Self {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            enabled: true,
            moved_from: None,
            chat: at("/v1/chat/completions")?,
            models: at("/v1/models")?,
            probe: at(kind.probe().1)?,
            base_url: shown(base),
            account: kind.account().map(at).transpose()?,
            app_headers: Vec::new(),
        })
    }
}

impl Provider {
    /// Whether its keys may be sent to it. After its origin or its kind has changed none is, by
    /// whoever asks, until an administrator confirms the new place.
    pub fn takes_keys(&self) -> bool {
        self.moved_from.is_none()
    }

    /// Whether the environment tells of it.
    pub fn is_built_in(&self) -> bool {
        BUILT_IN.contains(&self.id.as_str())
    }
}

/// A URL without what stands before an `@` in its authority.
fn shown(base: &str) -> String {
    let Some((scheme, rest)) = base.split_once("://") else { return String::new() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}
