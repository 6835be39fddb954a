//! `GET /api/test-templates`: things to ask a model, to see whether it works.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Admin, AdminError};
use crate::http::extract::Anyone;
use crate::language::Language;
use crate::texts;

/// Each with its temperature, and whether its answer is a stream. Its words are in `locales/`.
const TEMPLATES: [(&str, f64, bool); 9] = [
    ("greeting", 0.7, true),
    ("explain", 0.5, true),
    ("translate", 0.2, true),
    ("summary", 0.3, true),
    ("code", 0.2, true),
    ("reasoning", 0.0, true),
    ("json", 0.0, false),
    ("creative", 1.0, true),
    ("characters", 0.0, false),
];

/// Something to ask.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateView {
    /// Its name for programs.
    #[schema(example = "explain")]
    id: &'static str,
    /// Its name for people.
    #[schema(example = "Explain")]
    label: String,
    /// What it shows of a model.
    #[schema(example = "Explains something difficult in simple words")]
    description: String,
    /// The system message.
    #[schema(example = "You explain things to beginners.")]
    system_prompt: String,
    /// The user's message.
    #[schema(example = "Why is the sky blue?")]
    user_message: String,
    /// Between 0 and 2.
    #[schema(example = 0.5)]
    temperature: f64,
    /// As a stream.
    stream: bool,
}

/// Things to ask.
#[derive(Serialize, ToSchema)]
pub struct Templates {
    templates: Vec<TemplateView>,
}

/// Things to ask a model, in the language of `Accept-Language`. No token is needed; limited by
/// address.
#[utoipa::path(
    get, path = "/api/test-templates", tag = "OpenAI", security(()),
    responses((status = 200, body = Templates), (status = 429, body = AdminError)),
)]
pub async fn list(request: HttpRequest, _: Anyone<Admin>) -> HttpResponse {
    let language = Language::of(&request);
    let templates = TEMPLATES.map(|(id, temperature, stream)| {
        let words = |part: &str| texts::text(language, &format!("template-{id}"), part);
        TemplateView {
            id,
            label: words(""),
            description: words("description"),
            system_prompt: words("system"),
            user_message: words("message"),
            temperature,
            stream,
        }
    });
    HttpResponse::Ok().json(Templates { templates: templates.into() })
}
