//! Requests for a model that are turned away before they begin: by their token, their body, a
//! limit, or for want of a provider. They are counted in one place, around the handler, so that no
//! way out of it is forgotten. What is refused later, with a plan made and no key to be had, its
//! `Tally` counts.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};

use crate::app::App;
use crate::error::{ApiError, OpenAi};
use crate::http::extract::bearer;
use crate::http::middleware::RequestId;
use crate::provider;
use crate::stats::{Outcome, Record, Tokens, ToldError};

const PROVIDER: HeaderName = HeaderName::from_static("x-pool-provider");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-pool-attempts");

/// Where a request was aimed at when it was refused, as far as that was known.
#[derive(Debug, Clone)]
pub struct Aim {
    /// The model, as the client named it.
    pub asked: Arc<str>,
    /// The client asked for a stream.
    pub stream: bool,
}

impl Aim {
    /// Notes it for whoever counts the refusal.
    pub fn note(self, request: &HttpRequest) {
        request.extensions_mut().insert(self);
    }
}

/// Counts what is refused, and tells in its answer who would have been asked.
pub async fn count<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let began = Instant::now();
    let mut response = next.call(request).await?;
    let Some(provider) = refused(&response, began) else { return Ok(response) };
    let (status, headers) = (response.status(), response.headers_mut());
    // Where the pool itself can't serve, the provider is part of the answer.
    if matches!(status.as_u16(), 429 | 502..=504) {
        if let Ok(provider) = HeaderValue::from_str(&provider)
            && !provider.is_empty()
        {
            headers.insert(PROVIDER, provider);
        }
        headers.insert(ATTEMPTS, HeaderValue::from(0));
    }
    Ok(response)
}

/// Counts the request, if this answer refuses it and nobody has counted it; returns the provider
/// that it was for.
fn refused<B>(response: &ServiceResponse<B>, began: Instant) -> Option<Arc<str>> {
    let OpenAi(error) = response.response().error()?.as_error::<OpenAi>()?;
    if error.is_counted {
        return None;
    }
    let request = response.request();
    let app = request.app_data::<web::Data<App>>()?;
    let record = record(app, request, error, began);
    let provider = record.provider.clone();
    app.actors.stats.refused(record);
    Some(provider)
}

fn record(app: &App, request: &HttpRequest, error: &ApiError, began: Instant) -> Record {
    let aim = request.extensions().get::<Aim>().cloned();
    let latency_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    // A token that opens nothing now is known all the same.
    let token = bearer(request).and_then(|token| app.tokens.id_of(token));
    let asked = aim.as_ref().map(|aim| aim.asked.clone()).unwrap_or_default();
    Record {
        provider: named(app, request),
        model: asked.clone(),
        asked,
        token: token.unwrap_or(0),
        request_id: RequestId::of(request),
        stream: aim.is_some_and(|aim| aim.stream),
        cache: Cow::Borrowed("BYPASS"),
        at: app.clock.now().plus_ms(-latency_ms),
        outcome: Outcome::Refused,
        status: error.code.status().as_u16(),
        latency_ms,
        ttft_ms: latency_ms,
        tokens: Tokens::default(),
        attempts: Vec::new(),
        told: Some(Box::new(ToldError::from(error))),
    }
}

/// The provider in the path, if there is such; its name comes from the client, who could fill the
/// tables with others.
fn named(app: &App, request: &HttpRequest) -> Arc<str> {
    let named = request.match_info().get("provider").unwrap_or(provider::DEFAULT);
    app.providers.get(named).map_or_else(Arc::default, |provider| Arc::from(&*provider.id))
}
