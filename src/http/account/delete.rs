//! `DELETE /api/auth/account`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Done, Proof, own, tell};
use crate::accounts::former;
use crate::app::App;
use crate::error::{Admin, AdminError, ApiError};
use crate::http::extract::{COOKIE, Json, Member};
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
/// stays, without a name. It can't be undone; a mail tells of it. Who has a second factor needs
/// sudo besides. For 90 days a keyed hash of the address stays: who signs up with it again goes on
/// with the key's end and the day's use.
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
    request: HttpRequest,
    app: web::Data<App>,
    ask: Json<DeleteAccount>,
) -> Result<HttpResponse, Admin> {
    let proof = Proof { password: ask.password.as_deref(), code: ask.code.as_deref() };
    let proven = proof.check(&app, &member, Purpose::Login).await?;
    let mut conn = app.database.get().await?;
    let deleting = conn.transaction(async |conn| {
        proven.take(conn).await?;
        let account = own(conn, member.user.id).await?;
        former::keep(&app, conn, &account).await?;
        User::delete(conn, &[member.user.id]).await?;
        member.did(&app, conn, member.deed("auth.account_delete")).await?;
        Ok::<_, ApiError>(account)
    });
    let account = deleting.await?;
    account.key.iter().flat_map(UserKey::hashes).for_each(|hash| app.tokens.forget(hash));
    tell(&app, &member.user, Message::AccountDeleted);
    Ok(HttpResponse::Ok().cookie(COOKIE.end(&request)).json(Done::DONE))
}
