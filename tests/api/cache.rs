//! The cache: one suite over memory and over Redis.

use std::time::Duration;

use bb8_redis::redis::{Client, cmd};
use bytes::Bytes;
use ollama_api_pool::cache::{Cache, Rate, RedisServer};
use ollama_api_pool::plaintext::Plaintext;

use crate::support::{Home, Store, each_store, redis_at, until};

const HOUR: Duration = Duration::from_secs(3600);

/// An empty cache of this store, beside its home.
async fn open(store: Store) -> (Home, Cache) {
    let home = Home::new(store).await;
    let redis = home.settings().2;
    let cache = Cache::open(redis_at(&redis), home.prefix());
    (home, cache)
}

fn text(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

each_store! {
    async fn kept_and_replaced(store) {
        let (_home, cache) = open(store).await;
        assert_eq!(cache.kind(), if store == Store::Sqlite { "memory" } else { "redis" });
        assert_eq!(cache.get("a").await, None);
        cache.set("a", text("one"), HOUR).await;
        cache.set("b", Bytes::from_static(b"\x00\xff bytes"), HOUR).await;
        assert_eq!(cache.get("a").await, Some(text("one")));
        cache.set("a", text("two"), HOUR).await;
        assert_eq!(cache.clone().get("a").await, Some(text("two")), "clones share it");
        assert_eq!(cache.get("b").await, Some(Bytes::from_static(b"\x00\xff bytes")));
        cache.set("b", Bytes::new(), HOUR).await;
        assert_eq!(cache.get("b").await, Some(Bytes::new()), "empty is not missing");
        assert!(!cache.is_degraded());
    }

    async fn gone_after_its_time(store) {
        let (_home, cache) = open(store).await;
        cache.set("stays", text("x"), HOUR).await;
        cache.set("goes", text("x"), Duration::from_millis(1)).await;
        until("it is gone", async || cache.get("goes").await.is_none()).await;
        cache.set("goes", text("again"), HOUR).await;
        assert_eq!(cache.get("goes").await, Some(text("again")));
        assert_eq!(cache.get("stays").await, Some(text("x")));
    }

    async fn counts(store) {
        let (_home, cache) = open(store).await;
        assert_eq!(cache.hits("door").await, 0);
        for n in 1..=5 {
            assert_eq!(cache.hit("door", HOUR).await, n);
        }
        assert_eq!((cache.hits("door").await, cache.hits("other").await), (5, 0));
        let all = futures_util::future::join_all((0..50).map(|_| cache.hit("door", HOUR))).await;
        assert_eq!(all.iter().max(), Some(&55), "none is lost");
        assert_eq!(cache.hits("door").await, 55);
    }

    async fn a_window_ends_with_its_first_hit_and_not_its_last(store) {
        let (_home, cache) = open(store).await;
        assert_eq!(cache.hit("short", Duration::from_millis(20)).await, 1);
        // Each hit asks for an hour: a window that a hit could prolong would never end.
        until("the window ends", async || cache.hit("short", HOUR).await == 1).await;
        assert_eq!(cache.hit("short", HOUR).await, 2, "and a new one has begun");
    }

    async fn a_rate_lets_its_limit_through_and_then_one_by_one(store) {
        let (_home, cache) = open(store).await;
        let rate = Rate { limit: 5, window: HOUR };
        for left in (0..5).rev() {
            let taken = cache.take("door", rate).await;
            assert_eq!((taken.allowed, taken.remaining, taken.limit), (true, left, 5));
            assert!(taken.reset > HOUR / 5 * (4 - u32::try_from(left).unwrap()) && taken.reset <= HOUR);
        }
        let refused = cache.take("door", rate).await;
        assert_eq!((refused.allowed, refused.remaining), (false, 0));
        // A fifth of an hour, less what the test took so far.
        assert!(refused.wait > HOUR / 6 && refused.wait <= HOUR / 5, "{:?}", refused.wait);
        assert!(cache.take("door", rate).await.reset <= refused.reset, "a refusal costs nothing");
        assert!(cache.take("other", rate).await.allowed);
        cache.forget("door").await;
        assert!(cache.take("door", rate).await.allowed);
    }

    async fn a_rate_holds_side_by_side(store) {
        let (_home, cache) = open(store).await;
        let rate = Rate { limit: 20, window: HOUR };
        let all = futures_util::future::join_all((0..100).map(|_| cache.take("door", rate))).await;
        assert_eq!(all.iter().filter(|taken| taken.allowed).count(), 20);
    }

    async fn a_rate_comes_back(store) {
        let (_home, cache) = open(store).await;
        let rate = Rate { limit: 2, window: Duration::from_millis(40) };
        assert!(cache.take("short", rate).await.allowed);
        until("one is refused", async || !cache.take("short", rate).await.allowed).await;
        until("one is there again", async || cache.take("short", rate).await.allowed).await;
    }

    async fn names_are_apart(store) {
        let (home, cache) = open(store).await;
        let (url, prefix) = (home.settings().2, format!("{}other:", home.prefix()));
        let other = Cache::open(redis_at(&url), &prefix);
        cache.set("name", text("mine"), HOUR).await;
        cache.hit("count", HOUR).await;
        assert_eq!((other.get("name").await, other.hits("count").await), (None, 0));
        other.set("name", text("theirs"), HOUR).await;
        assert_eq!(cache.get("name").await, Some(text("mine")));
    }
}

/// What Redis holds under a name must end by itself: nobody else would clear it away.
#[actix_web::test]
async fn everything_in_redis_has_an_end() {
    let (home, cache) = open(Store::Postgres).await;
    cache.set("value", text("x"), HOUR).await;
    cache.hit("count", HOUR).await;
    cache.hit("count", HOUR).await;
    let client = Client::open(home.settings().2).expect("a good address");
    let mut redis = client.get_multiplexed_async_connection().await.expect("Redis answers");
    cache.take("rate", Rate { limit: 1, window: HOUR }).await;
    for name in ["value", "count", "rate"] {
        let key = format!("{}{name}", home.prefix());
        let left: i64 = cmd("PTTL").arg(key).query_async(&mut redis).await.expect("a number");
        assert!((3_590_000..=3_600_000).contains(&left), "{name}: {left}");
    }
}

/// Without an answer from Redis, memory stands in, and says so.
#[actix_web::test]
async fn memory_stands_in_for_redis() {
    let cache = Cache::open(redis_at("redis://127.0.0.1:1/"), "away:");
    cache.set("a", text("one"), HOUR).await;
    assert!(cache.is_degraded());
    assert_eq!(cache.get("a").await, Some(text("one")));
    assert_eq!((cache.hit("n", HOUR).await, cache.hits("n").await), (1, 1));
    assert_eq!(cache.kind(), "redis");
    let url = "http://user:pass-word@host";
    let wrong = RedisServer::new(url, None, Plaintext::Anywhere).expect_err("no Redis");
    assert!(wrong.to_string().contains("REDIS_URL") && !wrong.to_string().contains("pass-word"));
}
