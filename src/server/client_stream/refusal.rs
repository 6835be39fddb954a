//! What a client is told whose request can't be read. The HTTP library answers such requests
//! before the program sees them, without a body and without an id: this puts both in.

use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::error::{ApiError, ErrorCode, OpenAi};
use crate::http::protect;

/// The library's own answer is shorter.
const BARE_MAX: usize = 256;

/// So long, and for so many bytes, the rest of what a refused client sends is read: closing at once
/// would reset the connection, and take the answer from the client.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1 << 20;

/// The full answer, where `bytes` is one that the HTTP library gives by itself.
pub fn instead_of(bytes: &[u8]) -> Option<Bytes> {
    if bytes.len() > BARE_MAX || !bytes.starts_with(b"HTTP/1.") {
        return None;
    }
    let head = std::str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?;
    let error = refused(status)?;
    // Answers of the program have more headers than these.
    let is_bare = |line: &str| {
        line == "content-length: 0"
            || line.starts_with("date: ")
            || line.starts_with("connection: ")
    };
    lines.all(is_bare).then(|| render(&OpenAi(error)))
}

/// The answer to a head that takes too long.
pub fn slow_head() -> Bytes {
    refused("408").map(|error| render(&OpenAi(error))).unwrap_or_default()
}

/// Why a request is refused with this status before it is one.
fn refused(status: &str) -> Option<ApiError> {
    let (code, words) = match status {
        "400" => (
            ErrorCode::Malformed,
            "this is no HTTP/1.1 request: its first line, a header or the framing of its body can't be read",
        ),
        "408" => (ErrorCode::RequestTimeout, "the request's head did not come in time"),
        "431" => (
            ErrorCode::HeadTooLarge,
            "the request's head is too large: at most 96 headers and 128 KiB are read",
        ),
        _ => return None,
    };
    Some(ApiError::new(code, words))
}

fn render(error: &OpenAi) -> Bytes {
    let status = error.0.code.status();
    let body = serde_json::to_string(&error.body()).unwrap_or_default();
    let reason = status.canonical_reason().unwrap_or_default();
    let date = httpdate::fmt_http_date(std::time::SystemTime::now());
    let line = |(name, value): &(_, _)| format!("{name}: {value}\r\n");
    let protection: String = protect::DATA.iter().map(line).collect();
    Bytes::from(format!(
        "HTTP/1.1 {} {reason}\r\ncontent-length: {}\r\nconnection: close\r\n\
         content-type: application/json\r\n{protection}x-request-id: {}\r\ndate: {date}\r\n\r\n{body}",
        status.as_u16(),
        body.len(),
        Uuid::now_v7(),
    ))
}

/// Closes a refused client's connection so that it can read why.
pub fn linger(socket: Arc<TcpStream>) {
    let Ok(runtime) = Handle::try_current() else { return };
    runtime.spawn(tokio::time::timeout(LINGER, async move {
        let _ = socket2::SockRef::from(&*socket).shutdown(std::net::Shutdown::Write);
        let (mut scrap, mut left) = ([0; 4096], LINGER_BYTES);
        while left > 0 && socket.readable().await.is_ok() {
            match socket.try_read(&mut scrap) {
                Ok(0) => break,
                Ok(read) => left = left.saturating_sub(read),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::instead_of;

    #[test]
    fn only_the_librarys_own_answers_are_replaced() {
        let date = "date: Mon, 30 Nov 2026 21:00:00 GMT";
        for (head, status) in [
            (
                format!(
                    "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n{date}"
                ),
                400,
            ),
            (format!("HTTP/1.0 400 Bad Request\r\ncontent-length: 0\r\n{date}"), 400),
            (format!("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n{date}"), 408),
            (
                format!(
                    "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n{date}"
                ),
                431,
            ),
        ] {
            let answer = instead_of(format!("{head}\r\n\r\n").as_bytes()).expect("replaced");
            let answer = std::str::from_utf8(&answer).expect("text");
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
            assert!(answer.contains("\r\nx-content-type-options: nosniff\r\n"), "{answer}");
            assert!(answer.contains("\r\nx-request-id: ") && answer.ends_with("}}"), "{answer}");
        }
        for other in [
            format!(
                "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-request-id: 1\r\n{date}\r\n\r\n"
            ),
            format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n{date}\r\n\r\n{{}}"),
            format!("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n{date}\r\n\r\n"),
            format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n{date}\r\n"),
            "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
            "data: {}\r\n\r\n".to_owned(),
        ] {
            assert_eq!(instead_of(other.as_bytes()), None, "{other}");
        }
    }
}
