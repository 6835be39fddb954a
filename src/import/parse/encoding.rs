//! From bytes to text.
//!
//! A byte order mark decides for the whole file: UTF-8 or UTF-16. Without one each line decides for
//! itself: UTF-8 where it is valid, else GB18030, of which GBK and GB2312 are parts. So a stray
//! byte costs one label, not the file, and files put together from several are read. It needs no
//! look ahead, since neither encoding has a line feed inside of a character.

use encoding_rs::{CoderResult, GB18030, UTF_16BE, UTF_16LE};
use memchr::memchr;

use super::buffer::wipe;

/// The most that is decoded at once: a longer line decides in parts.
const PART_MAX: usize = 64 << 10;

/// The longest byte order mark.
const MARK_MAX: usize = 3;

/// Takes the text piece by piece.
type To<'a> = dyn FnMut(&str) + 'a;

/// Turns bytes into text, whatever pieces they come in.
#[derive(Default)]
pub struct Decoder {
    state: State,
    held: Vec<u8>,
}

#[derive(Default)]
enum State {
    /// The mark may still come.
    #[default]
    Start,
    Lines,
    Utf16(Box<encoding_rs::Decoder>),
}

impl Decoder {
    /// Takes in some bytes.
    pub fn push(&mut self, bytes: &[u8], to: &mut To<'_>) {
        match &mut self.state {
            State::Start => {
                self.held.extend_from_slice(bytes);
                if self.held.len() >= MARK_MAX {
                    self.begin(to);
                }
            }
            State::Lines => self.lines(bytes, to),
            State::Utf16(decoder) => utf16(decoder, bytes, false, to),
        }
    }

    /// There are no more.
    pub fn finish(&mut self, to: &mut To<'_>) {
        if matches!(self.state, State::Start) {
            self.begin(to);
        }
        match &mut self.state {
            State::Utf16(decoder) => utf16(decoder, &[], true, to),
            _ => self.flush(to),
        }
    }

    fn begin(&mut self, to: &mut To<'_>) {
        let mut held = std::mem::take(&mut self.held);
        let utf16 = |encoding: &'static encoding_rs::Encoding| {
            State::Utf16(Box::new(encoding.new_decoder_without_bom_handling()))
        };
        let (state, mark) = match held.as_slice() {
            [0xEF, 0xBB, 0xBF, ..] => (State::Lines, 3),
            [0xFF, 0xFE, ..] => (utf16(UTF_16LE), 2),
            [0xFE, 0xFF, ..] => (utf16(UTF_16BE), 2),
            _ => (State::Lines, 0),
        };
        self.state = state;
        self.push(held.get(mark..).unwrap_or_default(), to);
        wipe(&mut held);
    }

    fn lines(&mut self, mut bytes: &[u8], to: &mut To<'_>) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end + 1);
            if self.held.is_empty() && line.len() <= PART_MAX {
                decode(line, to);
            } else {
                self.hold(line, to);
                self.flush(to);
            }
            bytes = rest;
        }
        self.hold(bytes, to);
    }

    /// Keeps what is no whole line yet, and decodes a part when there is too much of it.
    fn hold(&mut self, mut bytes: &[u8], to: &mut To<'_>) {
        while !bytes.is_empty() {
            let room = PART_MAX - self.held.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.held.extend_from_slice(now);
            bytes = later;
            if self.held.len() == PART_MAX {
                self.part(to);
            }
        }
    }

    /// Decodes up to the last byte that is inside of no character: in GB18030 those that follow
    /// another begin at 0x30.
    fn part(&mut self, to: &mut To<'_>) {
        let last = self.held.iter().rposition(|byte| *byte < 0x30);
        let end = last.map_or(self.held.len(), |last| last + 1);
        let rest = self.held.split_off(end);
        self.flush(to);
        self.held = rest;
    }

    fn flush(&mut self, to: &mut To<'_>) {
        decode(&self.held, to);
        wipe(&mut self.held);
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        wipe(&mut self.held);
    }
}

fn decode(bytes: &[u8], to: &mut To<'_>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => to(text),
        Err(_) => to(&GB18030.decode_without_bom_handling(bytes).0),
    }
}

fn utf16(decoder: &mut encoding_rs::Decoder, mut bytes: &[u8], last: bool, to: &mut To<'_>) {
    let mut text = String::with_capacity(4 << 10);
    loop {
        let (result, read, _) = decoder.decode_to_string(bytes, &mut text, last);
        to(&text);
        text.clear();
        bytes = bytes.get(read..).unwrap_or_default();
        if matches!(result, CoderResult::InputEmpty) {
            break;
        }
    }
    wipe(&mut text.into_bytes());
}
