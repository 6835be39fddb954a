//! Messages between replicas, as JSON:
//!
//! ```json
//! {"from": "…", "seq": 7, "added": true, "removed": [3], "changed": [4], "settings": true, "keys": [
//!   {"id": 1, "provider": "ollama", "enabled": true, "recovered": true, "by_hand": true,
//!    "disabled": ["manual", 1764000000000], "cooling": ["session_limit", 1764000000000],
//!    "cooling_account": true, "failures": 2, "models": [["llama", "plan_lacks_model", 1764000000000]]}]}
//! ```
//!
//! What is left out is false, nothing or none; what is unknown is not read. `disabled` has null for
//! a moment that doesn't come. Without news a message just says that its sender is there.

use serde::{Deserialize, Serialize};

use super::News;
use crate::clock::Millis;
use crate::pool::KeyState;
use crate::pool::key::{KeyId, Status};
use crate::pool::reason::Reason;
use crate::pool::told::{Told, Word};

/// Keys in one message, about 50 KB.
const KEYS_MAX: usize = 200;

/// Ids in one message.
const IDS_MAX: usize = 5_000;

/// A message.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// The process.
    pub from: String,
    /// Its message's number: each is one more than the last.
    pub seq: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<Line>,
    #[serde(skip_serializing_if = "is_false")]
    added: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removed: Vec<KeyId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<KeyId>,
    #[serde(skip_serializing_if = "is_false")]
    settings: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Line {
    id: KeyId,
    provider: String,
    #[serde(skip_serializing_if = "is_false")]
    enabled: bool,
    #[serde(skip_serializing_if = "is_false")]
    recovered: bool,
    #[serde(skip_serializing_if = "is_false")]
    by_hand: bool,
    disabled: Option<(String, Option<i64>)>,
    cooling: Option<(String, i64)>,
    #[serde(skip_serializing_if = "is_false")]
    cooling_account: bool,
    failures: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<(String, String, i64)>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl News {
    /// The same in pieces that each fit into one message.
    pub(super) fn pieces(mut self) -> Vec<Self> {
        let mut pieces = Vec::new();
        while self.keys.len() > KEYS_MAX
            || self.removed.len() > IDS_MAX
            || self.changed.len() > IDS_MAX
        {
            pieces.push(Self {
                keys: split(&mut self.keys, KEYS_MAX),
                removed: split(&mut self.removed, IDS_MAX),
                changed: split(&mut self.changed, IDS_MAX),
                ..Self::default()
            });
        }
        pieces.push(self);
        pieces
    }
}

/// So many from the front.
fn split<T>(all: &mut Vec<T>, most: usize) -> Vec<T> {
    let most = most.min(all.len());
    all.drain(..most).collect()
}

impl Message {
    /// A message of these news.
    pub fn new(from: &str, seq: u64, news: &News) -> Self {
        Self {
            from: from.to_owned(),
            seq,
            keys: news.keys.iter().map(Line::from).collect(),
            added: news.added,
            removed: news.removed.clone(),
            changed: news.changed.clone(),
            settings: news.settings,
        }
    }

    /// What it tells.
    pub fn news(self) -> News {
        News {
            keys: self.keys.into_iter().map(Line::told).collect(),
            added: self.added,
            removed: self.removed,
            changed: self.changed,
            settings: self.settings,
        }
    }
}

impl From<&(String, Told)> for Line {
    fn from((provider, Told { word, state }): &(String, Told)) -> Self {
        let model = |(model, reason, until): &(String, Reason, Millis)| {
            (model.clone(), reason.as_str().to_owned(), until.0)
        };
        Self {
            id: state.id,
            provider: provider.clone(),
            enabled: word.enabled,
            recovered: word.recovered,
            by_hand: word.by_hand,
            disabled: state
                .disabled
                .map(|(reason, until)| (reason.as_str().to_owned(), until.map(|until| until.0))),
            cooling: state.cooling.map(|(reason, until)| (reason.as_str().to_owned(), until.0)),
            cooling_account: state.cooling_account,
            failures: state.failures,
            models: state.model_blocks.iter().map(model).collect(),
        }
    }
}

impl Line {
    fn told(self) -> (String, Told) {
        let word = Word { enabled: self.enabled, recovered: self.recovered, by_hand: self.by_hand };
        let reason = |text: String| Reason::from_column(&text);
        let models = self.models.into_iter();
        let state = KeyState {
            id: self.id,
            // For whoever takes it over to judge.
            status: Status::Active,
            disabled: self.disabled.map(|(why, until)| (reason(why), until.map(Millis))),
            cooling: self.cooling.map(|(why, until)| (reason(why), Millis(until))),
            cooling_account: self.cooling_account,
            failures: self.failures,
            model_blocks: models
                .map(|(model, why, until)| (model, reason(why), Millis(until)))
                .collect(),
        };
        (self.provider, Told { word, state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(id: KeyId) -> (String, Told) {
        let until = Millis(1_764_000_000_000);
        let state = KeyState {
            id,
            status: Status::Active,
            disabled: Some((Reason::Manual, None)),
            cooling: Some((Reason::WeeklyLimit, until)),
            cooling_account: true,
            failures: 2,
            model_blocks: vec![("m".to_owned(), Reason::PlanLacksModel, until)],
        };
        ("p".to_owned(), Told { word: Word { by_hand: true, ..Word::default() }, state })
    }

    #[test]
    fn comes_back_as_it_was() {
        let keys: Vec<_> = (0..450).map(told).collect();
        let news = News { keys, removed: vec![7], added: true, ..News::of_settings() };
        let pieces = news.clone().pieces();
        assert_eq!(pieces.len(), 3);
        let mut back = News::default();
        for (seq, piece) in (1..).zip(&pieces) {
            let text = serde_json::to_vec(&Message::new("me", seq, piece)).unwrap();
            assert!(text.len() < 60_000, "{}", text.len());
            let read: Message = serde_json::from_slice(&text).unwrap();
            assert_eq!((read.from.as_str(), read.seq), ("me", seq));
            let piece = read.news();
            back.keys.extend(piece.keys);
            back.removed.extend(piece.removed);
            back.added |= piece.added;
            back.settings |= piece.settings;
        }
        assert_eq!(back, news);
    }

    #[test]
    fn reads_what_a_later_version_says() {
        let text =
            r#"{"from":"x","seq":2,"new":{},"keys":[{"id":1,"provider":"p","cooling":["odd",5]}]}"#;
        let news = serde_json::from_str::<Message>(text).unwrap().news();
        let (provider, told) = &news.keys[0];
        assert_eq!((provider.as_str(), told.word), ("p", Word::default()));
        assert_eq!(told.state.cooling, Some((Reason::Other, Millis(5))));
    }
}
