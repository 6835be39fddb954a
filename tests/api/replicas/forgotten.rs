//! Limits of client tokens while Redis is away, and when it comes back without its memory.

use bb8_redis::redis::{Client, cmd};
use serde_json::{Value, json};
use url::Url;

use super::Replicas;
use crate::database_away::link::Link;
use crate::support::{Answer, Home, Store, canary, until};

/// Replicas that each have a link to Redis of their own.
pub struct Linked {
    pub replicas: Replicas,
    /// The only upstream key.
    pub key: i64,
    links: Vec<Link>,
}

impl Linked {
    pub async fn start(count: usize) -> Self {
        let home = Home::new(Store::Postgres).await;
        let mut url = Url::parse(&home.settings().2).expect("a URL");
        let redis = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(6379));
        let (mut links, mut urls) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let link = Link::to(redis.clone()).await;
            let port = link.address().rsplit(':').next().and_then(|port| port.parse().ok());
            url.set_host(Some("127.0.0.1")).expect("a host");
            url.set_port(port).expect("a port");
            urls.push(url.to_string());
            links.push(link);
        }
        let settings = [("METRICS_TOKEN", METRICS_TOKEN), ("RATE_LIMIT_REQUESTS", "9")];
        let replicas = Replicas::start_at(home, &urls, &settings).await;
        let key = replicas.add(0, "sk-forgotten-0000001").await;
        let this = Self { replicas, key, links };
        for one in 0..count {
            until("all are known", async || this.replicas_known(one).await == count).await;
            until("the key is known", async || this.replicas.chat(one).await.status == 200).await;
        }
        this
    }

    async fn replicas_known(&self, which: usize) -> usize {
        let page = self.replicas.all[which].call("GET", "/metrics", METRICS_TOKEN, None).await;
        let text = page.text();
        let line = text.lines().find_map(|line| line.strip_prefix("ollama_pool_replicas "));
        line.and_then(|count| count.parse().ok()).unwrap_or_default()
    }

    /// A token with these limits.
    async fn token(&self, limits: Value) -> String {
        let made = self.replicas.admin(0, "POST", "/admin/tokens", limits).await;
        let token = made.json()["token"].as_str().expect("a token").to_owned();
        canary::release(&token);
        token
    }

    async fn chat(&self, which: usize, token: &str) -> Answer {
        let body = json!({"model": "llama3.2", "messages": []});
        let path = "/v1/chat/completions";
        self.replicas.all[which].call("POST", path, token, Some(&body)).await
    }

    /// How many chats get through at this one until one is refused.
    async fn let_in(&self, which: usize, token: &str) -> usize {
        for count in 0..100 {
            match self.chat(which, token).await.status {
                200 => {}
                429 => return count,
                other => panic!("{other} after {count}"),
            }
        }
        panic!("nothing is refused");
    }

    /// How many lists somebody without a token gets at this one.
    async fn lists(&self, which: usize) -> usize {
        for count in 0..100 {
            match self.replicas.all[which].call("GET", "/v1/models", "", None).await.status {
                200 => {}
                429 => return count,
                other => panic!("{other} after {count}"),
            }
        }
        panic!("nothing is refused");
    }

    pub async fn cut(&self) {
        for link in &self.links {
            link.cut().await;
        }
    }

    pub async fn restore(&self) {
        self.links.iter().for_each(Link::restore);
        for one in 0..self.links.len() {
            until("it is back", async || {
                self.replicas.health(one).await["components"]["cache"]["status"] == "ok"
            })
            .await;
        }
    }

    /// As a restart of Redis does: of limits and places nothing is left.
    async fn forget(&self) {
        let home = &self.replicas.homes[0];
        let client = Client::open(home.settings().2).expect("an address");
        let mut conn = client.get_multiplexed_async_connection().await.expect("Redis answers");
        for pattern in ["limit*", "slots:*"] {
            let mut keys = cmd("KEYS");
            let keys = keys.arg(format!("{}{pattern}", home.prefix()));
            let keys: Vec<String> = keys.query_async(&mut conn).await.expect("keys");
            if !keys.is_empty() {
                cmd("DEL").arg(keys).query_async::<()>(&mut conn).await.expect("gone");
            }
        }
    }
}

const METRICS_TOKEN: &str = "metrics-token-of-the-replicas-01";

/// Together they let in the limit and no more; afterwards all know what each let in.
#[actix_web::test]
async fn each_goes_on_with_its_share() {
    let linked = Linked::start(3).await;
    let by_minute = linked.token(json!({"name": "minute", "rpm": 10})).await;
    let by_day = linked.token(json!({"name": "day", "daily_requests": 10})).await;
    for token in [&by_minute, &by_day] {
        assert_eq!(linked.chat(0, token).await.status, 200, "together");
    }
    linked.cut().await;
    let (mut of_minute, mut of_day) = (Vec::new(), Vec::new());
    for one in 0..3 {
        of_minute.push(linked.let_in(one, &by_minute).await);
        of_day.push(linked.let_in(one, &by_day).await);
    }
    // The one before is one of the first's share of the minute.
    assert_eq!(of_minute.iter().sum::<usize>() + 1, 10, "{of_minute:?}");
    // Of the day there were nine left, of which the first has three. The others read from the
    // database what it has used meanwhile, and have a share of what is left.
    assert_eq!(of_day[0], 3);
    assert!(of_day.iter().sum::<usize>() <= 9 && !of_day.contains(&0), "{of_day:?}");

    linked.restore().await;
    // Together they know what each let in: of the day some may be left.
    for one in 0..3 {
        until("the minute", async || linked.chat(one, &by_minute).await.status == 429).await;
    }
    let mut rest = 0;
    for one in 0..3 {
        rest += linked.let_in(one, &by_day).await;
    }
    assert_eq!(1 + of_day.iter().sum::<usize>() + rest, 10, "{of_day:?}, {rest}");
    linked.replicas.stop().await;
}

/// Each brings what it counted, so that the limit is what it was.
#[actix_web::test]
async fn a_redis_without_a_memory_is_told_again() {
    let linked = Linked::start(2).await;
    let by_minute = linked.token(json!({"name": "minute", "rpm": 6})).await;
    let by_day = linked.token(json!({"name": "day", "daily_requests": 6})).await;
    for one in [0, 1, 1, 0] {
        for token in [&by_minute, &by_day] {
            assert_eq!(linked.chat(one, token).await.status, 200);
        }
    }
    linked.forget().await;
    // Whoever is asked first brings its own part at once, the other one within a second.
    assert_eq!(linked.chat(0, &by_minute).await.status, 200);
    assert_eq!(linked.chat(1, &by_minute).await.status, 200);
    for one in [0, 1] {
        assert_eq!(linked.chat(one, &by_minute).await.status, 429, "six in the minute");
    }
    // The day is in the database, but for what isn't written yet.
    until("it is read", async || linked.chat(0, &by_day).await.status == 429).await;
    linked.replicas.stop().await;
}

/// An address that shows no token has a share at each, too.
#[actix_web::test]
async fn strangers_have_a_share_at_each() {
    let linked = Linked::start(3).await;
    linked.cut().await;
    let mut let_in = Vec::new();
    for one in 0..3 {
        let_in.push(linked.lists(one).await);
    }
    assert_eq!(let_in, [3, 3, 3]);
    linked.replicas.stop().await;
}
