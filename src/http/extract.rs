//! Who is calling, in a handler's signature: a route can't forget to ask.

mod confirmed;
mod member;
mod origin;
mod scraper;

use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use diesel::QueryResult;

use crate::app::App;
use crate::audit::{self, Actor, Deed};
use crate::auth::{AdminRefusal, Caller, TokenRefusal, is_session};
use crate::db::Conn;
use crate::error::{Admin, ApiError, ErrorCode, OpenAi, invalid, not_found};
use crate::http::middleware::RequestId;
use crate::http::strangers::{self, Door};
use crate::provider::{self, Provider};
use crate::upstream::plan::switched_off;

pub use self::confirmed::Confirmed;
pub use self::member::{COOKIE, Member};
pub use self::scraper::Scraper;

/// The most of an admin request's JSON, in bytes.
const ADMIN_BODY_MAX: usize = 2 << 20;

/// Where users check in.
const USER_PAGE: &str = "/user";

type Extracting<T, E> = Pin<Box<dyn Future<Output = Result<T, E>>>>;

/// A client with a good token.
pub struct Client(pub Arc<Caller>);

impl FromRequest for Client {
    type Error = OpenAi;
    type Future = Extracting<Self, OpenAi>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = app(&request)?;
            match known(&request, app).await {
                Ok(caller) => Ok(Self(caller)),
                Err(why) => {
                    Err(strangers::turned_away(&request, app, Door::Clients, why).await.into())
                }
            }
        })
    }
}

/// Whose token the request has.
async fn known(request: &HttpRequest, app: &App) -> Result<Arc<Caller>, ApiError> {
    let token = bearer(request).ok_or_else(|| {
        let words = "a client token is needed: `Authorization: Bearer <token>`";
        ApiError::new(ErrorCode::Unauthorized, words)
    })?;
    let caller = app.tokens.find(token, app.clock.now(), || address(request)).await;
    let caller = caller.map_err(|refusal| refused(app, refusal))?;
    caller.access.check_address(|| address(request))?;
    Ok(caller)
}

fn refused(app: &App, refusal: TokenRefusal) -> ApiError {
    match refusal {
        TokenRefusal::Unknown => {
            ApiError::new(ErrorCode::Unauthorized, "the client token is wrong")
        }
        TokenRefusal::Expired { is_own } => expired(app, is_own),
        TokenRefusal::Disabled => {
            ApiError::new(ErrorCode::TokenDisabled, "the client token is disabled")
        }
        TokenRefusal::TooMany { retry_after } => {
            ApiError::new(ErrorCode::RateLimited, "too many wrong client tokens")
                .retry_after(retry_after)
        }
        TokenRefusal::Unavailable => {
            ApiError::new(ErrorCode::Unavailable, "tokens can't be checked now").retry_after(2)
        }
    }
}

/// Users can renew their own keys, unless check-ins are worth nothing.
fn expired(app: &App, is_own: bool) -> ApiError {
    if !is_own || app.settings.now().check_in_hours == 0 {
        return ApiError::new(ErrorCode::TokenExpired, "the client token has expired");
    }
    let page = app.config.server.public_url.join(USER_PAGE);
    let page = page.unwrap_or_else(|| USER_PAGE.to_owned());
    let words = format!("your key has expired: check in at {page} to renew it");
    ApiError::new(ErrorCode::TokenExpired, words)
}

/// Anyone, on a route that needs no token: with a good one without limit, else limited by address.
/// `E` is the dialect in which a refusal is told.
pub struct Anyone<E> {
    /// Whose token it was, if there was a good one.
    pub caller: Option<Arc<Caller>>,
    dialect: PhantomData<E>,
}

impl<E: From<ApiError> + Into<actix_web::Error> + 'static> FromRequest for Anyone<E> {
    type Error = E;
    type Future = Extracting<Self, E>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = app(&request)?;
            let from = || address(&request);
            if let Some(token) = bearer(&request)
                && let Ok(caller) = app.tokens.find(token, app.clock.now(), from).await
                && caller.access.check_address(from).is_ok()
            {
                return Ok(Self { caller: Some(caller), dialect: PhantomData });
            }
            strangers::admit(&request, app, Door::Lists).await?;
            Ok(Self { caller: None, dialect: PhantomData })
        })
    }
}

/// An administrator, as [`administrators_only`](super::middleware::administrators_only) found: by
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
    /// Notes in the audit log what they do, in the transaction that does it.
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

/// The token of `Authorization: Bearer …`; the scheme's case doesn't matter (RFC 9110).
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The token among the protocols that a WebSocket offers, as `bearer.<token>`: browsers can set no
/// other header there, and a token in a URL would end up in logs.
fn offered_bearer(request: &HttpRequest) -> Option<&str> {
    let offered = request.headers().get(SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    offered.split(',').find_map(|name| name.trim().strip_prefix("bearer."))
}

/// The client's address: the peer's, or, behind trusted proxies, the last one that none of them
/// wrote about another of them.
pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    // A dual-stack listener shows IPv4 peers as IPv6.
    let peer = request.peer_addr()?.ip().to_canonical();
    let trusted = &app(request).ok()?.config.server.trusted_proxies;
    if !trusted.contains(peer) {
        return Some(peer);
    }
    let forwarded = request.headers().get_all("x-forwarded-for");
    let hops: Vec<&str> = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut client = peer;
    for hop in hops.iter().rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !trusted.contains(client) {
            break;
        }
    }
    Some(client)
}

fn app(request: &HttpRequest) -> Result<&web::Data<App>, ApiError> {
    let app = request.app_data::<web::Data<App>>();
    app.ok_or_else(|| ApiError::new(ErrorCode::Internal, "the application is not configured"))
}

/// The provider of this name, `ollama` when none is named; 404 for one that is not there.
pub fn provider(app: &App, named: Option<&str>) -> Result<Arc<Provider>, ApiError> {
    let named = named.unwrap_or(provider::DEFAULT);
    app.providers.get(named).ok_or_else(|| {
        ApiError::new(ErrorCode::UnknownProvider, "there is no such provider").about("provider")
    })
}

/// As [`provider`], and 503 when the operator has switched it off.
pub fn enabled_provider(app: &App, named: Option<&str>) -> Result<Arc<Provider>, ApiError> {
    let provider = provider(app, named)?;
    if provider.enabled { Ok(provider) } else { Err(switched_off(&provider)) }
}

/// As [`enabled_provider`], but one that is switched off is good enough when others may serve in
/// its place.
pub fn served_provider(app: &App, named: Option<&str>) -> Result<Arc<Provider>, ApiError> {
    let provider = provider(app, named)?;
    let served = provider.enabled || app.routes.now().has_fallbacks(&provider.id);
    if served { Ok(provider) } else { Err(switched_off(&provider)) }
}

/// What goes wrong with JSON, queries and paths of the admin API, in its own words.
pub fn admin_bodies(config: &mut web::ServiceConfig) {
    use actix_web::error::QueryPayloadError;
    let query = web::QueryConfig::default().error_handler(|error, _| {
        let QueryPayloadError::Deserialize(error) = error else {
            return Admin(ApiError::new(ErrorCode::Malformed, "the query can't be read")).into();
        };
        Admin(invalid("query", format!("the query can't be read: {error}"))).into()
    });
    let path = web::PathConfig::default().error_handler(|_, _| Admin(not_found("resource")).into());
    config.app_data(admin_json()).app_data(query).app_data(path);
}

/// JSON bodies, with their faults in the admin API's words.
fn admin_json() -> web::JsonConfig {
    use actix_web::error::JsonPayloadError as E;
    web::JsonConfig::default().limit(ADMIN_BODY_MAX).error_handler(|error, _| {
        let error = match &error {
            E::Overflow { .. } | E::OverflowKnownLength { .. } => {
                ApiError::new(ErrorCode::BodyTooLarge, "the body is too large")
            }
            E::ContentType => ApiError::new(
                ErrorCode::UnsupportedMediaType,
                "the body must be JSON, with Content-Type: application/json",
            ),
            E::Deserialize(error) if error.is_data() => {
                ApiError::new(ErrorCode::InvalidValue, field_error(error))
            }
            _ => ApiError::new(ErrorCode::Malformed, "the body is not valid JSON"),
        };
        Admin(error).into()
    })
}

/// serde quotes wrong values, which may be secrets in the wrong place; only where is told.
pub fn field_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let missing = text.strip_prefix("missing field ").and_then(|rest| rest.split(' ').next());
    let place = format!("(line {}, column {})", error.line(), error.column());
    match missing {
        Some(field) => format!("the field {field} is missing"),
        None if text.starts_with("unknown field") => {
            format!("there is a field that nothing is known of {place}")
        }
        None => format!("a field has a wrong type {place}"),
    }
}
