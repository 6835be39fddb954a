//! The models of a provider, remembered for an hour.

use std::sync::Arc;
use std::time::Duration;

use awc::http::StatusCode;
use awc::http::header::AUTHORIZATION;
use bytes::Bytes;
use serde_json::{Value, json};

use super::attempt::reason;
use super::client::Client;
use super::exhausted;
use super::read::Source;
use crate::app::App;
use crate::error::ApiError;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::provider::Provider;

/// How long a catalogue is served without asking again.
const FRESH: Duration = Duration::from_secs(3600);

/// How long an old one stands in while the upstream fails.
const STALE: Duration = Duration::from_secs(7 * 86_400);

/// How long an old one is served before the upstream is asked again.
const FRESH_OLD: Duration = Duration::from_secs(60);

const TIMEOUT: Duration = Duration::from_secs(15);
const SIZE_MAX: usize = 16 << 20;

/// The OpenAI list of a provider's models, as JSON.
pub async fn models(
    app: &App,
    client: &Client,
    provider: &Arc<Provider>,
) -> Result<Bytes, ApiError> {
    let name = format!("models:{}", provider.id);
    if let Some(known) = app.cache.get(&name).await {
        return Ok(known);
    }
    let turn = app.catalogue_turns.of(&provider.id);
    let _turn = turn.lock().await;
    if let Some(known) = app.cache.get(&name).await {
        return Ok(known);
    }
    let old = format!("models-old:{}", provider.id);
    match ask(app, client, provider).await {
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
            None => Err(exhausted::gave_up(&verdict, &provider.id, 1, app.clock.now())),
        },
    }
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
    let lease = app.actors.key_pool.lease(provider, &Arc::from(""), &[]).await.ok();
    let with_key = lease.is_some();
    let mut request = client.get(provider.models.clone()).no_decompress();
    if let Some(lease) = &lease {
        request = request.insert_header((AUTHORIZATION, lease.authorization().clone()));
    }
    let response = match tokio::time::timeout(TIMEOUT, request.send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Look { status: Err(reason(&error)), with_key, list: None },
        Err(_) => return Look { status: Err(Reason::TimedOut), with_key, list: None },
    };
    let status = response.status();
    let body = Source::new(response).start(SIZE_MAX, TIMEOUT).await;
    Look { status: Ok(status), with_key, list: openai_list(&body, &provider.id) }
}

async fn ask(app: &App, client: &Client, provider: &Arc<Provider>) -> Result<Bytes, Verdict> {
    let failed = |reason| Verdict::new(Effect::Overloaded, reason);
    let look = look(app, client, provider).await;
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
