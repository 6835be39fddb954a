//! `POST /api/auth/logout`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Done, session};
use crate::app::App;
use crate::error::{Admin, AdminError};
use crate::http::extract::Member;
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
    app: web::Data<App>,
    ask: Option<web::Json<Logout>>,
) -> Result<HttpResponse, Admin> {
    let everywhere = ask.is_some_and(|ask| ask.everywhere);
    let mut conn = app.database.get().await?;
    match everywhere {
        true => Session::end_all(&mut conn, &[member.user.id], None).await?,
        false => Session::end(&mut conn, member.user.id, &member.session).await?,
    };
    Ok(HttpResponse::Ok().cookie(session::no_cookie(&app)).json(Done::DONE))
}
