//! `POST /api/auth/change-password`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Done, Proof, tell};
use crate::app::App;
use crate::auth::{Lane, Password};
use crate::error::{Admin, AdminError, ApiError};
use crate::http::extract::{Json, Member};
use crate::mail::{Message, Purpose};
use crate::models::session::Session;
use crate::models::user::User;

/// One's new password, and the old one.
#[derive(Deserialize, ToSchema)]
pub struct ChangePassword {
    /// The password so far.
    #[serde(rename = "currentPassword", alias = "oldPassword", alias = "current_password")]
    current_password: Option<String>,
    /// Or a code that was mailed for a new password, by those who have none.
    #[schema(example = "123456")]
    code: Option<String>,
    /// The new one: 8 to 128 characters.
    #[serde(rename = "newPassword", alias = "password", alias = "new_password")]
    new_password: String,
}

/// Changes one's password, and ends all of one's other sessions and this one's sudo. A mail tells
/// of it. Who has a second factor needs sudo besides the password so far.
#[utoipa::path(
    post, path = "/api/auth/change-password", tag = "Accounts", request_body = ChangePassword,
    responses(
        (status = 200, body = Done), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 422, body = AdminError),
        (status = 429, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn change_password(
    member: Member,
    app: web::Data<App>,
    ask: Json<ChangePassword>,
) -> Result<HttpResponse, Admin> {
    let password = Password::parse(&ask.new_password)?;
    let proof = Proof { password: ask.current_password.as_deref(), code: ask.code.as_deref() };
    let proven = proof.check(&app, &member, Purpose::Reset).await?;
    let hash = app.passwords.hash(&Lane::Known, password).await?;
    let mut conn = app.database.get().await?;
    let setting = conn.transaction(async |conn| {
        proven.take(conn).await?;
        User::set_password(conn, member.user.id, &hash, app.clock.now().naive()).await?;
        Session::end_all(conn, &[member.user.id], Some(&member.session)).await?;
        Session::forget_proofs(conn, member.user.id).await?;
        Ok::<_, ApiError>(member.did(&app, conn, member.deed("auth.password_change")).await?)
    });
    setting.await?;
    tell(&app, &member.user, Message::PasswordChanged);
    Ok(HttpResponse::Ok().json(Done::DONE))
}
