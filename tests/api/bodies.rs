//! The gate for request bodies, tried by clients on bare sockets: how slow, how large, how many.

mod budget;
mod crowds;
mod listeners;
mod slow;
mod strangers;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::accounts::{Person, sign_up};
use crate::support::{TestApp, in_time, until};

const CHAT: &str = "/v1/chat/completions";
const LOGIN: &str = "/api/auth/login";

/// A client that writes bytes.
struct Client(TcpStream);

impl Client {
    /// Connects and sends these bytes.
    async fn send(app: &TestApp, bytes: impl AsRef<[u8]>) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", app.port())).await.expect("it listens");
        stream.write_all(bytes.as_ref()).await.expect("it reads");
        Self(stream)
    }

    /// Sends more; false when the other side has ended the connection.
    async fn more(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Everything up to the end of the connection.
    async fn rest(mut self) -> String {
        let mut read = Vec::new();
        let reading = async { while matches!(self.0.read_buf(&mut read).await, Ok(1..)) {} };
        in_time("the connection ends", reading).await;
        String::from_utf8(read).expect("UTF-8")
    }

    /// The whole answer, as long as its head tells; the connection goes on.
    async fn answer(&mut self) -> String {
        let mut answer = self.head().await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
        });
        let mut left = vec![0; length.expect("a length") - body.len()];
        in_time("the body", self.0.read_exact(&mut left)).await.expect("no reset");
        answer.push_str(std::str::from_utf8(&left).expect("UTF-8"));
        answer
    }

    /// The answer's head; the connection goes on.
    async fn head(&mut self) -> String {
        let mut read = Vec::new();
        let reading = async {
            while !read.windows(4).any(|end| end == b"\r\n\r\n") {
                assert!(self.0.read_buf(&mut read).await.expect("no reset") > 0, "{read:?}");
            }
        };
        in_time("an answer", reading).await;
        String::from_utf8(read).expect("UTF-8")
    }
}

/// The head of a POST, with a bearer's token unless that is empty.
fn head(path: &str, token: &str, lines: &str) -> String {
    let bearer = match token {
        "" => String::new(),
        token => format!("authorization: Bearer {token}\r\n"),
    };
    format!(
        "POST {path} HTTP/1.1\r\nhost: pool\r\ncontent-type: application/json\r\n{bearer}{lines}\r\n"
    )
}

/// A chat's body of this length.
fn chat_of(length: usize) -> String {
    let empty = json!({"model": "m", "pad": ""}).to_string().len();
    json!({"model": "m", "pad": "x".repeat(length - empty)}).to_string()
}

/// Status, and code in whichever dialect.
fn outcome(answer: &str) -> (u16, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {answer}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let json: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}"));
    let code = json.pointer("/error/code").or_else(|| json.get("code"));
    (status, code.and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// Waits until no body is in memory.
async fn assert_given_back(app: &TestApp) {
    until("all bytes are given back", async || app.app.bodies.held() == 0).await;
}

/// Somebody who administers the pool and is signed in.
async fn administrator(app: &TestApp) -> Person {
    let ann = sign_up(app, "ann@example.org").await;
    let path = format!("/admin/users/{}", ann.id(app).await);
    assert_eq!(app.admin("PATCH", &path, &json!({"role": "admin"})).await.status, 200);
    ann
}
