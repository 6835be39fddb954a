//! `DISABLE_OLLAMA`, `DISABLE_OPENROUTER`, `OLLAMA_BASE_URL`, `OPENROUTER_BASE_URL`,
//! `OPENROUTER_APP_URL`, `OPENROUTER_APP_TITLE`, `FORWARD_APP_HEADERS`, `FORWARD_OPENAI_ORG_HEADERS`,
//! `ALLOW_PRIVATE_UPSTREAMS`, `UPSTREAM_CONNECT_TIMEOUT_MS`, `UPSTREAM_HEADER_TIMEOUT_MS`,
//! `UPSTREAM_ANSWER_TIMEOUT_MS`, `UPSTREAM_IDLE_TIMEOUT_MS`, `UPSTREAM_WAIT_MAX_SECS`.

use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;

use super::Optional;
use crate::provider::WAIT_MAX_SECS;

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
    /// Pass the client's own OpenAI-Organization and OpenAI-Project to providers of the kind
    /// `openai`. They choose whom a key's owner is billed for: allow it only to clients who may
    /// choose that. Providers of other kinds never get them
    #[arg(long, env, default_value_t = false, action = clap::ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub forward_openai_org_headers: bool,
    /// Let administrators add upstreams in private networks and on this machine. Never link-local
    /// ones or metadata services; the two base URLs above may be anywhere
    #[arg(long, env, default_value_t = false, action = clap::ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub allow_private_upstreams: bool,
    /// Milliseconds to connect, TLS included
    #[arg(long, env, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10..=600_000))]
    pub upstream_connect_timeout_ms: u64,
    /// Milliseconds from a request for a stream to the head of its answer, and on to the first
    /// event; then the next key is asked. Too low cuts off models that think before they speak, too
    /// high lets clients wait long for a key that works
    #[arg(long, env, default_value_t = 120_000, value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    pub upstream_header_timeout_ms: u64,
    /// Milliseconds from a request for a plain answer to the end of that answer. After it the
    /// client gets 504 and no other key is asked, since this one may have worked all that time. Too
    /// low cuts off long answers that were paid for, too high holds keys and clients to an upstream
    /// that hangs
    #[arg(long, env, default_value_t = 600_000, value_parser = clap::value_parser!(u64).range(10..=86_400_000))]
    pub upstream_answer_timeout_ms: u64,
    /// Milliseconds that an answer may pause once it has begun
    #[arg(long, env, default_value_t = 120_000, value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    pub upstream_idle_timeout_ms: u64,
    /// The longest wait in seconds that is believed when an upstream names one, as in Retry-After.
    /// Too high lets one wrong answer keep a key or a model out for that long, too low asks spent
    /// accounts again in vain
    #[arg(long, env, default_value_t = WAIT_MAX_SECS, value_parser = clap::value_parser!(i64).range(1..=31_536_000))]
    pub upstream_wait_max_secs: i64,
}

impl Upstream {
    /// Time to connect.
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.upstream_connect_timeout_ms)
    }

    /// Time to the end of a plain answer.
    pub fn answer_timeout(&self) -> Duration {
        Duration::from_millis(self.upstream_answer_timeout_ms)
    }

    /// Time to the first event of a stream.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.upstream_header_timeout_ms)
    }

    /// Time between two pieces of an answer.
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.upstream_idle_timeout_ms)
    }
}
