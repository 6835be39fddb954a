//! `DISABLE_OLLAMA`, `DISABLE_OPENROUTER`, `OLLAMA_BASE_URL`, `OPENROUTER_BASE_URL`,
//! `OPENROUTER_APP_URL`, `OPENROUTER_APP_TITLE`, `FORWARD_APP_HEADERS`, `ALLOW_PRIVATE_UPSTREAMS`,
//! `UPSTREAM_CONNECT_TIMEOUT_MS`, `UPSTREAM_HEADER_TIMEOUT_MS`, `UPSTREAM_IDLE_TIMEOUT_MS`.

use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;

use super::Optional;

/// How upstreams are called.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Upstreams")]
pub struct Upstream {
    /// Refuse requests for Ollama Cloud
    #[arg(long, env, default_value_t = false, action = clap::ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub disable_ollama: bool,
    /// Refuse requests for OpenRouter
    #[arg(long, env, default_value_t = false, action = clap::ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub disable_openrouter: bool,
    /// Where Ollama's API is
    #[arg(long, env, default_value = "https://ollama.com")]
    pub ollama_base_url: String,
    /// Where OpenRouter's API is
    #[arg(long, env, default_value = "https://openrouter.ai/api")]
    pub openrouter_base_url: String,
    /// HTTP-Referer for OpenRouter: the address of your application
    #[arg(long, env, default_value = "")]
    pub openrouter_app_url: Optional,
    /// X-Title for OpenRouter: the name of your application
    #[arg(long, env, default_value = "")]
    pub openrouter_app_title: Optional,
    /// Pass the client's own HTTP-Referer, Referer and X-Title to OpenRouter
    #[arg(long, env, default_value_t = false, action = clap::ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub forward_app_headers: bool,
    /// Let administrators add upstreams in private networks and on this machine. Never link-local
    /// ones or metadata services; the two base URLs above may be anywhere
    #[arg(long, env, default_value_t = false, action = clap::ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub allow_private_upstreams: bool,
    /// Milliseconds to connect, TLS included
    #[arg(long, env, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10..=600_000))]
    pub upstream_connect_timeout_ms: u64,
    /// Milliseconds from the request to the head of the answer, and on to its first event. Too low
    /// cuts off models that think before they speak
    #[arg(long, env, default_value_t = 120_000, value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    pub upstream_header_timeout_ms: u64,
    /// Milliseconds that an answer may pause once it has begun
    #[arg(long, env, default_value_t = 120_000, value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    pub upstream_idle_timeout_ms: u64,
}

impl Upstream {
    /// Time to connect.
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.upstream_connect_timeout_ms)
    }

    /// Time to the first event.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.upstream_header_timeout_ms)
    }

    /// Time between two pieces of an answer.
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.upstream_idle_timeout_ms)
    }
}
