//! What one process learns of keys the others know.

use std::time::Instant;

use diesel::QueryableByName;
use diesel::sql_types::Integer;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use pool_stub::Reply;
use serde_json::json;

use super::Replicas;
use crate::database_away::link::Link;
use crate::support::{Home, Store, until};

#[actix_web::test]
async fn an_administrators_word_holds_everywhere() {
    let replicas = Replicas::start(3, &[]).await;
    let (all, others) = ([0, 1, 2], [1, 2]);
    let since = Instant::now();
    let id = replicas.add(0, "sk-everywhere-0000001").await;
    replicas.soon_answer(&all, 200, since, "added").await;

    let since = Instant::now();
    replicas.admin(0, "POST", "/admin/keys/disable", json!({"ids": [id]})).await;
    replicas.soon_answer(&others, 503, since, "disabled").await;
    let since = Instant::now();
    replicas.admin(2, "POST", "/admin/keys/enable", json!({"ids": [id]})).await;
    replicas.soon_answer(&[0, 1], 200, since, "enabled").await;

    let since = Instant::now();
    let path = format!("/admin/api-keys/{id}");
    let past = json!({"expires_at": "2020-01-01T00:00:00Z"});
    replicas.admin(1, "PATCH", &path, past).await;
    replicas.soon_answer(&[0, 2], 503, since, "changed").await;
    let since = Instant::now();
    replicas.admin(0, "PATCH", &path, json!({"expires_at": null})).await;
    replicas.soon_answer(&others, 200, since, "changed back").await;

    let since = Instant::now();
    replicas.admin(2, "DELETE", &path, json!({})).await;
    replicas.soon_answer(&[0, 1], 503, since, "deleted").await;
    replicas.stop().await;
}

#[actix_web::test]
async fn a_wait_that_one_met_keeps_the_others_away() {
    let replicas = Replicas::start(2, &[]).await;
    let secret = "sk-everywhere-0000002";
    let id = replicas.add(0, secret).await;
    replicas.answer(&[1], 200, "added").await;
    let words = "you have reached your weekly usage limit, please wait or upgrade";
    let limit = json!({"error": {"message": words, "type": "api_error"}}).to_string();
    replicas.stub.next(secret, Reply::json(429, &limit));
    let since = Instant::now();
    assert_eq!(replicas.chat(0).await.status, 429);
    until("it is known", async || replicas.chat(1).await.code() == "all_keys_cooling").await;
    assert!(since.elapsed() < super::SOON);
    let asked = replicas.stub.count(secret);
    assert_eq!(replicas.chat(1).await.status, 429);
    assert_eq!(replicas.stub.count(secret), asked, "a cooling key is left alone");

    let since = Instant::now();
    replicas.admin(1, "POST", "/admin/keys/enable", json!({"ids": [id]})).await;
    replicas.soon_answer(&[0], 200, since, "enabled").await;
    replicas.stop().await;
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    failures: i32,
}

/// The failures of a key are in a row over all processes.
#[actix_web::test]
async fn failures_add_up_over_all() {
    let replicas = Replicas::start(2, &[("MAX_ATTEMPTS", "1")]).await;
    let secret = "sk-everywhere-0000003";
    replicas.add(0, secret).await;
    replicas.answer(&[1], 200, "added").await;
    replicas.stub.always(secret, Reply::json(403, "{}"));
    let failures = async |n: i32| {
        let url = replicas.homes[0].settings().1;
        let mut conn = AsyncPgConnection::establish(&url).await.expect("Postgres answers");
        let sql = "SELECT consecutive_failures AS failures FROM upstream_keys";
        until("it is written", async || {
            let row: Row = diesel::sql_query(sql).get_result(&mut conn).await.expect("a row");
            row.failures == n
        })
        .await;
    };
    for n in 1..=2 {
        // Written after it was told.
        replicas.chat(usize::from(n == 2)).await;
        failures(n).await;
    }
    replicas.chat(0).await;
    let asked = replicas.stub.count(secret);
    until("the third is known", async || replicas.chat(1).await.code() == "no_healthy_key").await;
    let more = replicas.stub.count(secret) - asked;
    assert!(more <= 1, "a disabled key is left alone, after {more}");
    replicas.stop().await;
}

/// A process that hears nothing for a while reads what it missed.
#[actix_web::test]
async fn what_was_missed_is_read() {
    let home = Home::new(Store::Postgres).await;
    let redis = home.settings().2;
    let address = redis.split("://").nth(1).expect("an address").trim_end_matches('/').to_owned();
    let link = Link::to(address.clone()).await;
    let through = redis.replace(&address, &link.address());
    let replicas = Replicas::start_at(home, &[redis, through], &[]).await;
    let (first, second) = ("sk-everywhere-0000004", "sk-everywhere-0000005");
    let old = replicas.add(0, first).await;
    replicas.answer(&[1], 200, "added").await;
    assert!(link.carried() > 0, "the link is in use");

    link.cut().await;
    replicas.admin(0, "POST", "/admin/keys/disable", json!({"ids": [old]})).await;
    assert_eq!(replicas.chat(1).await.status, 200, "it can't know, and goes on");
    link.restore();
    until("the disabled", async || replicas.chat(1).await.status == 503).await;

    link.cut().await;
    replicas.admin(0, "POST", "/admin/keys/enable", json!({"ids": [old]})).await;
    replicas.admin(0, "PATCH", &format!("/admin/api-keys/{old}"), json!({"weight": 3})).await;
    let new = replicas.add(0, second).await;
    link.restore();
    until("the enabled", async || replicas.chat(1).await.status == 200).await;
    replicas.stub.clear();
    until("both, by weight", async || {
        let counts = || [first, second].map(|secret| replicas.stub.count(secret));
        let before = counts();
        for _ in 0..4 {
            assert_eq!(replicas.chat(1).await.status, 200);
        }
        let after = counts();
        [after[0] - before[0], after[1] - before[1]] == [3, 1]
    })
    .await;

    link.cut().await;
    replicas.admin(0, "DELETE", &format!("/admin/api-keys/{old}"), json!({})).await;
    replicas.admin(0, "DELETE", &format!("/admin/api-keys/{new}"), json!({})).await;
    link.restore();
    until("the deleted", async || replicas.chat(1).await.status == 503).await;
    replicas.stop().await;
}

/// Settings are looked at when they are told of, not only every five seconds.
#[actix_web::test]
async fn settings_and_providers_arrive_at_once() {
    let replicas = Replicas::start(2, &[]).await;
    replicas.add(0, "sk-everywhere-0000006").await;
    for enabled in [false, true, false] {
        let since = Instant::now();
        let path = "/admin/providers/ollama";
        replicas.admin(0, "PATCH", path, json!({"enabled": enabled})).await;
        let status = if enabled { 200 } else { 503 };
        replicas.soon_answer(&[1], status, since, "a provider").await;
    }
    replicas.stop().await;
}
