//! Whether every model that a request may lead to is one that its client token may use: those that
//! further fields choose, by the [table](choosing) of the provider's kind.

use serde_json::Value;

use crate::auth::Access;
use crate::error::{ApiError, ErrorCode};
use crate::provider::routes::Tables;
use crate::provider::{Provider, choosing};
use crate::route::Wanted;

/// A request, and what its client token may use.
pub struct Choice<'a> {
    pub access: &'a Access,
    pub tables: &'a Tables,
    pub wanted: &'a Wanted,
    pub body: &'a [u8],
}

impl Choice<'_> {
    /// Refuses a request to this provider for this model, under its real name, that may lead to
    /// another model than the token may use. A token without a limit of its models may use all.
    pub fn check(&self, provider: &Provider, model: &str) -> Result<(), ApiError> {
        if !self.access.limits_models() {
            return Ok(());
        }
        // What an alias or a fallback names is the operator's word.
        let is_clients = *model == *self.wanted.model;
        let means_others = is_clients && choosing::means_others(provider.kind, model);
        if means_others && !self.access.lists_model(model) {
            let words = "the client token may use this model only where its list names it in full";
            return Err(refused("model", words.to_owned()));
        }
        let models = self.value("models");
        let has_models = models.is_some_and(|models| models.get(0).is_some());
        for (field, chooses) in choosing::fields(provider.kind) {
            let Some(value) = self.value(field) else { continue };
            let models = chooses.models(&value, has_models).ok_or_else(|| unseen(field))?;
            if !models.iter().all(|model| self.allows(provider, model)) {
                let words = format!("the client token may not use a model that `{field}` names");
                return Err(refused(field, words));
            }
        }
        Ok(())
    }

    /// Whether this name, which goes upstream as it is, may. Of an alias only `model` is replaced,
    /// so that its name means whatever the upstream has by that name.
    fn allows(&self, provider: &Provider, model: &str) -> bool {
        let is_alias = self.tables.alias(&provider.id, model).is_some_and(|real| **real != *model);
        let is_plain = !choosing::means_others(provider.kind, model);
        self.access.allows_model(model) && !is_alias && (is_plain || self.access.lists_model(model))
    }

    fn value(&self, field: &str) -> Option<Value> {
        let text = self.wanted.choosing.value(self.body, field)?;
        // What can't be read as a value (a number out of range) is taken for one that can't be checked.
        Some(serde_json::from_slice(text).unwrap_or(Value::Bool(true)))
    }
}

fn unseen(field: &'static str) -> ApiError {
    let words = format!(
        "the client token may use some models only, and `{field}` may choose others: leave it out"
    );
    refused(field, words)
}

fn refused(field: &'static str, words: String) -> ApiError {
    ApiError::new(ErrorCode::ModelNotAllowed, words).about(field)
}
