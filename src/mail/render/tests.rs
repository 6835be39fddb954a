//! Both languages say everything, and nothing that is never said.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Message as Text, Resource};
use fluent_syntax::parser;

use super::{Renderer, TEMPLATES, kind};
use crate::auth::Email;
use crate::language::Language;
use crate::mail::{Letter, Message, Purpose};

const SOURCES: [(Language, &str); 2] = [
    (Language::English, include_str!("../../../locales/en/mail.ftl")),
    (Language::Chinese, include_str!("../../../locales/zh-CN/mail.ftl")),
];

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
    ]
}

fn letter(language: Language, message: Message) -> Letter {
    let to = Email::parse("o'neil&co@example.org").expect("an address");
    Letter { to, language, message, link_base: Some("https://pool.example.org/?a&b".to_owned()) }
}

/// The names of all texts of a language, each with the values that it wants.
fn texts(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let Resource { body } = parser::parse(source).expect("Fluent");
    let mut texts = BTreeMap::new();
    for entry in body {
        let Entry::Message(Text { id, value, attributes, .. }) = entry else { continue };
        if let Some(value) = value {
            texts.insert(id.name.to_owned(), values(&format!("{value:?}")));
        }
        for attribute in attributes {
            let name = format!("{}.{}", id.name, attribute.id.name);
            texts.insert(name, values(&format!("{:?}", attribute.value)));
        }
    }
    texts
}

/// The values that a text wants, from how its syntax tree is printed.
fn values(tree: &str) -> BTreeSet<String> {
    let after = tree.split("VariableReference { id: Identifier { name: \"").skip(1);
    after.filter_map(|rest| rest.split('"').next().map(str::to_owned)).collect()
}

/// The texts that are used: three of each kind, and those that the templates name.
fn used() -> BTreeSet<String> {
    let kinds = messages().iter().map(kind).collect::<Vec<_>>().into_iter();
    let of_kinds =
        kinds.flat_map(|kind| [kind.to_owned(), format!("{kind}.lead"), format!("{kind}.note")]);
    let named = TEMPLATES.iter().flat_map(|(_, template)| template.split("key=\"").skip(1));
    let named = named.filter_map(|rest| rest.split('"').next().map(str::to_owned));
    of_kinds.chain(named).collect()
}

#[test]
fn both_languages_have_what_is_used_and_nothing_else() {
    for (language, source) in SOURCES {
        let there: BTreeSet<_> = texts(source).into_keys().collect();
        assert_eq!(there, used(), "{language:?}");
    }
    assert_eq!(texts(SOURCES[0].1), texts(SOURCES[1].1), "and they want the same values");
    assert_eq!(SOURCES.map(|(language, _)| language), Language::ALL);
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
