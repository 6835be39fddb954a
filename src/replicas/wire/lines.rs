//! Keys and models as they are in messages.

use serde::{Deserialize, Serialize};

use super::is_false;
use crate::clock::Millis;
use crate::pool::cooldown::Backoff;
use crate::pool::key::{KeyId, Status};
use crate::pool::reason::Reason;
use crate::pool::told::{Backoffs, Told, Word};
use crate::pool::{KeyState, ToldModel};

/// A key.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    id: KeyId,
    provider: String,
    #[serde(skip_serializing_if = "is_false")]
    enabled: bool,
    #[serde(skip_serializing_if = "is_false")]
    recovered: bool,
    #[serde(skip_serializing_if = "is_false")]
    absolved: bool,
    #[serde(skip_serializing_if = "is_false")]
    by_hand: bool,
    disabled: Option<(String, Option<i64>)>,
    cooling: Option<(String, i64)>,
    #[serde(skip_serializing_if = "is_false")]
    cooling_account: bool,
    failures: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<(String, String, i64)>,
    backoff: Option<(u32, i64)>,
    account_backoff: Option<(u32, i64)>,
}

/// A model whose circuit breaker or limit has changed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelLine {
    provider: String,
    model: String,
    served_at: i64,
    open: Option<(String, i64)>,
    cooling: Option<(String, i64)>,
    backoff: Option<(u32, i64)>,
}

impl From<&(String, Told)> for Line {
    fn from((provider, Told { word, state, backoffs }): &(String, Told)) -> Self {
        let model = |(model, reason, until): &(String, Reason, Millis)| {
            (model.clone(), reason.as_str().to_owned(), until.0)
        };
        Self {
            id: state.id,
            provider: provider.clone(),
            enabled: word.enabled,
            recovered: word.recovered,
            absolved: word.absolved,
            by_hand: word.by_hand,
            disabled: state
                .disabled
                .map(|(reason, until)| (reason.as_str().to_owned(), until.map(|until| until.0))),
            cooling: state.cooling.map(wait),
            cooling_account: state.cooling_account,
            failures: state.failures,
            models: state.model_blocks.iter().map(model).collect(),
            backoff: raised(backoffs.key),
            account_backoff: raised(backoffs.account),
        }
    }
}

fn wait((reason, until): (Reason, Millis)) -> (String, i64) {
    (reason.as_str().to_owned(), until.0)
}

fn waits((reason, until): (String, i64)) -> (Reason, Millis) {
    (Reason::from_column(&reason), Millis(until))
}

/// Nothing for one that never was.
fn raised(backoff: Backoff) -> Option<(u32, i64)> {
    let (level, at) = backoff.level();
    (backoff != Backoff::default()).then_some((level, at.0))
}

fn backoff(told: Option<(u32, i64)>) -> Backoff {
    told.map(|(level, at)| Backoff::told(level, Millis(at))).unwrap_or_default()
}

impl Line {
    /// What it tells, and of which provider.
    pub fn told(self) -> (String, Told) {
        let word = Word {
            enabled: self.enabled,
            recovered: self.recovered,
            absolved: self.absolved,
            by_hand: self.by_hand,
        };
        let reason = |text: String| Reason::from_column(&text);
        let models = self.models.into_iter();
        let state = KeyState {
            id: self.id,
            // For whoever takes it over to judge.
            status: Status::Active,
            disabled: self.disabled.map(|(why, until)| (reason(why), until.map(Millis))),
            cooling: self.cooling.map(waits),
            cooling_account: self.cooling_account,
            failures: self.failures,
            model_blocks: models
                .map(|(model, why, until)| (model, reason(why), Millis(until)))
                .collect(),
        };
        let (key, account) = (backoff(self.backoff), backoff(self.account_backoff));
        (self.provider, Told { word, state, backoffs: Backoffs { key, account } })
    }
}

impl From<&(String, ToldModel)> for ModelLine {
    fn from((provider, told): &(String, ToldModel)) -> Self {
        Self {
            provider: provider.clone(),
            model: told.model.clone(),
            served_at: told.served_at.0,
            open: told.open.map(wait),
            cooling: told.cooling.map(wait),
            backoff: raised(told.backoff),
        }
    }
}

impl ModelLine {
    /// What it tells, and of which provider.
    pub fn told(self) -> (String, ToldModel) {
        let told = ToldModel {
            model: self.model,
            served_at: Millis(self.served_at),
            open: self.open.map(waits),
            cooling: self.cooling.map(waits),
            backoff: backoff(self.backoff),
        };
        (self.provider, told)
    }
}
