//! `POST /v1/chat/completions` and `POST /{provider}/v1/chat/completions`.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::described::ChatRequest;
use super::refusals::Aim;
use crate::answers::{Asked, Kept, Looked};
use crate::app::App;
use crate::auth::Caller;
use crate::bodies::Owner;
use crate::error::{ApiError, OpenAi, OpenAiError};
use crate::http::body::{self, Bounds};
use crate::http::extract::{Client, served_provider};
use crate::http::limited::{self, Place};
use crate::http::middleware;
use crate::limits::Permit;
use crate::provider::Provider;
use crate::route::{self, Wanted};
use crate::settings::Values;
use crate::stats::Outcome;
use crate::upstream::client;
use crate::upstream::forward::{Call, forward};
use crate::upstream::headers;
use crate::upstream::plan::plan;
use crate::upstream::tally::Tally;

/// Sends a chat to whichever key is healthy, and the answer back as it comes.
///
/// The answer's `X-Pool-Provider` says who served, `X-Pool-Attempts` after how many attempts, and
/// `X-Cache` whether it was given before (`HIT`), could have been (`MISS`), or not (`BYPASS`).
#[utoipa::path(
    post, path = "/v1/chat/completions", tag = "OpenAI", security(("client_token" = [])),
    request_body = ChatRequest,
    params(("Cache-Control" = Option<String>, Header,
        description = "`no-cache`: a new answer; `no-store`: nor is it kept")),
    responses(
        (status = 200, description = "The upstream's answer, unchanged; events with `stream`",
            content((serde_json::Value = "application/json"), (String = "text/event-stream"))),
        (status = 400, body = OpenAiError), (status = 401, body = OpenAiError),
        (status = 403, body = OpenAiError), (status = 408, body = OpenAiError),
        (status = 413, body = OpenAiError),
        (status = 415, body = OpenAiError, description = "Compressed otherwise than by gzip or zstd"),
        (status = 422, body = OpenAiError),
        (status = 429, body = OpenAiError), (status = 502, body = OpenAiError),
        (status = 503, body = OpenAiError), (status = 504, body = OpenAiError),
    ),
)]
pub async fn post(
    Client(caller): Client,
    app: web::Data<App>,
    http: web::Data<client::Client>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, OpenAi> {
    let provider = served_provider(&app, request.match_info().get("provider"))?;
    caller.access.check_provider(&provider.id)?;
    let Place { permit, standing } = limited::enter(&app, &caller).await?;
    let chat = Chat { caller: &caller, provider, permit, request: &request };
    Ok(limited::tell(chat.answer(&app, &http, payload).await, &standing)?)
}

/// A request that was let in; its body is still to come.
struct Chat<'a> {
    caller: &'a Arc<Caller>,
    provider: Arc<Provider>,
    permit: Option<Permit>,
    request: &'a HttpRequest,
}

impl Chat<'_> {
    async fn answer(
        mut self,
        app: &App,
        http: &client::Client,
        payload: web::Payload,
    ) -> Result<HttpResponse, ApiError> {
        let Self { caller, request, .. } = self;
        let (owner, bounds) = (Owner::Token(caller.token), Bounds::large(&app.config.server));
        let body = body::read(app, request, payload, owner, bounds).await?;
        if let Some(permit) = &mut self.permit {
            permit.asked(body.len());
        }
        let wanted = route::wanted(&body)?;
        let settings = app.settings.now();
        let plan = plan(app, caller, self.provider, &wanted, &body);
        let plan = plan.inspect_err(|_| aim(&wanted).note(request))?;
        let mut call = Call {
            plan,
            asked: &wanted.model,
            model_at: wanted.model_at,
            stream: wanted.stream,
            token: caller.token,
            caller: caller.clone(),
            request_id: middleware::RequestId::of(request),
            headers: request.headers(),
            body,
            attempts_max: usize::try_from(settings.max_attempts).unwrap_or(1),
            place: None,
            permit: self.permit,
        };
        if settings.response_cache && !call.stream {
            match look(app, &settings, &call).await {
                Looked::Hit(kept) => return Ok(again(app, call, kept)),
                Looked::Miss(place) => call.place = Some(place),
                Looked::Bypass => {}
            }
        }
        forward(app, http, call).await
    }
}

/// Where a request was aimed at that is refused before there is a plan.
fn aim(wanted: &Wanted) -> Aim {
    Aim { asked: Arc::from(&*wanted.model), stream: wanted.stream }
}

async fn look(app: &App, settings: &Values, call: &Call<'_>) -> Looked {
    let target = &call.plan.first;
    let upstream = &app.config.upstream;
    let passing = &headers::to_upstream(call.headers, &target.provider, upstream);
    let (token, headers, body) = (call.token, call.headers, &call.body);
    let asked = Asked { target, token, headers, passing, body };
    app.answers.look(&app.cache, settings, &asked).await
}

/// An answer that was given before. It counts as a request that no key and no tokens went into.
fn again(app: &App, call: Call<'_>, kept: Kept) -> HttpResponse {
    let target = &call.plan.first;
    let stats = app.actors.stats.clone();
    let mut tally = Tally::begin(stats, target, call.token, app.clock.now());
    tally.hold(call.permit);
    tally.about(call.request_id, call.stream, call.asked);
    tally.cache("HIT");
    tally.first_byte();
    let mut response = HttpResponse::Ok();
    for (name, value) in kept.headers {
        response.append_header((name, value));
    }
    response.insert_header(("x-pool-provider", target.provider.id.as_str()));
    response.insert_header(("x-pool-attempts", 0));
    response.insert_header(("x-cache", "HIT"));
    tally.finish(Outcome::Success, 200);
    response.body(kept.body)
}
