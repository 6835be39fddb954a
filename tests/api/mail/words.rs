//! Mails as they are read.

use ollama_api_pool::mail::{Language, Message, Purpose};

use super::{address, email, with_smtp};
use crate::support::mail::Mail;
use crate::support::{Store, TestApp};

const LINK: &str = "https://pool.example.org";

/// A mail as its reader gets it, through the server.
async fn sent(app: &TestApp, language: Language, message: &Message) -> Mail {
    let to = address("ann");
    app.app
        .actors
        .mail
        .post(&email(&to), language, message.clone(), Some(LINK))
        .expect("there is room");
    app.mail_to(&to).await
}

#[actix_web::test]
async fn every_message_in_every_language() {
    let app = with_smtp("starttls", &[]).await;
    let code = |purpose| Message::Code { purpose, code: "482913".to_owned(), minutes: 10 };
    let moved = Message::ProviderMoved {
        provider: "groq".to_owned(),
        from: "https://a.example.org (openai)".to_owned(),
        to: "https://b.example.org (openai)".to_owned(),
        by: "ann@example.org".to_owned(),
    };
    for (message, english, chinese) in [
        (code(Purpose::Register), "Your code to create an account", "您的注册验证码"),
        (code(Purpose::Login), "Your code to sign in", "您的登录验证码"),
        (code(Purpose::Reset), "Your code to set a new password", "您的重置密码验证码"),
        (Message::AlreadyRegistered, "You have an account already", "您已有账号"),
        (Message::NoAccount, "There is no account for your address", "您的邮箱没有账号"),
        (Message::PasswordChanged, "Your password was changed", "您的密码已更改"),
        (Message::Approved, "Your account is ready", "您的账号已开通"),
        (Message::AccountDeleted, "Your account was deleted", "您的账号已删除"),
        (Message::KeysExported, "Upstream keys were exported", "上游密钥已被导出"),
        (
            Message::RecoveryCodeUsed { left: 9 },
            "A recovery code of yours was used",
            "您的一个恢复码已被使用",
        ),
        (moved, "A provider has moved: its keys are held back", "提供方地址已变更：密钥已暂停使用"),
    ] {
        for (language, subject, minutes) in
            [(Language::English, english, "10 minutes"), (Language::Chinese, chinese, "10 分钟")]
        {
            let mail = sent(&app, language, &message).await;
            assert_eq!(mail.subject, subject);
            let has_code = matches!(message, Message::Code { .. });
            for body in [&mail.text, &mail.html] {
                assert_eq!(body.contains("482913"), has_code, "{body}");
                assert_eq!(body.contains(minutes), has_code, "{body}");
                assert!(body.contains(LINK), "{body}");
            }
            assert!(mail.html.contains(&format!("<html lang=\"{}\">", language.tag())));
        }
    }
    app.stop().await;
}

#[actix_web::test]
async fn the_form_of_a_mail() {
    let app = with_smtp("starttls", &[]).await;
    let code = Message::Code { purpose: Purpose::Reset, code: "482913".to_owned(), minutes: 10 };
    let mail = sent(&app, Language::Chinese, &code).await;
    let header = |name| mail.header(name).unwrap_or_default();
    assert!(mail.raw.is_ascii() && mail.raw.lines().all(|line| line.len() <= 998));
    assert!(header("Content-Type").starts_with("multipart/alternative"), "{}", mail.raw);
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert!(header("From").contains("<pool@example.org>"), "{}", mail.raw);
    assert!(header("Message-ID").ends_with("@example.org>"), "{}", mail.raw);
    chrono::DateTime::parse_from_rfc2822(&header("Date")).expect("a date");
    let heads = mail.raw.split("\r\n\r\n").next().expect("headers");
    assert!(!heads.contains("482913") && !heads.contains("Bcc"), "{heads}");
    let kinds: Vec<_> = mail.raw.match_indices("Content-Type: text/").map(|(at, _)| at).collect();
    assert_eq!(kinds.len(), 2, "{}", mail.raw);
    assert!(mail.raw[kinds[0]..].starts_with("Content-Type: text/plain; charset=utf-8"));
    app.stop().await;
}

#[actix_web::test]
async fn what_people_choose_is_no_markup() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let to = format!("o'neil&co-{}", address("x"));
    let link = "https://pool.example.org/?a=1&b=\"><b>";
    let posted =
        app.app.actors.mail.post(&email(&to), Language::English, Message::Approved, Some(link));
    posted.expect("there is room");
    let mail = app.mail_to(&to).await;
    assert!(mail.text.contains(&to) && mail.text.contains(link), "{}", mail.text);
    assert!(!mail.html.contains(&to) && !mail.html.contains("<b>"), "{}", mail.html);
    assert!(mail.html.contains("&amp;co-x-"), "{}", mail.html);
    app.stop().await;
}

#[actix_web::test]
async fn without_a_known_address_of_the_service_there_is_no_link() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let to = address("ann");
    let posted = app.app.actors.mail.post(&email(&to), Language::English, Message::Approved, None);
    posted.expect("there is room");
    let mail = app.mail_to(&to).await;
    assert!(!mail.html.contains("<a ") && !mail.text.contains("://"), "{}", mail.text);
    app.stop().await;
}
