//! One parser for every format in which people keep keys: bytes in, entries out.
//!
//! - `KEY`, one a line
//! - fields between `----`, the label first and the key last
//! - CSV with a header that names `api_key`, `key` or `token`
//! - JSON: an array, or one value a line, of strings and objects
//!
//! Each line shows by itself what it is, so that files put together from several are read too; only
//! a CSV header has to come first. Input comes in pieces of any size, and what is held at a time is
//! one line or one item of a JSON array, at most 64 KiB: longer ones are refused, and dropped as
//! they come.
//!
//! **What is no line of the report.** Blank lines, comments and the CSV header give no item at
//! all. A line that has all but its key gives [`Reason::Empty`], which counts as skipped. So each
//! item is one of the report's `total`.
//!
//! **Secrets.** Of a line, only the key, label, account and time to live come out. Buffers are
//! wiped when a line is done; neither a reason nor a `Debug` text holds any of it.

mod array;
mod buffer;
mod encoding;
mod fields;
mod object;
#[cfg(test)]
mod properties;
mod reason;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod value;

use std::fmt;

pub use self::reason::Reason;
pub use self::value::{KEY_MAX, KEY_MIN, NAME_MAX, TTL_SECS_MAX};

use self::encoding::Decoder;
use self::text::Text;

/// The longest line, and the longest item of a JSON array, in bytes of UTF-8. The longest known
/// have a session of some thousand.
pub const LINE_MAX: usize = 64 << 10;

/// A key as it was found.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where: the line, from 1. Of a JSON array, the place in it, from 1.
    pub line: u64,
    /// The key itself.
    pub secret: String,
    /// Its label, often an e-mail address; empty for none.
    pub username: String,
    /// The account that it shares limits with; empty for none.
    pub account: String,
    /// Seconds until it ends; at least 1.
    pub ttl_secs: Option<i64>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("line", &self.line).finish_non_exhaustive()
    }
}

/// A line without a key that can be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bad {
    /// Where, as in [`Entry::line`].
    pub line: u64,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What a line came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A key.
    Entry(Entry),
    /// None.
    Bad(Bad),
}

impl Item {
    fn bad(line: u64, reason: Reason) -> Self {
        Self::Bad(Bad { line, reason })
    }
}

/// Takes the items one by one.
type Each<'a> = dyn FnMut(Item) + 'a;

/// Reads a file that comes in pieces.
#[derive(Default)]
pub struct Parser {
    decoder: Decoder,
    text: Text,
}

impl Parser {
    /// At the beginning of a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a piece, and gives what is complete.
    pub fn push(&mut self, bytes: &[u8], each: &mut Each<'_>) {
        let text = &mut self.text;
        self.decoder.push(bytes, &mut |piece| text.push(piece, each));
    }

    /// Gives what was still open at the file's end.
    pub fn finish(mut self, each: &mut Each<'_>) {
        let text = &mut self.text;
        self.decoder.finish(&mut |piece| text.push(piece, each));
        self.text.finish(each);
    }

    /// All items of a text that is in memory.
    pub fn all(bytes: &[u8]) -> Vec<Item> {
        let mut items = Vec::new();
        let mut parser = Self::new();
        parser.push(bytes, &mut |item| items.push(item));
        parser.finish(&mut |item| items.push(item));
        items
    }
}
