//! `/api/auth/totp`: one's second factor.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Done, Proof};
use crate::accounts::second_factor;
use crate::app::App;
use crate::auth::{Email, SecondFactor};
use crate::error::{Admin, AdminError, ApiError, ErrorCode, not_found};
use crate::http::extract::Member;
use crate::mail::Purpose;
use crate::models::user_totp::UserTotp;

/// Whether one has a second factor.
#[derive(Serialize, ToSchema)]
pub struct TotpState {
    /// A code is asked for at sign-in.
    enabled: bool,
}

/// That it is really oneself.
#[derive(Deserialize, ToSchema)]
pub struct SetUpTotp {
    /// One's password.
    password: Option<String>,
    /// Or a code that was mailed for signing in.
    #[schema(example = "123456")]
    code: Option<String>,
}

/// What an app is to be given.
#[derive(Serialize, ToSchema)]
pub struct TotpSecret {
    /// For typing it in, in Base32.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    secret: String,
    /// For a QR code.
    #[schema(example = "otpauth://totp/Ollama%20API%20Pool:ann%40example.org?secret=…")]
    url: String,
}

/// What one's app shows.
#[derive(Deserialize, ToSchema)]
pub struct TotpCode {
    /// Six digits.
    #[schema(example = "123456")]
    code: String,
}

/// Whether one has a second factor.
#[utoipa::path(
    get, path = "/api/auth/totp", tag = "Accounts",
    responses((status = 200, body = TotpState), (status = 401, body = AdminError)),
)]
pub async fn show(member: Member, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let totp = UserTotp::get(&mut conn, member.user.id).await?;
    Ok(HttpResponse::Ok().json(TotpState { enabled: totp.is_some_and(|totp| totp.confirmed) }))
}

/// Makes a secret for one's app. It counts once a code of it has been shown.
#[utoipa::path(
    post, path = "/api/auth/totp/setup", tag = "Accounts", request_body = SetUpTotp,
    responses(
        (status = 200, body = TotpSecret), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 409, body = AdminError),
        (status = 422, body = AdminError), (status = 429, body = AdminError),
    ),
)]
pub async fn set_up(
    member: Member,
    app: web::Data<App>,
    ask: web::Json<SetUpTotp>,
) -> Result<HttpResponse, Admin> {
    let proof = Proof { password: ask.password.as_deref(), code: ask.code.as_deref() };
    let proven = proof.check(&app, &member, Purpose::Login).await?;
    let factor = SecondFactor::make()?;
    let (sealed, now) = (factor.seal(&app.vault)?, app.clock.now().naive());
    let mut conn = app.database.get().await?;
    let making = conn.transaction(async |conn| {
        proven.take(conn).await?;
        match UserTotp::put(conn, member.user.id, &sealed, now).await? {
            true => Ok(()),
            false => Err(ApiError::new(ErrorCode::Conflict, "there is a second factor already")),
        }
    });
    making.await?;
    let email = Email::parse(&member.user.email).ok_or_else(|| not_found("account"))?;
    let (secret, url) = (factor.secret().to_string(), factor.url(&email)?.to_string());
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(TotpSecret { secret, url }))
}

/// Shows the first code of one's app: from now on one is asked at sign-in.
#[utoipa::path(
    post, path = "/api/auth/totp/enable", tag = "Accounts", request_body = TotpCode,
    responses(
        (status = 200, body = Done), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 409, body = AdminError), (status = 422, body = AdminError),
        (status = 429, body = AdminError),
    ),
)]
pub async fn enable(
    member: Member,
    app: web::Data<App>,
    ask: web::Json<TotpCode>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let totp = UserTotp::get(&mut conn, member.user.id).await?;
    let totp = totp.ok_or_else(|| not_found("secret"))?;
    second_factor::confirm(&app, &mut conn, &totp, &ask.code).await?;
    Ok(HttpResponse::Ok().json(Done::DONE))
}

/// Takes one's second factor away, by a code of it.
#[utoipa::path(
    post, path = "/api/auth/totp/disable", tag = "Accounts", request_body = TotpCode,
    responses(
        (status = 200, body = Done), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 422, body = AdminError),
        (status = 429, body = AdminError),
    ),
)]
pub async fn disable(
    member: Member,
    app: web::Data<App>,
    ask: web::Json<TotpCode>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    second_factor::check(&app, &mut conn, member.user.id, Some(&ask.code)).await?;
    UserTotp::delete(&mut conn, member.user.id).await?;
    Ok(HttpResponse::Ok().json(Done::DONE))
}
