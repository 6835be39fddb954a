//! Takes an upstream's key out of what the upstream says.
//!
//! The replacement is as long as the key, so that a promised length stays right. Of a piece, at
//! most a key's length less one byte is held back, and only while its end reads like the beginning
//! of the key: anything else passes at once and uncopied.

#[cfg(test)]
mod tests;

use actix_web::http::header::HeaderValue;
use bytes::Bytes;
use memchr::memchr_iter;
use memchr::memmem::Finder;

use super::headers::Passing;

/// Beginning of the replacement; asterisks fill it up.
const MARK: &[u8] = b"[key]";

/// A key's end of this length is searched for: building the searcher costs most, for each attempt
/// anew, and for a short text a third of what it costs for a long one.
const END: usize = 16;

/// Characters that some writers of JSON give by number.
const HTML: &[u8] = b"+=&<>'\"/";

/// One spelling of the key.
struct Spelling {
    key: Vec<u8>,
    end: Finder<'static>,
}

/// Finds one key, however it is cut into pieces.
pub struct Redactor {
    /// The key, and how JSON may spell it.
    spellings: Vec<Spelling>,
    /// End of what came last, which may be the beginning of the key.
    held: Vec<u8>,
    found: bool,
}

impl Redactor {
    /// For the key that this header carries.
    pub fn new(authorization: &HeaderValue) -> Self {
        let header = authorization.as_bytes();
        let key = header.strip_prefix(b"Bearer ").unwrap_or(header);
        let mut spellings = Vec::with_capacity(1);
        // Nothing is found in everything.
        if !key.is_empty() {
            spellings.push(Spelling::new(key.to_vec()));
        }
        if key.iter().any(|byte| b"\"\\/".contains(byte)) {
            for with in [b"\"\\".as_slice(), b"\"\\/"] {
                let escaped = escaped(key, with);
                if escaped != key {
                    spellings.push(Spelling::new(escaped));
                }
            }
        }
        // As Gson, .NET and others spell what could be HTML.
        if key.iter().any(|byte| HTML.contains(byte)) {
            spellings.push(Spelling::new(spelled_by_number(key, false)));
            spellings.push(Spelling::new(spelled_by_number(key, true)));
        }
        Self { spellings, held: Vec::new(), found: false }
    }

    /// Whether the key was found in what passed.
    pub fn has_found(&self) -> bool {
        self.found
    }

    /// Length of what is held back.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// What may go on when this piece has come; it may be empty.
    pub fn pass(&mut self, piece: Bytes) -> Bytes {
        if self.held.is_empty() && !self.finds(&piece) {
            let keep = self.beginning(&piece);
            let (on, rest) = piece.split_at(piece.len() - keep);
            self.held.extend_from_slice(rest);
            return piece.slice(..on.len());
        }
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(&piece);
        self.redact(&mut text);
        let keep = self.beginning(&text);
        self.held = text.split_off(text.len() - keep);
        Bytes::from(text)
    }

    /// What is left when nothing more comes.
    pub fn rest(&mut self) -> Bytes {
        Bytes::from(std::mem::take(&mut self.held))
    }

    /// Takes the key out of a text that is whole; returns whether it was there.
    pub fn redact(&mut self, text: &mut [u8]) -> bool {
        let mut found = false;
        for spelling in &self.spellings {
            let mut from = 0;
            while let Some(start) = spelling.find(text, from) {
                let end = start + spelling.key.len();
                let fill = MARK.iter().copied().chain(std::iter::repeat(b'*'));
                let place = text.get_mut(start..end).unwrap_or_default();
                place.iter_mut().zip(fill).for_each(|(byte, new)| *byte = new);
                (from, found) = (end, true);
            }
        }
        self.found |= found;
        found
    }

    /// Takes the key out of headers.
    pub fn redact_headers(&mut self, headers: &mut Passing) {
        for (_, value) in headers {
            if self.finds(value.as_bytes()) {
                let mut text = value.as_bytes().to_vec();
                self.redact(&mut text);
                if let Ok(new) = HeaderValue::from_bytes(&text) {
                    *value = new;
                }
            }
        }
    }

    fn finds(&self, text: &[u8]) -> bool {
        self.spellings.iter().any(|spelling| spelling.find(text, 0).is_some())
    }

    /// Length of the longest end of `text` that the key may begin with.
    fn beginning(&self, text: &[u8]) -> usize {
        let of = |Spelling { key, .. }: &Spelling| {
            let end = text.get(text.len().saturating_sub(key.len().saturating_sub(1))..)?;
            let first = *key.first()?;
            let mut starts = memchr_iter(first, end);
            let at = starts.find(|at| end.get(*at..).is_some_and(|rest| key.starts_with(rest)))?;
            Some(end.len() - at)
        };
        self.spellings.iter().filter_map(of).max().unwrap_or(0)
    }
}

impl Spelling {
    fn new(key: Vec<u8>) -> Self {
        let end = key.get(key.len().saturating_sub(END)..).unwrap_or_default();
        let end = Finder::new(end).into_owned();
        Self { key, end }
    }

    /// Where the key stands next in `text`, at `from` or behind it.
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let (mut at, before) = (from, self.key.len() - self.end.needle().len());
        loop {
            at += self.end.find(text.get(at..)?)?;
            let start = at.checked_sub(before).filter(|start| *start >= from);
            if let Some(start) = start
                && text.get(start..).is_some_and(|rest| rest.starts_with(&self.key))
            {
                return Some(start);
            }
            at += 1;
        }
    }
}

fn escaped(key: &[u8], with: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(key.len() + 4);
    for byte in key {
        if with.contains(byte) {
            text.push(b'\\');
        }
        text.push(*byte);
    }
    text
}

fn spelled_by_number(key: &[u8], upper: bool) -> Vec<u8> {
    let mut text = Vec::with_capacity(key.len() + 10);
    for byte in key {
        match (HTML.contains(byte), upper) {
            (true, true) => text.extend_from_slice(format!("\\u{byte:04X}").as_bytes()),
            (true, false) => text.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            (false, _) => text.push(*byte),
        }
    }
    text
}
