//! Administrators, as the door to their API has found them.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use diesel::QueryResult;

use super::{Member, TokenSession, address, address_text, app, offered_token};
use crate::accounts::administrator;
use crate::app::App;
use crate::audit::{self, Actor, Deed};
use crate::auth::{AdminRefusal, is_session};
use crate::db::Conn;
use crate::error::{Admin, ApiError, ErrorCode};
use crate::http::middleware::RequestId;
use crate::metrics::Limit;

/// Name of the admin token's holder in the audit log.
pub const BY_TOKEN: &str = "admin-token";

/// What an administrator has shown.
#[derive(Debug, Clone)]
pub enum By {
    /// The admin token, with this request.
    Token,
    /// The admin token, some time ago: this is the browser's session.
    TokenSession(TokenSession),
    /// They are signed in with that role.
    Session(Member),
}

impl By {
    /// Who is signed in, if anybody is.
    pub const fn member(&self) -> Option<&Member> {
        match self {
            Self::Session(member) => Some(member),
            Self::Token | Self::TokenSession(_) => None,
        }
    }
}

/// An administrator, as [`administrators_only`](crate::http::middleware::administrators_only) found: by
/// the admin token, by the session that it has begun in a browser, or signed in with that role. How
/// the audit log names them, and what they have shown.
///
/// The token is checked there and not here because extractors run side by side: a stranger's body
/// would be read, and its faults told, before the stranger is turned away.
#[derive(Debug, Clone)]
pub struct Administrator(pub Actor, pub By);

impl Administrator {
    /// Checks the request's token or cookie.
    pub async fn check(request: &HttpRequest) -> Result<Self, Admin> {
        match offered_token(request) {
            Some(token) if is_session(token) => {
                Self::signed_in(request, Member::of(request, token).await?).await
            }
            Some(token) => Self::by_token(request, Some(token)).await,
            None => Self::by_cookie(request).await,
        }
    }

    /// Who has shown the admin token in this browser goes before who is signed in there.
    async fn by_cookie(request: &HttpRequest) -> Result<Self, Admin> {
        if let Some(session) = TokenSession::by_cookie(request).await? {
            return Ok(Self(actor(request, BY_TOKEN.to_owned()), By::TokenSession(session)));
        }
        match Member::by_cookie(request).await? {
            Some(member) => Self::signed_in(request, member).await,
            None => Self::by_token(request, None).await,
        }
    }

    async fn signed_in(request: &HttpRequest, member: Member) -> Result<Self, Admin> {
        let app = app(request)?;
        administrator::check(app, &member.user).await.inspect_err(|refusal| {
            Self::refused(request, app, &member.user.email, refusal);
        })?;
        Ok(Self(actor(request, member.user.email.clone()), By::Session(member)))
    }

    async fn by_token(request: &HttpRequest, token: Option<&str>) -> Result<Self, Admin> {
        let app = app(request)?;
        let checked = app.admin.check(token, address(request)).await;
        if let Err(refusal) = checked {
            return Err(Admin(refused(request, app, BY_TOKEN, token, refusal)));
        }
        Ok(Self(actor(request, BY_TOKEN.to_owned()), By::Token))
    }
}

/// Who does what this request asks for, for the audit log.
pub fn actor(request: &HttpRequest, name: String) -> Actor {
    let id = request.extensions().get::<RequestId>().cloned();
    Actor {
        name,
        address: address_text(request),
        request_id: id.map(|id| id.0.to_str().unwrap_or_default().to_owned()).unwrap_or_default(),
    }
}

impl Administrator {
    /// Notes in the audit log what they do, in the transaction that does it and as its last step:
    /// until it ends, all others who want to note something wait ([`crate::db::locks`]).
    pub async fn did(&self, app: &App, conn: &mut Conn<'_>, deed: Deed) -> QueryResult<()> {
        audit::record(conn, &app.vault, &self.0, deed, app.clock.now()).await
    }
}

impl FromRequest for Administrator {
    type Error = Admin;
    type Future = Ready<Result<Self, Admin>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        ready(found.ok_or_else(|| Admin(no_administrator())))
    }
}

/// Why the administrators' door stays shut. A token that was shown in vain is noted as tried for what
/// has this name.
pub fn refused(
    request: &HttpRequest,
    app: &App,
    name: &str,
    token: Option<&str>,
    refusal: AdminRefusal,
) -> ApiError {
    let error = shut(refusal);
    if matches!(refusal, AdminRefusal::TooMany { .. }) {
        app.metrics.limit(Limit::AdminToken);
    }
    if token.is_some() {
        Administrator::refused(request, app, name, &error);
    }
    error
}

fn shut(refusal: AdminRefusal) -> ApiError {
    match refusal {
        AdminRefusal::Wrong => no_administrator(),
        AdminRefusal::TooMany { retry_after } => {
            ApiError::new(ErrorCode::RateLimited, "too many wrong admin tokens")
                .retry_after(retry_after)
        }
    }
}

fn no_administrator() -> ApiError {
    ApiError::new(ErrorCode::Unauthorized, "the admin token is missing or wrong")
}
