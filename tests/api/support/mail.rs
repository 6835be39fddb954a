//! Mail as people get it.

use std::fs;
use std::path::{Path, PathBuf};

use mail_parser::MessageParser;
use serde_json::Value;

use super::services::services;
use super::{Home, Store, TestApp, until};

/// Who signs in at the test's mail server.
pub const SMTP_USER: &str = "pool";
/// The password.
pub const SMTP_PASS: &str = "swordfish-for-mail";

/// A mail that was received.
pub struct Mail {
    /// Decoded.
    pub subject: String,
    /// The plain text, decoded.
    pub text: String,
    /// The HTML, decoded.
    pub html: String,
    /// The whole mail as it came.
    pub raw: String,
}

impl Mail {
    fn parse(bytes: &[u8]) -> Self {
        let mail = MessageParser::default().parse(bytes).expect("a mail");
        Self {
            subject: mail.subject().expect("a subject").to_owned(),
            text: mail.body_text(0).expect("plain text").into_owned(),
            html: mail.body_html(0).expect("HTML").into_owned(),
            raw: String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// This header as it came.
    pub fn header(&self, name: &str) -> Option<String> {
        let mail = MessageParser::default().parse(self.raw.as_bytes()).expect("a mail");
        mail.header_raw(name.to_owned()).map(|value| value.trim().to_owned())
    }

    /// The six digits in it.
    pub fn code(&self) -> String {
        let words = self.text.split_whitespace();
        let mut codes = words.filter(|w| w.len() == 6 && w.bytes().all(|b| b.is_ascii_digit()));
        codes.next().expect("a code").to_owned()
    }
}

/// Settings for the test's mail server: `kind` is one of its ports, `others` win.
pub fn smtp(kind: &str, others: &[&str]) -> Vec<String> {
    let dir = &services().smtp;
    let ports: Value = serde_json::from_slice(&fs::read(dir.join("ports.json")).expect("ports"))
        .expect("ports as JSON");
    let secure = kind.trim_end_matches("_auth").replace("plain", "none");
    let mut flags = vec![
        "--email-host=localhost".to_owned(),
        format!("--email-port={}", ports[kind]),
        format!("--email-secure={secure}"),
        "--email-from=The Pool <pool@example.org>".to_owned(),
        format!("--email-ca-file={}", dir.join("ca.pem").display()),
    ];
    if kind.ends_with("_auth") {
        flags.push(format!("--email-auth-user={SMTP_USER}"));
        flags.push(format!("--email-auth-pass={SMTP_PASS}"));
    }
    let name = |flag: &str| flag.split('=').next().map(str::to_owned);
    flags.retain(|flag| !others.iter().any(|other| name(other) == name(flag)));
    flags.extend(others.iter().map(|flag| (*flag).to_owned()));
    flags
}

/// Lets the mail server answer about this recipient, whose name begins with `hold-`.
pub fn release(address: &str) {
    let go = services().smtp.join("go");
    fs::create_dir_all(&go).expect("a directory");
    fs::write(go.join(address), "").expect("a file");
}

/// Mails to this address that the mail server has and no test has read, the oldest first.
pub fn received(address: &str) -> Vec<PathBuf> {
    mails(&services().smtp.join("mail").join(address))
}

impl TestApp {
    /// Starts the program with the test's mail server: `kind` is one of its ports.
    pub async fn start_with_smtp(store: Store, kind: &str, others: &[&str]) -> Self {
        let flags = smtp(kind, others);
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        Self::start_in(Home::new(store).await, &flags).await
    }

    /// Where mails become files without a mail server.
    pub fn outbox(&self) -> PathBuf {
        self.app.config.database.data_dir.join("outbox")
    }

    /// Waits for a mail to this address, wherever mails go; each is given once, the oldest first.
    pub async fn mail_to(&self, address: &str) -> Mail {
        let mut found = None;
        until("a mail comes", async || {
            found = self.unread(address).into_iter().next();
            found.is_some()
        })
        .await;
        let path = found.expect("it was found");
        let mail = Mail::parse(&fs::read(&path).expect("a mail"));
        fs::remove_file(path).expect("it is read");
        mail
    }

    /// Mails to this address that are there and not given yet, the oldest first.
    pub fn unread(&self, address: &str) -> Vec<PathBuf> {
        if self.app.actors.mail.kind() == "smtp" {
            return received(address);
        }
        let to = format!("\r\nTo: {address}\r\n");
        let is_theirs = |path: &PathBuf| {
            fs::read(path).is_ok_and(|mail| String::from_utf8_lossy(&mail).contains(&to))
        };
        mails(&self.outbox()).into_iter().filter(is_theirs).collect()
    }
}

/// The mails in a directory, the oldest first; none when there is no directory.
pub fn mails(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_mail = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.ends_with(".eml") && !name.starts_with('.')
    };
    let mut mails: Vec<_> = paths.filter(is_mail).collect();
    mails.sort();
    mails
}
