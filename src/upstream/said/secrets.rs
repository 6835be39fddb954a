//! Cutting out whatever is or looks like a secret.

/// What stands in its place.
const HIDDEN: &str = "[key]";

/// How keys of known makers begin.
const BEGINNINGS: [&str; 11] =
    ["sk-", "sk_", "pk-", "pk_", "rk_", "gsk_", "xai-", "hf_", "ghp_", "aiza", "eyj"];

/// Shorter than this is no key, however it begins.
const WITH_BEGINNING_MIN: usize = 8;

/// So many letters and digits in one piece are no word: keys, hashes and signatures are made of
/// them. Names of models and ids with hyphens have shorter pieces.
const PIECE_MIN: usize = 20;

/// The text without this secret, and without anything that looks like one: what follows `Bearer`,
/// what begins as keys do, and long runs of letters and digits.
pub fn hidden(text: &str, secret: &[u8]) -> String {
    let text = match std::str::from_utf8(secret) {
        Ok(secret) if !secret.is_empty() => text.replace(secret, HIDDEN),
        _ => text.to_owned(),
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut after_bearer = false;
    while !rest.is_empty() {
        let is_word = rest.starts_with(in_token);
        let end = rest.find(|c| in_token(c) != is_word).unwrap_or(rest.len());
        let (token, behind) = rest.split_at(end);
        // What stood in the place of a key that was cut out before has the length of that key.
        let is_filling = out.ends_with(HIDDEN) && token.bytes().all(|byte| byte == b'*');
        match is_word && (after_bearer || looks_secret(token)) {
            true => out.push_str(HIDDEN),
            false if is_filling => {}
            false => out.push_str(token),
        }
        if is_word {
            after_bearer = token.eq_ignore_ascii_case("bearer");
        }
        rest = behind;
    }
    out
}

/// Makers mask keys with asterisks, and what they leave of them is a part of a key still.
fn in_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.*+/=~".contains(c)
}

fn looks_secret(token: &str) -> bool {
    let small = token.to_ascii_lowercase();
    let begins = BEGINNINGS.iter().any(|beginning| small.starts_with(beginning));
    if begins && token.len() >= WITH_BEGINNING_MIN {
        return true;
    }
    token.split(|c: char| !c.is_ascii_alphanumeric()).any(|piece| {
        let has = |what: fn(&u8) -> bool| piece.as_bytes().iter().any(what);
        piece.len() >= PIECE_MIN && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
    })
}
