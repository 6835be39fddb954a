use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, join_all};
use parking_lot::Mutex;

use super::queues::{LaneState, NETWORK_MAX, WAITING_MAX};
use super::{Busy, Hashing, Lane};

/// One thread, busy until the sender is dropped.
async fn busy() -> (Arc<Hashing>, mpsc::Sender<()>, actix_web::rt::task::JoinHandle<()>) {
    let hashing = Arc::new(Hashing::start(1).expect("a thread"));
    let (hold, held) = mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let shared = hashing.clone();
    let first = actix_web::rt::spawn(async move {
        let work = move || {
            let _ = begin.send(());
            let _ = held.recv();
        };
        shared.run(&Lane::Known, work).await.expect("there is room");
    });
    begun.await.expect("it began");
    (hashing, hold, first)
}

/// Takes a place in a lane; still to be awaited.
fn queued(
    hashing: &Arc<Hashing>,
    lane: Lane,
    work: impl FnOnce() + Send + 'static,
) -> LocalBoxFuture<'static, Result<Option<()>, Busy>> {
    let hashing = hashing.clone();
    let mut one = async move { hashing.run(&lane, work).await }.boxed_local();
    assert!((&mut one).now_or_never().is_none(), "it waits");
    one
}

fn from(number: usize) -> String {
    format!("192.0.{number}.0/24")
}

#[actix_web::test]
async fn a_sign_in_waits_for_no_crowd_of_new_passwords() {
    let (hashing, hold, first) = busy().await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let order = order.clone();
        move || order.lock().push(what)
    };
    let waiting: Vec<_> = (0..WAITING_MAX)
        .map(|n| queued(&hashing, Lane::NewPassword(from(n)), note("new")))
        .collect();
    let sign_in = queued(&hashing, Lane::SignIn(from(0)), note("sign-in"));
    drop(hold);
    first.await.expect("it ends");
    sign_in.await.expect("its turn");
    join_all(waiting).await;
    let order = order.lock();
    let place = order.iter().position(|what| *what == "sign-in").expect("it was there");
    assert!(place <= 1, "{place}");
    assert_eq!(order.len(), WAITING_MAX + 1);
}

#[actix_web::test]
async fn networks_have_their_turns() {
    let (hashing, hold, first) = busy().await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let waits = |network: usize| {
        let order = order.clone();
        queued(&hashing, Lane::SignIn(from(network)), move || order.lock().push(network))
    };
    let waiting: Vec<_> = [1, 1, 1, 1, 2, 2, 3].map(waits).into();
    drop(hold);
    first.await.expect("it ends");
    join_all(waiting).await;
    assert_eq!(*order.lock(), [1, 2, 3, 1, 2, 1, 1]);
}

#[actix_web::test]
async fn a_queue_has_an_end_and_a_network_a_share_of_it() {
    let (hashing, hold, first) = busy().await;
    let mut waiting: Vec<_> =
        (0..NETWORK_MAX).map(|_| queued(&hashing, Lane::SignIn(from(0)), || ())).collect();
    assert_eq!(hashing.run(&Lane::SignIn(from(0)), || ()).await, Err(Busy), "one network");
    for number in NETWORK_MAX..WAITING_MAX {
        waiting.push(queued(&hashing, Lane::SignIn(from(number)), || ()));
    }
    assert_eq!(hashing.run(&Lane::SignIn(from(999)), || ()).await, Err(Busy), "full");
    let sign_in = hashing.lanes()[1];
    let known = LaneState { name: "sign_in", waiting: WAITING_MAX, refused: 2 };
    assert_eq!(sign_in, known);
    // Whoever leaves makes room.
    waiting.pop();
    waiting.push(queued(&hashing, Lane::SignIn(from(999)), || ()));
    drop(hold);
    first.await.expect("it ends");
    assert!(join_all(waiting).await.iter().all(Result::is_ok));
}

#[actix_web::test]
async fn nobody_waits_past_the_patience_of_their_lane() {
    let (hashing, hold, first) = busy().await;
    let patience = Duration::from_millis(10);
    let late = hashing.run_within(&Lane::SignIn(from(0)), patience, || ()).await;
    assert_eq!(late, Err(Busy));
    drop(hold);
    first.await.expect("it ends");
}

#[actix_web::test]
async fn a_panic_takes_no_thread_along() {
    let hashing = Hashing::start(1).expect("a thread");
    let broken = hashing.run(&Lane::Known, || panic!("on purpose")).await;
    assert_eq!(broken, Ok::<Option<()>, _>(None));
    assert_eq!(hashing.run(&Lane::Known, || 7).await, Ok(Some(7)));
}
