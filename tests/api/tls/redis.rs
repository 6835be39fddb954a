//! `rediss://`

use futures_util::StreamExt;
use ollama_api_pool::cache::{RedisError, RedisServer};
use ollama_api_pool::plaintext::Plaintext::ThisMachine;

use super::servers::Servers;
use crate::support::{Program, in_time, program, until};

#[actix_web::test]
async fn redis_is_asked_and_heard_by_tls_where_its_certificate_is_good() {
    let servers = Servers::start().await;
    let at = |host: &str, authorities: Option<&super::Authority>| {
        let file = authorities.map(|authority| authority.file("ca.pem"));
        RedisServer::new(&servers.redis(host), file.as_deref(), ThisMachine).expect("an address")
    };
    let good = at("localhost", Some(&servers.authority));
    let mut ears = good.pubsub().await.expect("it is let in");
    ears.subscribe("channel").await.expect("it listens");
    let mut mouth = good.connection().await.expect("it is let in");
    let mut publish = bb8_redis::redis::cmd("PUBLISH");
    publish.arg("channel").arg("word");
    let heard_by: i64 = publish.query_async(&mut mouth).await.expect("Redis takes it");
    assert_eq!(heard_by, 1);
    let mut messages = ears.on_message();
    let message = in_time("the word", messages.next()).await.expect("a message");
    assert_eq!(message.get_payload_bytes(), b"word");

    for (what, server) in [
        ("another authority", at("localhost", Some(&servers.stranger))),
        ("the public authorities", at("localhost", None)),
        ("another name", at("127.0.0.1", Some(&servers.authority))),
    ] {
        let refused = server.connection().await.expect_err(what);
        assert!(matches!(refused, RedisError::Certificate(_)), "{what}: {refused}");
        let refused = server.pubsub().await.err().expect(what);
        assert!(matches!(refused, RedisError::Certificate(_)), "{what}: {refused}");
    }
}

/// Redis may be away at the start, and so may its certificate: memory stands in, and the log says why.
#[actix_web::test]
async fn a_certificate_that_is_refused_is_told() {
    let servers = Servers::start().await;
    let home = tempfile::tempdir().expect("a directory");
    let mut command = program(home.path());
    command
        .env("REDIS_URL", servers.redis("localhost"))
        .env("REDIS_CA_FILE", servers.stranger.file("ca.pem"));
    let program = Program::start(command).await;
    until("Redis counts as away", async || {
        let health = program.call("GET", "/health", "", None).await.json();
        health["components"]["cache"]["status"] == "degraded"
    })
    .await;
    let (_, printed) = program.terminate().await;
    assert!(printed.contains("Redis's certificate is refused"), "{printed}");
}
