//! Memory for one line: bounded, and wiped when the line is done.

use zeroize::Zeroize;

use super::LINE_MAX;

/// Room that is kept from line to line; what a longer one took is given back.
const KEPT: usize = 4 << 10;

/// At most [`LINE_MAX`] bytes. What goes beyond is dropped with all that was there.
#[derive(Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    overflowed: bool,
}

impl Buffer {
    /// Appends.
    pub fn push(&mut self, text: &[u8]) {
        if self.overflowed {
            return;
        }
        if self.bytes.len() + text.len() > LINE_MAX {
            self.wipe();
            self.overflowed = true;
            return;
        }
        self.bytes.extend_from_slice(text);
    }

    /// More was pushed than fits.
    pub fn has_overflowed(&self) -> bool {
        self.overflowed
    }

    /// Nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.overflowed
    }

    /// What was pushed. The machines cut only at ASCII characters, so that it is whole.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }

    /// Forgets everything.
    pub fn wipe(&mut self) {
        wipe(&mut self.bytes);
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        self.overflowed = false;
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Overwrites and empties. Only what is in use: the rest was wiped before, and wiping it again for
/// each line would cost more than reading it.
pub fn wipe(bytes: &mut Vec<u8>) {
    bytes.as_mut_slice().zeroize();
    bytes.clear();
}
