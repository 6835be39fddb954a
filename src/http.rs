//! The routes, and nothing else, by who calls.

mod admin;
mod body;
mod cors;
mod extract;
pub mod middleware;
mod openai;
pub mod openapi;
mod resource;
mod status;

use actix_web::middleware::from_fn;
use actix_web::web;

use self::resource::{no_such_openai_path, no_such_path, openai, path};

/// All routes.
#[rustfmt::skip]
pub fn routes(config: &mut web::ServiceConfig) {
    config
        // Clients of the default provider: first, since routes are tried in order.
        .service(openai_scope("/v1"))

        // Anyone, and whatever watches over the process.
        .service(path("/health").get(status::health))
        .service(path("/openapi.json").get(openapi::show))
        .service(path("/livez").get(status::livez))
        .service(path("/readyz").get(status::readyz))
        .service(web::scope("/admin/public-stats").wrap(cors::headers()).wrap(from_fn(middleware::finish)).service(path("").get(status::public_stats)))

        // Administrators.
        .service(
            web::scope("/admin")
                .configure(extract::admin_bodies)
                .wrap(from_fn(middleware::administrators_only))
                .wrap(from_fn(middleware::finish))
                .service(path("/stats").get(admin::stats::totals))
                .service(path("/keys/stats").get(admin::stats::by_key))
                .service(path("/api-keys").get(admin::keys::list).post(admin::keys::add).delete(admin::keys::delete))
                .service(path("/api-keys/import-with-validation").json_up_to(admin::keys::IMPORT_BODY_MAX).post(admin::keys::import_with_validation))
                .service(path("/api-keys/import").post(admin::imports::keys))
                .service(path("/api-keys/import-from-txt").post(admin::imports::text))
                .service(path("/import").post(admin::imports::accounts))
                .service(path("/imports").get(admin::imports::list))
                .service(path("/imports/{id}/undo").post(admin::imports::undo))
                .service(path("/api-keys/{id}").delete(admin::keys::delete_one))
                .service(path("/keys/enable").post(admin::keys::enable))
                .service(path("/keys/disable").post(admin::keys::disable))
                .service(path("/verify-key").post(admin::keys::verify))
                .service(path("/keys/health-check").post(admin::keys::health_check))
                .service(path("/jobs").get(admin::jobs::list))
                .service(path("/jobs/{id}").get(admin::jobs::show).delete(admin::jobs::cancel))
                .service(path("/tokens").get(admin::tokens::list).post(admin::tokens::create).delete(admin::tokens::delete))
                .service(path("/tokens/{id}").patch(admin::tokens::change).delete(admin::tokens::delete_one))
                .service(path("/client-tokens").get(admin::tokens::list_as_client_tokens).post(admin::tokens::create).delete(admin::tokens::delete))
                .service(path("/providers").get(admin::providers::list))
                .default_service(web::to(no_such_path)),
        )

        // Clients of any provider by name.
        .service(openai_scope("/{provider}/v1"))
        .default_service(web::to(no_such_path));
}

#[rustfmt::skip]
fn openai_scope(path: &str) -> impl actix_web::dev::HttpServiceFactory + use<> {
    web::scope(path)
        .wrap(cors::headers())
        .service(openai("/chat/completions").post(openai::chat_completions::post))
        .service(openai("/models").get(openai::models::list))
        .service(openai("/models/{id:.*}").get(openai::models::show))
        .default_service(web::to(no_such_openai_path))
}
