//! A stream of events, looked at line by line, however the lines are cut into pieces.

use memchr::{memchr, memmem};

use super::{Parts, Seen};

/// A line longer than this is not looked at. It passes all the same.
const LINE_MAX: usize = 1 << 20;

#[derive(Debug, Default)]
pub struct SseScan {
    pub seen: Seen,
    /// The beginning of a line whose end has not come yet.
    partial: Vec<u8>,
    skipping: bool,
}

impl SseScan {
    pub fn scan(&mut self, mut bytes: &[u8]) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            bytes = rest.get(1..).unwrap_or_default();
            if std::mem::take(&mut self.skipping) {
                self.partial.clear();
            } else if self.partial.is_empty() {
                self.line(line);
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.line(&whole);
                whole.clear();
                self.partial = whole;
            }
        }
        if self.partial.len() + bytes.len() > LINE_MAX {
            self.skipping = true;
            self.partial.clear();
        } else if !self.skipping {
            self.partial.extend_from_slice(bytes);
        }
    }

    pub fn end(&mut self) {
        let rest = std::mem::take(&mut self.partial);
        self.line(&rest);
    }

    fn line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // Comments such as `: OPENROUTER PROCESSING`, event names and ids say nothing.
        let Some(data) = line.strip_prefix(b"data:") else { return };
        let data = data.trim_ascii();
        if data.is_empty() {
            return;
        }
        if data == b"[DONE]" {
            // By itself it is the end of nothing.
            self.seen.finished = true;
            return;
        }
        self.seen.anything = true;
        self.seen.events += 1;
        if value_of(data, b"\"finish_reason\"").is_some_and(|first| first != b'n') {
            self.seen.finished = true;
        }
        // Inside a string the quotes are escaped, so these names are found only as names.
        let usage = value_of(data, b"\"usage\"") == Some(b'{');
        let error = value_of(data, b"\"error\"").is_some_and(|first| first != b'n');
        if (usage || error)
            && let Ok(parts) = serde_json::from_slice::<Parts<'_>>(data)
        {
            self.seen.take(&parts);
        }
    }
}

/// The first byte of the value after this name, if the name is there. A string that is spelled the
/// same is no name: no colon follows it.
fn value_of(data: &[u8], name: &[u8]) -> Option<u8> {
    memmem::find_iter(data, name).find_map(|at| {
        let after = data.get(at + name.len()..)?.trim_ascii_start().strip_prefix(b":")?;
        after.trim_ascii_start().first().copied()
    })
}
