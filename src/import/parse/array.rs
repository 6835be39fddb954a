//! The items of a JSON array, each found by its borders alone and then read by serde. So an array
//! may be one long line, and a broken item costs only itself.

use super::buffer::Buffer;
use super::{Each, Item, Reason, fields, object};

/// The inside of an array.
#[derive(Default)]
pub struct Array {
    item: Buffer,
    /// Items so far.
    count: u64,
    /// Open braces and brackets of the item.
    depth: u32,
    in_string: bool,
    escaped: bool,
    broken: bool,
}

impl Array {
    /// Takes in a part of a line. The rest, when the array ends in it.
    pub fn content<'a>(&mut self, part: &'a str, each: &mut Each<'_>) -> Option<&'a str> {
        let mut from = 0;
        for (at, byte) in part.bytes().enumerate() {
            if self.in_string {
                self.string_byte(byte);
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b'}' | b']' if self.depth > 0 => self.depth -= 1,
                b',' | b']' if self.depth == 0 => {
                    self.keep(part, from, at);
                    self.end_item(each);
                    from = at + 1;
                    if byte == b']' {
                        return part.get(from..);
                    }
                }
                b'}' => self.broken = true,
                _ => {}
            }
        }
        self.keep(part, from, part.len());
        None
    }

    /// No string of JSON goes over the end of a line (RFC 8259, section 7): one that would lacks its
    /// end, and the item ends here, so that it doesn't swallow those after it.
    pub fn newline(&mut self, each: &mut Each<'_>) {
        if self.in_string {
            self.end_item(each);
        }
    }

    /// The file ended before the array did.
    pub fn finish(mut self, each: &mut Each<'_>) {
        self.end_item(each);
    }

    fn string_byte(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_string = false,
            _ => {}
        }
    }

    fn keep(&mut self, part: &str, from: usize, to: usize) {
        let piece = part.get(from..to).unwrap_or_default();
        let is_first = self.item.is_empty();
        let piece = if is_first { piece.trim_start_matches(fields::is_blank) } else { piece };
        self.item.push(piece.as_bytes());
    }

    fn end_item(&mut self, each: &mut Each<'_>) {
        let broken = std::mem::take(&mut self.broken) || self.in_string || self.depth > 0;
        (self.in_string, self.escaped, self.depth) = (false, false, 0);
        // Nothing between two commas is nobody's key.
        if self.item.is_empty() && !broken {
            return;
        }
        self.count += 1;
        each(match (self.item.has_overflowed(), broken) {
            (true, _) => Item::bad(self.count, Reason::TooLong),
            (false, true) => Item::bad(self.count, Reason::Json),
            (false, false) => object::item(self.count, self.item.text()),
        });
        self.item.wipe();
    }
}
