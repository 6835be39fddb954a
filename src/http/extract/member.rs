//! Who is signed in.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono::NaiveDateTime;

use super::{actor, app, is_idle_page, offered_token, origin};
use crate::app::App;
use crate::audit::Actor;
use crate::auth::{Idle, Use};
use crate::clock::Millis;
use crate::db::Conn;
use crate::error::{Admin, ApiError, ErrorCode};
use crate::http::cookies::OwnCookie;
use crate::models::session::Session;
use crate::models::user::{Role, User};

/// The cookie in which browsers keep a session's token.
pub const COOKIE: OwnCookie = OwnCookie { name: "pool_session", path: "/" };

/// A user who is signed in, as [`members_only`](crate::http::middleware::members_only) found: by a
/// browser's cookie, or by the session's token as a bearer's.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub user: User,
    /// By which session.
    pub session: String,
    /// When they last showed in this session who they are.
    pub proven_at: Option<NaiveDateTime>,
    /// How the audit log names them, and from where they ask.
    pub actor: Arc<Actor>,
}

impl Member {
    /// Whether they have the administrators' role.
    pub fn is_administrator(&self) -> bool {
        Role::from_column(&self.user.role) == Role::Admin
    }

    /// Checks the request's session.
    pub async fn check(request: &HttpRequest) -> Result<Self, ApiError> {
        match offered_token(request) {
            Some(token) => Self::of(request, token).await,
            None => match Self::by_cookie(request).await? {
                Some(member) => Ok(member),
                None => Err(not_signed_in()),
            },
        }
    }

    /// Who is signed in by a cookie; `None` without one.
    pub async fn by_cookie(request: &HttpRequest) -> Result<Option<Self>, ApiError> {
        let Some(cookie) = COOKIE.read(request) else { return Ok(None) };
        origin::check(request)?;
        Self::of(request, cookie.value()).await.map(Some)
    }

    /// Who has this token of a session.
    pub async fn of(request: &HttpRequest, token: &str) -> Result<Self, ApiError> {
        let app = app(request)?;
        let now = app.clock.now();
        // What nobody here has signed is not worth a look into the database.
        let claims = app.sessions.read(token, now).ok_or_else(not_signed_in)?;
        let mut conn = app.database.get().await?;
        let found = Session::with_user(&mut conn, &claims.jti, now.naive()).await?;
        let (session, user) = found.ok_or_else(not_signed_in)?;
        if claims.user() != Some(user.id) || !user.is_active {
            return Err(not_signed_in());
        }
        match use_of(app, &session, &user, now) {
            Use::Ended => {
                Session::end(&mut conn, user.id, &session.id).await?;
                return Err(not_signed_in());
            }
            Use::ToNote if !is_idle_page(request) => note_use(&mut conn, &session.id, now).await,
            Use::ToNote | Use::Noted => {}
        }
        let actor = Arc::new(actor(request, user.email.clone()));
        Ok(Self { user, session: session.id, proven_at: session.proven_at, actor })
    }
}

/// What this session of this user is at this moment: an administrator's ends unused, others last as
/// long as they last.
pub fn use_of(app: &App, session: &Session, user: &User, now: Millis) -> Use {
    if Role::from_column(&user.role) != Role::Admin {
        return Use::Noted;
    }
    Idle::minutes(app.settings.now().admin_idle_minutes).look(session.last_use(), now.naive())
}

/// Notes the last use. A database that can't write now keeps nobody out.
async fn note_use(conn: &mut Conn<'_>, session: &str, now: Millis) {
    if let Err(error) = Session::touch(conn, session, now.naive()).await {
        log::warn!("the last use of a session can't be noted: {error}");
    }
}

impl FromRequest for Member {
    type Error = Admin;
    type Future = Ready<Result<Self, Admin>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        ready(found.ok_or_else(|| Admin(not_signed_in())))
    }
}

fn not_signed_in() -> ApiError {
    ApiError::new(ErrorCode::NotSignedIn, "nobody is signed in, or no longer: sign in again")
}
