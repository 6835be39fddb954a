//! Which reply a test set for which key.

use std::collections::{HashMap, VecDeque};

use crate::reply::Reply;

/// The key that stands for any key.
const ANY: &str = "*";

/// The replies set so far.
#[derive(Default)]
pub struct Script {
    next: HashMap<String, VecDeque<Reply>>,
    always: HashMap<String, Reply>,
    probes: HashMap<String, Reply>,
}

impl Script {
    pub fn next(&mut self, key: &str, reply: Reply) {
        self.next.entry(key.to_owned()).or_default().push_back(reply);
    }

    pub fn always(&mut self, key: &str, reply: Reply) {
        self.always.insert(key.to_owned(), reply);
    }

    pub fn on_probe(&mut self, key: &str, reply: Reply) {
        self.probes.insert(key.to_owned(), reply);
    }

    /// The reply for a chat call; a queued one is used up, unless it is silent and came on a
    /// connection that was `kept`.
    pub fn for_call(&mut self, key: &str, kept: bool) -> Option<Reply> {
        let names = [key, ANY];
        let name = names.into_iter().find(|key| self.next.get(*key).is_some_and(|q| !q.is_empty()));
        let queue = name.and_then(|name| self.next.get_mut(name));
        let queued = queue.and_then(|queue| match queue.front() {
            Some(reply) if kept && reply.is_silent() => Some(reply.clone()),
            _ => queue.pop_front(),
        });
        queued.or_else(|| lasting(&self.always, key))
    }

    /// The reply for any other request.
    pub fn for_probe(&self, key: &str) -> Option<Reply> {
        lasting(&self.probes, key)
    }
}

fn lasting(replies: &HashMap<String, Reply>, key: &str) -> Option<Reply> {
    replies.get(key).or_else(|| replies.get(ANY)).cloned()
}
