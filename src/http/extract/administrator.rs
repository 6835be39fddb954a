//! Administrators, as the door to their API has found them.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use diesel::QueryResult;

use super::{Member, address, app, bearer, offered_bearer};
use crate::app::App;
use crate::audit::{self, Actor, Deed};
use crate::auth::{AdminRefusal, is_session};
use crate::db::Conn;
use crate::error::{Admin, ApiError, ErrorCode};
use crate::http::middleware::RequestId;

/// An administrator, as [`administrators_only`](crate::http::middleware::administrators_only) found: by
/// the admin token, or signed in with that role. How the audit log names them, and who is signed
/// in.
///
/// The token is checked there and not here because extractors run side by side: a stranger's body
/// would be read, and its faults told, before the stranger is turned away.
#[derive(Debug, Clone)]
pub struct Administrator(pub Actor, pub Option<Member>);

impl Administrator {
    /// Checks the request's token or cookie.
    pub async fn check(request: &HttpRequest) -> Result<Self, Admin> {
        let token = bearer(request).or_else(|| offered_bearer(request));
        let member = match token {
            Some(token) if is_session(token) => Some(Member::of(request, token).await?),
            Some(_) => None,
            None => Member::by_cookie(request).await?,
        };
        match member {
            Some(member) => Self::signed_in(request, member),
            None => Self::by_token(request, token).await,
        }
    }

    fn signed_in(request: &HttpRequest, member: Member) -> Result<Self, Admin> {
        if !member.is_administrator() {
            return Err(ApiError::new(ErrorCode::Forbidden, "this is for administrators").into());
        }
        Ok(Self(actor(request, member.user.email.clone()), Some(member)))
    }

    async fn by_token(request: &HttpRequest, token: Option<&str>) -> Result<Self, Admin> {
        let checked = app(request)?.admin.check(token, address(request)).await;
        checked.map_err(shut)?;
        Ok(Self(actor(request, "admin-token".to_owned()), None))
    }
}

/// Who does what this request asks for, for the audit log.
fn actor(request: &HttpRequest, name: String) -> Actor {
    let id = request.extensions().get::<RequestId>().cloned();
    Actor {
        name,
        address: address(request).map(|address| address.to_string()).unwrap_or_default(),
        request_id: id.map(|id| id.0.to_str().unwrap_or_default().to_owned()).unwrap_or_default(),
    }
}

impl Administrator {
    /// Notes in the audit log what they do, in the transaction that does it and as its last step:
    /// until it ends, all others who want to note something wait ([`crate::db::locks`]).
    pub async fn did(&self, app: &App, conn: &mut Conn<'_>, deed: Deed) -> QueryResult<()> {
        audit::record(conn, &self.0, deed, app.clock.now()).await
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

/// Why the administrators' door stays shut.
pub(super) fn shut(refusal: AdminRefusal) -> ApiError {
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
