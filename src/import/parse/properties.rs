//! The parser over files made up at random.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Bad, Entry, Item, Parser};

/// In each password and session; nothing that comes out may have it.
const CANARY: &str = "cAnArY";

/// One line as a program that sells accounts would write it, and what must come of it.
#[derive(Debug, Clone)]
struct Account {
    label: String,
    password: String,
    session: String,
    key: String,
}

fn accounts() -> impl Strategy<Value = Account> {
    let word = "[a-z0-9.]{1,12}@[a-z]{1,6}\\.[a-z]{2}|[张王李]{2,4}|[a-zA-Z0-9]{1,12}";
    let secret = "[ -~密码]{0,20}".prop_map(|text| text.replace("--", "-") + CANARY);
    let key = "[0-9a-f]{31}[a-f]\\.[A-Za-z0-9_]{12,24}|sk-or-v1-[0-9a-f]{40}";
    (word, secret.clone(), secret, key).prop_map(|(label, password, session, key)| Account {
        label,
        password,
        session,
        key,
    })
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Fields,
    WideFields,
    WithAid,
    Csv,
    Array,
    JsonLines,
}

fn forms() -> impl Strategy<Value = Form> {
    use Form::{Array, Csv, Fields, JsonLines, WideFields, WithAid};
    proptest::sample::select(vec![Fields, WideFields, WithAid, Csv, Array, JsonLines])
}

fn file(form: Form, accounts: &[Account], end: &str) -> String {
    let line = |Account { label, password, session, key }: &Account| match form {
        Form::Fields => format!("{label}----{password}----{session}----{key}"),
        Form::WideFields => format!("{label}－－－－{password}－－－－{session}－－－－{key}"),
        Form::WithAid => format!("\"{label}----{password}----{session}----77----{key}\","),
        Form::Csv => {
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            format!("{label},{},{},{key}", quoted(password), quoted(&format!("{session}{end}x")))
        }
        Form::Array | Form::JsonLines => {
            serde_json::json!({"email": label, "password": password, "s": [session], "key": key})
                .to_string()
        }
    };
    let lines: Vec<String> = accounts.iter().map(line).collect();
    match form {
        Form::Csv => format!("email,password,session,api_key{end}{}", lines.join(end)),
        Form::Array => format!("[{}]", lines.join(",")),
        _ => lines.join(end),
    }
}

/// Whatever pieces it comes in.
fn in_pieces(bytes: &[u8], cuts: &[usize]) -> Vec<Item> {
    let (mut parser, mut items, mut rest) = (Parser::new(), Vec::new(), bytes);
    for cut in cuts {
        let (piece, later) = rest.split_at(cut % (rest.len() + 1));
        parser.push(piece, &mut |item| items.push(item));
        rest = later;
    }
    parser.push(rest, &mut |item| items.push(item));
    parser.finish(&mut |item| items.push(item));
    items
}

/// Bytes that look like a file more often than chance would have it.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let bits =
        ["----", "\n", "\r\n", "\r", "[", "]", "{", "}", "\"", "\\", ",", "#", "－－－－", "；"];
    let more = ["key,email\n", "{\"key\":\"", "\u{feff}", "abcdefgh12345678", "null", "    ", "——"];
    let known = proptest::sample::select([bits.as_slice(), &more].concat());
    let bit = prop_oneof![8 => known.prop_map(|bit| bit.as_bytes().to_vec()), 1 => vec(any::<u8>(), 1..4)];
    vec(bit, 0..60).prop_map(|bits| bits.concat())
}

proptest! {
    #[test]
    fn every_form_gives_the_keys_and_labels_and_nothing_else(
        form in forms(), accounts in vec(accounts(), 1..12), crlf: bool, gbk: bool,
    ) {
        let text = file(form, &accounts, if crlf { "\r\n" } else { "\n" });
        let bytes = if gbk { encoding_rs::GBK.encode(&text).0 } else { text.as_bytes().into() };
        let items = Parser::all(&bytes);
        prop_assert_eq!(items.len(), accounts.len());
        for (item, account) in items.iter().zip(&accounts) {
            let Item::Entry(Entry { secret, username, account: shared, .. }) = item else {
                return Err(TestCaseError::fail(format!("{item:?} of {account:?}")));
            };
            prop_assert_eq!(secret, &account.key);
            prop_assert_eq!(username, &account.label);
            prop_assert!(shared.is_empty());
        }
    }

    #[test]
    fn a_password_never_comes_out(
        form in forms(), accounts in vec(accounts(), 1..6), cut in any::<prop::sample::Index>(),
    ) {
        // Broken off anywhere. `label----password` reads like `label----KEY`, so that there the
        // passwords have a character that keys don't have.
        let mut accounts = accounts;
        for Account { password, session, .. } in &mut accounts {
            (*password, *session) = (format!("!{password}"), format!("!{session}"));
        }
        let text = file(form, &accounts, "\n");
        let bytes = &text.as_bytes()[..cut.index(text.len())];
        for item in Parser::all(bytes) {
            if let Item::Entry(Entry { secret, username, account, .. }) = item {
                prop_assert!(![secret, username, account].iter().any(|text| text.contains(CANARY)));
            }
        }
    }

    #[test]
    fn pieces_change_nothing(bytes in soup(), cuts in vec(any::<usize>(), 0..20)) {
        prop_assert_eq!(in_pieces(&bytes, &cuts), Parser::all(&bytes));
    }

    #[test]
    fn pieces_of_a_byte_change_nothing(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(in_pieces(&bytes, &vec![1; bytes.len()]), Parser::all(&bytes));
    }

    #[test]
    fn entries_are_always_fit_to_be_stored(bytes in soup()) {
        for item in Parser::all(&bytes) {
            match item {
                Item::Entry(entry) => {
                    prop_assert!(entry.secret.bytes().all(|byte| byte.is_ascii_graphic()));
                    prop_assert!((8..=2048).contains(&entry.secret.len()));
                    prop_assert!(!entry.username.chars().any(char::is_control));
                    prop_assert!(entry.line > 0 && entry.ttl_secs.is_none_or(|secs| secs > 0));
                }
                Item::Bad(Bad { line, .. }) => prop_assert!(line > 0),
            }
        }
    }

    #[test]
    fn each_line_with_something_on_it_counts_once(lines in vec("[a-z -]{0,30}|#[a-z]*| *", 0..20)) {
        let told = lines.iter().filter(|line| {
            let text = line.trim_matches(' ');
            !text.is_empty() && !text.starts_with('#')
        });
        let expected = told.count();
        prop_assume!(!lines.iter().any(|line| ["key", "token"].contains(&line.trim())));
        prop_assert_eq!(Parser::all(lines.join("\n").as_bytes()).len(), expected);
    }
}
