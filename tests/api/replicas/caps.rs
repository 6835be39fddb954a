//! Requests at once of accounts and keys, over all processes.

use std::cell::Cell;
use std::time::{Duration, Instant};

use bb8_redis::redis::{Client, cmd};
use futures_util::future::join_all;
use pool_stub::{Gate, Reply, Step, chat_json};
use serde_json::json;

use super::Replicas;
use super::forgotten::Linked;
use crate::support::{in_time, until};

/// Clients that ask at the same time, and the chats that each wants to have.
const CLIENTS: usize = 12;
const CHATS: usize = 8;

/// A good answer, after this.
fn after(step: Step) -> Reply {
    let json = chat_json("llama3.2");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
    let answer = format!("{head}{}\r\n\r\n{json}", json.len());
    Reply::steps(vec![step, Step::Send(answer.into_bytes())])
}

#[actix_web::test]
async fn caps_hold_over_all() {
    let replicas = Replicas::start(3, &[]).await;
    let (pair, alone) =
        (["sk-everywhere-0000021", "sk-everywhere-0000022"], "sk-everywhere-0000023");
    for secret in pair {
        let plan = json!({"account": "plan", "max_concurrency": 2});
        replicas.add_with(0, secret, plan).await;
    }
    replicas.add_with(0, alone, json!({"max_concurrency": 1})).await;
    for which in 0..3 {
        until("added", async || replicas.keys(which, "ollama", "active").await == 3).await;
    }
    replicas.stub.always("*", after(Step::Pause(Duration::from_millis(10))));
    let client = async |client: usize| {
        let (mut served, mut asked) = (0, 0);
        while served < CHATS {
            let answer = replicas.chat((client + asked) % 3).await;
            asked += 1;
            match (answer.status, answer.code().as_str()) {
                (200, _) => served += 1,
                (429, "all_keys_busy") => {}
                _ => panic!("{} {}", answer.status, answer.text()),
            }
        }
    };
    in_time("all are served", join_all((0..CLIENTS).map(client))).await;
    let counts = [pair[0], pair[1], alone].map(|secret| replicas.stub.count(secret));
    assert_eq!(counts.iter().sum::<usize>(), CLIENTS * CHATS, "{counts:?}");
    assert!(!counts.contains(&0), "{counts:?}");
    assert_eq!((replicas.stub.peak(&pair), replicas.stub.peak(&[alone])), (2, 1));
    replicas.stop().await;
}

/// Two keys of one account, of which one may do less than the account.
#[actix_web::test]
async fn a_keys_own_cap_holds_within_its_account() {
    let replicas = Replicas::start(2, &[]).await;
    let (less, more) = ("sk-everywhere-0000024", "sk-everywhere-0000025");
    for (secret, cap) in [(less, 1), (more, 3)] {
        let plan = json!({"account": "plan", "max_concurrency": cap});
        replicas.add_with(0, secret, plan).await;
    }
    for which in 0..2 {
        until("added", async || replicas.keys(which, "ollama", "active").await == 2).await;
    }
    let gate = Gate::new();
    replicas.stub.always("*", after(Step::Wait(gate.clone())));
    let client = async |client: usize| loop {
        let answer = replicas.chat(client % 2).await;
        if answer.status == 200 {
            return;
        }
        assert_eq!(answer.code(), "all_keys_busy");
    };
    let open = async {
        replicas.stub.arrived(3).await;
        // What was refused is asked for again meanwhile, all the time.
        for which in 0..2 {
            for _ in 0..5 {
                assert_eq!(replicas.chat(which).await.code(), "all_keys_busy");
            }
        }
        gate.open();
    };
    in_time("all are served", async { tokio::join!(join_all((0..6).map(client)), open) }).await;
    assert_eq!((replicas.stub.peak(&[less]), replicas.stub.peak(&[less, more])), (1, 3));
    replicas.stop().await;
}

/// Takes a place for so many milliseconds, as another replica does that is about to give it back.
const HOLD: &str = "local time = redis.call('TIME') \
    local now = time[1] * 1000 + math.floor(time[2] / 1000) \
    redis.call('ZADD', KEYS[1], now + ARGV[1], 'another') \
    redis.call('PEXPIRE', KEYS[1], ARGV[1])";

/// Whoever has a whole answer asks again at once, wherever: its place is still on its way back.
#[actix_web::test]
async fn a_place_is_handed_over() {
    let replicas = Replicas::start(2, &[]).await;
    let secret = "sk-everywhere-0000026";
    let id = replicas.add_with(0, secret, json!({"max_concurrency": 1})).await;
    until("added", async || replicas.chat(1).await.status == 200).await;
    let home = &replicas.homes[0];
    let client = Client::open(home.settings().2).expect("an address");
    let mut conn = client.get_multiplexed_async_connection().await.expect("Redis answers");
    let name = format!("{}slots:key:{id}", home.prefix());
    for n in 0..30 {
        let mut hold = cmd("EVAL");
        let hold = hold.arg(HOLD).arg(1).arg(&name).arg(4);
        hold.query_async::<()>(&mut conn).await.expect("a place");
        let answer = replicas.chat(n % 2).await;
        assert_eq!(answer.status, 200, "{n}: {}", answer.text());
    }
    replicas.stop().await;
}

#[actix_web::test]
async fn what_a_killed_one_held_comes_back() {
    let mut replicas = Replicas::start(2, &[]).await;
    let secret = "sk-everywhere-0000027";
    replicas.add_with(1, secret, json!({"max_concurrency": 1})).await;
    until("added", async || replicas.chat(0).await.status == 200).await;
    let gate = Gate::new();
    replicas.stub.next(secret, after(Step::Wait(gate.clone())));
    let victim = replicas.all.remove(0);
    let url = format!("http://127.0.0.1:{}/v1/chat/completions", victim.port);
    let token = replicas.token.clone();
    let under_way = actix_web::rt::spawn(async move {
        let body = json!({"model": "llama3.2", "messages": []});
        let chat = awc::Client::default().post(url).bearer_auth(token).send_json(&body);
        assert!(chat.await.is_err(), "nobody is left to answer");
    });
    gate.reached().await;
    let since = Instant::now();
    victim.kill().await;
    in_time("it breaks off", under_way).await.expect("as it should");
    assert_eq!(replicas.chat(0).await.code(), "all_keys_busy");
    until("it is free", async || replicas.chat(0).await.status == 200).await;
    assert!(since.elapsed() < Duration::from_secs(12), "{:?}", since.elapsed());
    replicas.stop().await;
}

/// While Redis is away each may have its share under way, and all of it again when it is back.
#[actix_web::test]
async fn each_has_its_share_of_a_cap() {
    let linked = Linked::start(2).await;
    let (replicas, path) = (&linked.replicas, format!("/admin/api-keys/{}", linked.key));
    // Both know of it when they know that it is over.
    let past = json!({"max_concurrency": 4, "expires_at": "2020-01-01T00:00:00Z"});
    for (change, status) in [(past, "expired"), (json!({"expires_at": null}), "active")] {
        replicas.admin(0, "PATCH", &path, change).await;
        until(status, async || replicas.keys(1, "ollama", status).await == 1).await;
    }
    let (gate, busy) = (Gate::new(), Cell::new(0));
    let before = replicas.stub.calls().len();
    replicas.stub.always("*", after(Step::Wait(gate.clone())));
    linked.cut().await;
    let client = async |client: usize| {
        let answer = replicas.chat(client % 2).await;
        let refused = answer.status == 429 && answer.code() == "all_keys_busy";
        assert!(refused || answer.status == 200, "{}", answer.text());
        busy.set(busy.get() + usize::from(refused));
    };
    let open = async {
        replicas.stub.arrived(before + 4).await;
        until("the others are refused", async || busy.get() == 4).await;
        gate.open();
    };
    in_time("all are answered", async { tokio::join!(join_all((0..8).map(client)), open) }).await;
    assert_eq!(replicas.stub.calls().len(), before + 4, "two for each");

    linked.restore().await;
    let gate = Gate::new();
    replicas.stub.always("*", after(Step::Wait(gate.clone())));
    let client =
        async |_: usize| until("a place", async || replicas.chat(0).await.status == 200).await;
    let open = async {
        replicas.stub.arrived(before + 8).await;
        assert_eq!(replicas.chat(1).await.code(), "all_keys_busy");
        gate.open();
    };
    in_time("all are served", async { tokio::join!(join_all((0..6).map(client)), open) }).await;
    assert_eq!(replicas.stub.peak(&["sk-forgotten-0000001"]), 4);
    linked.replicas.stop().await;
}
