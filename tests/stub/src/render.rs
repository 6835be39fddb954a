//! Bytes of HTTP/1.1 replies.

use crate::reply::Step;

/// A complete answer in one write.
pub fn whole(status: u16, content_type: &str, body: &[u8]) -> Step {
    let mut bytes = head(status, content_type, &format!("content-length: {}", body.len()));
    bytes.extend(body);
    Step::Send(bytes)
}

/// The steps of an event stream: its head with the first chunk, a chunk for every `Send`, the
/// end of the body with the last chunk.
pub fn chunked(parts: Vec<Step>) -> Vec<Step> {
    let mut steps = vec![Step::Send(head(200, "text/event-stream", "transfer-encoding: chunked"))];
    let mut ends = false;
    for (i, part) in parts.into_iter().enumerate() {
        ends |= matches!(part, Step::Hang | Step::Close | Step::Reset);
        match (part, steps.last_mut()) {
            (Step::Send(bytes), Some(Step::Send(head))) if i == 0 => add_chunk(head, &bytes),
            (Step::Send(bytes), _) => {
                let mut chunk = Vec::with_capacity(bytes.len() + 12);
                add_chunk(&mut chunk, &bytes);
                steps.push(Step::Send(chunk));
            }
            (other, _) => steps.push(other),
        }
    }
    match steps.last_mut() {
        _ if ends => {}
        Some(Step::Send(last)) => last.extend(b"0\r\n\r\n"),
        _ => steps.push(Step::Send(b"0\r\n\r\n".to_vec())),
    }
    steps
}

/// Puts header lines after the status line of a reply that has one.
pub fn add_headers(steps: &mut [Step], lines: &str) {
    let first = steps.iter_mut().find_map(|step| match step {
        Step::Send(bytes) => Some(bytes),
        _ => None,
    });
    let Some(bytes) = first.filter(|bytes| bytes.starts_with(b"HTTP/")) else { return };
    let Some(start) = line_end(bytes, 0) else { return };
    if lines.to_ascii_lowercase().starts_with("content-type:") {
        drop_header(bytes, start, b"content-type:");
    }
    bytes.splice(start..start, lines.bytes());
}

/// Takes a header out of the head whose header lines begin at `start`.
fn drop_header(bytes: &mut Vec<u8>, mut start: usize, name: &[u8]) {
    while let Some(end) = line_end(bytes, start).filter(|end| *end > start + 2) {
        if bytes[start..end].starts_with(name) {
            bytes.drain(start..end);
            return;
        }
        start = end;
    }
}

fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    Some(from + bytes[from..].windows(2).position(|two| two == b"\r\n")? + 2)
}

fn add_chunk(to: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.is_empty() {
        return; // an empty chunk would end the body
    }
    to.extend(format!("{:x}\r\n", bytes.len()).bytes());
    to.extend(bytes);
    to.extend(b"\r\n");
}

/// A status line and headers.
pub fn head(status: u16, content_type: &str, framing: &str) -> Vec<u8> {
    let reason = if status < 400 { "OK" } else { "Failed" };
    format!("HTTP/1.1 {status} {reason}\r\ncontent-type: {content_type}\r\n{framing}\r\n\r\n")
        .into_bytes()
}
