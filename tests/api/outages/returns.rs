//! When a client is told to come back, and what is tried when there is hardly a key left.

use std::time::Duration;

use pool_stub::Reply;

use super::{add_keys, error, say};
use crate::support::{Answer, both_stores};

const SESSION: &str = "you have reached your session usage limit, please wait or upgrade";

fn wait(answer: &Answer) -> Option<u64> {
    answer.header("retry-after").and_then(|wait| wait.parse().ok())
}

both_stores! {
    async fn the_wait_is_the_first_keys_return(app, ["--max-attempts=3"]) {
        let keys = add_keys(&app, 10).await;
        for (n, key) in keys.iter().enumerate() {
            let secs = ((n + 1) * 10).to_string();
            app.stub.always(key, error(429, "slow down").with_header("retry-after", &secs));
        }
        for _ in 0..3 {
            let answer = say(&app, &app.token, "hello").await;
            assert_eq!((answer.status, wait(&answer)), (429, Some(1)), "others are free");
        }
        let answer = say(&app, &app.token, "hello").await;
        assert_eq!(answer.status, 429);
        assert!((9..=10).contains(&wait(&answer).expect("a wait")), "{:?}", wait(&answer));
        let answer = say(&app, &app.token, "hello").await;
        assert_eq!(answer.code(), "all_keys_cooling");
        assert!((9..=10).contains(&wait(&answer).expect("a wait")));
        assert!(answer.text().contains("keys: 10, in rotation: 0, rate_limited: 10"), "{}", answer.text());
        assert_eq!(app.stub.calls().len(), 10);
    }

    async fn out_of_credit_is_no_429(app) {
        let keys = add_keys(&app, 1).await;
        app.stub.always(&keys[0], error(402, "payment required"));
        let answer = say(&app, &app.token, "hello").await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "no_healthy_key"));
        assert!((3590..=3600).contains(&wait(&answer).expect("a wait")));
        let answer = say(&app, &app.token, "hello").await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "no_healthy_key"));
        assert!((3590..=3600).contains(&wait(&answer).expect("a wait")));
        assert_eq!(app.stub.calls().len(), 1);
    }

    async fn the_only_key_is_asked_once_more(app) {
        let keys = add_keys(&app, 1).await;
        for reply in [Reply::reset(), error(503, "overloaded")] {
            app.stub.next(&keys[0], reply);
            let answer = say(&app, &app.token, "hello").await;
            assert_eq!((answer.status, answer.header("x-pool-attempts")), (200, Some("2")));
        }
        app.stub.next(&keys[0], error(429, SESSION));
        assert_eq!(say(&app, &app.token, "hello").await.status, 429, "a limit is no hiccup");
        assert_eq!(app.stub.calls().len(), 5);
    }

    async fn a_cooling_key_is_tried_when_there_is_no_other(app) {
        let keys = add_keys(&app, 1).await;
        app.stub.next(&keys[0], error(429, "too many requests"));
        assert_eq!(say(&app, &app.token, "hello").await.status, 429);
        app.app.clock.advance(Duration::from_millis(300));
        let answer = say(&app, &app.token, "hello").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
