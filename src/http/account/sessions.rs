//! `GET /api/auth/sessions`, and `DELETE` of one.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::Done;
use crate::app::App;
use crate::clock::rfc3339;
use crate::error::{Admin, AdminError, ApiError, not_found};
use crate::http::extract::Member;
use crate::models::session::Session;

/// A session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Its id.
    #[schema(example = "0199c3a0-7b5e-7c1e-9d57-2f1a8f0c9d11")]
    id: String,
    /// The address of the network that it began from.
    #[schema(example = "192.0.2.7")]
    address: String,
    /// What the browser or program calls itself.
    #[schema(example = "Mozilla/5.0 …")]
    agent: String,
    /// It is the one that asks.
    current: bool,
    /// When it began.
    #[schema(example = "2026-11-25T08:00:00.000Z")]
    created_at: String,
    /// When it ends by itself.
    #[schema(example = "2026-12-02T08:00:00.000Z")]
    expires_at: String,
}

/// Where one is signed in.
#[derive(Serialize, ToSchema)]
pub struct Sessions {
    pub sessions: Vec<SessionView>,
}

/// Where one is signed in, the newest first; at most twenty.
#[utoipa::path(
    get, path = "/api/auth/sessions", tag = "Accounts",
    responses((status = 200, body = Sessions), (status = 401, body = AdminError)),
)]
pub async fn list(member: Member, app: web::Data<App>) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let rows = Session::of_user(&mut conn, member.user.id, app.clock.now().naive()).await?;
    Ok(HttpResponse::Ok().json(Sessions::of(rows, &member.session)))
}

impl Sessions {
    /// These, as the one of that id sees them.
    pub fn of(rows: Vec<Session>, current: &str) -> Self {
        let one = |row: Session| SessionView {
            current: row.id == current,
            id: row.id,
            address: row.address,
            agent: row.agent,
            created_at: rfc3339(row.created_at),
            expires_at: rfc3339(row.expires_at),
        };
        Self { sessions: rows.into_iter().map(one).collect() }
    }
}

/// Ends one of one's sessions: its token opens nothing from now on, in every process.
#[utoipa::path(
    delete, path = "/api/auth/sessions/{id}", tag = "Accounts", params(("id" = String, Path)),
    responses(
        (status = 200, body = Done), (status = 401, body = AdminError),
        (status = 404, body = AdminError),
    ),
)]
pub async fn end(
    member: Member,
    app: web::Data<App>,
    id: web::Path<String>,
) -> Result<HttpResponse, Admin> {
    let mut conn = app.database.get().await?;
    let ending = conn.transaction(async |conn| {
        if Session::end(conn, member.user.id, &id).await? == 0 {
            return Err(not_found("session"));
        }
        let deed = member.deed("auth.session_end").before(json!({"session": *id}));
        Ok::<_, ApiError>(member.did(&app, conn, deed).await?)
    });
    ending.await?;
    Ok(HttpResponse::Ok().json(Done::DONE))
}
