//! Whether a message repeats a part of the request that it answers.

use std::borrow::Cow;

use memchr::memmem;

/// Whether more than so many characters in a row of `message` stand in a text of the request, which
/// is JSON.
///
/// Of a run that is longer than two blocks less one character, at least one block is a part. So
/// only the message's blocks are looked for, and around each the run is measured.
pub fn shares_more_than(chars: usize, message: &str, request: &[u8]) -> bool {
    let block = chars.div_ceil(2).max(1);
    if message.chars().count() <= chars {
        return false;
    }
    let text = plain(request);
    let mut starts: Vec<usize> = message.char_indices().map(|(at, _)| at).collect();
    starts.push(message.len());
    let bounds = starts.iter().step_by(block).zip(starts.iter().skip(block).step_by(block));
    bounds.into_iter().any(|(from, to)| {
        let needle = message.as_bytes().get(*from..*to).unwrap_or_default();
        memmem::find_iter(&text, needle).any(|at| run(message.as_bytes(), *from, &text, at) > chars)
    })
}

/// How many characters around these two places are the same.
fn run(message: &[u8], from: usize, text: &[u8], at: usize) -> usize {
    let (Some(before), Some(after)) = (message.get(..from), message.get(from..)) else { return 0 };
    let (Some(text_before), Some(text_after)) = (text.get(..at), text.get(at..)) else { return 0 };
    let same = |(one, other): &(&u8, &u8)| one == other;
    let back = before.iter().rev().zip(text_before.iter().rev()).take_while(same);
    let on = after.iter().zip(text_after).take_while(same);
    // Of a character only the first byte counts.
    back.chain(on).filter(|(byte, _)| (**byte & 0xC0) != 0x80).count()
}

/// The request as its texts read, without JSON's escapes; control characters are blanks, as in a
/// message.
fn plain(request: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', request).is_none() {
        return Cow::Borrowed(request);
    }
    let mut out = Vec::with_capacity(request.len());
    let mut rest = request;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escaped) = rest.split_at(at);
        out.extend_from_slice(before);
        rest = unescape(escaped, &mut out);
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// Writes the character that `escaped` begins with; returns what follows it.
fn unescape<'a>(escaped: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let Some(kind) = escaped.get(1) else { return &[] };
    match kind {
        b'u' => return unescape_unicode(escaped, out),
        b'n' | b'r' | b't' | b'b' | b'f' => out.push(b' '),
        other => out.push(*other),
    }
    escaped.get(2..).unwrap_or_default()
}

fn unescape_unicode<'a>(escaped: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let unit = |at: usize| {
        let digits = std::str::from_utf8(escaped.get(at..at + 4)?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    };
    let pair = (escaped.get(6..8) == Some(b"\\u")).then(|| unit(8)).flatten();
    let units = [unit(2).unwrap_or(0xFFFD), pair.unwrap_or(0xFFFD)];
    let is_pair = (0xD800..0xDC00).contains(&units[0]) && pair.is_some();
    let first = char::decode_utf16(units).next();
    let character = first.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER);
    let character = if character.is_control() { ' ' } else { character };
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    escaped.get(if is_pair { 12 } else { 6 }..).unwrap_or_default()
}
