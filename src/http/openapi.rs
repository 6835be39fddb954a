//! `GET /openapi.json`, generated from the handlers.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{admin, announcements, openai, status};

/// The parts, each written beside its handlers.
#[derive(OpenApi)]
#[openapi(
    info(title = "Ollama API Pool", description = "Many upstream API keys behind one address."),
    paths(
        status::health, status::livez, status::readyz, status::public_stats,
        openai::chat_completions::post, openai::models::list, openai::models::show,
        openai::described::chat, openai::described::models, openai::described::model,
        admin::stats::totals, admin::usage::report, admin::latency::report,
        admin::requests::list, admin::requests::show, admin::events::watch,
        admin::jobs::show, admin::jobs::cancel,
        admin::providers::list::list, admin::providers::add::add,
        admin::providers::change::change, admin::providers::delete::delete,
        admin::providers::test::test,
        admin::aliases::list::list, admin::aliases::add::add, admin::aliases::delete::delete,
        admin::fallbacks::list::list, admin::fallbacks::set::set, admin::fallbacks::delete::delete,
        admin::cache::stats, admin::cache::clear,
        admin::tokens::list::list, admin::tokens::list::list_as_client_tokens,
        admin::tokens::show::show, admin::tokens::create::create, admin::tokens::change::change,
        admin::tokens::delete::delete, admin::tokens::delete::delete_one,
        admin::tokens::rotate::rotate, admin::tokens::reveal::reveal,
        admin::users::list::list, admin::users::create::create, admin::users::bulk::bulk,
        admin::users::show::show, admin::users::change::change, admin::users::delete::delete,
        admin::users::reset_key::reset_key, admin::users::extend_key::extend_key,
        admin::users::signins::signins,
        admin::settings::list, admin::settings::change,
        admin::announcements::list::list, admin::announcements::list::show,
        admin::announcements::create::create, admin::announcements::change::change,
        admin::announcements::change::change_named, admin::announcements::delete::delete,
        admin::announcements::delete::delete_named, announcements::list,
        admin::audit::list, admin::audit::check,
        admin::keys::list::list,
        admin::keys::add::add,
        admin::keys::delete::delete,
        admin::keys::delete::delete_one,
        admin::keys::show::show,
        admin::keys::change::change,
        admin::keys::reveal::reveal,
        admin::keys::usage::usage,
        admin::keys::export::export,
        admin::keys::export_secrets::export_secrets,
        admin::keys::stats::stats,
        admin::keys::switch::enable,
        admin::keys::switch::disable,
        admin::keys::update::update,
        admin::keys::health_check::health_check,
        admin::keys::accounts::accounts,
        admin::keys::verify::verify,
        admin::imports::keys,
        admin::imports::text,
        admin::imports::accounts,
        admin::imports::list,
        admin::imports::undo,
        admin::jobs::list,
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
