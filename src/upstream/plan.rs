//! Who is asked for one request, in order: the provider that was named, then its fallbacks.

mod choice;

use std::sync::Arc;

use self::choice::Choice;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::provider::Provider;
use crate::provider::routes::Tables;
use crate::route::Wanted;

/// A provider and one of its models.
#[derive(Debug, Clone)]
pub struct Target {
    /// The upstream.
    pub provider: Arc<Provider>,
    /// Its model, under the upstream's own name.
    pub model: Arc<str>,
}

impl Target {
    fn is(&self, other: &Self) -> bool {
        self.provider.id == other.provider.id && self.model == other.model
    }
}

/// Who is asked, in order.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The first: what was asked for, unless its provider is switched off.
    pub first: Target,
    /// Who serves when the first can't, in order. Mostly nobody.
    pub rest: Vec<Target>,
    /// The fallback names the model, and not just any: it also stands in where the provider
    /// doesn't know the model.
    pub named: bool,
}

impl Plan {
    /// Whether this was meant by the request itself, and is no fallback.
    pub fn is_first(&self, target: &Target) -> bool {
        self.first.is(target)
    }
}

/// Who is asked for what this body wants of `provider`.
///
/// No step of a fallback is followed by that step's own fallback, and no target is asked twice, so
/// this ends. Steps to providers that are gone, off, or not for this caller are left out.
///
/// # Errors
/// 403 when the caller may not use what it asks for, 503 when the provider is off and nobody
/// stands in for it.
pub fn plan(
    app: &App,
    caller: &Caller,
    provider: Arc<Provider>,
    wanted: &Wanted,
    body: &[u8],
) -> Result<Plan, ApiError> {
    let (tables, name) = (app.routes.now(), &*wanted.model);
    let model = real(&tables, &provider, name);
    // Whoever may use a model may use it under its other name, and the other way round.
    if !caller.access.allows_model(&model) {
        caller.access.check_model(name)?;
    }
    let choice = Choice { access: &caller.access, tables: &tables, wanted, body };
    choice.check(&provider, &model)?;
    let (steps, named) = tables.fallbacks(&provider.id, &model);
    let first = Target { provider, model };
    let mut rest: Vec<Target> = Vec::new();
    for step in steps {
        let Some(provider) = app.providers.get(&step.provider).filter(|to| to.enabled) else {
            continue;
        };
        let model = step.model.as_ref().unwrap_or(&first.model);
        let model = real(&tables, &provider, model);
        let target = Target { provider, model };
        let known = target.is(&first) || rest.iter().any(|other| other.is(&target));
        let allowed = caller.access.allows(&target.provider.id, &target.model)
            && choice.check(&target.provider, &target.model).is_ok();
        if !known && allowed {
            rest.push(target);
        }
    }
    if first.provider.enabled {
        return Ok(Plan { first, rest, named });
    }
    if rest.is_empty() {
        return Err(switched_off(&first.provider));
    }
    let first = rest.remove(0);
    Ok(Plan { first, rest, named })
}

/// The model that this name means.
fn real(tables: &Tables, provider: &Provider, name: &str) -> Arc<str> {
    tables.alias(&provider.id, name).cloned().unwrap_or_else(|| Arc::from(name))
}

/// The operator has switched this provider off.
pub fn switched_off(provider: &Provider) -> ApiError {
    let words = format!("the provider `{}` is switched off", provider.id);
    ApiError::new(ErrorCode::ProviderDisabled, words)
}
