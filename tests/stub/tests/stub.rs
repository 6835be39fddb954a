//! The stub is what other tests rely on, so its own promises are tested first.

use std::{
    io::ErrorKind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use pool_stub::{Call, Decide, EVENTS, Gate, Reply, Step, Stub, chat_json};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PLAIN: &str = r#"{"model":"m\"1","messages":[{"role":"user","content":"hi"}]}"#;
const STREAM: &str =
    "{\"stream\" :\n true, \"model\":\"m\", \"stream_options\":{\"include_usage\": true}}";

/// Sends a chat call on a connection of its own.
async fn call(stub: &Stub, key: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", stub.port())).await.expect("connect");
    write(&mut stream, "POST /v1/chat/completions", key, body, "connection: close\r\n").await;
    stream
}

async fn write(stream: &mut TcpStream, what: &str, key: &str, body: &str, more: &str) {
    let length = body.len();
    let request = format!(
        "{what} HTTP/1.1\r\nHost: stub\r\nAuthorization: Bearer {key}\r\n{more}\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.expect("write");
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("read to the end");
    text
}

async fn ask(stub: &Stub, key: &str, body: &str) -> String {
    rest(call(stub, key, body).await).await
}

/// The bytes of a chunked body.
fn unchunk(reply: &str) -> String {
    let (_, mut rest) = reply.split_once("\r\n\r\n").expect("a head");
    let mut body = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n").expect("a chunk size");
        let size = usize::from_str_radix(size, 16).expect("a hexadecimal size");
        body.push_str(&after[..size]);
        rest = &after[size + 2..];
        if size == 0 {
            assert_eq!(rest, "");
            return body;
        }
    }
}

#[tokio::test]
async fn default_answer() {
    let stub = Stub::start();
    let reply = ask(&stub, "k1", PLAIN).await;
    let (head, body) = reply.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("application/json"));
    assert_eq!(body, chat_json("m\"1"));
    let json: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(json["model"], "m\"1");
    assert_eq!(json["usage"]["total_tokens"], 30);
    assert_eq!(json["choices"][0]["finish_reason"], "stop");
    assert_eq!((stub.count("k1"), stub.count("k2"), stub.open_calls()), (1, 0, 0));
    let calls = stub.calls();
    assert_eq!(calls[0].body, PLAIN.as_bytes());
    assert_eq!(calls[0].header("HOST"), Some("stub"));
}

#[tokio::test]
async fn default_stream() {
    let stub = Stub::start();
    let body = unchunk(&ask(&stub, "k", STREAM).await);
    let events: Vec<_> = body.split_terminator("\n\n").collect();
    assert_eq!(events.len(), EVENTS + 4);
    let json = |i: usize| -> Value {
        let data = events[i].strip_prefix("data: ").expect("an event");
        serde_json::from_str(data).expect("JSON")
    };
    assert_eq!(json(0)["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(json(1)["choices"][0]["delta"]["content"], "Hello");
    assert_eq!(json(EVENTS + 1)["choices"][0]["finish_reason"], "stop");
    assert_eq!(json(EVENTS + 2)["usage"]["total_tokens"], 15);
    assert_eq!(events[EVENTS + 3], "data: [DONE]");
    stub.next("*", Reply::dribble().with_header("x-a", "1"));
    let dribble = ask(&stub, "k", STREAM).await;
    assert!(dribble.contains("\r\nx-a: 1\r\n") && dribble.contains("\r\n1\r\nd\r\n1\r\na\r\n"));
    assert_eq!(unchunk(&dribble), body);
}

#[tokio::test]
async fn replies_go_by_key() {
    let stub = Stub::start();
    stub.always("*", Reply::json(500, "any"));
    stub.always("a", Reply::json(429, "{}").with_header("retry-after", "7"));
    stub.next("*", Reply::html().with_header("Content-Type", "text/plain"));
    stub.next("a", Reply::ok());
    assert!(ask(&stub, "a", PLAIN).await.contains("Hello from the stub"));
    let html = ask(&stub, "a", PLAIN).await;
    assert!(html.contains("text/plain") && !html.contains("text/html"), "{html}");
    let limited = ask(&stub, "a", PLAIN).await;
    assert!(limited.starts_with("HTTP/1.1 429 ") && limited.contains("\r\nretry-after: 7\r\n"));
    assert!(ask(&stub, "b", PLAIN).await.ends_with("any"));
    stub.clear();
    assert!(ask(&stub, "b", PLAIN).await.contains("Hello from the stub"));
    assert_eq!(stub.calls().iter().filter(|c: &&Call| c.key == "a").count(), 3);
}

#[tokio::test]
async fn one_connection_takes_calls_and_probes() {
    let stub = Stub::start();
    stub.next("*", Reply::empty());
    stub.on_probe("p", Reply::json(403, "{}"));
    let mut stream = TcpStream::connect(("127.0.0.1", stub.port())).await.expect("connect");
    write(&mut stream, "GET /v1/models", "k", "", "").await;
    write(&mut stream, "POST /api/me", "p", "", "").await;
    let chunked = "POST /v1/embeddings HTTP/1.1\r\nx-api-key: x\r\ntransfer-encoding: chunked\r\n\r\n\
                   3\r\nabc\r\n2;e=1\r\nde\r\n0\r\n\r\n";
    stream.write_all(chunked.as_bytes()).await.expect("write");
    write(&mut stream, "POST /v1/unknown", "k", "{}", "connection: close\r\n").await;
    let all = rest(stream).await;
    let status: Vec<_> = all.split("HTTP/1.1 ").skip(1).map(|reply| &reply[..3]).collect();
    assert_eq!(status, ["200", "403", "200", "404"]);
    assert_eq!((stub.probes().len(), stub.calls().len()), (2, 2));
    assert_eq!(
        (stub.calls()[0].key.as_str(), stub.calls()[0].body.as_slice()),
        ("x", &b"abcde"[..])
    );
}

#[tokio::test]
async fn gate_holds_the_stream() {
    let stub = Stub::start();
    let gate = Gate::new();
    let send = |text: &str| Step::Send(text.as_bytes().to_vec());
    stub.next("*", Reply::sse_raw(vec![send("one"), Step::Wait(gate.clone()), send("two")]));
    let mut client = call(&stub, "k", STREAM).await;
    gate.reached().await;
    assert!(gate.closed() && stub.open_calls() == 1);
    let mut first = [0; 256];
    let length = client.read(&mut first).await.expect("what came before the gate");
    assert!(first[..length].ends_with(b"\r\n\r\n3\r\none\r\n"));
    gate.open();
    assert_eq!(rest(client).await, "3\r\ntwo\r\n0\r\n\r\n");
    assert_eq!(stub.open_calls(), 0);
}

#[tokio::test]
async fn notices_clients_that_leave() {
    let stub = Stub::start();
    let gate = Gate::new();
    stub.next("*", Reply::hang());
    stub.next("*", Reply::sse_raw(vec![Step::Wait(gate.clone())]));
    stub.next("*", Reply::steps(vec![Step::Send(vec![b'x'; 64 << 20])]));
    for n in 1..=3 {
        let client = call(&stub, "k", PLAIN).await;
        stub.arrived(n).await;
        if n == 2 {
            gate.reached().await;
        }
        drop(client);
        stub.aborted(n).await;
        assert_eq!(stub.open_calls(), 0);
    }
}

#[tokio::test]
async fn broken_replies() {
    let stub = Stub::start();
    for reply in [Reply::close(), Reply::too_short(), Reply::too_long(), Reply::sse(&["a", "b"])] {
        stub.next("*", reply);
    }
    assert_eq!(ask(&stub, "k", PLAIN).await, "");
    assert!(ask(&stub, "k", PLAIN).await.contains("content-length: 200\r\n"));
    assert!(ask(&stub, "k", PLAIN).await.ends_with("\r\n\r\n{}{\"left\":\"over\"}"));
    assert_eq!(unchunk(&ask(&stub, "k", STREAM).await), "data: a\n\ndata: b\n\n");
    stub.next("*", Reply::reset());
    let error = call(&stub, "k", PLAIN).await.read(&mut [0]).await.expect_err("a reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn ends_with_the_last_handle() {
    let stub = Stub::start();
    stub.always("*", Reply::hang());
    let client = call(&stub, "k", PLAIN).await;
    stub.arrived(1).await;
    drop(stub.clone());
    assert_eq!(stub.open_calls(), 1);
    drop(stub);
    assert_eq!(rest(client).await, "");
}

#[tokio::test]
async fn counts_how_many_there_are_at_once() {
    let (stub, gate) = (Stub::start(), Gate::new());
    stub.next("k1", Reply::steps(vec![Step::Wait(gate.clone()), Step::Close]));
    stub.next("k2", Reply::steps(vec![Step::Wait(gate.clone()), Step::Close]));
    let held = [call(&stub, "k1", PLAIN).await, call(&stub, "k2", PLAIN).await];
    stub.arrived(2).await;
    ask(&stub, "k1", PLAIN).await;
    gate.open();
    for stream in held {
        rest(stream).await;
    }
    ask(&stub, "k2", PLAIN).await;
    let peaks = [&["k1"][..], &["k2"], &["k1", "k2"], &["k3"]].map(|keys| stub.peak(keys));
    assert_eq!((peaks, stub.open_calls()), ([2, 1, 3, 0], 0));
}

/// Answers whom it knows, and resets the connection after that.
#[derive(Default)]
struct Bouncer(AtomicBool);

impl Decide for Bouncer {
    fn accepts(&self) -> bool {
        !self.0.load(Ordering::SeqCst)
    }

    fn reply(&self, call: &Call) -> Reply {
        self.0.store(true, Ordering::SeqCst);
        let interim = Step::Send(b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec());
        Reply::json(200, &call.key).preceded_by(vec![interim])
    }
}

#[tokio::test]
async fn a_function_decides() {
    let stub = Stub::deciding(Arc::new(Bouncer::default()));
    let reply = ask(&stub, "k1", PLAIN).await;
    assert!(reply.starts_with("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n"), "{reply}");
    assert!(reply.ends_with("\r\n\r\nk1"), "{reply}");
    assert_eq!(stub.calls(), [], "no record is kept");

    // The reset may come before the connection is known to stand.
    let error = match TcpStream::connect(("127.0.0.1", stub.port())).await {
        Ok(mut refused) => refused.read_u8().await.expect_err("no byte comes"),
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}
