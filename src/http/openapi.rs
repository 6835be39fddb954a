//! `GET /openapi.json`, generated from the handlers.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::admin;

/// The parts, each written beside its handlers.
#[derive(OpenApi)]
#[openapi(
    info(title = "Ollama API Pool", description = "Many upstream API keys behind one address."),
    paths(
        admin::imports::keys,
        admin::imports::text,
        admin::imports::accounts,
        admin::imports::list,
        admin::imports::undo,
        admin::jobs::list,
        admin::jobs::show,
        admin::jobs::cancel,
        admin::keys::health_check::health_check,
        admin::keys::verify::verify,
        admin::keys::import_with_validation::import_with_validation,
    ),
    modifiers(&Tokens),
)]
struct Api;

/// The two kinds of tokens.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        for (name, words) in [
            ("admin_token", "`ADMIN_TOKEN`, for `/admin`"),
            ("client_token", "A client token, for `/v1` and `/{provider}/v1`"),
        ] {
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(words));
            components.add_security_scheme(name, SecurityScheme::Http(bearer.build()));
        }
    }
}

/// The whole document.
pub fn document() -> Document {
    Api::openapi()
}

/// The API's description.
pub async fn show() -> HttpResponse {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| document().to_json().unwrap_or_else(|_| "{}".to_owned()));
    HttpResponse::Ok().content_type("application/json").body(TEXT.as_str())
}
