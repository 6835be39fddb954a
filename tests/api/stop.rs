//! How a stop ends: what was begun is finished, and counted.

use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::support::{Answer, TestApp, each_store, in_time, until};

/// A client that calls until it is asked to go elsewhere. Every answer must be whole and good;
/// returns how many there were.
async fn call_until_closed(url: String, token: String) -> usize {
    let client = awc::Client::builder().disable_timeout().finish();
    for n in 1.. {
        let body = json!({"model": "llama3.2", "messages": [], "stream": n % 2 == 0});
        let request = client.post(&url).no_decompress().bearer_auth(&token);
        let answer = request.send_json(&body).await.expect("an answer to every request");
        let answer = Answer::read(answer).await;
        assert!(answer.status == 200 && !answer.broken, "{}: {}", answer.status, answer.text());
        if n % 2 == 0 {
            assert!(answer.text().ends_with("data: [DONE]\n\n"), "{}", answer.text());
        } else {
            assert_eq!(answer.text(), pool_stub::chat_json("llama3.2"));
        }
        if answer.header("connection") == Some("close") {
            return n;
        }
    }
    unreachable!("the server stops")
}

each_store! {
    async fn a_stop_under_load_loses_nothing(store) {
        let app = TestApp::start(store, &["--drain-ms=200"]).await;
        for n in 0..5 {
            app.add_key(&format!("sk-load-{n:010}")).await;
        }
        let stub = app.stub.clone();
        let clients: Vec<_> = (0..16)
            .map(|_| (app.url("/v1/chat/completions"), app.token.clone()))
            .map(|(url, token)| actix_web::rt::spawn(call_until_closed(url, token)))
            .collect();
        in_time("load", stub.arrived(100)).await;
        let home = in_time("a stop", app.stop()).await;
        let mut answers = 0;
        for client in clients {
            answers += in_time("a client", client).await.expect("good answers only");
        }
        assert_eq!(stub.calls().len(), answers);
        let app = TestApp::start_in(home, &[]).await;
        let stats = app.stats().await;
        assert_eq!(
            (&stats["total_requests"], &stats["success_count"]),
            (&json!(answers), &json!(answers))
        );
        let keys = app.admin_get("/admin/keys/stats").await.json();
        let of = |key: &Value| key["totalRequests"].as_u64().unwrap();
        assert_eq!(keys["stats"].as_array().unwrap().iter().map(of).sum::<u64>(), answers as u64);
        app.stop().await;
    }

    async fn a_slow_stream_ends_in_peace(store) {
        let app = TestApp::start(store, &[]).await;
        app.add_key("sk-slow-0123456789").await;
        let gate = Gate::new();
        let send = |text: &str| Step::Send(text.as_bytes().to_vec());
        let (first, rest) = (
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        );
        app.stub.next("*", Reply::sse_raw(vec![send(first), Step::Wait(gate.clone()), send(rest)]));
        let body = json!({"model": "m", "messages": [], "stream": true});
        let response = app.open("POST", "/v1/chat/completions", &app.token, Some(&body)).await;
        assert_eq!(response.status(), 200);
        in_time("the stream is held", gate.reached()).await;

        let (port, stub) = (app.port(), app.stub.clone());
        let stopping = actix_web::rt::spawn(app.stop());
        until("the door is shut", async || TcpStream::connect(("127.0.0.1", port)).await.is_err())
            .await;
        assert_eq!(stub.open_calls(), 1, "the stream goes on behind it");
        gate.open();
        let answer = in_time("the rest", Answer::read(response)).await;
        assert_eq!((answer.text(), answer.broken), (format!("{first}{rest}"), false));
        let home = in_time("the stop", stopping).await.expect("a good stop");
        let app = TestApp::start_in(home, &[]).await;
        assert_eq!(app.stats().await["success_count"], 1);
        app.stop().await;
    }
}
