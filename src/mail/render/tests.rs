//! Each message is whole in each language. That none is missing, and none unused, is looked at for
//! all texts together (`tests/api/texts.rs`).

use std::collections::BTreeSet;

use super::Renderer;
use crate::auth::Email;
use crate::language::Language;
use crate::mail::{Letter, Message, Purpose};

/// Every kind of message.
fn messages() -> Vec<Message> {
    let code = |purpose| Message::Code { purpose, code: "482913".to_owned(), minutes: 10 };
    vec![
        code(Purpose::Register),
        code(Purpose::Login),
        code(Purpose::Reset),
        Message::AlreadyRegistered,
        Message::NoAccount,
        Message::PasswordChanged,
        Message::Approved,
        Message::AccountDeleted,
        Message::KeysExported,
        Message::RecoveryCodeUsed { left: 9 },
        Message::ProviderMoved {
            provider: "groq".to_owned(),
            from: "https://a.example.org (openai)".to_owned(),
            to: "https://b.example.org (openai)".to_owned(),
            by: "ann@example.org".to_owned(),
        },
    ]
}

fn letter(language: Language, message: Message) -> Letter {
    let to = Email::parse("o'neil&co@example.org").expect("an address");
    Letter { to, language, message, link_base: Some("https://pool.example.org/?a&b".to_owned()) }
}

#[test]
fn every_message_is_whole() {
    let renderer = Renderer::new().expect("good templates");
    let mut subjects = BTreeSet::new();
    for language in Language::ALL {
        for message in messages() {
            let words = renderer.words(&letter(language, message.clone())).expect("words");
            for part in [&words.subject, &words.text, &words.html] {
                assert!(!part.contains("nknown localization"), "{part}");
                assert!(!part.contains(['{', '}']), "{part}");
            }
            let has_code = matches!(message, Message::Code { .. });
            for part in [&words.text, &words.html] {
                assert_eq!(part.contains("482913"), has_code, "{part}");
            }
            assert!(!words.subject.contains(['\r', '\n']) && !words.subject.contains("482913"));
            assert!(words.text.contains("o'neil&co@example.org"), "{}", words.text);
            assert!(words.text.contains("https://pool.example.org/?a&b"), "{}", words.text);
            assert!(!words.html.contains("&co") && !words.html.contains("?a&b"), "{}", words.html);
            subjects.insert(words.subject);
        }
    }
    assert_eq!(subjects.len(), Language::ALL.len() * messages().len(), "each has its own subject");
}

#[test]
fn one_minute_is_not_many() {
    let renderer = Renderer::new().expect("good templates");
    let code =
        |minutes| Message::Code { purpose: Purpose::Login, code: "482913".to_owned(), minutes };
    let text =
        |minutes| renderer.words(&letter(Language::English, code(minutes))).expect("words").text;
    assert!(text(1).contains("for one minute,") && text(10).contains("for 10 minutes,"));
}
