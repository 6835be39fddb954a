//! A client token's owner, where one is needed and where none is.

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::{Extracting, address, app, bearer};
use crate::app::App;
use crate::auth::{Caller, TokenRefusal};
use crate::error::{ApiError, ErrorCode, OpenAi};
use crate::http::strangers::{self, Door};

/// Where users check in.
const USER_PAGE: &str = "/user";

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

/// A client with a good token, or somebody who shows none and is limited by address. A token that
/// opens nothing is refused, so that nobody takes it for a good one.
pub struct Guest(pub Option<Arc<Caller>>);

impl FromRequest for Guest {
    type Error = OpenAi;
    type Future = Extracting<Self, OpenAi>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if bearer(request).is_some() {
            let client = Client::from_request(request, payload);
            return Box::pin(async move { Ok(Self(Some(client.await?.0))) });
        }
        let request = request.clone();
        Box::pin(async move {
            strangers::admit(&request, app(&request)?, Door::Lists).await?;
            Ok(Self(None))
        })
    }
}

/// Anyone, on a route that needs no token: with a good one without limit, else limited by address.
/// `E` is the dialect in which a refusal is told.
pub struct Anyone<E>(PhantomData<E>);

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
                return Ok(Self(PhantomData));
            }
            strangers::admit(&request, app, Door::Lists).await?;
            Ok(Self(PhantomData))
        })
    }
}
