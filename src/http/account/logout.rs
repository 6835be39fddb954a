//! `POST /api/auth/logout`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::Done;
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::{COOKIE, Member, OptionalJson};
use crate::models::session::Session;

/// Which sessions end.
#[derive(Default, Deserialize, ToSchema)]
pub struct Logout {
    /// All of one's sessions, on every device; only this one unless given.
    #[serde(default)]
    #[schema(example = false)]
    everywhere: bool,
}

/// Ends the session, or all of one's sessions. Their tokens open nothing from now on, in every
/// process. A body may be left out.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "Accounts", request_body = Option<Logout>,
    responses((status = 200, body = Done), (status = 401, body = AdminError)),
)]
pub async fn logout(
    member: Member,
    request: HttpRequest,
    app: web::Data<App>,
    OptionalJson(ask): OptionalJson<Logout>,
) -> Result<HttpResponse, Admin> {
    let everywhere = ask.is_some_and(|ask| ask.everywhere);
    let mut conn = app.database.get().await?;
    let ending = conn.transaction(async |conn| {
        let (action, ended) = match everywhere {
            true => ("auth.sessions_end", Session::end_all(conn, &[member.user.id], None).await?),
            false => ("auth.sign_out", Session::end(conn, member.user.id, &member.session).await?),
        };
        let deed = member.deed(action).before(json!({"session": member.session, "ended": ended}));
        member.did(&app, conn, deed).await
    });
    ending.await?;
    Ok(HttpResponse::Ok().cookie(COOKIE.end(&request)).json(Done::DONE))
}
