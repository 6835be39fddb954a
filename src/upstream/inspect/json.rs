//! A plain JSON answer.

use memchr::memmem;

use super::seen::{BOM, Parts, Seen, Usage};

/// Answers up to this are read whole.
const WHOLE_MAX: usize = 8 << 20;

/// Of a longer one, the end is kept, where `usage` stands.
const TAIL: usize = 8 << 10;

#[derive(Debug, Default)]
pub struct JsonScan {
    pub seen: Seen,
    body: Vec<u8>,
    cut: bool,
}

impl JsonScan {
    pub fn scan(&mut self, bytes: &[u8]) {
        self.seen.anything |= !bytes.is_empty();
        self.body.extend_from_slice(bytes);
        let limit = if self.cut { 2 * TAIL } else { WHOLE_MAX };
        if self.body.len() > limit {
            self.cut = true;
            self.body.drain(..self.body.len() - TAIL);
            self.body.shrink_to(2 * TAIL);
        }
    }

    pub fn end(&mut self) {
        let body = std::mem::take(&mut self.body);
        let body = body.strip_prefix(BOM).unwrap_or(&body);
        if self.cut {
            // Too long to read whole. An error answer is not, so this is none.
            self.seen.finished = body.trim_ascii_end().ends_with(b"}");
            self.seen.take(&Parts { usage: tail_usage(body), ..Parts::default() });
            return;
        }
        if body.trim_ascii().is_empty() {
            self.seen.anything = false;
            return;
        }
        match serde_json::from_slice::<Parts<'_>>(body) {
            Ok(parts) => {
                self.seen.finished = true;
                self.seen.take(&parts);
            }
            Err(_) => self.seen.malformed = true,
        }
    }
}

/// The last usage in a part of an answer.
pub fn tail_usage(tail: &[u8]) -> Option<Usage> {
    let name = b"\"usage\"";
    let after = tail.get(memmem::rfind(tail, name)? + name.len()..)?;
    let after = after.trim_ascii_start().strip_prefix(b":")?;
    serde_json::Deserializer::from_slice(after).into_iter().next()?.ok()
}
