//! Target by target: until one answers, the request is at fault, or all were asked.

use std::ops::Range;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderValue};
use bytes::Bytes;

use super::attempt::{Answer, Refused};
use super::client::Client;
use super::exhausted;
use super::failover::{self, Tried};
use super::headers::Passing;
use super::plan::{Plan, Target};
use super::relay::Relay;
use super::served::Watch;
use super::tally::Tally;
use crate::actors::key_pool::Lease;
use crate::answers::{self, Place};
use crate::app::App;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::limits::Permit;
use crate::pool::reason::Reason;
use crate::pool::verdict::Verdict;
use crate::provider::Provider;
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
    /// Who asks.
    pub caller: Arc<Caller>,
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

/// Sends the request upstream; answers with what comes back, as it comes.
pub async fn forward(
    app: &App,
    client: &Client,
    mut call: Call<'_>,
) -> Result<HttpResponse, ApiError> {
    let now = app.clock.now();
    let mut tally = Tally::begin(app.actors.stats.clone(), &call.plan.first, call.token, now);
    tally.hold(call.permit.take());
    tally.about(call.request_id.clone(), call.stream, call.asked);
    if call.place.is_some() {
        tally.cache("MISS");
    }
    let mut first_error = None;
    let mut targets = std::iter::once(&call.plan.first).chain(&call.plan.rest).peekable();
    while let Some(target) = targets.next() {
        match failover::ask(app, client, &call, target, &mut tally).await {
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
            Tried::Unavailable(error) => return Err(tally.fail(error)),
        }
    }
    let provider = &call.plan.first.provider.id;
    let gave_up =
        || exhausted::gave_up(&Verdict::CLIENT_LEFT, provider, tally.attempts(), None, now);
    let error = first_error.unwrap_or_else(gave_up);
    Err(tally.fail(error))
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
    let watch = Watch::of(app, &call.caller, target);
    if answer.source.is_some() {
        let idle = app.config.upstream.idle_timeout();
        tally.streams(&call.body);
        let clock = app.clock.clone();
        return response.body(Relay::new(answer, provider.kind, clock, idle, lease, tally, watch));
    }
    if let Some(watch) = watch {
        watch.look(answer.inspector.seen().model.as_deref());
    }
    tally.tokens(answer.inspector.seen().tokens);
    tally.attempted(&Verdict::SUCCESS, None);
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
    let of_client = refused.status.is_client_error();
    let outcome = if of_client { Outcome::ClientError } else { Outcome::Failure };
    tally.finish(outcome, refused.status.as_u16());
    response.body(refused.body)
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
