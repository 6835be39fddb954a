//! What the server thread and the handles share.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::{
    answers::Answers,
    call::Call,
    chat::EVENTS,
    decide::Decide,
    reply::{Reply, Step},
    request::Request,
    script::Script,
};

/// The state of one stub.
pub struct Shared {
    answers: Answers,
    pub script: Mutex<Script>,
    pub calls: Mutex<Vec<Call>>,
    pub probes: Mutex<Vec<Call>>,
    /// Calls per key instead of the calls themselves: a benchmark's memory must stay flat.
    counts: Option<Mutex<HashMap<String, u64>>>,
    /// Decides instead of the script.
    decide: Option<Arc<dyn Decide>>,
    pub open: AtomicUsize,
    /// The keys of calls as their replies begin (`true`) and end.
    pub spans: Mutex<Vec<(String, bool)>>,
    pub arrived: watch::Sender<usize>,
    pub aborted: watch::Sender<usize>,
}

impl Shared {
    /// State that keeps every request for a test to look at.
    pub fn recording(chunks: usize, pause: Duration) -> Arc<Shared> {
        Arc::new(Shared::new(chunks, pause, None))
    }

    /// State that only counts calls.
    pub fn counting(chunks: usize, pause: Duration) -> Arc<Shared> {
        Arc::new(Shared::new(chunks, pause, Some(Mutex::default())))
    }

    /// State that keeps nothing and asks this about every request.
    pub fn deciding(decide: Arc<dyn Decide>) -> Arc<Shared> {
        let shared = Shared::new(EVENTS, Duration::ZERO, None);
        Arc::new(Shared { decide: Some(decide), ..shared })
    }

    fn new(chunks: usize, pause: Duration, counts: Option<Mutex<HashMap<String, u64>>>) -> Shared {
        Shared {
            answers: Answers::new(chunks, pause),
            script: Mutex::default(),
            calls: Mutex::default(),
            probes: Mutex::default(),
            counts,
            decide: None,
            open: AtomicUsize::new(0),
            spans: Mutex::default(),
            arrived: watch::Sender::new(0),
            aborted: watch::Sender::new(0),
        }
    }

    /// Whether requests are kept.
    pub fn keeps(&self) -> bool {
        self.counts.is_none()
    }

    /// Whether a new connection is accepted.
    pub fn accepts(&self) -> bool {
        self.decide.as_ref().is_none_or(|decide| decide.accepts())
    }

    /// Takes a request in and decides how to reply. The reply is chosen before anybody is told,
    /// so that one set after `arrived` is for a later request. Whether the connection was `kept`
    /// from an earlier request matters to silent replies only.
    pub fn take(self: &Arc<Shared>, request: &Request, kept: bool) -> (Arc<[Step]>, Open) {
        if let Some(decide) = &self.decide {
            let reply = decide.reply(&request.to_call());
            return (self.answers.steps(request, Some(reply)), self.no_call());
        }
        let call = request.is_call();
        let key = request.key.clone();
        let mut open = Open { shared: self.clone(), key, counts: call, entered: false };
        if let Some(counts) = &self.counts {
            if call {
                count(&mut counts.lock(), &request.key);
            }
            return (self.answers.steps(request, None), open);
        }
        let reply = if call {
            self.script.lock().for_call(&request.key, kept)
        } else {
            self.script.lock().for_probe(&request.key)
        };
        if kept && reply.as_ref().is_some_and(Reply::is_silent) {
            return (self.answers.steps(request, reply), self.no_call());
        }
        open.enter();
        let steps = self.answers.steps(request, reply);
        let kept = if call { &self.calls } else { &self.probes };
        kept.lock().push(request.to_call());
        if call {
            self.arrived.send_modify(|n| *n += 1);
        }
        (steps, open)
    }

    /// For a request that is neither a call nor a probe.
    pub fn no_call(self: &Arc<Shared>) -> Open {
        Open { shared: self.clone(), key: String::new(), counts: false, entered: false }
    }

    /// The calls per key as JSON, if they are counted.
    pub fn counts(&self) -> Option<String> {
        let counts = self.counts.as_ref()?.lock();
        let pairs = counts.iter().map(|(key, n)| (key.clone(), serde_json::Value::from(*n)));
        Some(serde_json::Value::Object(pairs.collect()).to_string())
    }
}

fn count(counts: &mut HashMap<String, u64>, key: &str) {
    match counts.get_mut(key) {
        Some(n) => *n += 1,
        None => drop(counts.insert(key.to_owned(), 1)),
    }
}

/// Counts a call as open for as long as its reply is under way.
pub struct Open {
    shared: Arc<Shared>,
    key: String,
    counts: bool,
    entered: bool,
}

impl Open {
    pub fn enter(&mut self) {
        if self.counts && !std::mem::replace(&mut self.entered, true) {
            self.shared.open.fetch_add(1, Ordering::SeqCst);
            self.shared.spans.lock().push((self.key.clone(), true));
        }
    }

    pub fn leave(&mut self) {
        if std::mem::take(&mut self.entered) {
            self.shared.open.fetch_sub(1, Ordering::SeqCst);
            self.shared.spans.lock().push((self.key.clone(), false));
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.leave();
    }
}
