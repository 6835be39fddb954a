//! `GET /api/auth/config`: what a page needs before anyone is signed in.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::Anyone;
use crate::settings::Registration;

/// How people sign up and in here.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountsConfig {
    /// Who may sign up.
    registration: Registration,
    /// What Turnstile's widget is to be given; null where it is not asked for.
    #[schema(example = "0x4AAAAAAA…")]
    turnstile_site_key: Option<String>,
    /// The providers that a key may be for.
    #[schema(example = json!(["ollama", "openrouter"]))]
    providers: Vec<String>,
    /// Hours by which a daily check-in extends the key.
    #[schema(example = 24)]
    check_in_hours: i64,
    /// Hours that a new key lives.
    #[schema(example = 72)]
    user_key_hours: i64,
}

/// How people sign up and in here. No token is needed; limited by address.
#[utoipa::path(
    get, path = "/api/auth/config", tag = "Accounts", security(()),
    responses((status = 200, body = AccountsConfig), (status = 429, body = AdminError)),
)]
pub async fn show(_: Anyone<Admin>, app: web::Data<App>) -> HttpResponse {
    let settings = app.settings.now();
    let providers = app.providers.all().into_iter().filter(|provider| provider.enabled);
    HttpResponse::Ok().json(AccountsConfig {
        registration: settings.registration,
        turnstile_site_key: app.turnstile.site_key().map(str::to_owned),
        providers: providers.map(|provider| provider.id.clone()).collect(),
        check_in_hours: settings.check_in_hours,
        user_key_hours: settings.user_key_hours,
    })
}
