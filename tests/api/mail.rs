//! Mail: handed to a real server, written into files, in every language.
//!
//! Mail doesn't touch the database, so these tests run on the store that is cheaper.

mod faults;
mod outbox;
mod server;
mod settings;
mod words;

use ollama_api_pool::actors::mail::MailState;
use ollama_api_pool::auth::Email;
use ollama_api_pool::mail::{Language, Message, Purpose};
use uuid::Uuid;

use crate::support::{Store, TestApp, until};

/// An address that nobody else has.
fn address(name: &str) -> String {
    format!("{name}-{}@example.org", Uuid::now_v7().simple())
}

fn email(address: &str) -> Email {
    Email::parse(address).expect("an address")
}

fn code(code: &str) -> Message {
    Message::Code { purpose: Purpose::Login, code: code.to_owned(), minutes: 10 }
}

/// Posts a code.
fn post(app: &TestApp, to: &str, digits: &str) {
    app.app.actors.mail.post(&email(to), Language::English, code(digits), None).expect("room");
}

async fn state(app: &TestApp) -> MailState {
    app.app.actors.mail.observe().await.expect("the actor answers")
}

/// Waits until the actor's state is as told.
async fn stands(app: &TestApp, what: &str, is: impl Fn(&MailState) -> bool) -> MailState {
    until(what, async || is(&state(app).await)).await;
    state(app).await
}

async fn with_smtp(kind: &str, others: &[&str]) -> TestApp {
    TestApp::start_with_smtp(Store::Sqlite, kind, others).await
}
