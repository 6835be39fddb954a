//! Beginning and ending sessions.

use actix_web::cookie::time::Duration;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::UserProfile;
use crate::app::App;
use crate::auth::Claims;
use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{ApiError, ErrorCode};
use crate::http::extract::{COOKIE, address_text};
use crate::models::session::Session;
use crate::models::user::User;

/// Characters kept of what a browser calls itself.
const AGENT_MAX: usize = 200;

/// A session that has just begun. Has no `Debug`: nothing prints it.
pub struct Begun {
    id: String,
    token: String,
    ends_at: Millis,
}

/// Somebody is signed in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// The session's token, for programs: `Authorization: Bearer …`. Browsers have it as a cookie.
    #[schema(example = "eyJhbGciOiJIUzI1NiJ9…")]
    token: String,
    /// When the session ends.
    #[schema(example = "2026-12-02T08:00:00.000Z")]
    expires_at: String,
    /// Who.
    user: UserProfile,
}

/// Begins a session of this user, for whoever asks. `proven` says that they have just shown their
/// password, or their second factor where they have one.
pub async fn begin(
    app: &App,
    conn: &mut Conn<'_>,
    request: &HttpRequest,
    user: i64,
    proven: bool,
) -> Result<Begun, ApiError> {
    let now = app.clock.now();
    let claims = Claims::new(user, now);
    let token = app.sessions.sign(&claims).map_err(|error| {
        log::error!("a session's token can't be signed: {error}");
        ApiError::new(ErrorCode::Internal, "the session can't begin")
    })?;
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let session = Session {
        id: claims.jti.clone(),
        user_id: user,
        address: address_text(request),
        agent: agent.unwrap_or_default().chars().take(AGENT_MAX).collect(),
        created_at: now.naive(),
        expires_at: claims.ends_at().naive(),
        proven_at: proven.then(|| now.naive()),
        seen_at: None,
    };
    session.begin(conn).await?;
    User::signed_in(conn, user, now.naive()).await?;
    Ok(Begun { id: claims.jti.clone(), token, ends_at: claims.ends_at() })
}

impl Begun {
    /// For the audit log: the session, and how its user has shown who they are.
    pub fn noted(&self, by: &str, second_factor: bool) -> serde_json::Value {
        serde_json::json!({"session": self.id, "by": by, "second_factor": second_factor})
    }

    /// The answer to whoever has signed in, with the cookie.
    pub fn answer(
        self,
        status: StatusCode,
        app: &App,
        request: &HttpRequest,
        user: UserProfile,
    ) -> HttpResponse {
        let lives = (self.ends_at.0 - app.clock.now().0) / 1000;
        let cookie = COOKIE.make(request, self.token.clone(), Some(Duration::seconds(lives)));
        let body = SignedIn { token: self.token, expires_at: self.ends_at.rfc3339(), user };
        let mut answer = HttpResponse::build(status);
        answer.cookie(cookie).insert_header((CACHE_CONTROL, "no-store")).json(body)
    }
}
