//! `DELETE /api/auth/account`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Done, Proof, own, session, tell};
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError};
use crate::http::extract::Member;
use crate::mail::{Message, Purpose};
use crate::models::user::{User, UserKey};

/// That it is really meant.
#[derive(Deserialize, ToSchema)]
pub struct DeleteAccount {
    /// One's password.
    password: Option<String>,
    /// Or a code that was mailed for signing in.
    #[schema(example = "123456")]
    code: Option<String>,
}

/// Deletes one's own account, with its key, sessions and check-ins. What was counted of requests
/// stays, without a name. It can't be undone; a mail tells of it.
#[utoipa::path(
    delete, path = "/api/auth/account", tag = "Accounts", request_body = DeleteAccount,
    responses(
        (status = 200, body = Done), (status = 400, body = AdminError),
        (status = 401, body = AdminError), (status = 422, body = AdminError),
        (status = 429, body = AdminError), (status = 503, body = AdminError),
    ),
)]
pub async fn delete(
    member: Member,
    app: web::Data<App>,
    ask: web::Json<DeleteAccount>,
) -> Result<HttpResponse, Admin> {
    let proof = Proof { password: ask.password.as_deref(), code: ask.code.as_deref() };
    let proven = proof.check(&app, &member, Purpose::Login).await?;
    let mut conn = app.database.get().await?;
    let deleting = conn.transaction(async |conn| {
        proven.take(conn).await?;
        let account = own(conn, member.user.id).await?;
        User::delete(conn, &[member.user.id]).await?;
        Ok::<_, ApiError>(account)
    });
    let account = deleting.await?;
    account.key.iter().flat_map(UserKey::hashes).for_each(|hash| app.tokens.forget(hash));
    tell(&app, &member.user, Message::AccountDeleted);
    Ok(HttpResponse::Ok().cookie(session::no_cookie(&app)).json(Done::DONE))
}
