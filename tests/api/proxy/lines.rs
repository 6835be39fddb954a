//! A client that speaks HTTP by hand, for what a library would not do.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::soon;
use crate::support::TestApp;

/// One connection to the pool; dropping it is how a client leaves.
pub struct Lines {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Lines {
    /// Sends the head of a chat request with these further header lines, and what follows it.
    pub async fn chat(app: &TestApp, lines: &str, rest: &str) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", app.port())).await.expect("it listens");
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: pool\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\n{lines}\r\n",
            app.token
        );
        stream.write_all(format!("{head}{rest}").as_bytes()).await.expect("it reads");
        Self { stream, read: Vec::new() }
    }

    /// A whole chat request with this body.
    pub async fn whole(app: &TestApp, body: &str) -> Self {
        Self::chat(app, &format!("content-length: {}\r\n", body.len()), body).await
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

    /// Reads to the end of the connection, however it ends.
    pub async fn until_closed(mut self) -> Vec<u8> {
        let reading =
            async { while matches!(self.stream.read_buf(&mut self.read).await, Ok(1..)) {} };
        soon(reading).await;
        self.read
    }
}
