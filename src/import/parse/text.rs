//! Where lines, arrays and tables begin and end.

use super::array::Array;
use super::buffer::Buffer;
use super::table::Table;
use super::{Each, Item, Reason, fields};

/// Splits text into lines and items.
pub struct Text {
    mode: Mode,
    buffer: Buffer,
    /// The line that is being read, from 1.
    line: u64,
    /// The line on which what is in the buffer began.
    begun: u64,
    /// The last character was a carriage return, so that a line feed now ends no other line.
    after_cr: bool,
    /// Nothing but comments so far: a header may come.
    fresh: bool,
}

/// What the text is in the middle of.
enum Mode {
    /// At the beginning of a line, or of an array's rest.
    Start,
    Line,
    /// Behind a `[`, which begins an array if a string, an object or its end follows.
    Bracket,
    Array(Array),
    Table(Box<Table>),
}

impl Default for Text {
    fn default() -> Self {
        let (mode, buffer) = (Mode::Start, Buffer::default());
        Self { mode, buffer, line: 1, begun: 1, after_cr: false, fresh: true }
    }
}

impl Text {
    /// Takes in a piece.
    pub fn push(&mut self, text: &str, each: &mut Each<'_>) {
        for part in text.split_inclusive(['\n', '\r']) {
            let content = part.trim_end_matches(['\n', '\r']);
            if !content.is_empty() {
                self.after_cr = false;
                self.content(content, each);
            }
            match part.as_bytes().last() {
                Some(b'\n') if self.after_cr => self.after_cr = false,
                Some(b'\n') => self.newline(each),
                Some(b'\r') => {
                    self.newline(each);
                    self.after_cr = true;
                }
                _ => {}
            }
        }
    }

    /// There is no more.
    pub fn finish(&mut self, each: &mut Each<'_>) {
        match std::mem::replace(&mut self.mode, Mode::Start) {
            Mode::Start => {}
            Mode::Line => self.end_line(each),
            Mode::Bracket => each(Item::bad(self.begun, Reason::Json)),
            Mode::Array(array) => array.finish(each),
            Mode::Table(table) => table.finish(each),
        }
    }

    /// Takes in a part of a line; never empty, and without its end.
    fn content(&mut self, mut part: &str, each: &mut Each<'_>) {
        while !part.is_empty() {
            match &mut self.mode {
                Mode::Start => {
                    part = part.trim_start_matches(fields::is_blank);
                    if part.is_empty() {
                        return;
                    }
                    self.begun = self.line;
                    self.mode = Mode::Line;
                    if let Some(rest) = part.strip_prefix('[') {
                        (self.mode, part) = (Mode::Bracket, rest);
                    }
                }
                Mode::Line => return self.buffer.push(part.as_bytes()),
                Mode::Bracket => {
                    part = part.trim_start_matches(fields::is_blank);
                    if !part.is_empty() {
                        self.after_bracket(part, each);
                    }
                }
                Mode::Array(array) => match array.content(part, each) {
                    None => return,
                    Some(rest) => (self.mode, part) = (Mode::Start, rest),
                },
                Mode::Table(table) => return table.content(part, self.line, each),
            }
        }
    }

    fn after_bracket(&mut self, part: &str, each: &mut Each<'_>) {
        if part.starts_with(['"', '{', ']']) {
            (self.mode, self.fresh) = (Mode::Array(Array::default()), false);
        } else if self.begun == self.line {
            self.buffer.push(b"[");
            self.mode = Mode::Line;
        } else {
            each(Item::bad(self.begun, Reason::Json));
            self.mode = Mode::Start;
        }
    }

    fn newline(&mut self, each: &mut Each<'_>) {
        match &mut self.mode {
            Mode::Start | Mode::Bracket => {}
            Mode::Line => {
                self.mode = Mode::Start;
                self.end_line(each);
            }
            Mode::Array(array) => array.newline(each),
            Mode::Table(table) => table.newline(each),
        }
        self.line = self.line.saturating_add(1);
    }

    fn end_line(&mut self, each: &mut Each<'_>) {
        if self.buffer.has_overflowed() {
            self.fresh = false;
            each(Item::bad(self.begun, Reason::TooLong));
        } else if !fields::is_comment(self.buffer.text()) {
            let fresh = std::mem::replace(&mut self.fresh, false);
            match Table::under(self.buffer.text()).filter(|_| fresh) {
                Some(table) => self.mode = Mode::Table(Box::new(table)),
                None => fields::line(self.begun, self.buffer.text()).into_iter().for_each(each),
            }
        }
        self.buffer.wipe();
    }
}
