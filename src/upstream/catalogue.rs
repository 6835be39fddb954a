//! The models of a provider, remembered for an hour.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::client::{Client, Request};
use super::exhausted;
use crate::actors::key_pool::Lease;
use crate::app::App;
use crate::error::ApiError;
use crate::pool::Ask;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::provider::Provider;

/// How long a catalogue is served without asking again.
const FRESH: Duration = Duration::from_secs(3600);

/// How long an old one stands in while the upstream fails.
const STALE: Duration = Duration::from_secs(7 * 86_400);

/// How long an old one is served before the upstream is asked again.
const FRESH_OLD: Duration = Duration::from_secs(60);

/// How long somebody waits for names who can do without them.
const SOON: Duration = Duration::from_secs(2);

const SIZE_MAX: usize = 16 << 20;

/// The OpenAI list of a provider's models, as JSON.
///
/// One request at a time asks the upstream. While it does, others get the list of before, and wait
/// only where there is none.
pub async fn models(
    app: &App,
    client: &Client,
    provider: &Arc<Provider>,
) -> Result<Bytes, ApiError> {
    let name = format!("models:{}", provider.id);
    if let Some(known) = app.cache.get(&name).await {
        return Ok(known);
    }
    let old = format!("models-old:{}", provider.id);
    let turn = app.catalogue_turns.of(&provider.id);
    let gave_up =
        |verdict| Err(exhausted::gave_up(&verdict, &provider.id, 1, None, app.clock.now()));
    let deadline = Instant::now() + client.question_timeout();
    let _turn = match turn.try_lock() {
        Ok(turn) => turn,
        Err(_) => match app.cache.get(&old).await {
            Some(list) => return Ok(list),
            None => match tokio::time::timeout_at(deadline, turn.lock()).await {
                Ok(turn) => turn,
                Err(_) => return gave_up(Verdict::new(Effect::Overloaded, Reason::TimedOut)),
            },
        },
    };
    if let Some(known) = app.cache.get(&name).await {
        return Ok(known);
    }
    match ask(app, client, provider, deadline).await {
        Ok(list) => {
            app.cache.set(&name, list.clone(), FRESH).await;
            app.cache.set(&old, list.clone(), STALE).await;
            Ok(list)
        }
        Err(verdict) => match app.cache.get(&old).await {
            Some(list) => {
                // Those who wait behind this one shall not ask, too.
                app.cache.set(&name, list.clone(), FRESH_OLD).await;
                Ok(list)
            }
            None => gave_up(verdict),
        },
    }
}

/// Names of a provider's models; none where the list can't be had soon.
pub async fn names(app: &App, client: &Client, provider: &Arc<Provider>) -> Vec<String> {
    let list = match provider.enabled {
        true => tokio::time::timeout(SOON, models(app, client, provider)).await.ok(),
        false => app.cache.get(&format!("models-old:{}", provider.id)).await.map(Ok),
    };
    let Some(Ok(list)) = list else { return Vec::new() };
    let list: List = serde_json::from_slice(&list).unwrap_or_default();
    list.data.into_iter().map(|model| model.id).collect()
}

#[derive(Default, Deserialize)]
struct List {
    data: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
}

/// What was remembered of a provider is of another place now.
pub async fn forget(app: &App, provider: &str) {
    app.cache.forget(&format!("models:{provider}")).await;
    app.cache.forget(&format!("models-old:{provider}")).await;
}

/// Of such a list, the models whose ids are allowed.
pub fn narrowed(list: &Bytes, allowed: impl Fn(&str) -> bool) -> Bytes {
    let mut json: Value = serde_json::from_slice(list).unwrap_or_default();
    if let Some(models) = json.get_mut("data").and_then(Value::as_array_mut) {
        models.retain(|model| model.get("id").and_then(Value::as_str).is_some_and(&allowed));
    }
    Bytes::from(json.to_string())
}

/// What came back when a provider was asked for its catalogue.
pub struct Look {
    /// The status, or why there is none.
    pub status: Result<StatusCode, Reason>,
    /// A key was sent along.
    pub with_key: bool,
    /// The list, with exactly the fields of OpenAI's.
    pub list: Option<String>,
}

/// Asks the upstream, with a key if there is one: some catalogues are public, some are not.
pub async fn look(app: &App, client: &Client, provider: &Arc<Provider>) -> Look {
    look_until(app, client, provider, Instant::now() + client.question_timeout()).await
}

async fn look_until(
    app: &App,
    client: &Client,
    provider: &Arc<Provider>,
    deadline: Instant,
) -> Look {
    let lease = app.actors.key_pool.lease(provider, &Arc::from(""), &Ask::default()).await.ok();
    let with_key = lease.is_some();
    let authorization = lease.as_ref().map(Lease::authorization);
    let request = Request::new(Method::GET, &provider.models, authorization);
    let failed = |reason| Look { status: Err(reason), with_key, list: None };
    let response = match tokio::time::timeout_at(deadline, client.send(&request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(reason)) => return failed(reason),
        Err(_) => return failed(Reason::TimedOut),
    };
    let status = response.status;
    match response.source.start(SIZE_MAX, deadline).await.whole() {
        Ok(body) => Look { status: Ok(status), with_key, list: openai_list(&body, &provider.id) },
        Err(_) if !status.is_success() => Look { status: Ok(status), with_key, list: None },
        Err(reason) => failed(reason),
    }
}

async fn ask(
    app: &App,
    client: &Client,
    provider: &Arc<Provider>,
    deadline: Instant,
) -> Result<Bytes, Verdict> {
    let failed = |reason| Verdict::new(Effect::Overloaded, reason);
    let look = look_until(app, client, provider, deadline).await;
    match look.status {
        Err(reason) => Err(failed(reason)),
        Ok(status) if !status.is_success() => Err(failed(Reason::UpstreamError)),
        Ok(_) => look.list.map(Bytes::from).ok_or(failed(Reason::MalformedAnswer)),
    }
}

/// The upstream's list with exactly the fields of OpenAI's.
fn openai_list(body: &[u8], provider: &str) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    let models = json.get("data")?.as_array()?;
    let data: Vec<Value> = models
        .iter()
        .filter_map(|model| {
            let id = model.get("id")?.as_str()?;
            let created = model.get("created").and_then(Value::as_i64).unwrap_or(0);
            let owner = model.get("owned_by").and_then(Value::as_str).unwrap_or(provider);
            Some(json!({"id": id, "object": "model", "created": created, "owned_by": owner}))
        })
        .collect();
    Some(json!({"object": "list", "data": data}).to_string())
}
