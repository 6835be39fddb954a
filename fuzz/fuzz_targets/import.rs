//! The import's parser over whatever bytes: pieces change nothing, what comes out is fit to be
//! stored, and passwords and sessions never come out.

#![no_main]

use libfuzzer_sys::fuzz_target;

use import::parse::{Item, KEY_MAX, KEY_MIN, NAME_MAX, Parser};

/// The program's own source. It alone, since the rest of the program would take minutes to build.
#[path = "../../src/import"]
#[allow(dead_code)]
mod import {
    pub mod parse;
}

const CANARY: &str = "cAnArY!";
const KEY: &str = "0123456789abcdef0123456789abcdef.aBcDeF_0123456789";
const LABEL: &str = "ann@example.com";

fuzz_target!(|data: &[u8]| {
    let (cuts, file) = data.split_at(data.len().min(4));
    let whole = Parser::all(file);
    assert_eq!(in_pieces(file, cuts), whole);
    assert!(whole.iter().all(is_fit));
    assert!(!format!("{whole:?}").contains("secret"));
    keeps_passwords_back(&String::from_utf8_lossy(file));
});

/// The same file, in pieces as long as `cuts` say, again and again.
fn in_pieces(file: &[u8], cuts: &[u8]) -> Vec<Item> {
    let (mut parser, mut items, mut rest) = (Parser::new(), Vec::new(), file);
    let mut cuts = cuts.iter().cycle();
    while !rest.is_empty() {
        let length = cuts.next().map_or(1, |cut| usize::from(*cut).max(1));
        let (piece, later) = rest.split_at(length.min(rest.len()));
        parser.push(piece, &mut |item| items.push(item));
        rest = later;
    }
    parser.finish(&mut |item| items.push(item));
    items
}

fn is_fit(item: &Item) -> bool {
    let name = |text: &str| text.chars().count() <= NAME_MAX && !text.chars().any(char::is_control);
    match item {
        Item::Bad(bad) => bad.line > 0,
        Item::Entry(entry) => {
            entry.line > 0
                && (KEY_MIN..=KEY_MAX).contains(&entry.secret.len())
                && entry.secret.bytes().all(|byte| byte.is_ascii_graphic())
                && name(&entry.username)
                && name(&entry.account)
                && entry.ttl_secs.is_none_or(|secs| secs > 0)
        }
    }
}

/// A file of one account in each format, with this text in its password and session.
fn keeps_passwords_back(text: &str) {
    let password = format!("{text}{CANARY}{text}");
    // A line can't hold what ends it or parts its fields.
    let plain: String = password.chars().filter(|c| !is_border(*c)).collect();
    let quoted = format!("\"{}\"", password.replace('"', "\"\""));
    let json = serde_json::json!({"email": LABEL, "password": password, "x": [password], "key": KEY});
    for file in [
        format!("{LABEL}----{plain}----{plain}----{KEY}"),
        format!("{LABEL}----{plain}----{plain};aid=7----{KEY}\n"),
        format!("{LABEL}----{plain}----{plain}----7----{KEY}\r\n"),
        format!("{LABEL}－－－－{plain}－－－－{plain}－－－－{KEY}"),
        format!("email,password,api_key,session\n{LABEL},{quoted},{KEY},{quoted}\n"),
        format!("{json}\n"),
        format!("[{json}]"),
    ] {
        let items = Parser::all(file.as_bytes());
        let [Item::Entry(entry)] = items.as_slice() else { panic!("{items:?} of {file:?}") };
        assert_eq!((entry.secret.as_str(), entry.username.as_str()), (KEY, LABEL), "{file:?}");
        assert!(entry.account.is_empty());
    }
}

fn is_border(c: char) -> bool {
    matches!(c, '\n' | '\r' | '-' | '－' | '—' | '–' | '‐' | '−' | '─' | '―' | '﹣')
}
