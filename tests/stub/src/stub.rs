//! The handle a test holds.

use std::{
    sync::{Arc, atomic::Ordering, mpsc},
    thread,
    time::Duration,
};

use tokio::{net::TcpListener, runtime, select, sync::oneshot};

use crate::{
    call::Call, chat::EVENTS, decide::Decide, reply::Reply, script::Script, server::serve,
    shared::Shared,
};

/// A running stub. Clones are the same server; it ends when the last one is dropped.
///
/// It runs on a thread of its own, so that a test whose runtime is busy or blocked does not slow
/// the upstream down.
#[derive(Clone)]
pub struct Stub(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
    port: u16,
    /// The server ends when this is dropped.
    _stop: oneshot::Sender<()>,
}

impl Stub {
    /// Starts a stub on a free port of 127.0.0.1; it is listening when this returns.
    pub fn start() -> Stub {
        Stub::spaced(Duration::ZERO)
    }

    /// As [`Stub::start`], but the default event streams pause before each chunk with content.
    pub fn spaced(pause: Duration) -> Stub {
        Stub::serving(Shared::recording(EVENTS, pause))
    }

    /// Starts a stub that asks this about each connection and each request. It keeps no record of
    /// them: that is left to what decides, since a long run would fill the memory.
    pub fn deciding(decide: Arc<dyn Decide>) -> Stub {
        Stub::serving(Shared::deciding(decide))
    }

    fn serving(shared: Arc<Shared>) -> Stub {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let served = shared.clone();
        thread::Builder::new()
            .name("pool-stub".to_owned())
            .spawn(move || run(served, &tell, stopped))
            .expect("a thread for the stub");
        let port = told.recv().expect("the stub listens");
        Stub(Arc::new(Handle { shared, port, _stop: stop }))
    }

    /// Its address, without a path and a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Queues a reply for one call with this key, `*` for any. What is queued for the very key
    /// goes first, then what is queued for any, then [`Stub::always`].
    pub fn next(&self, key: &str, reply: Reply) {
        self.0.shared.script.lock().next(key, reply);
    }

    /// Sets the reply for all calls with this key (`*`: any) that have no queued one.
    pub fn always(&self, key: &str, reply: Reply) {
        self.0.shared.script.lock().always(key, reply);
    }

    /// Sets the reply for all probes with this key (`*`: any). It is set apart from that of the
    /// calls because probes come in the background, at times a test does not know.
    pub fn on_probe(&self, key: &str, reply: Reply) {
        self.0.shared.script.lock().on_probe(key, reply);
    }

    /// Forgets all replies set; what has arrived is kept.
    pub fn clear(&self) {
        *self.0.shared.script.lock() = Script::default();
    }

    /// The calls so far in the order they arrived: every POST but those to `/api/me`.
    pub fn calls(&self) -> Vec<Call> {
        self.0.shared.calls.lock().clone()
    }

    /// All other requests so far: model lists, usage, account.
    pub fn probes(&self) -> Vec<Call> {
        self.0.shared.probes.lock().clone()
    }

    /// How many calls there were with this key.
    pub fn count(&self, key: &str) -> usize {
        self.0.shared.calls.lock().iter().filter(|call| call.key == key).count()
    }

    /// How many calls are being replied to right now; none any more once a client has a reply
    /// to its last byte.
    pub fn open_calls(&self) -> usize {
        self.0.shared.open.load(Ordering::SeqCst)
    }

    /// The most calls with these keys that were being replied to at one time.
    pub fn peak(&self, keys: &[&str]) -> usize {
        let (mut open, mut peak) = (0, 0);
        for (key, begins) in &*self.0.shared.spans.lock() {
            if keys.contains(&key.as_str()) {
                open = if *begins { open + 1 } else { open - 1 };
                peak = peak.max(open);
            }
        }
        peak
    }

    /// Resolves when `n` replies or more were cut off by the client closing or resetting its
    /// connection (or its sending half). Such a call is not open any more by then.
    pub async fn aborted(&self, n: usize) {
        let _ = self.0.shared.aborted.subscribe().wait_for(|now| *now >= n).await;
    }

    /// Resolves when `n` calls or more have arrived.
    pub async fn arrived(&self, n: usize) {
        let _ = self.0.shared.arrived.subscribe().wait_for(|now| *now >= n).await;
    }
}

fn run(shared: Arc<Shared>, tell: &mpsc::Sender<u16>, stopped: oneshot::Receiver<()>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime for the stub").block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let _ = tell.send(address.port());
        select! {
            () = serve(listener, shared) => {}
            _ = stopped => {}
        }
    });
}
