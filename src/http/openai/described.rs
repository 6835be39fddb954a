//! The client API in the words of OpenAPI: what a body has at least, and the routes that are the
//! same for any provider by name.

use serde::Serialize;
use utoipa::ToSchema;

use super::models::{Model, ModelList};
use crate::error::OpenAiError;

/// A chat. Every other field of OpenAI's goes upstream as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatRequest {
    /// The model, or an alias of one.
    #[schema(example = "gpt-oss:20b")]
    pub model: String,
    /// What was said so far.
    pub messages: Vec<ChatMessage>,
    /// Answer piece by piece, as server-sent events.
    #[schema(example = false)]
    pub stream: Option<bool>,
}

/// Something that was said.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatMessage {
    /// `system`, `user`, `assistant` or `tool`.
    #[schema(example = "user")]
    pub role: String,
    /// Words, or OpenAI's parts.
    #[schema(example = "Say hello.")]
    pub content: String,
}

/// A chat with a provider by name.
#[utoipa::path(
    post, path = "/{provider}/v1/chat/completions", tag = "OpenAI",
    security(("client_token" = [])), request_body = ChatRequest,
    params(
        ("provider" = String, Path, description = "The provider", example = "openrouter"),
        ("Cache-Control" = Option<String>, Header,
            description = "`no-cache`: a new answer; `no-store`: nor is it kept"),
    ),
    responses(
        (status = 200, description = "The upstream's answer, unchanged; events with `stream`",
            content((serde_json::Value = "application/json"), (String = "text/event-stream"))),
        (status = 400, body = OpenAiError), (status = 401, body = OpenAiError),
        (status = 403, body = OpenAiError), (status = 404, body = OpenAiError),
        (status = 408, body = OpenAiError), (status = 413, body = OpenAiError),
        (status = 415, body = OpenAiError),
        (status = 422, body = OpenAiError), (status = 429, body = OpenAiError),
        (status = 502, body = OpenAiError), (status = 503, body = OpenAiError),
        (status = 504, body = OpenAiError),
    ),
)]
#[expect(dead_code, reason = "described here, handled by the route of the default provider")]
fn chat() {}

/// A provider's models by name, and its aliases.
#[utoipa::path(
    get, path = "/{provider}/v1/models", tag = "OpenAI", security(("client_token" = []), ()),
    params(("provider" = String, Path, description = "The provider", example = "openrouter")),
    responses(
        (status = 200, body = ModelList), (status = 404, body = OpenAiError),
        (status = 429, body = OpenAiError), (status = 502, body = OpenAiError),
        (status = 503, body = OpenAiError), (status = 504, body = OpenAiError),
    ),
)]
#[expect(dead_code, reason = "described here, handled by the route of the default provider")]
fn models() {}

/// One model of a provider by name, or an alias.
#[utoipa::path(
    get, path = "/{provider}/v1/models/{id}", tag = "OpenAI",
    security(("client_token" = []), ()),
    params(
        ("provider" = String, Path, description = "The provider", example = "openrouter"),
        ("id" = String, Path, description = "The model, slashes and all", example = "gpt-oss:20b"),
    ),
    responses(
        (status = 200, body = Model), (status = 404, body = OpenAiError),
        (status = 429, body = OpenAiError), (status = 502, body = OpenAiError),
        (status = 503, body = OpenAiError), (status = 504, body = OpenAiError),
    ),
)]
#[expect(dead_code, reason = "described here, handled by the route of the default provider")]
fn model() {}
