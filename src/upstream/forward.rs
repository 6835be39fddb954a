//! The loop over keys: until one answers, the request is at fault, or enough were tried.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderMap, HeaderValue};
use bytes::Bytes;

use super::attempt::{self, Answer, Ask, Failed, Refused};
use super::client::Client;
use super::exhausted;
use super::headers::{self, Passing};
use super::relay::Relay;
use super::tally::Tally;
use crate::actors::key_pool::Lease;
use crate::app::App;
use crate::error::ApiError;
use crate::pool::key::KeyId;
use crate::pool::verdict::Verdict;
use crate::provider::Provider;
use crate::stats::Outcome;

/// A request that knows where it goes.
pub struct Call<'a> {
    /// The upstream.
    pub provider: Arc<Provider>,
    /// The model, as the client named it.
    pub model: Arc<str>,
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
}

/// Sends the request upstream; answers with what comes back, as it comes.
pub async fn forward(app: &App, client: &Client, call: Call<'_>) -> Result<HttpResponse, ApiError> {
    let Call { provider, model, stream, token, request_id, body, .. } = call;
    let upstream = &app.config.upstream;
    let passing = headers::to_upstream(call.headers, &provider, upstream.forward_app_headers);
    let ask =
        Ask { uri: &provider.chat, kind: provider.kind, headers: &passing, stream, body: &body };
    let stats = app.actors.stats.clone();
    let mut tally = Tally::begin(stats, provider.clone(), model.clone(), token, app.clock.now());
    tally.about(request_id, stream);
    let mut tried: Vec<KeyId> = Vec::new();
    let mut last: Option<Verdict> = None;

    while tried.len() < app.config.pool.max_attempts as usize {
        let lease = match app.actors.key_pool.lease(&provider, &model, &tried).await {
            Ok(lease) => lease,
            // With something to report from an attempt, that says more than an empty pool.
            Err(_) if last.is_some() => break,
            Err(error) => {
                let error = exhausted::no_lease(error, &provider.id, app.clock.now());
                return Err(fail(tally, error));
            }
        };
        tried.push(lease.key());
        tally.attempt(lease.key());
        match attempt::send(client, upstream, &app.clock, &ask, lease.authorization()).await {
            Ok(answer) => return Ok(answered(app, &provider, answer, lease, tally)),
            Err(Failed { verdict, refusal, status }) => {
                let secret = lease.secret().to_owned();
                lease.settle(verdict);
                tally.upstream_status(status);
                tally.attempted(&verdict);
                if let Some(mut refused) = refusal {
                    redact(&mut refused.body, &secret);
                    return Ok(pass_refusal(&provider, refused, tally));
                }
                last = Some(verdict);
                if !verdict.is_worth_retrying() {
                    break;
                }
            }
        }
    }
    let verdict = last.unwrap_or(Verdict::CLIENT_LEFT);
    let now = app.clock.now();
    let error = exhausted::gave_up(&verdict, &provider.id, tally.attempts(), now);
    Err(fail(tally, error))
}

/// A good answer: whole and settled at once, or passed on as it comes.
fn answered(
    app: &App,
    provider: &Provider,
    mut answer: Answer,
    lease: Lease,
    mut tally: Tally,
) -> HttpResponse {
    tally.first_byte();
    tally.upstream_status(answer.status.as_u16());
    let mut response = HttpResponse::build(answer.status);
    copy_headers(&mut response, std::mem::take(&mut answer.headers), provider, tally.attempts());
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
    tally.finish(Outcome::Success, answer.status.as_u16());
    match answer.held.len() {
        1 => response.body(answer.held.pop().unwrap_or_default()),
        _ => response.body(answer.held.concat()),
    }
}

/// The upstream found fault with the request: the client gets its words.
fn pass_refusal(provider: &Provider, refused: Refused, tally: Tally) -> HttpResponse {
    let mut response = HttpResponse::build(refused.status);
    copy_headers(&mut response, refused.headers, provider, tally.attempts());
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
) {
    for (name, value) in passing {
        response.append_header((name, value));
    }
    response.insert_header(("x-pool-provider", provider.id.as_str()));
    response.insert_header(("x-pool-attempts", attempts));
    response.insert_header(("x-cache", "BYPASS"));
}
