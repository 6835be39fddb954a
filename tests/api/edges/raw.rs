//! A client that writes bytes.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;

use super::soon;
use crate::support::TestApp;

/// One connection to the pool.
pub struct Raw {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Raw {
    /// Connects and sends these bytes.
    pub async fn send(app: &TestApp, bytes: impl AsRef<[u8]>) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        Self::send_by(socket, app, bytes).await
    }

    /// The same, with little room for an answer.
    pub async fn send_narrow(app: &TestApp, bytes: impl AsRef<[u8]>) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        Self::send_by(socket, app, bytes).await
    }

    async fn send_by(socket: TcpSocket, app: &TestApp, bytes: impl AsRef<[u8]>) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], app.port()));
        let mut stream = socket.connect(address).await.expect("it listens");
        stream.write_all(bytes.as_ref()).await.expect("it reads");
        Self { stream, read: Vec::new() }
    }

    /// Sends more.
    pub async fn more(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.expect("it reads");
    }

    /// Closes the client's side: it sends no more, and reads on.
    pub async fn half_close(&mut self) {
        self.stream.shutdown().await.expect("it is open");
    }

    /// Reads on until this text has come; returns everything so far.
    pub async fn until(&mut self, text: &str) -> String {
        let reading = async {
            loop {
                let so_far = String::from_utf8_lossy(&self.read).into_owned();
                if so_far.contains(text) {
                    return so_far;
                }
                let more = self.stream.read_buf(&mut self.read).await.expect("no reset");
                assert!(more > 0, "no {text:?} in {so_far:?}");
            }
        };
        soon(reading).await
    }

    /// Everything up to the end of the connection, which ends well.
    pub async fn rest(mut self) -> String {
        let reading =
            async { while self.stream.read_buf(&mut self.read).await.expect("no reset") > 0 {} };
        soon(reading).await;
        String::from_utf8(self.read).expect("UTF-8")
    }

    /// The same with so many pauses of this length at first, a quarter of a megabyte read after each.
    pub async fn rest_slowly(mut self, pauses: usize, pause: Duration) -> String {
        let mut piece = vec![0; 256 << 10];
        for _ in 0..pauses {
            sleep(pause).await;
            soon(self.stream.read_exact(&mut piece)).await.expect("no reset");
            self.read.extend_from_slice(&piece);
        }
        self.rest().await
    }
}

/// A chat as bytes, in this version and with these further header lines.
pub fn chat(app: &TestApp, version: &str, lines: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "POST /v1/chat/completions HTTP/{version}\r\nhost: pool\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n{lines}\r\n",
        app.token,
        body.len(),
    );
    [head.as_bytes(), body].concat()
}

/// The head and the body of an answer.
pub fn parts(answer: &str) -> (&str, &str) {
    answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {answer:?}"))
}

/// A header of a head.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The code of an error in OpenAI's words.
pub fn code(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {body}"));
    json["error"]["code"].as_str().unwrap_or_default().to_owned()
}
