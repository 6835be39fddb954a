//! Target by target, key by key: until one answers, the request is at fault, or all were tried.

use std::ops::Range;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderValue};
use bytes::Bytes;

use super::attempt::{self, Answer, Ask, Failed, Refused};
use super::client::Client;
use super::exhausted;
use super::headers::{self, Passing};
use super::plan::{Plan, Target};
use super::relay::Relay;
use super::tally::Tally;
use crate::actors::key_pool::{Lease, LeaseError};
use crate::answers::{self, Place};
use crate::app::App;
use crate::error::ApiError;
use crate::limits::Permit;
use crate::pool::key::KeyId;
use crate::pool::reason::Reason;
use crate::pool::verdict::Verdict;
use crate::provider::Provider;
use crate::route;
use crate::stats::Outcome;

/// A request that knows where it goes.
pub struct Call<'a> {
    /// Who is asked.
    pub plan: Plan,
    /// The model, as the client named it.
    pub asked: &'a str,
    /// Where that stands in the body.
    pub model_at: Range<usize>,
    /// The client asked for a stream.
    pub stream: bool,
    /// The client token's row.
    pub token: i64,
    /// The id that its answer carries.
    pub request_id: HeaderValue,
    /// The client's headers.
    pub headers: &'a HeaderMap,
    /// The body's bytes.
    pub body: Bytes,
    /// Keys tried at each target.
    pub attempts_max: usize,
    /// Where a good answer is to be kept.
    pub place: Option<Place>,
    /// Its place among those of its token, where that has limits.
    pub permit: Option<Permit>,
}

/// What asking one target came to.
#[expect(clippy::large_enum_variant, reason = "moved once a request; a box would be allocated")]
enum Tried {
    /// The beginning of a good answer, and the key that brought it.
    Answered(Answer, Lease),
    /// The upstream finds fault with the request.
    Refused(Refused, Reason),
    /// Nobody there can serve it now.
    Failed(ApiError),
    /// The pool itself can't be asked, so that another target is no better.
    Unavailable(ApiError),
}

/// Sends the request upstream; answers with what comes back, as it comes.
pub async fn forward(
    app: &App,
    client: &Client,
    mut call: Call<'_>,
) -> Result<HttpResponse, ApiError> {
    let now = app.clock.now();
    let mut tally = Tally::begin(app.actors.stats.clone(), &call.plan.first, call.token, now);
    tally.hold(call.permit.take());
    tally.about(call.request_id.clone(), call.stream);
    if call.place.is_some() {
        tally.cache("MISS");
    }
    let mut first_error = None;
    let mut targets = std::iter::once(&call.plan.first).chain(&call.plan.rest).peekable();
    while let Some(target) = targets.next() {
        match ask(app, client, &call, target, &mut tally).await {
            Tried::Answered(answer, lease) => {
                return Ok(answered(app, &call, target, answer, lease, tally).await);
            }
            Tried::Refused(refused, reason) => {
                let unknown = reason == Reason::ModelNotFound && call.plan.named;
                if !unknown || targets.peek().is_none() {
                    return Ok(pass_refusal(&call, target, refused, tally));
                }
            }
            // The first says most about what the client asked for.
            Tried::Failed(error) => first_error = first_error.or(Some(error)),
            Tried::Unavailable(error) => return Err(fail(tally, error)),
        }
    }
    let provider = &call.plan.first.provider.id;
    let gave_up = || exhausted::gave_up(&Verdict::CLIENT_LEFT, provider, tally.attempts(), now);
    let error = first_error.unwrap_or_else(gave_up);
    Err(fail(tally, error))
}

/// Asks one target with one key after another.
async fn ask(
    app: &App,
    client: &Client,
    call: &Call<'_>,
    target: &Target,
    tally: &mut Tally,
) -> Tried {
    let Target { provider, model } = target;
    let upstream = &app.config.upstream;
    let passing = headers::to_upstream(call.headers, provider, upstream.forward_app_headers);
    let body = match **model == *call.asked {
        true => call.body.clone(),
        false => route::with_model(&call.body, &call.model_at, model),
    };
    let (uri, kind, stream) = (&provider.chat, provider.kind, call.stream);
    let ask = Ask { uri, kind, headers: &passing, stream, body: &body };
    let mut tried: Vec<KeyId> = Vec::new();
    let mut last = Verdict::CLIENT_LEFT;

    while tried.len() < call.attempts_max {
        let lease = match app.actors.key_pool.lease(provider, model, &tried).await {
            Ok(lease) => lease,
            // With something to report from an attempt, that says more than an empty pool.
            Err(_) if !tried.is_empty() => break,
            Err(error) => {
                let told = exhausted::no_lease(error, &provider.id, app.clock.now());
                return match error {
                    LeaseError::Refused(_) => Tried::Failed(told),
                    LeaseError::Unavailable => Tried::Unavailable(told),
                };
            }
        };
        tried.push(lease.key());
        tally.attempt(target, lease.key());
        match attempt::send(client, upstream, &app.clock, &ask, lease.authorization()).await {
            Ok(answer) => return Tried::Answered(answer, lease),
            Err(Failed { verdict, refusal, status }) => {
                let secret = lease.secret().to_owned();
                lease.settle(verdict);
                tally.upstream_status(status);
                tally.attempted(&verdict);
                if let Some(mut refused) = refusal {
                    redact(&mut refused.body, &secret);
                    return Tried::Refused(refused, verdict.reason);
                }
                last = verdict;
                if !verdict.is_worth_retrying() {
                    break;
                }
            }
        }
    }
    Tried::Failed(exhausted::gave_up(&last, &provider.id, tally.attempts(), app.clock.now()))
}

/// A good answer: whole and settled at once, or passed on as it comes.
async fn answered(
    app: &App,
    call: &Call<'_>,
    target: &Target,
    mut answer: Answer,
    lease: Lease,
    mut tally: Tally,
) -> HttpResponse {
    tally.first_byte();
    let provider = &*target.provider;
    tally.events(answer.inspector.seen().events);
    tally.upstream_status(answer.status.as_u16());
    let (status, passing) = (answer.status, std::mem::take(&mut answer.headers));
    let kept = call.place.as_ref().map(|_| answers::headers(&passing)).unwrap_or_default();
    let mut response = HttpResponse::build(status);
    copy_headers(&mut response, passing, provider, tally.attempts(), call.place.is_some());
    if answer.inspector.is_sse() {
        // nginx and its like would hold a stream back otherwise.
        response.insert_header(("x-accel-buffering", "no"));
    }
    if answer.source.is_some() {
        let idle = app.config.upstream.idle_timeout();
        let clock = app.clock.clone();
        return response.body(Relay::new(answer, provider.kind, clock, idle, lease, tally));
    }
    tally.tokens(answer.inspector.seen().tokens);
    tally.attempted(&Verdict::SUCCESS);
    lease.settle(Verdict::SUCCESS);
    tally.finish(Outcome::Success, status.as_u16());
    let body = match answer.held.len() {
        1 => answer.held.pop().unwrap_or_default(),
        _ => Bytes::from(answer.held.concat()),
    };
    // What a fallback answers is not what was asked for: it is not kept.
    if let Some(place) = &call.place
        && status == StatusCode::OK
        && call.plan.is_first(target)
    {
        app.answers.keep(&app.cache, place, kept, &body).await;
    }
    response.body(body)
}

/// The upstream found fault with the request: the client gets its words.
fn pass_refusal(call: &Call<'_>, target: &Target, refused: Refused, tally: Tally) -> HttpResponse {
    let mut response = HttpResponse::build(refused.status);
    let (headers, missed) = (refused.headers, call.place.is_some());
    copy_headers(&mut response, headers, &target.provider, tally.attempts(), missed);
    tally.finish(Outcome::Failure, refused.status.as_u16());
    response.body(refused.body)
}

/// Takes the key out of an upstream's words, should they repeat it.
fn redact(body: &mut Vec<u8>, secret: &[u8]) {
    while let Some(at) = memchr::memmem::find(body, secret) {
        body.splice(at..at + secret.len(), *b"[key]");
    }
}

fn fail(tally: Tally, error: ApiError) -> ApiError {
    tally.finish(Outcome::Failure, error.code.status().as_u16());
    error
}

fn copy_headers(
    response: &mut actix_web::HttpResponseBuilder,
    passing: Passing,
    provider: &Provider,
    attempts: usize,
    missed: bool,
) {
    for (name, value) in passing {
        response.append_header((name, value));
    }
    response.insert_header(("x-pool-provider", provider.id.as_str()));
    response.insert_header(("x-pool-attempts", attempts));
    response.insert_header(("x-cache", if missed { "MISS" } else { "BYPASS" }));
}
