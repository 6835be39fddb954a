//! `GET /openapi.json`, generated from the handlers.

mod shared;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use self::shared::{Codes, Door, OlderNames, SignedIn, Tokens};
use super::{account, admin, announcements, openai, status, templates};

/// The parts, each written beside its handlers.
#[derive(OpenApi)]
#[openapi(
    info(title = "Ollama API Pool", description = "Many upstream API keys behind one address."),
    // In the order of the route table.
    paths(
        show,
        status::health, status::metrics, status::livez, status::readyz, status::public_stats,
        announcements::list, templates::list,

        openai::chat_completions::post, openai::models::list, openai::models::show,
        openai::described::chat, openai::described::models, openai::described::model,

        account::config::show, account::send_code::send_code, account::register::register,
        account::login::login, account::admin_session::begin, account::admin_session::end,
        account::reset_password::reset_password, account::logout::logout,
        account::change_password::change_password, account::delete::delete,
        account::profile::show, account::profile::change,
        account::sign::sign, account::signins::list, account::signins::calendar,
        account::usage::usage, account::key::rotate, account::key::reveal, account::export::export,
        account::sessions::list, account::sessions::end,
        account::sudo::show, account::sudo::prove,
        account::totp::show, account::totp::set_up, account::totp::enable, account::totp::disable,
        account::totp::recovery_codes,

        admin::stats::totals, admin::usage::report, admin::latency::report,
        admin::requests::list, admin::requests::show, admin::events::watch,

        admin::keys::list::list, admin::keys::add::add, admin::keys::show::show,
        admin::keys::change::change, admin::keys::delete::delete, admin::keys::delete::delete_one,
        admin::keys::stats::stats, admin::keys::usage::usage, admin::keys::accounts::accounts,
        admin::keys::switch::enable, admin::keys::switch::disable, admin::keys::update::update,
        admin::keys::verify::verify, admin::keys::health_check::health_check,
        admin::keys::reveal::reveal, admin::keys::export::export,
        admin::keys::export_secrets::export_secrets,

        admin::imports::keys, admin::imports::text, admin::imports::accounts,
        admin::imports::import_with_validation, admin::imports::list, admin::imports::undo,
        admin::jobs::list, admin::jobs::show, admin::jobs::cancel,

        admin::tokens::list::list, admin::tokens::list::list_as_client_tokens,
        admin::tokens::create::create, admin::tokens::show::show, admin::tokens::change::change,
        admin::tokens::change::change_named,
        admin::tokens::delete::delete, admin::tokens::delete::delete_one,
        admin::tokens::rotate::rotate, admin::tokens::reveal::reveal,

        admin::users::list::list, admin::users::create::create, admin::users::bulk::bulk,
        admin::users::show::show, admin::users::change::change, admin::users::delete::delete,
        admin::users::reset_key::reset_key, admin::users::extend_key::extend_key,
        admin::users::signins::signins, admin::users::totp::delete,
        admin::invitations::list::list, admin::invitations::create::create,
        admin::invitations::delete::delete,

        admin::providers::list::list, admin::providers::add::add,
        admin::providers::change::change, admin::providers::delete::delete,
        admin::providers::confirm::confirm, admin::providers::test::test,
        admin::aliases::list::list, admin::aliases::add::add, admin::aliases::delete::delete,
        admin::fallbacks::list::list, admin::fallbacks::set::set, admin::fallbacks::delete::delete,
        admin::breakers::list, admin::breakers::close,
        admin::cache::stats, admin::cache::clear,

        admin::settings::list, admin::settings::change,
        admin::announcements::list::list, admin::announcements::create::create,
        admin::announcements::list::show, admin::announcements::change::change,
        admin::announcements::change::change_named, admin::announcements::delete::delete,
        admin::announcements::delete::delete_named,
        admin::audit::list, admin::audit::check,
    ),
    modifiers(&Codes, &Tokens, &OlderNames, &SignedIn, &Door),
)]
struct Api;

/// The whole document.
pub fn document() -> Document {
    Api::openapi()
}

/// This description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "Status",
    responses((status = 200, body = serde_json::Value, description = "OpenAPI 3.1")),
)]
pub async fn show() -> HttpResponse {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| document().to_json().unwrap_or_else(|_| "{}".to_owned()));
    HttpResponse::Ok().content_type("application/json").body(TEXT.as_str())
}
