//! `100 Continue`, held back until somebody reads the body (RFC 9110, 10.1.1). The HTTP library
//! gives it before the request is looked at, so that a caller who is to be refused would send its
//! body first.

use bytes::{Buf, Bytes};

use crate::http::connection::Progress;

/// The whole answer, as the library and this program write it.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The answer that is held back, or what is left of it to send.
#[derive(Default)]
pub struct Interim(Option<Bytes>);

impl Interim {
    /// Takes the answer out of what the library writes, if it begins with it: returns whether it
    /// does. Only at the first write of a request that expects one.
    pub fn hold(&mut self, progress: &Progress, bytes: &[u8]) -> bool {
        let is_one = progress.take_expectation() && bytes.starts_with(CONTINUE);
        if is_one {
            self.0 = Some(Bytes::from_static(CONTINUE));
        }
        is_one
    }

    /// What is to be sent now.
    pub fn due(&self, progress: &Progress) -> Option<Bytes> {
        let left = self.0.as_ref()?;
        let is_begun = left.len() < CONTINUE.len();
        (is_begun || progress.wants_body()).then(|| left.clone())
    }

    /// So many bytes of it were sent.
    pub fn sent(&mut self, bytes: usize) {
        if let Some(left) = &mut self.0 {
            left.advance(bytes);
            if left.is_empty() {
                self.0 = None;
            }
        }
    }

    /// The request is answered without its body: nobody has to send one.
    pub fn drop_unsent(&mut self) {
        self.0 = None;
    }

    /// Whether there is one.
    pub fn is_held(&self) -> bool {
        self.0.is_some()
    }
}
