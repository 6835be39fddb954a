//! Key by key at one target: until one answers, the request is at fault, or no other may be asked.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use bytes::Bytes;

use super::attempt::{self, Answer, Ask as Sending, Failed, Refused};
use super::client::Client;
use super::exhausted;
use super::forward::Call;
use super::headers;
use super::plan::Target;
use super::tally::Tally;
use crate::actors::key_pool::{Lease, LeaseError};
use crate::app::App;
use crate::bodies::Owner;
use crate::clock::Millis;
use crate::error::ApiError;
use crate::pool::breaker::Source;
use crate::pool::key::KeyId;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::pool::{Ask, Failure};
use crate::route;

/// Pause before the only key is asked once more, in ms: long enough for a server that restarts a
/// connection, short enough for a person. It is spread, so that clients don't come back in step.
const PAUSE_MS: std::ops::Range<u64> = 150..350;

/// Bytes of a body's start and end that tell it from others.
const SAMPLE: usize = 4 << 10;

/// Longest body that an error's message is compared with, so that it repeats no prompt. Of an error
/// about a longer one hardly more is kept than its first words.
const COMPARED_MAX: usize = 256 << 10;

/// What asking one target came to.
#[expect(clippy::large_enum_variant, reason = "moved once a request; a box would be allocated")]
pub enum Tried {
    /// The beginning of a good answer, and the key that brought it.
    Answered(Answer, Lease),
    /// The upstream finds fault with the request.
    Refused(Refused, Reason),
    /// Nobody there can serve it now.
    Failed(ApiError),
    /// The pool itself can't be asked, or nobody else may be: another target is no better.
    Unavailable(ApiError),
}

/// The attempts of one request at one target.
#[derive(Default)]
struct Attempts {
    done: Vec<(KeyId, Verdict)>,
    asked_at: Option<Millis>,
    source: Source,
    /// Keys that the upstream refused, to be confirmed by a probe.
    rejected: Vec<(KeyId, HeaderValue)>,
    /// The only key was asked once more.
    repeated: bool,
}

/// Asks one target with one key after another.
pub async fn ask(
    app: &App,
    client: &Client,
    call: &Call<'_>,
    target: &Target,
    tally: &mut Tally,
) -> Tried {
    let Target { provider, model } = target;
    let upstream = &app.config.upstream;
    let passing = headers::to_upstream(call.headers, provider, upstream);
    let body = match **model == *call.asked {
        true => call.body.clone(),
        false => match renamed(app, call, model) {
            Ok(body) => body,
            Err(error) => return Tried::Unavailable(error),
        },
    };
    let (uri, kind, stream) = (&provider.chat, provider.kind, call.stream);
    let sending = Sending { uri, kind, headers: &passing, stream, body: &body };
    // As long as nothing fails nobody needs to tell bodies apart.
    let body_hash = app.actors.key_pool.is_watching().then(|| hash(&call.body));
    let source = Source { token: call.token, body: body_hash };
    let mut attempts = Attempts { source, ..Attempts::default() };

    while attempts.done.len() < call.attempts_max {
        let mut lease = match attempts.lease(app, target).await {
            Ok(lease) => lease,
            // With something to report from an attempt, that says more than an empty pool.
            Err(_) if !attempts.done.is_empty() => break,
            Err(error) => return no_lease(app, target, error),
        };
        attempts.asked_at.get_or_insert(lease.asked_at());
        tally.attempt(target, lease.key());
        match attempt::send(client, upstream, &app.clock, &sending, lease.authorization()).await {
            Ok(answer) => {
                lease.serving(call.token);
                attempts.confirm(app, target);
                return Tried::Answered(answer, lease);
            }
            Err(Failed { verdict, refusal, status, is_final, said }) => {
                let is_probe = lease.is_probe();
                let said = said.and_then(|said| match body.len() <= COMPARED_MAX {
                    true => said.cleaned(lease.secret(), &body),
                    false => said.cleaned_blindly(lease.secret()),
                });
                attempts.failed(&lease, verdict);
                lease.settle(verdict);
                tally.upstream_status(status);
                tally.attempted(&verdict, said);
                if let Some(refused) = refusal {
                    attempts.confirm(app, target);
                    return Tried::Refused(refused, verdict.reason);
                }
                if is_final {
                    let gave_up = attempts.gave_up(app, call, target, tally.attempts());
                    return Tried::Unavailable(gave_up.await);
                }
                if !verdict.is_worth_retrying() || is_probe {
                    break;
                }
            }
        }
    }
    Tried::Failed(attempts.gave_up(app, call, target, tally.attempts()).await)
}

/// The body with another model, which is another one in memory.
fn renamed(app: &App, call: &Call<'_>, model: &str) -> Result<Bytes, ApiError> {
    let (owner, length) = (Owner::Token(call.token), call.body.len() + model.len());
    let make = || route::with_model(&call.body, &call.model_at, model);
    app.bodies.take(owner, length, make)
}

fn no_lease(app: &App, target: &Target, error: LeaseError) -> Tried {
    let unavailable = matches!(error, LeaseError::Unavailable);
    let told = exhausted::no_lease(error, &target.provider.id, app.clock.now());
    if unavailable { Tried::Unavailable(told) } else { Tried::Failed(told) }
}

impl Attempts {
    /// The next key. When the only one met a fault of the moment, it is asked once more after a
    /// pause.
    async fn lease(&mut self, app: &App, target: &Target) -> Result<Lease, LeaseError> {
        let Target { provider, model } = target;
        let pool = &app.actors.key_pool;
        let tried = self.done.iter().map(|(key, _)| *key).collect();
        let again = self.done.last().map(|(_, verdict)| *verdict);
        let ask = Ask { tried, source: self.source, again, admitted: None };
        let refused = match pool.lease(provider, model, &ask).await {
            Err(error) if self.done.len() == 1 && !self.repeated => error,
            leased => return leased,
        };
        if !again.is_some_and(|verdict| is_momentary(verdict.reason)) {
            return Err(refused);
        }
        self.repeated = true;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(PAUSE_MS))).await;
        pool.lease(provider, model, &Ask { tried: Vec::new(), ..ask }).await
    }

    fn failed(&mut self, lease: &Lease, verdict: Verdict) {
        self.done.push((lease.key(), verdict));
        // What a probe of the breaker is told says nothing about its key.
        if verdict.effect == Effect::Reject && !lease.is_probe() {
            self.rejected.push((lease.key(), lease.authorization().clone()));
        }
    }

    /// Has the keys probed that were refused, since others were not.
    fn confirm(&mut self, app: &App, target: &Target) {
        for (key, authorization) in self.rejected.drain(..) {
            app.actors.health_check.confirm(target.provider.clone(), key, authorization);
        }
    }

    /// Tells the pool how the request failed; returns what the client is told.
    async fn gave_up(
        mut self,
        app: &App,
        call: &Call<'_>,
        target: &Target,
        attempts: usize,
    ) -> ApiError {
        let Target { provider, model } = target;
        let last = self.done.last().map_or(Verdict::CLIENT_LEFT, |(_, verdict)| *verdict);
        let now = app.clock.now();
        // Several that are refused alike tell of the upstream, or of the request.
        if self.rejected.len() == 1 {
            self.confirm(app, target);
        }
        let failure = Failure {
            source: Source { body: Some(hash(&call.body)), ..self.source },
            asked_at: self.asked_at.unwrap_or(now),
            attempts: self.done,
        };
        let back = app.actors.key_pool.failed(provider, model, failure).await;
        exhausted::gave_up(&last, &provider.id, attempts, back, now)
    }
}

/// Whether the same key may do better in a moment.
fn is_momentary(reason: Reason) -> bool {
    matches!(reason, Reason::ConnectFailed | Reason::ConnectionLost | Reason::Overloaded)
}

/// Tells a body from others by its length, start and end.
fn hash(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let end = body.get(body.len().saturating_sub(SAMPLE)..);
    (body.len(), body.get(..SAMPLE.min(body.len())), end).hash(&mut hasher);
    hasher.finish()
}
