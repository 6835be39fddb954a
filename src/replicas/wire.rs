//! Messages between replicas, as JSON:
//!
//! ```json
//! {"from": "…", "seq": 7, "added": true, "removed": [3], "changed": [4], "settings": true, "keys": [
//!   {"id": 1, "provider": "ollama", "enabled": true, "recovered": true, "absolved": true, "by_hand": true,
//!    "disabled": ["manual", 1764000000000], "cooling": ["session_limit", 1764000000000],
//!    "cooling_account": true, "failures": 2, "models": [["llama", "plan_lacks_model", 1764000000000]],
//!    "backoff": [2, 1764000000000], "account_backoff": [0, 1764000000000]}],
//!  "models": [{"provider": "ollama", "model": "llama", "served_at": 1764000000000,
//!    "open": ["overloaded", 1764000000000], "cooling": ["overloaded", 1764000000000], "backoff": [1, 1764000000000]}]}
//! ```
//!
//! What is left out is false, nothing or none; what is unknown is not read. `disabled` has null for
//! a moment that doesn't come. Without news a message just says that its sender is there.

mod lines;

use serde::{Deserialize, Serialize};

use self::lines::{Line, ModelLine};
use super::News;
use crate::pool::key::KeyId;

/// Keys and models in one message, about 50 KB each.
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<ModelLine>,
    #[serde(skip_serializing_if = "is_false")]
    added: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removed: Vec<KeyId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<KeyId>,
    #[serde(skip_serializing_if = "is_false")]
    settings: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl News {
    /// The same in pieces that each fit into one message.
    pub(super) fn pieces(mut self) -> Vec<Self> {
        let mut pieces = Vec::new();
        while self.keys.len() > KEYS_MAX
            || self.models.len() > KEYS_MAX
            || self.removed.len() > IDS_MAX
            || self.changed.len() > IDS_MAX
        {
            pieces.push(Self {
                keys: split(&mut self.keys, KEYS_MAX),
                models: split(&mut self.models, KEYS_MAX),
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
            models: news.models.iter().map(ModelLine::from).collect(),
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
            models: self.models.into_iter().map(ModelLine::told).collect(),
            added: self.added,
            removed: self.removed,
            changed: self.changed,
            settings: self.settings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;
    use crate::pool::cooldown::Backoff;
    use crate::pool::key::Status;
    use crate::pool::reason::Reason;
    use crate::pool::told::{Backoffs, Told, Word};
    use crate::pool::{KeyState, ToldModel};

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
        let (key, account) = (Backoff::told(3, until), Backoff::told(0, until));
        let word = Word { by_hand: true, ..Word::default() };
        ("p".to_owned(), Told { word, state, backoffs: Backoffs { key, account } })
    }

    fn told_model(n: i64) -> (String, ToldModel) {
        let until = Millis(1_764_000_000_000);
        let told = ToldModel {
            model: format!("m{n}"),
            served_at: until,
            open: (n == 0).then_some((Reason::Overloaded, until)),
            cooling: Some((Reason::Overloaded, until)),
            backoff: Backoff::told(2, until),
        };
        ("p".to_owned(), told)
    }

    #[test]
    fn comes_back_as_it_was() {
        let keys: Vec<_> = (0..450).map(told).collect();
        let models: Vec<_> = (0..250).map(told_model).collect();
        let news = News { keys, models, removed: vec![7], added: true, ..News::of_settings() };
        let pieces = news.clone().pieces();
        assert_eq!(pieces.len(), 3);
        let mut back = News::default();
        for (seq, piece) in (1..).zip(&pieces) {
            let text = serde_json::to_vec(&Message::new("me", seq, piece)).unwrap();
            assert!(text.len() < 100_000, "{}", text.len());
            let read: Message = serde_json::from_slice(&text).unwrap();
            assert_eq!((read.from.as_str(), read.seq), ("me", seq));
            let piece = read.news();
            back.keys.extend(piece.keys);
            back.models.extend(piece.models);
            back.removed.extend(piece.removed);
            back.added |= piece.added;
            back.settings |= piece.settings;
        }
        assert_eq!(back, news);
    }

    #[test]
    fn reads_what_a_later_version_says() {
        let text = r#"{"from":"x","seq":2,"new":{},
            "keys":[{"id":1,"provider":"p","cooling":["odd",5],"new":0}],
            "models":[{"provider":"p","model":"m","new":0}]}"#;
        let news = serde_json::from_str::<Message>(text).unwrap().news();
        let (provider, told) = &news.keys[0];
        assert_eq!((provider.as_str(), told.word), ("p", Word::default()));
        assert_eq!(told.state.cooling, Some((Reason::Other, Millis(5))));
        assert_eq!(told.backoffs, Backoffs::default(), "what an earlier version leaves out");
        assert_eq!(news.models[0].1.cooling, None);
    }
}
