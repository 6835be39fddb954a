//! One line of text: a key by itself, or the last of several fields.

use zeroize::Zeroize;

use super::value::{Named, is_key};
use super::{Item, Reason, object};

/// What stands between fields.
const SEPARATOR: &str = "----";

/// Shorter than any known key behind an e-mail address: what stands there may be its password.
const BESIDE_ADDRESS_MIN: usize = 16;

/// Pairs of quotes around a line or a field.
const QUOTES: [(char, char); 9] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('“', '”'),
    ('‘', '’'),
    ('「', '」'),
    ('《', '》'),
    ('＂', '＂'),
    ('＇', '＇'),
];

/// Reads a line. `None` when there is nothing on it.
pub fn line(number: u64, text: &str) -> Option<Item> {
    if let Some(mut inside) = object::quoted(text) {
        let item = line(number, &inside);
        inside.zeroize();
        return item;
    }
    let text = bare(text);
    if text.is_empty() {
        return None;
    }
    if text.starts_with('{') {
        return Some(object::object(number, text));
    }
    let (label, key) = match split(text).as_slice() {
        [key] => ("", is_key(key).then_some(*key).ok_or(Reason::NoKey)),
        several => label_and_key(several),
    };
    Some(match key {
        Ok(key) => Named { key, username: label, account: "", ttl_secs: None }.item(number),
        Err(reason) => Item::bad(number, reason),
    })
}

/// Whether the line is a comment.
pub fn is_comment(text: &str) -> bool {
    text.trim_start_matches(is_blank).starts_with(['#', '＃'])
}

/// The label is the first field, and the key the last. Where the last is plainly no key, the
/// fourth is: `label----password----session----KEY----note`.
pub fn label_and_key<'a>(fields: &[&'a str]) -> (&'a str, Result<&'a str, Reason>) {
    let label = fields.first().copied().unwrap_or_default();
    let last = fields.last().copied().unwrap_or_default();
    let fourth = fields.get(3).filter(|_| fields.len() > 4).copied().unwrap_or_default();
    let key = if is_key(last) && !may_be_password(fields, label, last) {
        Ok(last)
    } else if is_key(fourth) && !is_account_id(fourth) {
        Ok(fourth)
    } else if last.is_empty() {
        Err(Reason::Empty)
    } else {
        Err(Reason::NoKey)
    };
    (label, key)
}

/// `address----something`, where the something is short and doesn't begin as keys do.
fn may_be_password(fields: &[&str], label: &str, last: &str) -> bool {
    let two = fields.len() == 2 && label.contains('@');
    two && last.len() < BESIDE_ADDRESS_MIN && !last.starts_with("sk-")
}

/// A UUID in the fourth place is an account's id whose key is missing.
fn is_account_id(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}

/// The fields of a line.
///
/// Where there is no `----`, other dashes that writing programs put in its place count: `－－－－`,
/// `————`, and `——`, which is what `----` is corrected to. Dashes beyond four belong to no field:
/// no known key begins with one.
pub fn split(text: &str) -> Vec<&str> {
    let (is_dash, least): (fn(char) -> bool, usize) = match text.contains(SEPARATOR) {
        true => (|c| c == '-', 4),
        false if text.contains("——") => (|c| matches!(c, '—' | '-' | '–'), 2),
        false => (|c| matches!(c, '-' | '－' | '–' | '‐' | '−' | '─' | '―' | '﹣'), 4),
    };
    let (mut fields, mut rest) = (Vec::new(), text);
    let (mut from, mut at) = (0, 0);
    while let Some(found) = rest.get(at..).and_then(|tail| tail.find(is_dash)) {
        let begin = at + found;
        let run = rest.get(begin..).unwrap_or_default();
        let tail = run.trim_start_matches(is_dash);
        let length = run.len() - tail.len();
        let dashes = run.get(..length).unwrap_or_default().chars().count();
        at = begin + length;
        if dashes >= least {
            fields.push(bare(rest.get(from..begin).unwrap_or_default()));
            // Two separators with nothing between them: an empty field.
            fields.extend((1..dashes / 4).map(|_| ""));
            from = at;
        }
    }
    rest = rest.get(from..).unwrap_or_default();
    fields.push(bare(rest));
    fields
}

/// Without blanks, quotes and trailing commas around it.
pub fn bare(text: &str) -> &str {
    let mut text = text;
    loop {
        let trimmed = text.trim_matches(is_blank);
        let trimmed = trimmed.trim_end_matches([',', ';', '，', '；', '、']);
        let inside = QUOTES
            .iter()
            .find_map(|(open, close)| trimmed.strip_prefix(*open)?.strip_suffix(*close));
        let next = inside.unwrap_or(trimmed);
        if next.len() == text.len() {
            return text;
        }
        text = next;
    }
}

/// White space, and characters without a width that copying leaves behind.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}
