//! The routes, and nothing else, by who calls.

mod account;
mod admin;
mod announcements;
mod body;
pub mod bots;
pub mod connection;
mod cookies;
mod cors;
pub mod extract;
mod forgive;
mod limited;
pub mod middleware;
mod not_served;
mod noted;
mod openai;
pub mod openapi;
mod pages;
pub mod protect;
mod resource;
pub mod status;
mod strangers;
mod templates;

use actix_web::middleware::from_fn;
use actix_web::web;

use self::pages::{asset, guide, page, picture};
use self::resource::{counted_openai, member_path, no_such_path, openai, path};

/// Routes of the second listener: what watches over the process, apart from everybody else.
pub fn watch_routes(config: &mut web::ServiceConfig) {
    config.configure(watched).default_service(web::to(no_such_path));
}

fn watched(config: &mut web::ServiceConfig) {
    config
        .service(path("/metrics").get(status::metrics))
        .service(path("/livez").get(status::livez))
        .service(path("/readyz").get(status::readyz));
}

/// All routes.
#[rustfmt::skip]
pub fn routes(config: &mut web::ServiceConfig) {
    config
        // Clients of the default provider: first, since routes are tried in order.
        .service(openai_scope("/v1"))

        // Anyone, and whatever watches over the process.
        .service(path("/health").get(status::health))
        .service(path("/openapi.json").get(openapi::show))
        .configure(watched)
        .service(web::scope("/admin/public-stats").wrap(cors::headers()).wrap(from_fn(middleware::finish)).service(path("").get(status::public_stats)))
        .service(web::scope("/api/announcements").wrap(cors::headers()).wrap(from_fn(middleware::finish)).service(path("").get(announcements::list)))
        .service(path("/api/test-templates").get(templates::list))

        // People with a browser.
        .service(page("/", "portal"))
        .service(page("/stats", "stats"))
        .service(page("/user", "user"))
        .service(page("/api-docs", "api-docs"))
        .service(guide("/project"))
        .service(guide("/project/{guide}"))
        .service(page("/dashboard", "dashboard"))
        .service(page("/dashboard/{tab:keys|tokens|users|import|statistics|requests|providers|settings|audit}", "dashboard"))
        .service(picture("/favicon.svg", "img/favicon.svg"))
        .service(picture("/logo.svg", "img/logo.svg"))
        .service(asset("/assets/{build}/{path:.+}"))

        // People with an account.
        .service(
            web::scope("/api/auth")
                .configure(extract::account_bodies)
                .wrap(from_fn(middleware::finish))
                .service(path("/config").get(account::config::show))
                .service(path("/send-code").post(account::send_code::send_code))
                .service(path("/register").post(account::register::register))
                .service(path("/login").post(account::login::login))
                .service(path("/admin-session").post(account::admin_session::begin).delete(account::admin_session::end))
                .service(path("/reset-password").post(account::reset_password::reset_password))
                .service(member_path("/logout").post(account::logout::logout))
                .service(member_path("/change-password").post(account::change_password::change_password))
                .service(member_path("/account").delete(account::delete::delete))
                .service(member_path("/profile").get(account::profile::show).patch(account::profile::change))
                .service(member_path("/sudo").get(account::sudo::show).post(account::sudo::prove))
                .service(member_path("/totp").get(account::totp::show))
                .service(member_path("/totp/setup").post(account::totp::set_up))
                .service(member_path("/totp/enable").post(account::totp::enable))
                .service(member_path("/totp/recovery-codes").post(account::totp::recovery_codes))
                .service(member_path("/totp/disable").post(account::totp::disable))
                .service(member_path("/sign").post(account::sign::sign))
                .service(member_path("/signins").get(account::signins::list))
                .service(member_path("/calendar").get(account::signins::calendar))
                .service(member_path("/usage").get(account::usage::usage))
                .service(member_path("/key/rotate").post(account::key::rotate))
                .service(member_path("/key/reveal").post(account::key::reveal))
                .service(member_path("/export").get(account::export::export))
                .service(member_path("/sessions").get(account::sessions::list))
                .service(member_path("/sessions/{id}").delete(account::sessions::end))
                .default_service(web::to(no_such_path)),
        )

        // Administrators.
        .service(
            web::scope("/admin")
                .configure(extract::admin_bodies)
                .wrap(from_fn(middleware::administrators_only))
                .wrap(from_fn(middleware::finish))
                .service(path("/stats").get(admin::stats::totals))
                .service(path("/usage").get(admin::usage::report))
                .service(path("/latency").get(admin::latency::report))
                .service(path("/requests").get(admin::requests::list))
                .service(path("/requests/{id}").get(admin::requests::show))
                .service(path("/events").get(admin::events::watch))
                .service(path("/keys/stats").get(admin::keys::stats))
                .service(path("/api-keys").get(admin::keys::list).post(admin::keys::add).delete(admin::keys::delete))
                .service(path("/api-keys/export").get(admin::keys::export).post(admin::keys::export_secrets))
                .service(path("/api-keys/{id:\\d+}").get(admin::keys::show).patch(admin::keys::change).delete(admin::keys::delete_one))
                .service(path("/api-keys/{id:\\d+}/reveal").post(admin::keys::reveal))
                .service(path("/api-keys/{id:\\d+}/stats").get(admin::keys::usage))
                .service(path("/keys/update").post(admin::keys::update))
                .service(path("/accounts").get(admin::keys::accounts))
                .service(path("/api-keys/import-with-validation").post(admin::imports::import_with_validation))
                .service(path("/api-keys/import").post(admin::imports::keys))
                .service(path("/api-keys/import-from-txt").post(admin::imports::text))
                .service(path("/import").post(admin::imports::accounts))
                .service(path("/imports").get(admin::imports::list))
                .service(path("/imports/{id}/undo").post(admin::imports::undo))
                .service(path("/keys/enable").post(admin::keys::enable))
                .service(path("/keys/disable").post(admin::keys::disable))
                .service(path("/verify-key").post(admin::keys::verify))
                .service(path("/keys/health-check").post(admin::keys::health_check))
                .service(path("/jobs").get(admin::jobs::list))
                .service(path("/jobs/{id}").get(admin::jobs::show).delete(admin::jobs::cancel))
                .service(path("/tokens").get(admin::tokens::list).post(admin::tokens::create).patch(admin::tokens::change_named).delete(admin::tokens::delete))
                .service(path("/tokens/{id}/rotate").post(admin::tokens::rotate))
                .service(path("/tokens/{id}/reveal").post(admin::tokens::reveal))
                .service(path("/tokens/{id}").get(admin::tokens::show).patch(admin::tokens::change).delete(admin::tokens::delete_one))
                .service(path("/client-tokens").get(admin::tokens::list_as_client_tokens).post(admin::tokens::create).patch(admin::tokens::change_named).delete(admin::tokens::delete))
                .service(path("/providers").get(admin::providers::list::list).post(admin::providers::add::add))
                .service(path("/providers/{id}").patch(admin::providers::change::change).delete(admin::providers::delete::delete))
                .service(path("/providers/{id}/confirm").post(admin::providers::confirm::confirm))
                .service(path("/providers/{id}/test").post(admin::providers::test::test))
                .service(path("/aliases").get(admin::aliases::list::list).post(admin::aliases::add::add).delete(admin::aliases::delete::delete))
                .service(path("/fallbacks").get(admin::fallbacks::list::list).put(admin::fallbacks::set::set).delete(admin::fallbacks::delete::delete))
                .service(path("/cache/stats").get(admin::cache::stats))
                .service(path("/circuit-breakers").get(admin::breakers::list))
                .service(path("/circuit-breakers/close").post(admin::breakers::close))
                .service(path("/cache/clear").post(admin::cache::clear))
                .service(path("/client-tokens/{id}/rotate").post(admin::tokens::rotate))
                .service(path("/client-tokens/{id}/reveal").post(admin::tokens::reveal))
                .service(path("/client-tokens/{id}").get(admin::tokens::show).patch(admin::tokens::change).delete(admin::tokens::delete_one))
                .service(path("/users").get(admin::users::list::list).post(admin::users::create::create))
                .service(path("/users/bulk").post(admin::users::bulk::bulk))
                .service(path("/users/{id}").get(admin::users::show::show).patch(admin::users::change::change).delete(admin::users::delete::delete))
                .service(path("/users/{id}/reset-key").post(admin::users::reset_key::reset_key))
                .service(path("/users/{id}/extend-key").post(admin::users::extend_key::extend_key))
                .service(path("/users/{id}/totp").delete(admin::users::totp::delete))
                .service(path("/users/{id}/signins").get(admin::users::signins::signins))
                .service(path("/invitations").get(admin::invitations::list::list).post(admin::invitations::create::create))
                .service(path("/invitations/{id}").delete(admin::invitations::delete::delete))
                .service(path("/settings").get(admin::settings::list).patch(admin::settings::change))
                .service(path("/announcements").get(admin::announcements::list::list).post(admin::announcements::create::create).patch(admin::announcements::change::change_named).delete(admin::announcements::delete::delete_named))
                .service(path("/announcements/{id}").get(admin::announcements::list::show).patch(admin::announcements::change::change).delete(admin::announcements::delete::delete))
                .service(path("/audit").get(admin::audit::list))
                .service(path("/audit/verify").get(admin::audit::check))
                .default_service(web::to(no_such_path)),
        )

        // Clients of any provider by name.
        .service(openai_scope("/{provider}/v1"))
        .default_service(web::to(pages::no_such_page));
}

#[rustfmt::skip]
fn openai_scope(path: &str) -> impl actix_web::dev::HttpServiceFactory + use<> {
    web::scope(path)
        .wrap(cors::headers())
        .service(counted_openai("/chat/completions").post(openai::chat_completions::post))
        .service(openai("/models").get(openai::models::list))
        .service(openai("/models/{id:.*}").get(openai::models::show))
        .default_service(web::to(not_served::under_v1))
}
