//! `POST /v1/chat/completions` and `POST /{provider}/v1/chat/completions`.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::app::App;
use crate::error::{ApiError, ErrorCode, OpenAi};
use crate::http::body;
use crate::http::extract::{Client, enabled_provider};
use crate::http::middleware;
use crate::route;
use crate::upstream::client;
use crate::upstream::forward::{Call, forward};

/// Sends a chat to whichever key is healthy, and the answer back as it comes.
pub async fn post(
    Client(caller): Client,
    app: web::Data<App>,
    http: web::Data<client::Client>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, OpenAi> {
    let provider = enabled_provider(&app, request.match_info().get("provider"))?;
    if caller.provider.as_ref().is_some_and(|only| *only != provider.id) {
        let words = "the client token may not use this provider";
        return Err(ApiError::new(ErrorCode::Forbidden, words).into());
    }
    let body = body::read(&request, payload, &app.config.server).await?;
    let wanted = route::wanted(&body)?;
    let call = Call {
        provider,
        model: Arc::from(wanted.model),
        stream: wanted.stream,
        token: caller.token,
        request_id: middleware::RequestId::of(&request),
        headers: request.headers(),
        body,
    };
    Ok(forward(&app, &http, call).await?)
}
