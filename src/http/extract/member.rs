//! Who is signed in.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::{app, bearer, offered_bearer, origin};
use crate::error::{Admin, ApiError, ErrorCode};
use crate::models::session::Session;
use crate::models::user::{Role, User};

/// The cookie in which browsers keep a session's token.
pub const COOKIE: &str = "pool_session";

/// A user who is signed in, as [`members_only`](crate::http::middleware::members_only) found: by a
/// browser's cookie, or by the session's token as a bearer's.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub user: User,
    /// By which session.
    pub session: String,
}

impl Member {
    /// Checks the request's session.
    pub async fn check(request: &HttpRequest) -> Result<Self, ApiError> {
        match bearer(request).or_else(|| offered_bearer(request)) {
            Some(token) => Self::of(request, token).await,
            None => match Self::by_cookie(request).await? {
                Some(member) => Ok(member),
                None => Err(not_signed_in()),
            },
        }
    }

    /// Who is signed in by a cookie; `None` without one.
    pub async fn by_cookie(request: &HttpRequest) -> Result<Option<Self>, ApiError> {
        let Some(cookie) = request.cookie(COOKIE) else { return Ok(None) };
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
        Ok(Self { user, session: session.id })
    }

    /// Whether they administer the pool.
    pub fn is_administrator(&self) -> bool {
        Role::from_column(&self.user.role) == Role::Admin
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
