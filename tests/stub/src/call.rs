//! What a client asked for.

/// One request as it arrived, for a test to look at what the gateway sends upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The bearer token, else the `x-api-key` header, else empty.
    pub key: String,
    /// The method, as sent.
    pub method: String,
    /// The request target, with its query if there was one.
    pub path: String,
    /// Header names in lower case with their values, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body, with any chunked encoding taken off.
    pub body: Vec<u8>,
}

impl Call {
    /// The first value of a header; `name` in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }
}
