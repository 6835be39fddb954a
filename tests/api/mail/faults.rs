//! Servers that refuse, stall and break off, and an actor that dies.

use std::time::{Duration, Instant};

use ollama_api_pool::mail::{Language, Message};

use super::{address, code, email, post, stands, state, with_smtp};
use crate::support::mail::{received, release};
use crate::support::until;

#[actix_web::test]
async fn what_fails_for_now_is_tried_again() {
    for fault in ["tempfail2", "cut2"] {
        let app = with_smtp("starttls", &[]).await;
        let ann = address(fault);
        post(&app, &ann, "482913");
        stands(&app, "the first attempt fails", |state| state.retries == 1).await;
        assert!(app.unread(&ann).is_empty());
        app.app.clock.advance(Duration::from_secs(1));
        stands(&app, "the second attempt fails", |state| state.retries == 2).await;
        // Not before its time: twice as long.
        app.app.clock.advance(Duration::from_secs(2));
        assert_eq!(app.mail_to(&ann).await.code(), "482913", "{fault}");
        let state = stands(&app, "it is counted", |state| state.queued == 0).await;
        assert_eq!((state.sent, state.failed, state.failing), (1, 0, false));
        app.stop().await;
    }
}

#[actix_web::test]
async fn what_is_refused_for_good_is_not() {
    let app = with_smtp("starttls", &[]).await;
    post(&app, &address("reject"), "482913");
    let state = stands(&app, "it is given up", |state| state.failed == 1).await;
    // The server is well, it only knows nobody of that name.
    assert_eq!((state.sent, state.retries, state.failing), (0, 0, false));
    let ann = address("ann");
    post(&app, &ann, "482913");
    app.mail_to(&ann).await;
    app.stop().await;
}

#[actix_web::test]
async fn a_code_that_is_no_good_any_more_is_not_sent() {
    let app = with_smtp("starttls", &[]).await;
    let ann = address("tempfail1");
    post(&app, &ann, "482913");
    stands(&app, "the first attempt fails", |state| state.retries == 1).await;
    app.app.clock.advance(Duration::from_secs(600));
    let late = stands(&app, "it is given up", |state| state.failed == 1).await;
    assert_eq!((late.queued, late.sent), (0, 0));
    assert!(app.unread(&ann).is_empty());
    app.stop().await;
}

#[actix_web::test]
async fn nobody_waits_for_a_slow_server_and_what_is_too_much_is_refused() {
    let app = with_smtp("plain", &["--email-timeout-secs=300"]).await;
    let slow: Vec<_> = (0..4).map(|_| address("hold")).collect();
    let begun = Instant::now();
    for one in &slow {
        post(&app, one, "482913");
    }
    let to = email(&address("ann"));
    let news = || app.app.actors.mail.post(&to, Language::Chinese, Message::Approved, None);
    let taken = (0..).take_while(|_| news().is_ok()).count();
    assert_eq!(taken, 996, "a thousand letters, the four under way included");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(state(&app).await.queued, 1_000);
    assert!(app.unread(to.as_str()).is_empty(), "all senders wait for the server");

    // News that are old before their turn comes are given up; what was begun is finished.
    app.app.clock.advance(Duration::from_secs(3_600));
    slow.iter().for_each(|one| release(one));
    let done = stands(&app, "all is over", |state| state.queued == 0).await;
    assert_eq!((done.sent, done.failed, done.retries), (4, 996, 0));
    assert!(app.unread(to.as_str()).is_empty());
    assert!(news().is_ok(), "there is room again");
    app.mail_to(to.as_str()).await;
    app.stop().await;
}

#[actix_web::test]
async fn a_server_that_hangs_holds_up_nobody_for_long() {
    let app = with_smtp("plain", &["--email-timeout-secs=1"]).await;
    let (slow, ann) = (address("hold"), address("ann"));
    post(&app, &slow, "482913");
    let state = stands(&app, "it takes too long", |state| state.retries == 1).await;
    assert!(state.failing);
    post(&app, &ann, "482913");
    app.mail_to(&ann).await;
    release(&slow);
    app.app.clock.advance(Duration::from_secs(1));
    app.mail_to(&slow).await;
    app.stop().await;
}

#[actix_web::test]
async fn letters_outlive_the_actor() {
    let app = with_smtp("plain", &[]).await;
    let all: Vec<_> = (0..20).map(|_| address("ann")).collect();
    let slow = address("hold");
    post(&app, &slow, "482913");
    for (n, one) in all.iter().enumerate() {
        if n % 5 == 0 {
            app.app.actors.mail.crash();
        }
        post(&app, one, "482913");
    }
    until("the guardian notices", async || {
        let report = serde_json::to_value(app.app.actors.restarts().await).expect("a report");
        report["mail"]["panicked"].as_u64() > Some(0)
    })
    .await;
    release(&slow);
    for one in all.iter().chain([&slow]) {
        assert_eq!(app.mail_to(one).await.code(), "482913");
    }
    let state = stands(&app, "all is sent", |state| state.queued == 0).await;
    assert_eq!((state.sent, state.failed), (21, 0));
    app.stop().await;
}

#[actix_web::test]
async fn a_stop_sends_what_waits() {
    let app = with_smtp("starttls", &[]).await;
    let ann = address("tempfail4");
    post(&app, &ann, "482913");
    for failed in 1..4 {
        stands(&app, "an attempt fails", |state| state.retries == failed).await;
        app.app.clock.advance(Duration::from_secs(4));
    }
    // The next attempt would be in eight seconds: a stop doesn't wait for so long.
    stands(&app, "the fourth attempt fails", |state| state.retries == 4).await;
    let others: Vec<_> = (0..50).map(|_| address("ann")).collect();
    for one in &others {
        app.app.actors.mail.post(&email(one), Language::English, code("482913"), None).unwrap();
    }
    app.stop().await;
    for one in others.iter().chain([&ann]) {
        assert_eq!(received(one).len(), 1, "{one}");
    }
}
