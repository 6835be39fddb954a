//! An answer as it is kept: its headers as a line of JSON, and its body.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use bytes::{BufMut, Bytes, BytesMut};

use crate::upstream::headers::Passing;

/// A complete answer with status 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Headers that tell how to read the body.
    pub headers: Passing,
    /// The body.
    pub body: Bytes,
}

/// What of an answer's headers is true again later: not its limits, ids and times.
pub fn headers(all: &Passing) -> Passing {
    let lasting = |name: &HeaderName| *name == CONTENT_TYPE || *name == CONTENT_ENCODING;
    all.iter().filter(|(name, _)| lasting(name)).cloned().collect()
}

impl Kept {
    /// As bytes; `None` when a header is no text.
    pub fn write(&self) -> Option<Bytes> {
        let text = |(name, value): &(HeaderName, HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let headers: Option<Vec<(String, String)>> = self.headers.iter().map(text).collect();
        // JSON escapes line ends, so that the first one is the end of the headers.
        let headers = serde_json::to_vec(&headers?).ok()?;
        let mut bytes = BytesMut::with_capacity(headers.len() + 1 + self.body.len());
        bytes.put_slice(&headers);
        bytes.put_u8(b'\n');
        bytes.put_slice(&self.body);
        Some(bytes.freeze())
    }

    /// From bytes; `None` when something else wrote them.
    pub fn read(bytes: &Bytes) -> Option<Self> {
        let end = memchr::memchr(b'\n', bytes)?;
        let text: Vec<(String, String)> = serde_json::from_slice(bytes.get(..end)?).ok()?;
        let parse = |(name, value): &(String, String)| {
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?))
        };
        let headers = text.iter().map(parse).collect::<Option<Passing>>()?;
        Some(Self { headers, body: bytes.slice(end + 1..) })
    }
}
