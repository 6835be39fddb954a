//! `POST /v1/chat/completions` and `POST /{provider}/v1/chat/completions`.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::app::App;
use crate::error::OpenAi;
use crate::http::extract::{Client, enabled_provider};
use crate::http::{body, limited};
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
    caller.access.check_provider(&provider.id)?;
    let body = body::read(&request, payload, &app.config.server).await?;
    let wanted = route::wanted(&body)?;
    caller.access.check_model(&wanted.model)?;
    let place = limited::enter(&app, &caller, body.len()).await?;
    let call = Call {
        provider,
        model: Arc::from(wanted.model),
        stream: wanted.stream,
        token: caller.token,
        headers: request.headers(),
        body,
        permit: place.permit,
    };
    Ok(limited::tell(forward(&app, &http, call).await, &place.standing)?)
}
