//! An answer, read to its end.

use awc::ClientResponse;
use awc::http::header::HeaderMap;
use futures_util::StreamExt;
use serde_json::Value;

/// What came back.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or as much of it as came.
    pub body: Vec<u8>,
    /// The body broke off before its end.
    pub broken: bool,
}

impl Answer {
    /// Reads the rest.
    pub async fn read(mut response: ClientResponse) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let (mut body, mut broken) = (Vec::new(), false);
        while let Some(piece) = response.next().await {
            match piece {
                Ok(bytes) => body.extend_from_slice(&bytes),
                Err(_) => {
                    broken = true;
                    break;
                }
            }
        }
        Self { status, headers, body, broken }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The code of an error, in OpenAI's or the admin API's words.
    pub fn code(&self) -> String {
        let json = self.json();
        let code = json.pointer("/error/code").or_else(|| json.get("code"));
        code.and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}
