//! Whose key it is and what it is good for, without spending tokens: its account, its plan, and
//! the families of the models in its catalogue.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use hyper::Method;
use serde_json::Value;
use tokio::sync::Mutex;

use super::client::Client;
use super::probe::{Answer, ask, probe};
use crate::clock::Millis;
use crate::import::families;
use crate::pool::reason::Reason;
use crate::pool::verdict::{Effect, Verdict};
use crate::provider::{Kind, Provider};

/// The longest name of an account or a plan, in characters.
const NAME_MAX: usize = 256;

/// How long a catalogue's families are believed, in seconds.
const FRESH_SECS: i64 = 3_600;

/// How long nobody asks again after a catalogue could not be read, in seconds.
const FAILED_SECS: i64 = 30;

/// Catalogues that are remembered. Plans are named by upstreams, so there is an end to it.
const REMEMBERED: usize = 256;

/// What is known of a key that its upstream takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The account's name; empty where the upstream doesn't tell.
    pub account: String,
    /// The plan's name; empty where the upstream doesn't tell.
    pub plan: String,
    /// The families of the models it may use, sorted, with commas between.
    pub category: String,
}

/// What a probe found out.
#[derive(Debug)]
pub struct Known {
    /// Whether the key works.
    pub verdict: Verdict,
    /// What it is good for, if it does.
    pub identity: Option<Identity>,
}

/// The families that each plan of each provider has: ten thousand keys of three plans ask for
/// three catalogues.
#[derive(Clone, Default)]
pub struct Families(Arc<Mutex<HashMap<Plan, (Millis, String)>>>);

/// A provider and a plan of it.
type Plan = (String, String);

/// Probes a key and, if it works, asks what it is good for.
pub async fn know(
    client: &Client,
    provider: &Provider,
    authorization: &HeaderValue,
    families: &Families,
    now: Millis,
) -> Known {
    let first = probe(client, provider, authorization, now).await;
    // Where there is no balance to ask for, the account's answers for the key.
    let gone = first.verdict.reason == Reason::ModelNotFound;
    let told = works(&first.verdict) || gone;
    let second = match provider.account.as_ref().filter(|_| told) {
        Some(uri) => {
            let question = (Method::POST, uri);
            Some(ask(provider.kind, client, question, authorization, now).await)
        }
        None => None,
    };
    let verdict = match &second {
        Some(second) if gone => second.verdict,
        _ => first.verdict,
    };
    if !works(&verdict) {
        return Known { verdict, identity: None };
    }
    let (account, plan) = named(provider.kind, &first.body, second.as_ref());
    let category = match provider.kind {
        // The probe was the catalogue itself.
        Kind::OpenAi => in_catalogue(&first.body).unwrap_or_else(general),
        _ => families.of(client, provider, authorization, &plan, now).await,
    };
    Known { verdict, identity: Some(Identity { account, plan, category }) }
}

/// A key whose account waits for a limit is a good key.
fn works(verdict: &Verdict) -> bool {
    matches!(verdict.effect, Effect::Success | Effect::Cool { .. })
}

/// The account and the plan.
fn named(kind: Kind, first: &Value, second: Option<&Answer>) -> (String, String) {
    let text = |value: &Value, pointers: &[&str]| {
        let found = pointers.iter().find_map(|pointer| value.pointer(pointer)?.as_str());
        found.filter(|text| is_name(text)).unwrap_or_default().to_owned()
    };
    match (kind, second) {
        (Kind::Ollama, Some(me)) => {
            (text(&me.body, &["/name", "/email", "/id"]), text(&me.body, &["/plan"]))
        }
        (Kind::OpenRouter, _) => {
            let free = first.pointer("/data/is_free_tier").and_then(Value::as_bool);
            let plan = free.map(|free| if free { "free" } else { "paid" });
            (text(first, &["/data/creator_user_id"]), plan.unwrap_or_default().to_owned())
        }
        _ => (String::new(), String::new()),
    }
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= NAME_MAX && !text.chars().any(char::is_control)
}

fn general() -> String {
    "general".to_owned()
}

/// The families in a list of models, as the column `category` has them.
fn in_catalogue(list: &Value) -> Option<String> {
    let models = list.get("data")?.as_array()?;
    let names = models.iter().filter_map(|model| model.get("id")?.as_str());
    let mut names: Vec<&str> = families(names).into_iter().map(|family| family.as_str()).collect();
    names.sort_unstable();
    Some(names.join(","))
}

impl Families {
    /// Those of this plan; asks with this key when nobody did lately. The others wait meanwhile.
    async fn of(
        &self,
        client: &Client,
        provider: &Provider,
        authorization: &HeaderValue,
        plan: &str,
        now: Millis,
    ) -> String {
        let mut known = self.0.lock().await;
        let name = (provider.id.clone(), plan.to_owned());
        if let Some((_, category)) = known.get(&name).filter(|(until, _)| *until > now) {
            return category.clone();
        }
        let question = (Method::GET, &provider.models);
        let answer = ask(provider.kind, client, question, authorization, now).await;
        let found = in_catalogue(&answer.body);
        let secs = if found.is_some() { FRESH_SECS } else { FAILED_SECS };
        // An old catalogue is better than none.
        let old = || known.get(&name).map(|(_, category)| category.clone());
        let category = found.or_else(old).unwrap_or_else(general);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(name, (now.plus_secs(secs), category.clone()));
        category
    }
}
