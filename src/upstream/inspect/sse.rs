//! A stream of events, looked at event by event, however they are cut into pieces.

use memchr::{memchr2, memmem};

use super::json::tail_usage;
use super::seen::{BOM, Parts, Seen};

/// Events longer than this are not read whole. They pass all the same.
const EVENT_MAX: usize = 1 << 20;

/// Of a longer one, the beginning and this much of the end are searched.
const TAIL: usize = 8 << 10;

#[derive(Debug, Default)]
pub struct SseScan {
    pub seen: Seen,
    /// A line whose end has not come yet; of a long one its end so far.
    partial: Vec<u8>,
    /// That line is longer than an event may be.
    is_long: bool,
    /// Data of the event whose end has not come yet.
    data: Vec<u8>,
    has_data: bool,
    /// That event is too long to be read whole.
    is_cut: bool,
    /// That event is named `error`.
    is_error: bool,
    /// The last byte was a carriage return, which a line feed may belong to.
    after_return: bool,
    begun: bool,
}

impl SseScan {
    pub fn scan(&mut self, mut bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if std::mem::take(&mut self.after_return) {
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr2(b'\n', b'\r', bytes) {
            let (line, rest) = bytes.split_at(end);
            self.after_return = rest == b"\r";
            bytes = rest.strip_prefix(b"\r\n").or(rest.get(1..)).unwrap_or_default();
            if self.partial.is_empty() {
                self.line(line);
            } else {
                self.extend(line);
                self.end_line();
            }
        }
        self.extend(bytes);
    }

    pub fn end(&mut self) {
        self.end_line();
        self.dispatch();
    }

    /// Adds to the line whose end has not come yet.
    fn extend(&mut self, bytes: &[u8]) {
        self.partial.extend_from_slice(bytes);
        let limit = if self.is_long { 2 * TAIL } else { EVENT_MAX };
        if self.partial.len() > limit {
            if !std::mem::replace(&mut self.is_long, true) {
                let line = first(&mut self.begun, &self.partial);
                if line.starts_with(b"data:") {
                    (self.is_cut, self.has_data) = (true, true);
                    search(&mut self.seen, line);
                }
            }
            self.partial.drain(..self.partial.len() - TAIL);
        }
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.partial);
        if !std::mem::take(&mut self.is_long) {
            self.line(&line);
        } else if self.is_cut {
            search(&mut self.seen, &line);
        }
        line.clear();
        self.partial = line;
    }

    fn line(&mut self, line: &[u8]) {
        let line = first(&mut self.begun, line);
        if line.is_empty() {
            self.dispatch();
        } else if let Some(data) = line.strip_prefix(b"data:") {
            self.add(data);
        } else if let Some(name) = line.strip_prefix(b"event:") {
            self.is_error = name.trim_ascii() == b"error";
        }
        // Comments such as `: OPENROUTER PROCESSING` and ids say nothing.
    }

    /// Adds a line to the event's data.
    fn add(&mut self, line: &[u8]) {
        if self.has_data {
            self.data.push(b'\n');
        }
        self.has_data = true;
        self.data.extend_from_slice(line);
        if self.data.len() > EVENT_MAX {
            self.is_cut = true;
            search(&mut self.seen, &self.data);
            self.data.clear();
        }
    }

    /// Takes note of an event that has come to its end.
    fn dispatch(&mut self) {
        let is_error = std::mem::take(&mut self.is_error);
        if !std::mem::take(&mut self.has_data) {
            return;
        }
        let whole = std::mem::take(&mut self.data);
        let data = whole.trim_ascii();
        if std::mem::take(&mut self.is_cut) {
            self.seen.anything = true;
            self.seen.events += 1;
            search(&mut self.seen, data);
        } else if data == b"[DONE]" {
            // By itself it is an answer with nothing to say.
            self.seen.anything = true;
            self.seen.finished = true;
        } else if !data.is_empty() {
            self.event(data, is_error);
        }
        self.data = whole;
        self.data.clear();
    }

    fn event(&mut self, data: &[u8], is_error: bool) {
        self.seen.anything = true;
        self.seen.events += 1;
        if is_finish(data) {
            self.seen.finished = true;
        }
        // Inside a string the quotes are escaped, so these names are found only as names.
        let usage = values_of(data, b"\"usage\"").any(|first| first == b'{');
        let error = values_of(data, b"\"error\"").any(|first| first != b'n');
        // Every event names the same model.
        let model = self.seen.events == 1 && memmem::find(data, b"\"model\"").is_some();
        if (usage || error || model)
            && let Ok(parts) = serde_json::from_slice::<Parts<'_>>(data)
        {
            self.seen.take(&parts);
        }
        if is_error && self.seen.error.is_none() {
            self.seen.error = Some(error_text(data));
        }
    }
}

/// The line, without the mark that the first one may begin with.
fn first<'a>(begun: &mut bool, line: &'a [u8]) -> &'a [u8] {
    match std::mem::replace(begun, true) {
        true => line,
        false => line.strip_prefix(BOM).unwrap_or(line),
    }
}

/// Reads what can be read of an event that is not there whole.
fn search(seen: &mut Seen, part: &[u8]) {
    seen.finished |= is_finish(part);
    if let Some(usage) = tail_usage(part) {
        seen.take(&Parts { usage: Some(usage), ..Parts::default() });
    }
}

/// Whether a choice has ended; others may still go on.
fn is_finish(data: &[u8]) -> bool {
    values_of(data, b"\"finish_reason\"").any(|first| first != b'n')
}

/// The data of an event named `error`, as JSON.
fn error_text(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(data);
    let json = serde_json::from_str::<&serde_json::value::RawValue>(&text);
    let json = json.map(|json| json.get().to_owned());
    json.unwrap_or_else(|_| serde_json::Value::from(text.as_ref()).to_string())
}

/// The first bytes of the values after this name, wherever the name is. A string that is spelled
/// the same is no name: no colon follows it.
fn values_of(data: &[u8], name: &'static [u8]) -> impl Iterator<Item = u8> {
    memmem::find_iter(data, name).filter_map(move |at| {
        let after = data.get(at + name.len()..)?.trim_ascii_start().strip_prefix(b":")?;
        after.trim_ascii_start().first().copied()
    })
}
