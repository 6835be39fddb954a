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
use crate::http::extract::{Json, Member};
use crate::mail::Purpose;
use crate::models::recovery_code::RecoveryCode;
use crate::models::session::Session;
use crate::models::user_totp::UserTotp;

/// Whether one has a second factor.
#[derive(Serialize, ToSchema)]
pub struct TotpState {
    /// A code is asked for at sign-in.
    enabled: bool,
    /// Recovery codes that are left, of ten.
    #[serde(rename = "recoveryCodesLeft")]
    #[schema(example = 10)]
    recovery_codes_left: i64,
}

/// Codes that stand in for one of the app, each once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// True.
    success: bool,
    /// Ten, which are shown this once.
    #[serde(rename = "recoveryCodes")]
    #[schema(example = json!(["3f9a1-0c2d4-77be0-19f3c-a5d20-4e6b8"]))]
    recovery_codes: Vec<String>,
}

impl RecoveryCodes {
    fn answer(recovery_codes: Vec<String>) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        answer.insert_header((CACHE_CONTROL, "no-store"));
        answer.json(Self { success: true, recovery_codes })
    }
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
    let enabled = second_factor::is_set(&mut conn, member.user.id).await?;
    let recovery_codes_left = RecoveryCode::count(&mut conn, member.user.id).await?;
    Ok(HttpResponse::Ok().json(TotpState { enabled, recovery_codes_left }))
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
    ask: Json<SetUpTotp>,
) -> Result<HttpResponse, Admin> {
    let there = || ApiError::new(ErrorCode::Conflict, "there is a second factor already");
    if second_factor::is_set(&mut app.database.get().await?, member.user.id).await? {
        return Err(there().into());
    }
    let proof = Proof { password: ask.password.as_deref(), code: ask.code.as_deref() };
    let proven = proof.check(&app, &member, Purpose::Login).await?;
    let factor = SecondFactor::make()?;
    let (sealed, now) = (factor.seal(&app.vault, member.user.id)?, app.clock.now().naive());
    let mut conn = app.database.get().await?;
    let making = conn.transaction(async |conn| {
        proven.take(conn).await?;
        match UserTotp::put(conn, member.user.id, &sealed, now).await? {
            true => Ok(()),
            false => Err(there()),
        }
    });
    making.await?;
    let email = Email::parse(&member.user.email).ok_or_else(|| not_found("account"))?;
    let (secret, url) = (factor.secret().to_string(), factor.url(&email)?.to_string());
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(TotpSecret { secret, url }))
}

/// Shows the first code of one's app: from now on one is asked at sign-in. The answer has recovery
/// codes, which are shown this once.
#[utoipa::path(
    post, path = "/api/auth/totp/enable", tag = "Accounts", request_body = TotpCode,
    responses(
        (status = 200, body = RecoveryCodes), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 404, body = AdminError),
        (status = 409, body = AdminError), (status = 422, body = AdminError),
        (status = 429, body = AdminError),
    ),
)]
pub async fn enable(
    member: Member,
    app: web::Data<App>,
    ask: Json<TotpCode>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let totp = UserTotp::get(&mut conn, member.user.id).await?;
    let totp = totp.ok_or_else(|| not_found("secret"))?;
    let enabling = conn.transaction(async |conn| {
        second_factor::confirm(&app, conn, &totp, &ask.code).await?;
        // What was shown before it doesn't count any more.
        Session::forget_proofs(conn, member.user.id).await?;
        let codes = second_factor::make_recovery_codes(&app, conn, member.user.id).await?;
        member.did(&app, conn, member.deed("auth.totp_set")).await?;
        Ok::<_, ApiError>(codes)
    });
    Ok(RecoveryCodes::answer(enabling.await?))
}

/// Makes ten new recovery codes, which are shown this once; those before it open nothing from now
/// on. It needs sudo.
#[utoipa::path(
    post, path = "/api/auth/totp/recovery-codes", tag = "Accounts",
    responses(
        (status = 200, body = RecoveryCodes), (status = 401, body = AdminError),
        (status = 403, body = AdminError, description = "`sudo_required`"),
        (status = 404, body = AdminError, description = "There is no second factor"),
    ),
)]
pub async fn recovery_codes(member: Member, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    member.sudo(app.clock.now())?;
    let mut conn = app.database.get().await?;
    let making = conn.transaction(async |conn| {
        if !second_factor::is_set(conn, member.user.id).await? {
            return Err(not_found("second factor"));
        }
        let codes = second_factor::make_recovery_codes(&app, conn, member.user.id).await?;
        member.did(&app, conn, member.deed("auth.recovery_codes")).await?;
        Ok(codes)
    });
    Ok(RecoveryCodes::answer(making.await?))
}

/// Takes one's second factor away, by a code of it or by a recovery code.
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
    ask: Json<TotpCode>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let disabling = conn.transaction(async |conn| {
        let shown = second_factor::check(&app, conn, member.user.id, Some(&ask.code)).await?;
        UserTotp::delete(conn, member.user.id).await?;
        Session::forget_proofs(conn, member.user.id).await?;
        member.showed(&app, conn, shown).await?;
        member.did(&app, conn, member.deed("auth.totp_remove")).await?;
        Ok::<_, ApiError>(shown)
    });
    disabling.await?.tell(&app, &member.user);
    Ok(HttpResponse::Ok().json(Done::DONE))
}
