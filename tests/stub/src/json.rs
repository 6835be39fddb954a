//! A single walk over the top level of a JSON object: the stub needs three fields of a request
//! and must not be what a benchmark measures, so it does not build the whole document.

/// The fields of an object as raw text; ends early where the text is not a JSON object.
pub struct Fields<'a> {
    text: &'a [u8],
    at: usize,
}

/// The fields of the object in `text`; nothing if it is not an object.
pub fn fields(text: &[u8]) -> Fields<'_> {
    let start = blank(text, 0);
    let at = if text.get(start) == Some(&b'{') { start + 1 } else { text.len() };
    Fields { text, at }
}

impl<'a> Iterator for Fields<'a> {
    /// The name without its quotes, and the value as written.
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let name = blank(self.text, self.at);
        let name_end = string_end(self.text, name)?;
        let colon = blank(self.text, name_end);
        if self.text.get(colon) != Some(&b':') {
            return None;
        }
        let value = blank(self.text, colon + 1);
        let value_end = value_end(self.text, value)?;
        self.at = value_end;
        Some((&self.text[name + 1..name_end - 1], &self.text[value..value_end]))
    }
}

/// The first place from `at` on that is neither white space nor a comma.
fn blank(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let skip = rest.iter().position(|b| !b" \t\r\n,".contains(b));
    at + skip.unwrap_or(rest.len())
}

/// The place after the string that starts at `at`.
fn string_end(text: &[u8], at: usize) -> Option<usize> {
    if text.get(at) != Some(&b'"') {
        return None;
    }
    let mut at = at + 1;
    loop {
        at += text.get(at..)?.iter().position(|b| matches!(b, b'"' | b'\\'))?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The place after the value that starts at `at`.
fn value_end(text: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match text.get(at)? {
            b'"' => at = string_end(text, at)?,
            b'{' | b'[' => (depth, at) = (depth + 1, at + 1),
            b'}' | b']' => (depth, at) = (depth.checked_sub(1)?, at + 1),
            _ if depth > 0 => {
                at += 1;
                continue;
            }
            _ => return Some(at + plain_len(&text[at..])),
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The length of a number or a word such as `true`.
fn plain_len(text: &[u8]) -> usize {
    let end = text.iter().position(|b| b" \t\r\n,}]".contains(b));
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn finds_only_the_top_level() {
        let text = br#" { "a" : [ {"stream":true}, "}\"" ] ,"stream"
            : false,"o":{"x":{}},"m":"q\"\\"} "#;
        let found: Vec<_> = fields(text).map(|(n, v)| (text_of(n), text_of(v))).collect();
        let list = r#"[ {"stream":true}, "}\"" ]"#;
        let want = [("a", list), ("stream", "false"), ("o", r#"{"x":{}}"#), ("m", r#""q\"\\""#)];
        assert_eq!(found, want);
    }

    #[test]
    fn stops_at_what_is_not_json() {
        for text in ["", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":\"x", "{\"a\":[", "{\"a\\"] {
            assert_eq!(fields(text.as_bytes()).count(), 0, "{text}");
        }
    }

    fn text_of(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).expect("test input is text")
    }
}
