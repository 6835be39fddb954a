//! Routes of other servers that are not served here: refused in the words of whoever asks for them,
//! with what is served instead.

use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::json;

use super::middleware::RequestId;
use crate::error::{OpenAi, not_found};

/// What clients can ask for.
const SERVED: &str = "POST /v1/chat/completions, GET /v1/models and GET /v1/models/{id}, each also \
                      behind a provider's name, as /openrouter/v1/models";

/// Ollama's own routes (<https://docs.ollama.com/api>).
const OLLAMA: [&str; 17] = [
    "blobs",
    "chat",
    "copy",
    "create",
    "delete",
    "embed",
    "embeddings",
    "generate",
    "me",
    "ps",
    "pull",
    "push",
    "show",
    "tags",
    "version",
    "web_fetch",
    "web_search",
];

/// An error in Ollama's words.
#[derive(Serialize)]
struct OllamaError {
    error: String,
}

/// There is no such path, to a client of the OpenAI or of the Anthropic API.
pub async fn under_v1(request: HttpRequest) -> HttpResponse {
    let path = request.path();
    let rest = path.split_once("/v1/").map_or("", |(_, rest)| rest);
    match rest.split('/').next() {
        Some("messages" | "complete") => anthropic(&request),
        _ => {
            let mut error = not_found("path");
            error.message = format!("there is no such path here: {}", instead()).into();
            OpenAi(error).error_response()
        }
    }
}

/// The same to a client of Ollama's API; `None` for a path that isn't Ollama's.
pub fn of_ollama(path: &str) -> Option<HttpResponse> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let route = match (parts.next()?, parts.next()?) {
        ("api", route) => route,
        // Behind a provider's name.
        (_, "api") => parts.next()?,
        _ => return None,
    };
    let error = format!("Ollama's API is not served here: {}", instead());
    OLLAMA.contains(&route).then(|| HttpResponse::NotFound().json(OllamaError { error }))
}

fn anthropic(request: &HttpRequest) -> HttpResponse {
    let id = RequestId::of(request);
    let message = format!("Anthropic's API is not served here: {}", instead());
    HttpResponse::NotFound().json(json!({
        "type": "error",
        "error": {"type": "not_found_error", "message": message},
        "request_id": id.to_str().unwrap_or_default(),
    }))
}

fn instead() -> String {
    format!("served are {SERVED}")
}
