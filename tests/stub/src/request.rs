//! Reading requests: a head by httparse, then a body by its length or in chunks.

use httparse::{Header, Status};

use crate::{call::Call, wire::Wire};

const MAX_HEADERS: usize = 100;

/// One request.
#[derive(Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub key: String,
    /// Filled only if the reader was told to keep headers.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The client wants the connection closed after the answer.
    pub last: bool,
    length: usize,
    chunked: bool,
    waits: bool,
}

/// Why there is no request.
pub enum NoRequest {
    /// The client is done, or gave up in the middle of it.
    Left,
    /// What it sent is not HTTP/1.1.
    Malformed,
}

impl Request {
    /// The path without its query.
    pub fn bare_path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// Whether this is work for a model, and not a question about the account.
    pub fn is_call(&self) -> bool {
        self.method == "POST" && !self.bare_path().ends_with("/api/me")
    }

    /// What a test gets to see.
    pub fn to_call(&self) -> Call {
        Call {
            key: self.key.clone(),
            method: self.method.clone(),
            path: self.path.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
        }
    }

    fn take_header(&mut self, header: &Header<'_>, keep: bool) {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        let value = String::from_utf8_lossy(header.value);
        if is("content-length") {
            self.length = value.trim().parse().unwrap_or(0);
        } else if is("transfer-encoding") {
            self.chunked = value.to_ascii_lowercase().contains("chunked");
        } else if is("connection") {
            self.last |= value.eq_ignore_ascii_case("close");
        } else if is("expect") {
            self.waits = true;
        } else if is("authorization") {
            self.key = bearer(&value).unwrap_or(&self.key).to_owned();
        } else if is("x-api-key") && self.key.is_empty() {
            self.key = value.to_string();
        }
        if keep {
            self.headers.push((header.name.to_ascii_lowercase(), value.into_owned()));
        }
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Reads one request; `keep` its headers.
pub async fn read(wire: &mut Wire, keep: bool) -> Result<Request, NoRequest> {
    let mut request = loop {
        if let Some((request, length)) = head(&wire.unread, keep)? {
            wire.unread.drain(..length);
            break request;
        }
        more(wire).await?;
    };
    if request.waits {
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n", None).await.map_err(|_| NoRequest::Left)?;
    }
    if request.chunked {
        request.body = chunked_body(wire).await?;
    } else {
        fill(wire, request.length).await?;
        request.body = wire.unread.drain(..request.length).collect();
    }
    Ok(request)
}

/// The head at the start of `bytes` and its length, once it is complete.
fn head(bytes: &[u8], keep: bool) -> Result<Option<(Request, usize)>, NoRequest> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(_) => return Err(NoRequest::Malformed),
    };
    let mut request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        last: parsed.version == Some(0),
        ..Request::default()
    };
    for header in parsed.headers.iter() {
        request.take_header(header, keep);
    }
    Ok(Some((request, length)))
}

async fn chunked_body(wire: &mut Wire) -> Result<Vec<u8>, NoRequest> {
    let mut body = Vec::new();
    loop {
        let (line, size) = match httparse::parse_chunk_size(&wire.unread) {
            Ok(Status::Complete((line, size))) => (line, size as usize),
            Ok(Status::Partial) => {
                more(wire).await?;
                continue;
            }
            Err(_) => return Err(NoRequest::Malformed),
        };
        let end = line.checked_add(size).ok_or(NoRequest::Malformed)?;
        fill(wire, end.saturating_add(2)).await?;
        body.extend(&wire.unread[line..end]);
        wire.unread.drain(..end + 2);
        if size == 0 {
            return Ok(body); // clients of the stub send no trailers
        }
    }
}

async fn fill(wire: &mut Wire, length: usize) -> Result<(), NoRequest> {
    while wire.unread.len() < length {
        more(wire).await?;
    }
    Ok(())
}

async fn more(wire: &mut Wire) -> Result<(), NoRequest> {
    if wire.read().await { Ok(()) } else { Err(NoRequest::Left) }
}
